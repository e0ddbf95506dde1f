"""Columns of an extract as expressions: present or not, in one type, with codes turned into our words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import ibis
import ibis.expr.types as ir

AMOUNT: Final = "decimal(18, 4)"


def text(table: ir.Table, name: str) -> ir.StringValue:
    """A text column; null where the extract does not have it."""
    return table[name].cast("string") if name in table.columns else ibis.null("string")


def day(table: ir.Table, name: str) -> ir.DateValue:
    """A date column; null where the extract does not have it."""
    return table[name].cast("date") if name in table.columns else ibis.null("date")


def whole(table: ir.Table, name: str) -> ir.IntegerValue:
    """A column of whole numbers (money is whole pence); null where the extract does not have it."""
    return table[name].cast("int64") if name in table.columns else ibis.null("int64")


def amount(table: ir.Table, name: str) -> ir.DecimalValue:
    """A column of exact decimals with four places; null where the extract does not have it."""
    return table[name].cast(AMOUNT) if name in table.columns else ibis.null(AMOUNT)


def flag(table: ir.Table, name: str) -> ir.BooleanValue:
    """A yes-or-no column; null where the extract does not have it."""
    return table[name].cast("boolean") if name in table.columns else ibis.null("boolean")


def translated(value: ir.StringValue, words: Mapping[str, str], otherwise: str | None = None) -> ir.StringValue:
    """Turn a partner's codes into our words.

    Args:
        value: codes; compared in lower case without outer spaces.
        words: lower-case code -> word.
        otherwise: the word for a code that is not in the list, and for none; null when None.
    """
    found = value.strip().lower().cases(*words.items(), else_=ibis.null("string"))
    return found if otherwise is None else found.fill_null(otherwise)


def is_one_of(value: ir.StringValue, codes: Iterable[str]) -> ir.BooleanValue:
    """Whether a code is in a list; false when it is missing."""
    return value.isin(list(codes)).fill_null(False)


def first_of(*values: ir.Value) -> ir.Value:
    """The first that is not missing."""
    return ibis.coalesce(*values)


def moment(on: ir.DateValue, clock: ir.StringValue) -> ir.TimestampValue:
    """A day and a time of day (HHMM, HH:MM or HH:MM:SS); null when either is missing or the time is no time."""
    digits = clock.replace(":", "").strip()
    padded = ibis.ifelse(digits.length() == 3, ibis.literal("0") + digits, digits)
    hour, minute = padded.substr(0, 2), padded.substr(2, 2)
    is_time = padded.re_search("^([01][0-9]|2[0-3])[0-5][0-9]")
    written = on.cast("string") + ibis.literal(" ") + hour + ibis.literal(":") + minute + ibis.literal(":00")
    return ibis.ifelse(is_time, written, ibis.null("string")).cast("timestamp")


def day_after(value: ir.DateValue) -> ir.DateValue:
    """The next day: turns a last day into the exclusive end of a period."""
    return (value + ibis.interval(days=1)).cast("date")
