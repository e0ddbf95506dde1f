"""The four years of the demonstration place, counted in days from 1 April 2021."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]

START: Final = date(2021, 4, 1)
TODAY: Final = date(2025, 4, 20)
YEARS: Final = 4
MONTHS: Final = 48

#: A day that never comes: no death, no move, no condition.
NEVER: Final = 1_000_000

_FIRSTS: Final = np.arange(np.datetime64("2021-04"), np.datetime64("2021-04") + MONTHS + 1).astype("datetime64[D]")

#: First day of each month, and of the month after the last, in days from the start.
MONTH_STARTS: Final[Ints] = (_FIRSTS - np.datetime64(START)).astype(np.int64)

#: First day of each financial year, and of the one after the last.
YEAR_STARTS: Final[Ints] = MONTH_STARTS[::12]

#: Days in the whole span.
DAYS: Final = int(MONTH_STARTS[-1])


def months_of(days: Ints) -> Ints:
    """Which month (0 to 47) holds each day."""
    return np.searchsorted(MONTH_STARTS, days, side="right").astype(np.int64) - 1


def years_of(days: Ints) -> Ints:
    """Which financial year (0 to 3) holds each day."""
    return np.clip(np.searchsorted(YEAR_STARTS, days, side="right") - 1, 0, YEARS - 1).astype(np.int64)


def dates_of(days: Ints) -> Dates:
    """Calendar dates of days; a day that never comes becomes missing."""
    dates = np.datetime64(START) + np.where(days >= NEVER, 0, days).astype("timedelta64[D]")
    dates = dates.astype("datetime64[D]")
    dates[days >= NEVER] = np.datetime64("NaT")
    return dates


def day_of(day: date) -> int:
    """Days from the start to a date.

    >>> day_of(date(2022, 4, 1))
    365
    """
    return (day - START).days


def month_label(month: int) -> str:
    """The name of a month's folder: 2021-04."""
    return str(np.datetime64("2021-04") + month)


def month_end(month: int) -> date:
    """The last day of a month."""
    return START + timedelta(days=int(MONTH_STARTS[month + 1]) - 1)
