"""A measure's figure from its counts: the one place where a definition's statistic and interval are carried out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.intervals import UNDEFINED, Estimate, crude_rate, normal_quantile, wilson
from joinedup.methods.standardisation import direct_rate
from joinedup.rules.foundation.definition import IntervalMethod, MeasureDefinition, Standard, Statistic
from joinedup.rules.foundation.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts of one cell by stratum of the standard population, all in the same order."""

    events: NDArray[np.float64]
    populations: NDArray[np.float64]
    weights: NDArray[np.float64]
    squares: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a figure is made of.

    Attributes:
        numerator: events, or their sum of quantities; None where not reported.
        denominator: people, cases or days; None where the measure has none or it is not reported.
        squares: sum over people (answers) of their own quantity squared; None where not needed.
        denominator_squares: the same for the denominator; None where each case counts one.
        expected: events expected at the reference rates; for indirect standardisation.
        reference: the reference value in the measure's unit; for indirect standardisation.
        strata: for direct standardisation.
        histogram: cases by their whole quantity 0, 1, 2 ...; for a percentile.
    """

    numerator: float | None
    denominator: float | None
    squares: float | None = None
    denominator_squares: float | None = None
    expected: float | None = None
    reference: float | None = None
    strata: Strata | None = None
    histogram: Sequence[float] | None = None


def evaluate(definition: MeasureDefinition, counts: Counts, *, confidence: float = 0.95) -> Estimate:
    """The value of a measure and its interval, from its counts.

    Args:
        definition: which statistic, standard and interval.
        counts: for each cell; see `Counts`.
        confidence: 0.95, or 0.998 to compare lists of areas.

    Returns:
        Value and interval in the definition's unit; undefined where a part is missing or the denominator is zero.

    Raises:
        DefinitionError: counts that cannot be (negative, a numerator above its denominator in a proportion).
    """
    numerator, denominator = counts.numerator, counts.denominator
    if numerator is None:
        return UNDEFINED
    if definition.statistic is Statistic.COUNT and denominator is None:
        return Estimate(numerator * definition.per)
    if definition.statistic is Statistic.PERCENTILE:
        return percentile(counts.histogram or (), definition.percentile or 0.5, confidence=confidence)
    if denominator is None or denominator <= 0:
        return UNDEFINED
    if definition.standardise is Standard.NONE:
        return _plain(definition, counts, numerator, denominator, confidence)
    is_direct = definition.standardise is Standard.ESP2013
    return _direct(definition, counts, confidence) if is_direct else _indirect(counts, confidence)


def republish(
    definition: MeasureDefinition, raw: Estimate, numerator: float | None, denominator: float | None
) -> Estimate:
    """The figure as it may be published: computed from published counts.

    A proportion or crude rate and its interval are computed anew. Where the interval rests on more than the two counts
    (repeated events, weights), the value is computed anew and the interval keeps its raw distances in proportion.
    Standardised rates, indirect ratios and percentiles are model figures that need no control of their own: they pass
    as they are, as long as their counts are published.

    Args:
        definition: the measure.
        raw: what `evaluate` gave for the raw counts.
        numerator, denominator: published counts; None where hidden.

    Returns:
        Undefined where a count it needs is hidden.

    Source: NHS Digital, HES disclosure control: standardised rates and model coefficients need no control.
    """
    needs_denominator = definition.denominator is not None and definition.statistic is not Statistic.PERCENTILE
    if raw.value is None or numerator is None or (needs_denominator and denominator is None):
        return UNDEFINED
    if definition.standardise is not Standard.NONE or definition.statistic is Statistic.PERCENTILE:
        return raw
    most = denominator if denominator is not None and definition.statistic is Statistic.PROPORTION else math.inf
    again = _crude(definition, min(numerator, most), denominator)
    if definition.interval in {IntervalMethod.WILSON, IntervalMethod.BYAR, IntervalMethod.NONE}:
        return again
    if again.value is None or raw.value == 0:
        return Estimate(again.value)
    scale = again.value / raw.value
    return Estimate(again.value, *(None if end is None else end * scale for end in (raw.lower, raw.upper)))


def percentile(histogram: Sequence[float], share: float, *, confidence: float = 0.95) -> Estimate:
    """The smallest whole quantity that at least a given share of cases do not exceed, with its rank interval.

    Args:
        histogram: cases by quantity 0, 1, 2 ...
        share: 0.9 for the 90th percentile.
        confidence: of the interval, from the binomial ranks n p -/+ z sqrt(n p (1-p)).

    Returns:
        Undefined without cases.

    >>> percentile([5, 3, 1, 1], 0.9).value
    2.0
    """
    cases = np.cumsum(np.asarray(histogram, dtype=np.float64))
    if cases.size == 0 or cases[-1] <= 0:
        return UNDEFINED
    n = float(cases[-1])
    step = normal_quantile(confidence) * math.sqrt(n * share * (1 - share))
    ends = [min(max(rank, 1.0), n) for rank in (n * share, n * share - step, n * share + step)]
    return Estimate(*(float(np.searchsorted(cases, rank - 1e-9)) for rank in ends))


def _direct(definition: MeasureDefinition, counts: Counts, confidence: float) -> Estimate:
    strata = counts.strata
    if strata is None:
        raise DefinitionError(f"measure {definition.id!r} is standardised and was given no strata")
    repeat = definition.interval is IntervalMethod.DOBSON_REPEAT
    return direct_rate(
        strata.events,
        strata.populations,
        strata.weights,
        squared_events=strata.squares if repeat else None,
        confidence=confidence,
        multiplier=definition.per,
    )


def _indirect(counts: Counts, confidence: float) -> Estimate:
    """Observed over expected, in the unit of the reference value."""
    if not counts.expected or counts.reference is None or counts.numerator is None:
        return UNDEFINED
    return crude_rate(counts.numerator, counts.expected, confidence=confidence, multiplier=counts.reference)


def _plain(
    definition: MeasureDefinition, counts: Counts, numerator: float, denominator: float, confidence: float
) -> Estimate:
    squares = counts.squares
    if definition.interval is IntervalMethod.BYAR_REPEAT and squares is not None and numerator >= 10:
        return direct_rate(
            [numerator], [denominator], [1], squared_events=[squares], confidence=confidence, multiplier=definition.per
        )
    if definition.interval is IntervalMethod.MEAN and squares is not None:
        return _mean(definition, counts, numerator, denominator, confidence)
    return _crude(definition, numerator, denominator, confidence)


def _crude(
    definition: MeasureDefinition, numerator: float, denominator: float | None, confidence: float = 0.95
) -> Estimate:
    if denominator is None:
        return Estimate(numerator * definition.per)
    if denominator <= 0:
        return UNDEFINED
    if definition.interval is IntervalMethod.WILSON:
        return wilson(numerator, denominator, confidence=confidence, multiplier=definition.per)
    if definition.interval in {IntervalMethod.BYAR, IntervalMethod.BYAR_REPEAT}:
        return crude_rate(numerator, denominator, confidence=confidence, multiplier=definition.per)
    return Estimate(numerator / denominator * definition.per)


def _mean(
    definition: MeasureDefinition, counts: Counts, numerator: float, denominator: float, confidence: float
) -> Estimate:
    """A mean, or a weighted share of answers.

    Weighted answers have an effective number of (sum of weights)² / sum of squared weights: a share takes Wilson's
    interval at that number, a mean the normal interval of a ratio.
    """
    base = counts.denominator_squares or denominator
    effective = denominator * denominator / base
    value = numerator / denominator
    if definition.statistic is Statistic.PROPORTION:
        share = min(value, 1.0)
        return wilson(share * effective, effective, confidence=confidence, multiplier=definition.per)
    squares = counts.squares or 0.0
    spread = squares - 2 * value * numerator * base / denominator + value * value * base
    step = normal_quantile(confidence) * math.sqrt(max(spread, 0.0)) / denominator
    return Estimate(value * definition.per, (value - step) * definition.per, (value + step) * definition.per)
