"""Confidence intervals of proportions, counts and crude rates: Wilson, Byar and exact Poisson."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from scipy.special import gammaincinv, ndtri

from joinedup.rules.foundation.errors import DefinitionError

#: Below this many events Byar's approximation is replaced by the exact Poisson interval.
EXACT_BELOW: Final = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval; each part is None where it is not defined.

    Attributes:
        value: the figure in the unit asked for.
        lower: lower end of the interval.
        upper: upper end of the interval.
    """

    value: float | None
    lower: float | None = None
    upper: float | None = None


#: What a figure is when it cannot be computed (no denominator, too few events).
UNDEFINED: Final = Estimate(None, None, None)


@cache
def normal_quantile(confidence: float) -> float:
    """The two-sided standard normal quantile of a confidence level, as a fraction from 0.9 up to below 1.

    Raises:
        DefinitionError: the level is outside 0.9 to 1, so it is more likely a percentage or a significance level.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    if not 0.9 <= confidence < 1:
        raise DefinitionError(f"a confidence level of {confidence} was given; use a fraction such as 0.95 or 0.998")
    return float(ndtri(0.5 + confidence / 2))


def wilson(events: float, trials: float, *, confidence: float = 0.95, multiplier: float = 1) -> Estimate:
    """What share of cases met the condition, with the Wilson score interval.

    Formula: (2x + z² -/+ z sqrt(z² + 4x(1 - x/n))) / (2(n + z²)).

    Args:
        events: cases that met the condition, x.
        trials: all cases, n.
        confidence: 0.95 or 0.998.
        multiplier: 100 for a percentage.

    Returns:
        Share and interval times the multiplier; undefined where there are no cases.

    Raises:
        DefinitionError: a negative number, or more cases that met the condition than cases.

    Source: Wilson 1927; as in PHEindicatormethods (UK Health Security Agency).

    >>> share = wilson(65, 100)
    >>> round(share.lower, 6), round(share.upper, 6)
    (0.552544, 0.736358)
    """
    _require_counts(events, trials)
    if events > trials:
        raise DefinitionError(
            f"a proportion has {events} cases out of {trials}; the numerator must be part of the denominator"
        )
    if trials == 0:
        return UNDEFINED
    z = normal_quantile(confidence)
    centre, spread = 2 * events + z * z, z * math.sqrt(z * z + 4 * events * (1 - events / trials))
    scale = multiplier / (2 * (trials + z * z))
    return Estimate(multiplier * events / trials, max(0.0, (centre - spread) * scale), (centre + spread) * scale)


def byar(events: float, *, confidence: float = 0.95) -> Estimate:
    """The interval round a count of events by Byar's approximation.

    Formula: x(1 - 1/(9x) - z/(3 sqrt x))³ and (x+1)(1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))³.

    Returns:
        The count and its interval; the lower end is None where the approximation fails (a negative result, or none).

    Raises:
        DefinitionError: the count is negative.

    Source: Breslow and Day 1987; as in PHEindicatormethods.

    >>> count = byar(65)
    >>> round(count.lower, 6), round(count.upper, 6)
    (50.163188, 82.849139)
    """
    _require_counts(events)
    z = normal_quantile(confidence)
    above = events + 1
    upper = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    if events == 0:
        return Estimate(0.0, None, upper)
    lower = events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3
    return Estimate(float(events), lower if lower >= 0 else None, upper)


def exact_poisson(events: float, *, confidence: float = 0.95) -> Estimate:
    """The exact interval round a small count of events, from the gamma (chi-square) distribution.

    Raises:
        DefinitionError: the count is negative.

    Source: Ulm 1990; as in PHEindicatormethods for counts below 10.

    >>> none = exact_poisson(0)
    >>> none.lower, round(none.upper, 3)
    (0.0, 3.689)
    """
    _require_counts(events)
    normal_quantile(confidence)
    tail = (1 - confidence) / 2
    lower = 0.0 if events == 0 else float(gammaincinv(events, tail))
    return Estimate(float(events), lower, float(gammaincinv(events + 1, 1 - tail)))


def count(events: float, *, confidence: float = 0.95) -> Estimate:
    """The interval round a count: exact below ten events, Byar's from ten.

    >>> round(count(9).lower, 4), round(count(10).lower, 4)
    (4.1154, 4.7874)
    """
    return (exact_poisson if events < EXACT_BELOW else byar)(events, confidence=confidence)


def crude_rate(events: float, exposure: float, *, confidence: float = 0.95, multiplier: float = 100_000) -> Estimate:
    """How often something happened for each person (or day) at risk, with the interval of its count.

    Args:
        events: how often it happened.
        exposure: people, or person-time, at risk.
        confidence: 0.95 or 0.998.
        multiplier: 100,000 for a rate per 100,000.

    Returns:
        Rate and interval; undefined where nobody was at risk.

    Raises:
        DefinitionError: a negative number.

    >>> crude_rate(1240, 250_000).value
    496.0
    """
    _require_counts(events, exposure)
    if exposure == 0:
        return UNDEFINED
    interval = count(events, confidence=confidence)
    scale = multiplier / exposure
    lower = None if interval.lower is None else interval.lower * scale
    upper = None if interval.upper is None else interval.upper * scale
    return Estimate(events * scale, lower, upper)


def _require_counts(*values: float) -> None:
    for value in values:
        if not math.isfinite(value) or value < 0:
            raise DefinitionError(f"a count must be a number of zero or more, not {value}; check what produced it")
