"""Rates made comparable between populations of different age and sex: direct (Dobson) and indirect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.intervals import UNDEFINED, Estimate, byar, count
from joinedup.rules.foundation.errors import DefinitionError

#: A directly standardised rate from fewer events is not reliable and is not given.
FEWEST_EVENTS: Final = 10

Numbers = Sequence[float] | NDArray[np.float64]


def direct_rate(
    events: Numbers,
    populations: Numbers,
    weights: Numbers,
    *,
    squared_events: Numbers | None = None,
    confidence: float = 0.95,
    multiplier: float = 100_000,
) -> Estimate:
    """What the rate would be if the area had the age and sex of the standard population.

    Formula: DSR = sum(w x/n) / sum(w) k; limits = DSR + sqrt(var/X) (Byar(X) - X) k, with
    var = sum(w² x/n²) / sum(w)². One person may have several events; they are then not independent and the interval
    is too narrow. With `squared_events`, x in the variance is replaced by the sum over people of (events of the
    person)², which is what grouping people by how many events they had comes to.

    Args:
        events: events in each stratum (age band, or age band and sex).
        populations: people in each stratum, in the same order.
        weights: standard population of each stratum, in the same order.
        squared_events: for each stratum the sum over people of their number of events, squared.
        confidence: 0.95 or 0.998.
        multiplier: 100,000 for a rate per 100,000.

    Returns:
        Rate and interval; undefined below ten events, or where a stratum with weight has no people.

    Raises:
        DefinitionError: arrays of different length, a negative number, or squares smaller than the events.

    Source: Dobson and others 1991; adjustment for event frequency as in PHEindicatormethods.

    >>> rate = direct_rate([40, 60, 150, 250], [30000, 25000, 15000, 5000], [35000, 38000, 19500, 7500])
    >>> round(rate.value, 3), round(rate.lower, 3), round(rate.upper, 3)
    (707.867, 646.962, 772.945)
    """
    x, n, w, spread = _strata(events, populations, weights, events if squared_events is None else squared_events)
    if squared_events is not None and (spread < x - 1e-9).any():
        raise DefinitionError("squared events cannot be below the events: each event is somebody's")
    total, used = float(x.sum()), w > 0
    if total < FEWEST_EVENTS or not used.any() or (n[used] <= 0).any():
        return UNDEFINED
    shares = w[used] / w.sum() / n[used]
    value = float(shares @ x[used]) * multiplier
    variance = float((shares * shares) @ spread[used])
    interval = byar(total, confidence=confidence)
    step = math.sqrt(variance / total) * multiplier
    lower = None if interval.lower is None else value + step * (interval.lower - total)
    upper = None if interval.upper is None else value + step * (interval.upper - total)
    return Estimate(value, lower, upper)


def expected_events(populations: Numbers, reference_events: Numbers, reference_populations: Numbers) -> float | None:
    """How many events an area would have at the reference rates of each stratum.

    Returns:
        The expected number; None where a stratum with people has no reference population.

    Raises:
        DefinitionError: arrays of different length or a negative number.

    >>> expected_events([100, 200], [10, 40], [1000, 2000])
    5.0
    """
    n, events, reference = _strata(populations, reference_events, reference_populations)
    if bool(((reference <= 0) & (n > 0)).any()):
        return None
    used = n > 0
    return float((n[used] * events[used] / reference[used]).sum())


def indirect_ratio(
    observed: float, expected: float | None, *, confidence: float = 0.95, multiplier: float = 100
) -> Estimate:
    """How many events there were for each that was expected; 100 means as expected.

    Compare an area with the reference only: two areas' ratios are weighted by different populations.

    Args:
        observed: events that happened.
        expected: events at the reference rates; None where it could not be computed.
        confidence: 0.95 or 0.998.
        multiplier: 100 for a ratio on which 100 is as expected.

    Returns:
        Ratio and interval (exact below ten events, else Byar's); undefined where nothing was expected.

    Raises:
        DefinitionError: a negative number.

    Source: Breslow and Day 1987; as in PHEindicatormethods.

    >>> ratio = indirect_ratio(895, 835.8835612311743)
    >>> round(ratio.value, 3), round(ratio.lower, 3), round(ratio.upper, 3)
    (107.072, 100.171, 114.323)
    """
    if expected is not None and expected < 0:
        raise DefinitionError(f"expected events cannot be negative: {expected}; check the reference rates")
    interval = count(observed, confidence=confidence)
    if not expected:
        return UNDEFINED
    scale = multiplier / expected
    lower = None if interval.lower is None else interval.lower * scale
    upper = None if interval.upper is None else interval.upper * scale
    return Estimate(observed * scale, lower, upper)


def _strata(*columns: Numbers) -> NDArray[np.float64]:
    """The columns as rows of one array, checked."""
    if len({len(column) for column in columns}) != 1:
        raise DefinitionError("events, populations and weights need one number for each stratum, in the same order")
    strata = np.array(columns, dtype=np.float64)
    if strata.ndim != 2 or not (np.isfinite(strata) & (strata >= 0)).all():
        raise DefinitionError("events, populations and weights must be numbers of zero or more in every stratum")
    return strata
