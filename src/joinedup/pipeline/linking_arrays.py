"""Columns of Arrow tables as arrays of numbers, and arrays as tables again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.methods.clustering import NONE, Flags, Ints

Columns: TypeAlias = "Mapping[str, npt.NDArray[Any] | Sequence[Any] | pa.Array[Any]]"

FAR = 9_999_999  # day number after every day of arrival: a record that nobody dated


def whole_numbers(table: pa.Table, name: str, missing: int | None = None) -> Ints:
    """A column of whole numbers; `missing` in place of nulls."""
    column: Any = table[name]
    if missing is not None:
        column = pc.fill_null(column, missing)
    return cast("Ints", np.asarray(column.to_numpy(), np.int64))


def known_values(table: pa.Table, name: str) -> npt.NDArray[np.uint64]:
    """The values of a column of fingerprints, nulls left out."""
    column: Any = cast("Any", table[name]).drop_null()
    return cast("npt.NDArray[np.uint64]", np.asarray(column.to_numpy(), np.uint64))


def flags(table: pa.Table, name: str) -> Flags:
    """A column of truth values; a null is false."""
    column: Any = pc.fill_null(cast("Any", table[name]), False)
    return cast("Flags", np.asarray(column.to_numpy(), bool))


def is_known(table: pa.Table, name: str) -> Flags:
    """Where a column is not null."""
    return cast("Flags", np.asarray(cast("Any", table[name]).is_valid().to_numpy(), bool))


def fractions(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """A column of fractions; not-a-number in place of nulls."""
    return cast("npt.NDArray[np.float64]", np.asarray(cast("Any", table[name]).to_numpy(), np.float64))


def days(table: pa.Table, name: str) -> Ints:
    """A column of dates as day numbers; a missing date comes after every other."""
    column: Any = pc.fill_null(cast("Any", table[name]).cast(pa.int32()).cast(pa.int64()), FAR)
    return cast("Ints", np.asarray(column.to_numpy(), np.int64))


def codes(table: pa.Table, name: str) -> Ints:
    """A column of values as numbers that are equal where the values are; NONE where null."""
    column: Any = table[name]
    if column.null_count == len(column):
        return np.full(len(column), NONE, np.int64)
    indices = column.combine_chunks().dictionary_encode().indices.cast(pa.int64())
    return cast("Ints", np.asarray(pc.fill_null(indices, NONE).to_numpy(zero_copy_only=False), np.int64))


def table_of(columns: Columns, schema: pa.Schema) -> pa.Table:
    """Columns as a table of the given types."""
    return pa.table(
        {name: pa.array(cast("Any", columns[name]), schema.field(name).type) for name in schema.names}, schema=schema
    )
