"""Where a notebook's data come from: a data frame, a file, or a place's release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joinedup.pipeline.evaluation.opening import opened
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.evaluation_tables import MemoryTable, Table
from joinedup.store.protocols import ProtocolFile

#: A data frame of pandas or polars, an Arrow table, a CSV or Parquet file, or nothing where a place is named.
Data = Any


@dataclass(frozen=True, slots=True)
class Source:
    """Rows in memory, a file of one's own, or a place; exactly one of them.

    Attributes:
        rows: already read; they do not change while a notebook works with them.
    """

    rows: MemoryTable | None = None
    file: Path | None = None
    place: Path | None = None

    @classmethod
    def of(cls, data: Data, place: str | Path | None) -> Source:
        """The source of what was given.

        Raises:
            UsageError: neither or both were given, or the data are no table.
        """
        if (data is None) == (place is None):
            raise UsageError("give either data (a data frame, an Arrow table or a path) or place (a place's folder)")
        if place is not None:
            return cls(place=Path(place))
        if isinstance(data, str | Path):
            return cls(file=Path(data))
        return cls(rows=MemoryTable.of(data))

    @contextmanager
    def opened(self, file: ProtocolFile) -> Iterator[Table]:
        """The table a protocol is evaluated on.

        Raises:
            UsageError: the protocol is not about what was given, or the file is missing.
            ReleaseError: the place was not built yet.
        """
        if self.rows is None:
            with opened(file, self.file, self.place) as table:
                yield table
            return
        if file.protocol.place is not None:
            raise UsageError(f"{file.name} asks for a place's own records; give place=FOLDER, not data")
        yield self.rows
