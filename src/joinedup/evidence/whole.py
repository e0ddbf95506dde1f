"""Sums of whole numbers that stay whole numbers."""

from __future__ import annotations

from typing import cast

import ibis.expr.types as ir


def total(column: ir.IntegerColumn) -> ir.IntegerScalar:
    """The sum of whole numbers as a whole number; null when every value is.

    An engine may hold the sum in 128 bits; it is narrowed to 64 when it is written.
    """
    return cast("ir.IntegerScalar", column.sum())
