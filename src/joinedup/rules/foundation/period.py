"""Dates and half-open periods: months, quarters and financial years that start on 1 April."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from joinedup.rules.foundation.errors import DefinitionError


class Cadence(StrEnum):
    """The lengths of period that measures are reported for."""

    MONTH = "month"
    QUARTER = "quarter"
    FINANCIAL_YEAR = "financial_year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open interval of days: `start` is in it, `end` is not.

    >>> Period(date(2024, 4, 1), date(2024, 5, 1)).days
    30
    >>> str(Period(date(2024, 4, 1), date(2024, 5, 1)))
    '2024-04-01 to 2024-04-30'
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise DefinitionError(f"a period must end after it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """How many days the period holds."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside the period, the form used in files."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.last_day}"

    def overlap_days(self, start: date, end: date) -> int:
        """Days of the half-open interval [start, end) that fall inside this period.

        >>> Period(date(2016, 1, 1), date(2016, 2, 1)).overlap_days(date(2016, 1, 28), date(2016, 2, 3))
        4
        """
        return max(0, (min(self.end, end) - max(self.start, start)).days)


def add_months(day: date, months: int) -> date:
    """Move the first of a month by whole months.

    >>> add_months(date(2024, 11, 1), 3)
    datetime.date(2025, 2, 1)
    """
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def month_of(day: date) -> Period:
    """The calendar month that holds a day."""
    first = day.replace(day=1)
    return Period(first, add_months(first, 1))


def quarter_of(day: date) -> Period:
    """The quarter of the financial year that holds a day: Q1 is April to June.

    >>> str(quarter_of(date(2016, 2, 10)))
    '2016-01-01 to 2016-03-31'
    """
    first = add_months(day.replace(day=1), -((day.month - 1) % 3))
    return Period(first, add_months(first, 3))


def financial_year_of(day: date) -> Period:
    """The financial year, 1 April to 31 March, that holds a day.

    >>> str(financial_year_of(date(2016, 3, 31)))
    '2015-04-01 to 2016-03-31'
    """
    year = day.year if day.month >= 4 else day.year - 1
    return Period(date(year, 4, 1), date(year + 1, 4, 1))


def period_of(day: date, cadence: Cadence) -> Period:
    """The period of the given cadence that holds a day."""
    if cadence is Cadence.MONTH:
        return month_of(day)
    return quarter_of(day) if cadence is Cadence.QUARTER else financial_year_of(day)


def periods_between(span: Period, cadence: Cadence) -> Iterator[Period]:
    """Whole periods of a cadence that lie inside a span; a period cut by either end is left out.

    >>> [str(p) for p in periods_between(Period(date(2024, 4, 15), date(2024, 7, 1)), Cadence.MONTH)]
    ['2024-05-01 to 2024-05-31', '2024-06-01 to 2024-06-30']
    """
    current = period_of(span.start, cadence)
    while current.end <= span.end:
        if current.start >= span.start:
            yield current
        current = period_of(current.end, cadence)


def period_label(period: Period) -> str:
    """A period in words a reader expects: April 2024, Q1 2024-25, 2024-25, or its two days.

    >>> period_label(Period(date(2024, 4, 1), date(2025, 4, 1)))
    '2024-25'
    >>> period_label(Period(date(2024, 4, 1), date(2024, 7, 1)))
    'Q1 2024-25'
    """
    year = financial_year_of(period.start)
    name = f"{year.start.year}-{year.end.year % 100:02d}"
    if period == year:
        return name
    if period == month_of(period.start):
        return f"{period.start:%B %Y}"
    if period == quarter_of(period.start):
        return f"Q{(period.start.month - 4) % 12 // 3 + 1} {name}"
    return str(period)


def age_on(birth: date, day: date) -> int:
    """Completed years of age on a day; a birthday on 29 February falls on 1 March in common years.

    Raises:
        DefinitionError: the day is before the birth.

    >>> age_on(date(1960, 2, 29), date(2025, 2, 28))
    64
    """
    if day < birth:
        raise DefinitionError("an age was asked for on a day before birth; check the two dates")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
