"""A table in memory that hands out columns and rows as a file's table does, so that designs are run unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from joinedup.rules.foundation.errors import UsageError
from joinedup.store.evaluation_tables import Before


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """The columns of one invented world.

    Attributes:
        rows: every column, outcomes among them; a design is handed none of those.
    """

    rows: pa.Table
    name: str = "invented"
    sha256: str = ""

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Nothing: no place, release or measure stands behind it."""
        return {}

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a world that lacks a column.

        Raises:
            UsageError: names every column that is missing.
        """
        missing = [column for column in columns if column and column not in self.rows.column_names]
        if missing:
            raise UsageError(f"{self.name} has no column {', '.join(missing)}")

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for, each once; of rows before a value of a column where so asked."""
        self.require(columns)
        rows = self.rows if before is None else self.rows.filter(pc.less(self.rows[before[0]], before[1]))
        return rows.select(list(dict.fromkeys(column for column in columns if column)))
