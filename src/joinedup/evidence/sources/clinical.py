"""Diagnosis and procedure codes: ICD-10 without the dot, OPCS-4, primary first."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.column import text

#: What stands in a code column without being part of a code: dots, spaces, and HES's marks for "none".
_MARKS = ".", " ", "-", "&", "\t"


def primary_code(table: ir.Table, stem: str) -> ir.StringValue:
    """The code in the column `stem`_01, tidied; null when there is none."""
    return _tidy(text(table, f"{stem}_01"))


def every_code(table: ir.Table, stem: str, most: int) -> ir.StringValue:
    """The codes of the columns `stem`_01 to `stem`_`most`, tidied and joined with "|", primary first.

    Dots, spaces and the filler X at the end of a code are taken off (R69X is R69). Missing codes are left out; null
    when there is none. The columns are joined before they are tidied, because an engine takes a second to plan the
    same steps for each of forty columns.
    """
    names = (f"{stem}_{number:02d}" for number in range(1, most + 1))
    joined = ibis.literal("")
    for column in (table[name] for name in names if name in table.columns):
        joined = joined + ibis.literal("|") + column.fill_null("")
    return _tidy(joined)


def _tidy(codes: ir.StringValue) -> ir.StringValue:
    bare = codes.upper()
    for mark in _MARKS:
        bare = bare.replace(mark, "")
    filled = (bare + ibis.literal("|")).replace("X|", "|")
    return filled.re_replace(r"\|+", "|").re_replace(r"^\||\|$", "").nullif("")
