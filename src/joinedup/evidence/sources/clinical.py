"""Diagnosis and procedure codes: ICD-10 without the dot, OPCS-4, primary first."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.column import joined, text


def codes(table: ir.Table, stem: str, most: int) -> list[ir.StringValue]:
    """The code columns `stem`_01 to `stem`_`most` that the extract has, tidied.

    Dots, spaces and the filler X of a three-character code are taken off (R69X is R69); what is no code at all,
    such as the - of Hospital Episode Statistics, is missing.
    """
    names = [f"{stem}_{number:02d}" for number in range(1, most + 1)]
    return [_tidy(text(table, name)) for name in names if name in table.columns]


def _tidy(value: ir.StringValue) -> ir.StringValue:
    bare = value.upper().replace(".", "").replace(" ", "").replace("-", "").replace("\t", "")
    is_filled = (bare.length() == 4) & bare.endswith("X")
    short = ibis.ifelse(is_filled, bare.substr(0, 3), bare)
    return ibis.ifelse(short.length() >= 3, short, ibis.null("string"))


def primary(found: list[ir.StringValue]) -> ir.StringValue:
    """The primary code; null when the extract has none."""
    return found[0] if found else ibis.null("string")


def every(found: list[ir.StringValue]) -> ir.StringValue:
    """Every code joined with "|", primary first; null when there is none."""
    return joined(found) if found else ibis.null("string")
