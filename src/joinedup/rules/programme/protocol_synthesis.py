"""On what scale studies are put together."""

from __future__ import annotations

from enum import StrEnum


class PooledScale(StrEnum):
    """The scale of effects that a synthesis puts together."""

    DIFFERENCE = "difference"  # in the outcome's unit
    RATIO = "ratio"  # a table's column holds its natural logarithm; the answer is also told as a ratio
    PERCENT = "percent"  # of what would have been
    STANDARDISED = "standardised"  # in standard deviations
