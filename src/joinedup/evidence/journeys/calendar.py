"""Days and months as columns: far ends for what is still open, and the months an interval touches."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

#: Stands for "still open" where a column may not be null; every engine and pandas can hold it.
FAR: Final = date(2200, 1, 1)
#: Stands for "since ever" where a source gives no first day.
EARLY: Final = date(1900, 1, 1)


def days_between(start: ir.DateValue, end: ir.DateValue) -> ir.IntegerValue:
    """Whole days from a day to a later day: the midnights between them."""
    return end.delta(start, unit="day").cast("int64")


def plus_days(day: ir.DateValue, days: int) -> ir.DateValue:
    """A day moved by whole days."""
    # By way of a moment: DuckDB makes a moment of day + interval, and Ibis leaves out a cast it thinks is idle.
    return (day + ibis.interval(days=days)).cast("timestamp").cast("date")


def month_number(day: ir.DateValue) -> ir.IntegerValue:
    """Months since year 0: lets months be compared and counted as whole numbers."""
    return (day.year().cast("int64") * 12 + day.month().cast("int64") - 1).cast("int64")


def ordinal(day: ir.DateValue) -> ir.IntegerValue:
    """A whole number that grows with the day, for ordering only: not every step is one day."""
    return (day.year().cast("int64") * 372 + day.month().cast("int64") * 31 + day.day().cast("int64")).cast("int64")
