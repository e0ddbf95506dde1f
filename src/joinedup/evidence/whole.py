"""Sums of whole numbers that stay whole numbers on every engine."""

from __future__ import annotations

from typing import cast

import ibis.expr.types as ir


def total(column: ir.IntegerColumn) -> ir.IntegerScalar:
    """The sum of whole numbers as a 64-bit whole number; null when every value is.

    An engine may widen a sum to 128 bits, which Parquet would hold as a float; going through a decimal makes it
    narrow the sum again.
    """
    return cast("ir.IntegerScalar", column.sum().cast("decimal(38, 0)").cast("int64"))
