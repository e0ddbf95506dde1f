"""Reading a table of one's own for an evaluation: the columns asked for, and rows before a time if so asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow import csv

from joinedup.rules.foundation.errors import UsageError

#: A CSV file is read in one block up to here; a larger one should be Parquet, which says its types.
_LARGEST_BLOCK = 1 << 30
#: A column and a value: rows at or after the value are never handed out.
Before = tuple[str, int | float | str | date]


class Table(Protocol):
    """What an evaluation reads: a file of one's own, or what a place's release holds."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def sha256(self) -> str:
        """A hash of everything it holds."""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What else a result says of it: place, release and definitions (measure id to version) of a place."""

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a table that lacks a column.

        Raises:
            UsageError: names every column that is missing, and what there is.
        """

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for, each once; with `before` only rows before that value.

        Raises:
            UsageError: it cannot be read, or lacks a column.
        """


@dataclass(frozen=True, slots=True)
class EvaluationTable:
    """A CSV or Parquet file with the data of an evaluation."""

    path: Path

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise UsageError(f"there is no data file at {self.path}")
        if self.path.suffix.lower() not in {".csv", ".parquet"}:
            raise UsageError(f"{self.path.name} is neither .csv nor .parquet; export the table as one of them")

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        with self.path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Nothing beyond its name and hash."""
        return {}

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for, each once.

        Args:
            columns: by their names in the file.
            before: a column and a value: rows at or after the value are never handed out.

        Raises:
            UsageError: the file cannot be read, or lacks a column.
        """
        return _read(self._source(), self.name, columns, before)

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a file that lacks a column.

        Raises:
            UsageError: names every column that is missing, and what there is.
        """
        _require(self._source(), self.name, columns)

    def _source(self) -> Any:
        if self.path.suffix.lower() != ".csv":
            return self._opened("parquet")
        # one block, so that a column's type is learned from all of its values, not from the first megabyte
        size = min(max(self.path.stat().st_size + 1, 1 << 16), _LARGEST_BLOCK)
        source = self._opened(ds.CsvFileFormat(read_options=csv.ReadOptions(block_size=size)))
        if strange := [field.name for field in source.schema if pa.types.is_binary(field.type)]:
            raise UsageError(f"{self.path.name} is not UTF-8 in {', '.join(strange)}; export it as CSV in UTF-8")
        return source

    def _opened(self, form: Any) -> Any:
        try:
            return ds.dataset(str(self.path), format=form)
        except (pa.ArrowInvalid, OSError) as exc:
            raise UsageError(self._unreadable(exc)) from exc

    def _unreadable(self, exc: Exception) -> str:
        """Why a file cannot be read, in words; never what stands in one of its rows."""
        name, said = self.path.name, str(exc)
        if "Empty CSV" in said:
            return f"{name} is empty; its first line must name the columns, and each further line hold one row"
        if uneven := re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", said):
            line, expected, got = uneven.groups()
            return f"{name} has {got} value(s) in line {line}, where its first line names {expected} columns; mend it"
        if twice := re.search(r"multiple columns named (.+)", said):
            return f"{name} has two columns named {twice.group(1)}; give each its own name"
        kind = "CSV with a first line of names" if self.path.suffix.lower() == ".csv" else "Parquet"
        return f"{name} cannot be read as {kind}; export it again"


def _blanks_as_missing(rows: pa.Table) -> pa.Table:
    """Texts of nothing but spaces as missing values: nobody's name is a blank."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = rows.column(at)
            is_blank = pc.equal(pc.utf8_trim_whitespace(column), pa.scalar("", field.type))
            if pc.any(is_blank).as_py():
                filled = pc.if_else(is_blank, pa.scalar(None, field.type), column)
                rows = rows.set_column(at, field, filled)
    return rows


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """Rows that are already here, such as a data frame of a notebook.

    Attributes:
        rows: dates that came as timestamps at midnight are dates, categories are their names.
    """

    rows: pa.Table
    name: str = "table in memory"

    @classmethod
    def of(cls, data: Any, name: str = "table in memory") -> MemoryTable:
        """A table of anything that speaks Arrow: a table of pyarrow, a data frame of pandas or polars.

        Args:
            data: of pandas the columns and a named index; a nameless index is left out.

        Raises:
            UsageError: it is no table, or a column mixes kinds.

        >>> MemoryTable.of({"a": [1]})
        Traceback (most recent call last):
        ...
        joinedup.rules.foundation.errors.UsageError: dict is no table; give a data frame, an Arrow table, or a path
        """
        if not isinstance(data, pa.Table) and not hasattr(data, "__arrow_c_stream__"):
            raise UsageError(f"{type(data).__name__} is no table; give a data frame, an Arrow table, or a path")
        try:
            rows = data if isinstance(data, pa.Table) else _from_pandas(data)
            return cls(_plain(rows), name)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as exc:
            raise UsageError(f"the {type(data).__name__} cannot be read as a table: {exc}") from exc

    @property
    def sha256(self) -> str:
        """The hash of its columns and rows, as Arrow streams them in one batch."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.rows.schema) as writer:
            writer.write_table(self.rows.combine_chunks())
        return hashlib.sha256(sink.getvalue()).hexdigest()

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Nothing beyond its name and hash."""
        return {}

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for, each once; with `before` only rows before that value.

        Raises:
            UsageError: it lacks a column.
        """
        return _read(ds.dataset(self.rows), self.name, columns, before)

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a table that lacks a column.

        Raises:
            UsageError: names every column that is missing, and what there is.
        """
        _require(ds.dataset(self.rows), self.name, columns)


def _read(source: Any, name: str, columns: Sequence[str], before: Before | None) -> pa.Table:
    wanted = list(dict.fromkeys(column for column in columns if column))
    _require(source, name, columns)
    try:
        rows: Any = ds.field(before[0]) < before[1] if before else None
        return _blanks_as_missing(source.to_table(columns=wanted, filter=rows))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
        raise UsageError(f"{name} cannot be read: {exc}") from exc


def _require(source: Any, name: str, columns: Sequence[str]) -> None:
    names = source.schema.names
    missing = [column for column in dict.fromkeys(columns) if column and column not in names]
    if missing:
        known = ", ".join(names[:30])
        raise UsageError(f"{name} has no column {', '.join(missing)}; it has: {known}")


def _from_pandas(data: Any) -> pa.Table:
    if not hasattr(data, "iloc"):
        return pa.table(data)
    return pa.Table.from_pandas(data.reset_index(drop=all(name is None for name in data.index.names)))


def _plain(rows: pa.Table) -> pa.Table:
    columns = [_plain_column(column) for column in rows.columns]
    return pa.Table.from_arrays(columns, names=[str(name) for name in rows.column_names])


def _plain_column(column: Any) -> Any:
    """Categories by their names, and days as days, as a file would hold them."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type) and pc.all(pc.equal(pc.floor_temporal(column, unit="day"), column)).as_py():
        return column.cast(pa.date32())
    return column
