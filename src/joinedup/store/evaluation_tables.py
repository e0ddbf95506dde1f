"""Reading a table of one's own for an evaluation: the columns asked for, and rows before a time if so asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.dataset as ds

from joinedup.rules.foundation.errors import UsageError

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
        wanted = list(dict.fromkeys(column for column in columns if column))
        source = self._source()
        self.require(columns)
        try:
            rows: Any = ds.field(before[0]) < before[1] if before else None
            return source.to_table(columns=wanted, filter=rows)
        except pa.ArrowInvalid as exc:
            raise UsageError(f"{self.path.name} cannot be read: {exc}") from exc

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a file that lacks a column.

        Raises:
            UsageError: names every column that is missing, and what there is.
        """
        names = self._source().schema.names
        missing = [column for column in dict.fromkeys(columns) if column and column not in names]
        if missing:
            known = ", ".join(names[:30])
            raise UsageError(f"{self.path.name} has no column {', '.join(missing)}; it has: {known}")

    def _source(self) -> Any:
        try:
            return ds.dataset(str(self.path), format="csv" if self.path.suffix.lower() == ".csv" else "parquet")
        except (pa.ArrowInvalid, OSError) as exc:
            raise UsageError(f"{self.path.name} cannot be read: {exc}") from exc
