"""Text functions of the embedded engine that linkage alone uses; nothing else may depend on them."""

from __future__ import annotations

from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


@ibis.udf.scalar.builtin(name="jaro_winkler_similarity")
def _jaro_winkler(left: str, right: str) -> float: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="damerau_levenshtein")
def _damerau(left: str, right: str) -> int: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="hamming")
def _hamming(left: str, right: str) -> int: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="strip_accents")
def _strip_accents(text: str) -> str: ...  # type: ignore[empty-body]


@ibis.udf.scalar.builtin(name="regexp_replace")
def _replace_all(text: str, pattern: str, replacement: str, options: str) -> str: ...  # type: ignore[empty-body]


def similarity(left: ir.StringValue, right: ir.StringValue) -> ir.FloatingValue:
    """Jaro-Winkler similarity of two texts, 0 to 1; made for names and their typing errors (Winkler 1990)."""
    return cast("ir.FloatingValue", _jaro_winkler(left, right))


def edits(left: ir.StringValue, right: ir.StringValue) -> ir.IntegerValue:
    """How many letters must be added, dropped, changed or swapped with a neighbour (Damerau 1964)."""
    return cast("ir.IntegerValue", _damerau(left, right))


def digits_apart(left: ir.StringValue, right: ir.StringValue) -> ir.IntegerValue:
    """In how many places two texts of one length differ (Hamming 1950)."""
    return cast("ir.IntegerValue", _hamming(left, right))


def plain_letters(text: ir.StringValue) -> ir.StringValue:
    """Capital letters without accents."""
    return cast("ir.StringValue", _strip_accents(text)).upper()


def replace_all(text: ir.StringValue, pattern: str, replacement: str) -> ir.StringValue:
    """Every match of a pattern replaced."""
    return cast(
        "ir.StringValue", _replace_all(text, ibis.literal(pattern), ibis.literal(replacement), ibis.literal("g"))
    )


@ibis.udf.scalar.builtin(name="hash")
def _fingerprint(text: str) -> dt.uint64: ...


def fingerprint(text: ir.StringValue) -> ir.IntegerValue:
    """A 64-bit fingerprint of a text on this engine, null where it is null: to find equals and see changes quickly."""
    return text.isnull().ifelse(ibis.null("uint64"), _fingerprint(text)).cast("uint64")
