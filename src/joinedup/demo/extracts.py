"""Files as partners send them: a folder a source and period, a file a day of receipt, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from joinedup.demo.months import MONTHS, Bools, Ints, dates_of, month_end, month_label, months_of

if TYPE_CHECKING:
    Column = pa.Array[Any] | pa.ChunkedArray[Any]
else:  # pyarrow's classes take no parameters when the code runs
    Column = pa.Array | pa.ChunkedArray


def words(options: Sequence[str | None], position: Ints) -> Column:
    """Words by their position in a list; a position of -1 is missing."""
    index: Any = pa.array(position, mask=position < 0)
    return pa.array(list(options), pa.string()).take(index)


def texts(prefix: str, numbers: Ints, width: int) -> Column:
    """Identifiers: a prefix and a number of fixed width."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")
    start: Any = pa.scalar(prefix)
    found: Column = pc.binary_join_element_wise(start, digits, "")
    return found


def days(day: Ints) -> Column:
    """Dates; a day that never comes is missing."""
    return pa.array(dates_of(day))


def missing_where(column: Column, gone: Bools) -> Column:
    """A column with some values taken out."""
    found: Column = pc.if_else(pa.array(~gone), column, pa.scalar(None, column.type))
    return found


def table(columns: Mapping[str, Column | np.ndarray[Any, Any]]) -> pa.Table:
    """A table from its columns."""
    made = [value if isinstance(value, pa.Array | pa.ChunkedArray) else pa.array(value) for value in columns.values()]
    return pa.Table.from_arrays(made, names=list(columns))


def received_on(source: str, month: int) -> date:
    """The day a month's file comes: two to three weeks after the month."""
    return month_end(month) + timedelta(days=13 + sum(source.encode()) % 6)


#: Partners sent the years before this month when the place was set up, a file a year; since then they send regularly.
REGULAR_FROM: Final = 36


def file_of(day: Ints, months_a_file: int) -> Ints:
    """The last month of the file that holds each day: years at first, then every so many months."""
    month = np.clip(months_of(day), 0, MONTHS - 1)
    length = np.where(month < REGULAR_FROM, 12, months_a_file)
    found: Ints = month // length * length + length - 1
    return found


#: What goes wrong with a month's file: its source, month and rows in; files by day of receipt out.
FileFaults = Callable[[str, int, pa.Table], list[tuple[date, pa.Table]]]


def no_faults(source: str, month: int, rows: pa.Table) -> list[tuple[date, pa.Table]]:
    """A month's file as it should come."""
    return [(received_on(source, month), rows)]


class Extracts:
    """Writes extract files; a file stays open until every chunk of people has added its rows."""

    def __init__(self, folder: Path, file_format: str, faults: FileFaults) -> None:
        self.folder = folder
        self.faults = faults
        self.file_format = file_format
        self.rows: dict[str, int] = {}
        self._schemas: dict[str, pa.Schema] = {}
        self._open: dict[tuple[str, str, date], pacsv.CSVWriter | pq.ParquetWriter] = {}

    def write(self, source: str, period: str, received: date, rows: pa.Table) -> None:
        """Add rows to the file of a source, period and day of receipt."""
        self._schemas.setdefault(source, rows.schema)
        if rows.num_rows == 0:
            return
        key = (source, period, received)
        if key not in self._open:
            self._open[key] = self._writer(source, period, received, rows.schema)
        self._open[key].write_table(rows)
        self.rows[source] = self.rows.get(source, 0) + rows.num_rows

    def write_months(self, source: str, day: Ints, rows: pa.Table, months_a_file: int = 1) -> None:
        """Add rows to the files that hold their days."""
        self._schemas.setdefault(source, rows.schema)
        last = file_of(day, months_a_file)
        order = np.argsort(last, kind="stable")
        rows = rows.take(order)
        edges = np.searchsorted(last[order], np.arange(MONTHS + 1))
        for number in range(MONTHS):
            first, count = int(edges[number]), int(edges[number + 1] - edges[number])
            if count:
                for received, part in self.faults(source, number, rows.slice(first, count)):
                    self.write(source, month_label(number), received, part)

    def write_rows(self, source: str, day: int, rows: list[dict[str, Any]], months_a_file: int = 1) -> None:
        """Add single rows to the file of a day, after rows of that source were written; columns may be left out."""
        month = int(file_of(np.array([day]), months_a_file)[0])
        for row in rows:
            self.write_row_as_sent(source, month_label(month), received_on(source, month), row)

    def write_row_as_sent(self, source: str, period: str, received: date, row: dict[str, Any]) -> None:
        """Add one row to the file of a period and day of receipt; the columns are those of the source's files."""
        schema = self._schemas[source]
        columns = [pa.array([row.get(field.name)], field.type) for field in schema]
        self.write(source, period, received, pa.Table.from_arrays(columns, schema=schema))

    def _writer(self, source: str, period: str, received: date, schema: pa.Schema) -> Any:
        path = self.folder / source / period / f"{received.isoformat()}.{self.file_format}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.file_format == "parquet":
            return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)
        return pacsv.CSVWriter(path, schema, write_options=pacsv.WriteOptions(quoting_style="needed"))

    def close(self) -> None:
        """Finish every file."""
        for writer in self._open.values():
            writer.close()
        self._open.clear()

    def __enter__(self) -> Extracts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
