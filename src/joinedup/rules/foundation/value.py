"""How the text of a cell is read: UK dates, numbers with thousands separators, money, yes and no.

These functions are the plain twin of the SQL that reads whole files; the two are compared by tests. A cell that
is empty after trimming is missing. A cell that holds only ``*`` is a suppressed figure: missing, never zero.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from joinedup.rules.foundation.errors import DefinitionError

SUPPRESSED: Final = "*"

#: Text that means yes and no, in lower case.
YES: Final = ("y", "yes", "true", "t", "1")
NO: Final = ("n", "no", "false", "f", "0")

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: Forms of a cell, in the subset of regular expressions that Python and the scan read alike.
ISO: Final = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
DAY_FIRST: Final = r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"
DAY_NAMED: Final = r"([0-9]{1,2})[ -]([A-Za-z]{3})[ -]([0-9]{4})"
YEAR_FIRST: Final = r"([0-9]{4})/([0-9]{2})/([0-9]{2})"
COMPACT: Final = r"([0-9]{4})([0-9]{2})([0-9]{2})"
TIME: Final = r"[T ](([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)(\.[0-9]{1,9})?Z?$"
NUMBER: Final = r"[+-]?£?([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})?(\.[0-9]{1,20})?"
DIGIT: Final = r"[0-9]"
DECIMAL_PLACES: Final = 10

#: Which forms each order of a place's `dates` setting accepts, tried in turn.
ORDERS: Final = {
    "iso": (ISO,),
    "dmy": (ISO, DAY_FIRST, DAY_NAMED),
    "ymd": (ISO, COMPACT, YEAR_FIRST),
    "auto": (ISO, DAY_FIRST, COMPACT, YEAR_FIRST, DAY_NAMED),
}


def clean(text: str | None) -> str | None:
    """Trim spaces; a cell with nothing left is missing.

    >>> clean("  "), clean(" A1 ")
    (None, 'A1')
    """
    stripped = (text or "").strip(" ")
    return stripped or None


def parse_date(text: str, order: str = "auto") -> date:
    """Read a date as partners write it.

    ISO dates are always accepted. ``dmy`` adds 31/01/2024, 31-01-2024, 31.01.2024 and 31 Jan 2024; ``ymd`` adds
    20240131 and 2024/01/31; ``auto`` takes all of these. A date with slashes is always day first, so 03/04/2024 is
    3 April and 04/13/2024 is refused rather than guessed. Years have four digits. A time of midnight may follow.

    Args:
        text: the trimmed cell.
        order: iso, dmy, ymd or auto.

    Raises:
        DefinitionError: the text is no date in that order, or no such day exists.

    >>> parse_date("29/02/2024"), parse_date("20240229", "ymd")
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    """
    day, time = _split_time(text)
    if time not in {None, "00:00", "00:00:00"}:
        raise DefinitionError("a date carries a time of day; a date column holds days only")
    return _day(day, order)


def parse_timestamp(text: str, order: str = "auto") -> datetime:
    """Read a date with or without a time of day; without one it is midnight.

    Raises:
        DefinitionError: the text is no date and time in that order.

    >>> parse_timestamp("29/02/2024 23:59")
    datetime.datetime(2024, 2, 29, 23, 59)
    """
    day, time = _split_time(text)
    return datetime.combine(_day(day, order), time_of_day.fromisoformat(time or "00:00"))


def _split_time(text: str) -> tuple[str, str | None]:
    found = re.search(TIME, text)
    return (text[: found.start()], found[1]) if found else (text, None)


def _day(text: str, order: str) -> date:
    for form in ORDERS[order]:
        found = re.fullmatch(form, text)
        if found:
            try:
                return _calendar_day(form, *found.groups())
            except ValueError as exc:
                raise DefinitionError("no such day exists in the calendar") from exc
    raise DefinitionError(f"not a date as {order} expects it")


def _calendar_day(form: str, first: str, second: str, third: str) -> date:
    if form == DAY_NAMED:
        return date(int(third), MONTHS.index(second.lower()) + 1, int(first))
    if form == DAY_FIRST:
        return date(int(third), int(second), int(first))
    return date(int(first), int(second), int(third))


def parse_number(text: str, *, is_percent: bool = False) -> Decimal:
    """Read a number: thousands separators and a pound sign are taken off, a guess ("c. 300") is refused.

    Args:
        text: the trimmed cell.
        is_percent: whether a percent sign may follow; it is taken off and the figure stays as written.

    Raises:
        DefinitionError: the text is no number, or a separator stands in the wrong place.

    >>> parse_number("1,234.50"), parse_number("24%", is_percent=True)
    (Decimal('1234.50'), Decimal('24'))
    >>> parse_number("c. 300")
    Traceback (most recent call last):
    joinedup.rules.foundation.errors.DefinitionError: not a number: write digits, as 1234.5 or 1,234.50
    """
    bare = text[:-1].rstrip(" ") if is_percent and text.endswith("%") else text
    if not re.fullmatch(NUMBER, bare) or not re.search(DIGIT, bare):
        raise DefinitionError("not a number: write digits, as 1234.5 or 1,234.50")
    number = Decimal(bare.replace(",", "").replace("£", ""))
    if len(bare.partition(".")[2]) > DECIMAL_PLACES:
        number = number.quantize(Decimal(1).scaleb(-DECIMAL_PLACES), rounding=ROUND_HALF_UP)
    return number


def parse_integer(text: str) -> int:
    """Read a whole number; 12.0 is whole, 12.5 is refused rather than rounded.

    Raises:
        DefinitionError: the text is no whole number.

    >>> parse_integer("1,200"), parse_integer("12.0")
    (1200, 12)
    """
    number = parse_number(text)
    if number != number.to_integral_value():
        raise DefinitionError("not a whole number")
    return int(number)


def parse_pence(text: str) -> int:
    """Read pounds as whole pence, halves away from zero.

    Raises:
        DefinitionError: the text is no amount of money.

    >>> parse_pence("£1,234.565"), parse_pence("-3")
    (123457, -300)
    """
    return int((parse_number(text) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_boolean(text: str) -> bool:
    """Read yes or no.

    Raises:
        DefinitionError: the text is neither.

    >>> parse_boolean("Y"), parse_boolean("0")
    (True, False)
    """
    lowered = text.lower()
    if lowered in YES:
        return True
    if lowered in NO:
        return False
    raise DefinitionError("neither yes nor no: write Y or N")
