"""Before and after without a control: allowed only at the lowest grade, and never without its warning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from joinedup.methods.effect import Effect, Floats, Ints, effect_of
from joinedup.rules.foundation.errors import NotEvaluable

#: Printed wherever the result stands.
WARNING: Final = (
    "A comparison of before and after has no control. It cannot tell the scheme's effect from everything else that "
    "changed, nor from people or places picked when their figures were unusually high, which fall back by themselves. "
    "It is no evidence that the scheme worked."
)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The change since the start, and why it proves nothing.

    Attributes:
        effects: mean after less mean before, as difference and in percent of before.
        warning: to be printed beside every figure.
    """

    effects: tuple[Effect, ...]
    warning: str = WARNING


def before_after(outcome: Floats, n_before: Ints, clusters: Ints) -> BeforeAfter:
    """How the mean of treated units changed when they started.

    With several clusters the interval is that of a paired t-test of their changes. With one, it is that of two means
    of a series, its standard errors widened for the correlation of neighbouring periods.

    Args:
        outcome: of treated units; (N, T).
        n_before: periods before each unit's start; (N,).
        clusters: (N,).

    Raises:
        NotEvaluable: a unit without a period before or after its start.

    >>> found = before_after(np.array([[10.0, 8.0], [20.0, 15.0], [12.0, 10.0]]), np.array([1, 1, 1]), np.arange(3))
    >>> [round(effect.value, 2) for effect in found.effects]
    [-3.0, -21.43]
    """
    if (n_before < 1).any() or (n_before >= outcome.shape[1]).any():
        raise NotEvaluable("a unit has no period before or none after its start")
    before = np.array([row[:n].mean() for row, n in zip(outcome, n_before, strict=True)])
    after = np.array([row[n:].mean() for row, n in zip(outcome, n_before, strict=True)])
    names = np.unique(clusters)
    if len(names) > 1:
        change = np.array([(after - before)[clusters == name].mean() for name in names])
        error, df = float(change.std(ddof=1) / math.sqrt(len(change))), float(len(change) - 1)
    else:
        error, df = _error_in_series(outcome.mean(axis=0), int(n_before[0]))
    value, base = float((after - before).mean()), float(before.mean())
    made = effect_of("change", "all", value, error, len(outcome), df=df)
    return BeforeAfter((made, *([_percent(made, base)] if base > 0 else [])))


def _percent(effect: Effect, base: float) -> Effect:
    parts = (effect.se, effect.low, effect.high)
    se, low, high = (None if part is None else 100 * part / base for part in parts)
    return Effect(
        effect.estimand, effect.horizon, 100 * effect.value / base, "percent", se, low, high, effect.p, effect.n
    )


def _error_in_series(series: Floats, n_before: int) -> tuple[float, float]:
    """Standard error of the difference of two means, with neighbouring periods correlated to the first order."""
    if n_before < 3 or len(series) - n_before < 3:
        return math.nan, 0.0
    parts = [series[:n_before] - series[:n_before].mean(), series[n_before:] - series[n_before:].mean()]
    pooled = np.concatenate(parts)
    lagged = sum(float((part[1:] * part[:-1]).sum()) for part in parts)
    correlation = min(max(lagged / max(float((pooled**2).sum()), 1e-300), 0.0), 0.95)
    df = len(series) - 2
    variance = float((pooled**2).sum()) / df * (1 / n_before + 1 / (len(series) - n_before))
    effective = max(df * (1 - correlation) / (1 + correlation), 1.0)
    return math.sqrt(variance * (1 + correlation) / (1 - correlation)), effective


def chance_of_fallback(share_selected: float, correlation: float) -> float:
    """How far, in standard deviations, the mean of those picked for the highest values falls back by itself.

    Formula: (1 - r) x mean of the top share of a normal distribution.

    Args:
        share_selected: share of people picked, above 0 and below 1.
        correlation: of the outcome before and after, without any scheme.

    >>> round(chance_of_fallback(0.05, 0.4), 2)
    1.24
    """
    cut = stats.norm.isf(share_selected)
    return float((1 - correlation) * stats.norm.pdf(cut) / share_selected)
