"""Comparison labels: is an area better than, similar to, or worse than a comparator, given its interval."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from joinedup.methods.intervals import Estimate


class Polarity(StrEnum):
    """Which way a measure gets better."""

    LOWER = "lower"
    HIGHER = "higher"
    NEUTRAL = "neutral"


class Label(StrEnum):
    """How an area compares; neutral measures are higher or lower, never better or worse."""

    BETTER = "better"
    SIMILAR = "similar"
    WORSE = "worse"
    HIGHER = "higher"
    LOWER = "lower"
    NOT_COMPARED = "not_compared"


def confidence_for(areas: int) -> float:
    """The confidence level to compare with: 95% for one area, 99.8% for a list of areas.

    Choice: at 95% a list of 150 areas shows about seven false flags.

    >>> confidence_for(1), confidence_for(150)
    (0.95, 0.998)
    """
    return 0.95 if areas <= 1 else 0.998


def compare(estimate: Estimate, comparator: float | None, polarity: Polarity) -> Label:
    """Say whether an area's interval lies clear of the comparator's value.

    Args:
        estimate: the area's figure and interval; use `confidence_for` to choose its level.
        comparator: the value compared with, for example of the whole place; its own interval plays no part.
        polarity: which way the measure gets better.

    Returns:
        Better, similar or worse; higher, similar or lower for a neutral measure; not compared where the figure, its
        interval or the comparator is missing.

    Source: Fingertips technical guidance (Office for Health Improvement and Disparities).

    >>> str(compare(Estimate(12, 11, 13), 10, Polarity.LOWER))
    'worse'
    """
    if comparator is None or estimate.lower is None or estimate.upper is None:
        return Label.NOT_COMPARED
    if estimate.lower <= comparator <= estimate.upper:
        return Label.SIMILAR
    is_higher = estimate.lower > comparator
    if polarity is Polarity.NEUTRAL:
        return Label.HIGHER if is_higher else Label.LOWER
    return Label.BETTER if is_higher == (polarity is Polarity.HIGHER) else Label.WORSE


def is_met(actual: float, target: float, polarity: Polarity) -> bool | None:
    """Is a target met: at or below it where lower is better, at or above it where higher is better.

    Returns:
        None for a neutral measure, which cannot be rated.

    >>> is_met(628, 659, Polarity.LOWER)
    True
    """
    if polarity is Polarity.NEUTRAL:
        return None
    return actual <= target if polarity is Polarity.LOWER else actual >= target


def tally(labels: Iterable[Label]) -> dict[Label, int]:
    """How many areas carry each label, in the order of the labels.

    >>> {str(k): n for k, n in tally([Label.WORSE, Label.WORSE]).items() if n}
    {'worse': 2}
    """
    found = list(labels)
    return {label: found.count(label) for label in Label}
