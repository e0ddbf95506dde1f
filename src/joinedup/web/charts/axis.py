"""Scales and round ticks of a chart's axes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from values to the drawing's grid, with round ticks."""

    low: float
    high: float
    start: float  # where `low` is drawn
    end: float  # where `high` is drawn
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value is drawn; a value beyond an end is drawn at that end."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies between the ends."""
        return self.low <= value <= self.high


def axis(values: Iterable[float], start: float, end: float, *, steps: int = 5, from_zero: bool = False) -> Axis:
    """An axis that holds every value, with ticks at 1, 2, 2.5 or 5 times a power of ten.

    >>> axis([3, 48], 0, 100).ticks
    (0.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    >>> axis([100, 100], 0, 100).ticks
    (99.0, 99.5, 100.0, 100.5, 101.0)
    """
    found = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(found), max(found)
    low = min(low, 0.0) if from_zero else low
    if high - low <= _SAME * max(1.0, abs(low), abs(high)):
        margin = abs(low) / 100 or 1.0
        low, high = (0.0, high + margin) if from_zero else (low - margin, high + margin)
    step = _round_step((high - low) / steps)
    places = max(0, 10 - math.floor(math.log10(step)))
    ticks = [round(at * step, places) for at in range(math.floor(low / step), math.ceil(high / step) + 1)]
    return Axis(min(low, ticks[0]), max(high, ticks[-1]), start, end, tuple(ticks))


#: Values closer together than this share of their size are drawn as one.
_SAME = 1e-9


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
