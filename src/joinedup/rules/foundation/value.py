"""How the text of a cell is read: UK dates, numbers with thousands separators, money, yes and no.

These functions are the plain twin of the SQL that reads whole files; the two are compared by tests. A cell that
is empty after trimming is missing. A cell that holds only ``*`` is a suppressed figure: missing, never zero.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from joinedup.rules.foundation.errors import DefinitionError

SUPPRESSED: Final = "*"

#: Text that means yes and no, in lower case.
YES: Final = ("y", "yes", "true", "t", "1")
NO: Final = ("n", "no", "false", "f", "0")

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DMY: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_NAMED: Final = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3})[ -]([0-9]{4})")
_YMD: Final = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME: Final = re.compile(r"[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?Z?")
_NUMBER: Final = re.compile(r"([+-]?)£?([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(\.[0-9]{1,10})?")

_ORDERS: Final = {
    "iso": ("iso",),
    "dmy": ("iso", "dmy"),
    "ymd": ("iso", "ymd"),
    "auto": ("iso", "dmy", "ymd"),
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
    if time not in {None, (0, 0, 0)}:
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
    hours, minutes, seconds = time or (0, 0, 0)
    try:
        return datetime.combine(_day(day, order), datetime.min.time().replace(hours, minutes, seconds))
    except ValueError as exc:
        raise DefinitionError("a time of day lies outside 00:00:00 to 23:59:59") from exc


def _split_time(text: str) -> tuple[str, tuple[int, int, int] | None]:
    found = _TIME.search(text)
    if not found or found.end() != len(text):
        return text, None
    return text[: found.start()], (int(found[1]), int(found[2]), int(found[3] or 0))


def _day(text: str, order: str) -> date:
    for form in _ORDERS[order]:
        parts = _parts(text, form)
        if parts:
            try:
                return date(*parts)
            except ValueError as exc:
                raise DefinitionError("no such day exists in the calendar") from exc
    raise DefinitionError(f"not a date as {order} expects it")


def _parts(text: str, form: str) -> tuple[int, int, int] | None:
    if form == "iso":
        found = _ISO.fullmatch(text)
        return (int(found[1]), int(found[2]), int(found[3])) if found else None
    if form == "ymd":
        found = _COMPACT.fullmatch(text) or _YMD.fullmatch(text)
        return (int(found[1]), int(found[2]), int(found[3])) if found else None
    found = _DMY.fullmatch(text)
    if found:
        return int(found[4]), int(found[3]), int(found[1])
    found = _NAMED.fullmatch(text)
    if found and found[2].lower() in MONTHS:
        return int(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1])
    return None


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
    found = _NUMBER.fullmatch(bare)
    if not found:
        raise DefinitionError("not a number: write digits, as 1234.5 or 1,234.50")
    return Decimal(found[1] + found[2].replace(",", "") + (found[3] or ""))


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
