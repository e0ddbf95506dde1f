"""Persistence: whether an effect lasts, how fast it fades, and what is left when the money ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.methods.effect import Effect
from joinedup.methods.period_effect import PeriodEffects
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]

#: The months since the start in which an effect must still be seen to count as sustained.
SUSTAINED_MONTHS: Final = (13, 24)


class Sustained(StrEnum):
    """Whether an effect lasts."""

    SUSTAINED = "sustained"  # the interval excludes no effect in months 13 to 24, in the direction of the first year
    FADED = "faded"  # seen in the first year, and smaller or none in months 13 to 24
    NOT_SHOWN = "not_shown"  # neither
    TOO_SOON = "too_soon"  # not followed up so long


@dataclass(frozen=True, slots=True)
class HalfLife:
    """How fast an effect fades.

    Attributes:
        periods: after how many periods half is left; infinite where it does not fade.
        low, high: 95% interval; the high end is infinite where the data allow no fading.
        first: the effect the curve gives at the start (difference, or logarithm of a ratio).
        rate: what part of the effect is lost each period (0.1 = a tenth); negative where it grows.
        p: two-sided, that it does not fade.
    """

    periods: float
    low: float
    high: float
    first: float
    rate: float
    p: float


@dataclass(frozen=True, slots=True)
class Persistence:
    """Whether an effect lasts.

    Attributes:
        verdict: see `Sustained`.
        first_year, second_year: mean effects in months 1 to 12 and 13 to 24; None where not followed up.
    """

    verdict: Sustained
    first_year: Effect | None
    second_year: Effect | None


def persistence(found: PeriodEffects, months_per_period: int) -> Persistence:
    """Whether an effect lasts: its mean over months 13 to 24 must exclude no effect.

    Args:
        found: effects by period since the start, period 0 the first.
        months_per_period: 1 for months, 3 for quarters, 12 for years; periods must fill years.

    Raises:
        NotEvaluable: periods that do not fill years.

    Source: joinedup specification 13 (sustainability).
    """
    if 12 % months_per_period:
        raise NotEvaluable(f"periods of {months_per_period} months do not fill years; use 1, 2, 3, 4, 6 or 12")
    a_year = 12 // months_per_period
    first, second = _year(found, 0, a_year), _year(found, 1, a_year)
    if second is None:
        return Persistence(Sustained.TOO_SOON, first, None)
    if _excludes_nothing(second) and (first is None or _side(first) == _side(second)):
        return Persistence(Sustained.SUSTAINED, first, second)
    faded = first is not None and _excludes_nothing(first)
    return Persistence(Sustained.FADED if faded else Sustained.NOT_SHOWN, first, second)


def after_funding(found: PeriodEffects, last_funded: int) -> Effect:
    """The mean effect in the periods after the money ended: what a place keeps.

    Raises:
        NotEvaluable: nobody was followed up after it.
    """
    later = [period for period in found.periods if period > last_funded]
    if not later:
        raise NotEvaluable("nobody was followed up after the funding ended; whether the effect stays is not known")
    return found.mean(later[0], later[-1])


def half_life(found: PeriodEffects) -> HalfLife:
    """How fast an effect fades: value = first x exp(-rate x period), by generalised least squares.

    The interval is that of the rate, turned into half-lives; an effect that is not there has no half-life.

    Raises:
        NotEvaluable: fewer than four periods after the start, or no effect that could fade.

    >>> values = 8 * 0.5 ** (np.arange(8) / 4)
    >>> made = half_life(PeriodEffects(tuple(range(8)), values, np.eye(8) * 0.01, False, (9,) * 8, 100))
    >>> round(made.periods, 3)
    4.0
    """
    after = [at for at, period in enumerate(found.periods) if period >= 0]
    if len(after) < 4:
        raise NotEvaluable("a half-life needs at least four periods since the start")
    time = np.array([found.periods[at] for at in after], float)
    values, covariance = found.values[after], found.covariance[np.ix_(after, after)]
    root = np.linalg.cholesky(np.linalg.pinv(covariance) + 1e-12 * np.eye(len(after))).astype(np.float64)
    if not covariance.mean() > 0:
        raise NotEvaluable("how sure the effects by period are together is not known")
    overall = float(np.abs(values.mean()) / math.sqrt(float(covariance.mean())))
    if overall < stats.norm.ppf(0.975):
        raise NotEvaluable("there is no clear effect that could fade")
    first, rate, error = _decay(time, values, root)
    half = float(stats.norm.ppf(0.975)) * error
    ends = (rate - half, rate + half)
    low, middle, high = (math.log(2) / each if each > 0 else math.inf for each in (ends[1], rate, ends[0]))
    p = 2 * float(stats.norm.sf(abs(rate) / error))
    return HalfLife(middle, low, high, first, 1 - math.exp(-rate), p)


def _decay(time: Floats, values: Floats, root: Floats) -> tuple[float, float, float]:
    """First value, rate and its error: Gauss-Newton on whitened values."""
    at = np.array([values[: max(len(values) // 4, 1)].mean() or values.mean(), 0.0])
    for _ in range(200):
        shape = np.exp(-at[1] * time)
        gradient = root.T @ np.column_stack([shape, -at[0] * time * shape])
        step = np.linalg.lstsq(gradient, root.T @ (values - at[0] * shape), rcond=None)[0]
        step[1] = float(np.clip(step[1], -0.2, 0.2))
        at = at + step
        if np.abs(step).max() < 1e-10 * (1 + np.abs(at).max()):
            break
    spread = np.linalg.pinv(gradient.T @ gradient)
    return float(at[0]), float(at[1]), math.sqrt(max(float(spread[1, 1]), 1e-300))


def _year(found: PeriodEffects, year: int, a_year: int) -> Effect | None:
    """The mean effect of one year since the start; None unless every period of it was followed up."""
    wanted = range(year * a_year, (year + 1) * a_year)
    return found.mean(wanted[0], wanted[-1]) if set(wanted) <= set(found.periods) else None


def _side(effect: Effect) -> bool:
    return effect.value > (1.0 if effect.scale == "ratio" else 0.0)


def _excludes_nothing(effect: Effect) -> bool:
    none = 1.0 if effect.scale == "ratio" else 0.0
    return effect.low is not None and effect.high is not None and not effect.low <= none <= effect.high
