"""Effects by period since the start, held together with what they share, so that they can be compared and added."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.methods.effect import Effect, joint_test
from joinedup.methods.outcome import Comparison
from joinedup.methods.regression import Family, clustered, fit
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PeriodEffects:
    """What a scheme changed in each period since its start.

    Attributes:
        periods: counted from the start, 0 the first; ascending. Periods before it are negative and should show
            nothing.
        values: differences, or natural logarithms of ratios; (P,).
        covariance: of the values, rows of a cluster taken together; (P, P).
        is_ratio: whether values are logarithms of ratios.
        n: rows followed up in each period; (P,).
        df: degrees of freedom.
        unknown: periods in which a group had no event or nobody was followed up.
    """

    periods: tuple[int, ...]
    values: Floats
    covariance: Floats
    is_ratio: bool
    n: tuple[int, ...]
    df: float
    unknown: tuple[int, ...] = ()

    def effects(self) -> tuple[Effect, ...]:
        """One effect a period, horizon `e=` the period."""
        errors = np.sqrt(np.diag(self.covariance))
        return tuple(
            interval(f"e={period}", float(value), float(error), n, self.df, is_ratio=self.is_ratio)
            for period, value, error, n in zip(self.periods, self.values, errors, self.n, strict=True)
        )

    def mean(self, first: int, last: int) -> Effect:
        """The mean effect over periods from `first` to `last`, both included.

        Raises:
            NotEvaluable: no period in between was followed up.
        """
        inside = [at for at, period in enumerate(self.periods) if first <= period <= last]
        if not inside:
            raise NotEvaluable(f"no period from {first} to {last} since the start was followed up")
        weights = np.zeros(len(self.periods))
        weights[inside] = 1 / len(inside)
        error = math.sqrt(float(weights @ self.covariance @ weights))
        n = max(self.n[at] for at in inside)
        return interval(f"e={first}..{last}", float(weights @ self.values), error, n, self.df, is_ratio=self.is_ratio)

    def before_start(self) -> float | None:
        """The p-value that nothing differed in the periods before the start; None where there are none."""
        early = [at for at, period in enumerate(self.periods) if period < 0]
        return joint_test(self.values[early], self.covariance[np.ix_(early, early)]) if early else None


def interval(horizon: str, value: float, error: float, n: int, df: float, *, is_ratio: bool) -> Effect:
    """An effect from a value and its error; a ratio's from those of its logarithm, which its `se` stays."""
    half = float(stats.t.ppf(0.975, df)) * error
    p = 2 * float(stats.t.sf(abs(value) / error, df)) if error > 0 else None
    low, high = value - half, value + half
    if is_ratio:
        return Effect("att", horizon, math.exp(value), "ratio", error, math.exp(low), math.exp(high), p, n)
    return Effect("att", horizon, value, "difference", error, low, high, p, n)


def period_effects(
    compared: Comparison, outcome: Floats, follow_up: Floats, periods: Sequence[int], *, is_ratio: bool = True
) -> PeriodEffects:
    """What a scheme changed in each period since each person's own index date.

    Args:
        compared: who.
        outcome: events or amounts in each period; (N, P).
        follow_up: time at risk in each period, zero after death or the end of the data; (N, P).
        periods: their numbers since the start; P of them.
        is_ratio: ratio of rates (counts); else difference of amounts for each unit of follow-up.

    Raises:
        NotEvaluable: no period can be estimated.
    """
    values, influences, used, counted, unknown = [], [], [], [], []
    for at, period in enumerate(periods):
        try:
            value, influence, n = _one(compared, outcome[:, at], follow_up[:, at], is_ratio=is_ratio)
        except NotEvaluable:
            unknown.append(period)  # told in the result: a period without events is not one without effect
            continue
        values.append(value)
        influences.append(influence)
        used.append(period)
        counted.append(n)
    if not used:
        raise NotEvaluable("in no period since the start do both groups have follow-up and events")
    covariance = clustered(np.column_stack(influences), compared.clusters)
    return PeriodEffects(
        tuple(used), np.array(values), covariance, is_ratio, tuple(counted), compared.df, tuple(unknown)
    )


def _one(compared: Comparison, outcome: Floats, time: Floats, *, is_ratio: bool) -> tuple[float, Floats, int]:
    """One period's value, and what each row adds to it; rows not followed up add nothing."""
    here = (time > 0) & (compared.weights > 0)
    for group in (compared.treated, ~compared.treated):
        if not here[group].any() or (is_ratio and not (outcome[group & here] > 0).any()):
            raise NotEvaluable("a group has no follow-up or no event in this period")
    x, weights = compared.columns[here], compared.weights[here]
    if is_ratio:
        found = fit(x, outcome[here], Family.COUNT, weights=weights, offset=np.log(time[here]))
    else:
        found = fit(x, outcome[here] / time[here], Family.LINEAR, weights=weights * time[here])
    influence = np.zeros(len(time))
    influence[here] = found.jackknife[:, 1]
    return float(found.coefficients[1]), influence, int(here.sum())
