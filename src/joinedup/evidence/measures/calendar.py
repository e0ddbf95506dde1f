"""Months as whole numbers, so that every engine counts ages and periods alike."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.rules.foundation.definition import AGE_EDGES
from joinedup.rules.foundation.period import Cadence

#: First month of a quarter or financial year, as months since January of year 0, modulo the length.
_LENGTHS = {Cadence.MONTH: (1, 0), Cadence.QUARTER: (3, 0), Cadence.FINANCIAL_YEAR: (12, 3)}


def month_number(day: date) -> int:
    """Months since January of year 0.

    >>> month_number(date(2024, 4, 30))
    24291
    """
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """The first day of a numbered month.

    >>> first_of(24291)
    datetime.date(2024, 4, 1)
    """
    return date(month // 12, month % 12 + 1, 1)


def months_of(cadence: Cadence) -> int:
    """How many months a period of a cadence has."""
    return _LENGTHS[cadence][0]


def period_start(month: int, cadence: Cadence) -> int:
    """The numbered month in which the period that holds a month begins.

    >>> first_of(period_start(month_number(date(2024, 2, 1)), Cadence.FINANCIAL_YEAR))
    datetime.date(2023, 4, 1)
    """
    length, offset = _LENGTHS[cadence]
    return month - (month - offset) % length


def month_column(day: ir.DateValue) -> ir.IntegerValue:
    """The numbered month of a date column."""
    return (day.year().cast("int64") * 12 + day.month() - 1).cast("int64")


def first_day_column(month: ir.IntegerValue) -> ir.DateValue:
    """The first day of a numbered-month column."""
    return ibis.date((month // 12).cast("int32"), (month % 12 + 1).cast("int32"), 1)


def period_column(month: ir.IntegerValue, cadence: Cadence) -> ir.IntegerValue:
    """The numbered month in which each month's period begins."""
    length, offset = _LENGTHS[cadence]
    return month if length == 1 else month - (month - offset) % length


def age_band_column(age: ir.IntegerValue) -> ir.IntegerValue:
    """The first age of the band that holds an age in years; -1 where the age is not known."""
    five = ibis.least(ibis.greatest(age, 0) // 5 * 5, AGE_EDGES[-1])
    band = ibis.ifelse((age >= 18) & (age < 20), 18, five)
    # greatest() passes over nulls, so that an unknown age would look like 0
    return ibis.ifelse(age.isnull(), -1, band).cast("int64")
