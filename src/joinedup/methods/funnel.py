"""Funnel limits: how far an area's figure may lie from the average by chance alone, given its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gdtrib

from joinedup.methods.intervals import normal_quantile
from joinedup.methods.standardisation import Numbers
from joinedup.rules.foundation.errors import DefinitionError

#: The two pairs of limits drawn on a funnel: 95% ("alert") and 99.8% ("alarm").
LEVELS: Final = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """Limits at each size asked for, in the order asked; NaN where the size is zero.

    Attributes:
        baseline: the average of all areas, in the unit of the limits.
        sizes: denominator of each point (people, cases, or expected events).
        lower_95, upper_95: between these lie 95% of areas that differ by chance alone.
        lower_998, upper_998: the same for 99.8%.
    """

    baseline: float
    sizes: NDArray[np.float64]
    lower_95: NDArray[np.float64]
    upper_95: NDArray[np.float64]
    lower_998: NDArray[np.float64]
    upper_998: NDArray[np.float64]


def proportion_limits(baseline: float, sizes: Numbers, *, multiplier: float = 1) -> FunnelLimits:
    """Funnel limits of a proportion: the shares whose Wilson interval just touches the average.

    Formula: p -/+ z sqrt(p(1-p)/n), cut at 0 and 1.

    Args:
        baseline: average proportion, 0 to 1: all numerators over all denominators.
        sizes: denominators at which to give limits.
        multiplier: 100 for percentages.

    Raises:
        DefinitionError: the average is not a proportion.

    Source: Spiegelhalter 2005; same limits as PHEindicatormethods.

    >>> limits = proportion_limits(0.80642448, [5], multiplier=100)
    >>> round(float(limits.lower_95[0]), 4), float(limits.upper_95[0])
    (46.011, 100.0)
    """
    if not 0 <= baseline <= 1:
        raise DefinitionError(f"an average proportion must lie between 0 and 1, not {baseline}")
    n = _sizes(sizes)
    error = np.sqrt(baseline * (1 - baseline) / n)

    def at(confidence: float, side: int) -> NDArray[np.float64]:
        return np.clip(baseline + side * normal_quantile(confidence) * error, 0, 1) * multiplier

    return FunnelLimits(
        baseline * multiplier, n, *(at(level, side) for level in LEVELS for side in (-1, 1))
    )  # fmt: skip


def rate_limits(baseline: float, sizes: Numbers, *, multiplier: float = 100_000) -> FunnelLimits:
    """Funnel limits of a rate or of an indirect ratio: the rates whose exact Poisson interval just touches the average.

    For a directly standardised rate give as size the events over the rate (its effective population).

    Args:
        baseline: average rate in the unit of the multiplier: all events over all exposure times the multiplier.
        sizes: exposures (people, person-time, or expected events) at which to give limits.
        multiplier: 100,000 for a rate per 100,000; 100 for a ratio.

    Raises:
        DefinitionError: the average is negative.

    Source: Spiegelhalter 2005; PHEindicatormethods inverts the same limits at whole numbers of events.

    >>> limits = rate_limits(116.1720835, [4796.027082])
    >>> round(float(limits.lower_95[0]), 3)
    20.851
    """
    if baseline < 0:
        raise DefinitionError(f"an average rate cannot be negative: {baseline}")
    n = _sizes(sizes)
    expected = baseline * n / multiplier
    lowers = [_fewest(expected, level) * multiplier / n for level in LEVELS]
    uppers = [_most(expected, level) * multiplier / n for level in LEVELS]
    return FunnelLimits(baseline, n, lowers[0], uppers[0], lowers[1], uppers[1])


def _fewest(expected: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """The count whose upper exact limit is the expected number; zero where even no event is no surprise."""
    return np.maximum(_shape(expected, (1 + confidence) / 2) - 1, 0)


def _most(expected: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """The count whose lower exact limit is the expected number."""
    return _shape(expected, (1 - confidence) / 2)


def _shape(expected: NDArray[np.float64], probability: float) -> NDArray[np.float64]:
    """The shape at which a gamma variable stays below the expected number with the given probability."""
    positive = np.where(expected > 0, expected, np.nan)
    return np.where(expected > 0, gdtrib(1.0, probability, positive), np.where(expected == 0, 0.0, np.nan))


def _sizes(sizes: Numbers) -> NDArray[np.float64]:
    n = np.asarray(sizes, dtype=np.float64)
    return np.where(n > 0, n, np.nan)
