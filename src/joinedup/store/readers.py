"""Opening a partner's file, whatever its format, as one stream of cells with their record numbers."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from joinedup.rules.foundation.errors import PlaceError
from joinedup.store.conversion import literal, quote
from joinedup.store.extracts import ExtractFile, FileFacts

#: Reads a file that is neither CSV nor Parquet: a path in, batches of text columns out. A batch may carry
#: ``__record`` (int64, 1 = first) and ``__file`` (the member of an archive).
Reader = Callable[[Path], Iterator[pa.RecordBatch]]

RECORD: Final = "__record"
MEMBER: Final = "__member"
INCOMING: Final = "incoming_rows"

_READERS: Final[dict[str, Reader]] = {}
_BLOCK_BYTES: Final = 4 << 20
_DELIMITERS: Final = ",;\t|"
_HEADER_BYTES: Final = 1 << 20


class UnreadableFile(PlaceError):
    """A file turned out to be unreadable; its text is the message, `rule` the rule it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, or several text files of one layout, ready to be scanned once.

    Attributes:
        headings: as the files write them.
        kinds: DuckDB's type of each column.
        relation: SQL that reads the columns (named by position, c0, c1 ...), ``__record``, ``__member`` and, for each
            row, its file: ``__path``, ``__received``, ``__period``.
        ragged: record numbers of rows with too many or too few fields, by file; filled while it is read.
        failures: why reading broke off; filled while it is read.
        close: gives back what opening took.
        is_typed: whether the file can be read again and again at little cost (Parquet).
    """

    headings: tuple[str, ...]
    kinds: tuple[str, ...]
    relation: str
    ragged: Mapping[str, list[int]] = field(default_factory=dict)
    failures: list[UnreadableFile] = field(default_factory=list)
    close: Callable[[], object] = lambda: None
    is_typed: bool = False


def register(kind: str, reader: Reader) -> None:
    """Let a reader open the files of one extract kind that are neither CSV nor Parquet."""
    _READERS[kind] = reader


def open_file(connection: duckdb.DuckDBPyConnection, file: ExtractFile, kind: str) -> Opened:
    """Open a file that is not text for one scan.

    Args:
        connection: where the relation will be read.
        file: the file.
        kind: the extract kind, which decides the reader of a workbook or archive.

    Raises:
        UnreadableFile: the content is not what the name promises.
    """
    return _open_parquet(connection, file) if file.kind == ".parquet" else _open_other(connection, file, kind)


def _open_parquet(connection: duckdb.DuckDBPyConnection, file: ExtractFile) -> Opened:
    try:
        names = pq.read_schema(file.path).names
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(file.path))})").fetchall()
    except (pa.ArrowInvalid, duckdb.Error, OSError) as exc:
        raise UnreadableFile("broken_file", f"{file.name} is not a readable Parquet file; ask for it again") from exc
    columns = ", ".join(f"{quote(row[0])} AS c{i}" for i, row in enumerate(described))
    relation = (
        f"(SELECT {columns}, file_row_number + 1 AS {RECORD}, NULL::VARCHAR AS {MEMBER}, {_about_sql(file)} "
        f"FROM read_parquet({literal(str(file.path))}, file_row_number = true))"
    )
    if len(names) != len(described):
        raise UnreadableFile("broken_file", f"{file.name} names a column twice; rename one")
    return Opened(tuple(row[0] for row in described), tuple(row[1] for row in described), relation, is_typed=True)


def _about_sql(file: ExtractFile) -> str:
    return f"{literal(file.name)} AS __path, DATE '{file.received}' AS __received, {literal(file.period)} AS __period"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that has been looked at: where it lies in UTF-8, and its layout."""

    file: ExtractFile
    sha256: str
    path: Path
    layout: CsvLayout


def prepare_text(file: ExtractFile, facts: FileFacts, scratch: Path) -> TextFile:
    """Look at a text file before it is read.

    Args:
        file: the file.
        facts: what `examine` found.
        scratch: a folder for a copy in UTF-8 where the file is in another encoding.

    Raises:
        UnreadableFile: it has no headings, or is not in its encoding to the end.
    """
    path = _in_utf8(file, facts, scratch)
    return TextFile(file, facts.sha256, path, _layout(path, file.name))


def open_text(connection: duckdb.DuckDBPyConnection, files: Sequence[TextFile]) -> Opened:
    """Open text files of one layout as one stream, in the order given."""
    headings = files[0].layout.headings
    failures: list[UnreadableFile] = []
    rows = [CsvRows(text, failures) for text in files]
    stream = (batch for each in rows for batch in each.stream())
    connection.register(INCOMING, pa.RecordBatchReader.from_batches(rows[0].schema, stream))

    def close() -> None:
        connection.unregister(INCOMING)
        stream.close()
        for text in files:
            if text.path != text.file.path:
                text.path.unlink(missing_ok=True)

    ragged = {text.file.name: each.ragged for text, each in zip(files, rows, strict=True)}
    return Opened(headings, ("VARCHAR",) * len(headings), INCOMING, ragged, failures, close)


def _open_other(connection: duckdb.DuckDBPyConnection, file: ExtractFile, kind: str) -> Opened:
    reader = _READERS.get(kind)
    if reader is None:
        raise UnreadableFile(
            "unknown_format", f"{file.name}: {kind} extracts are not read from {file.kind} files; send CSV or Parquet"
        )
    try:
        batches = list(reader(file.path))
    except UnreadableFile:
        raise
    except PlaceError as exc:
        raise UnreadableFile("broken_file", str(exc)) from exc
    if not batches:
        raise UnreadableFile("empty_file", f"{file.name} holds no table; ask for it again")
    table = _numbered(pa.Table.from_batches(batches))
    headings = [name for name in table.column_names if name not in {RECORD, "__file"}]
    renamed = {name: f"c{i}" for i, name in enumerate(headings)} | {RECORD: RECORD, "__file": MEMBER}
    connection.register("incoming_table", table.rename_columns([renamed[name] for name in table.column_names]))
    kinds = tuple("VARCHAR" if pa.types.is_string(table.schema.field(h).type) else "UNKNOWN" for h in headings)
    relation = f"(SELECT *, {_about_sql(file)} FROM incoming_table)"
    return Opened(tuple(headings), kinds, relation, close=lambda: connection.unregister("incoming_table"))


def _numbered(table: pa.Table) -> pa.Table:
    if RECORD not in table.column_names:
        table = table.append_column(RECORD, pa.array(range(1, table.num_rows + 1), pa.int64()))
    if "__file" not in table.column_names:
        table = table.append_column("__file", pa.nulls(table.num_rows, pa.string()))
    return table


def _in_utf8(file: ExtractFile, facts: FileFacts, scratch: Path) -> Path:
    """The file itself when it is UTF-8, else a copy that is, made chunk by chunk."""
    if facts.encoding in {"utf-8", "utf-8-sig"}:
        return file.path
    copy = scratch / f"{facts.sha256}.csv"
    decoder = codecs.getincrementaldecoder(facts.encoding or "utf-8")()
    try:
        with file.path.open("rb") as data, copy.open("wb") as out:
            while chunk := data.read(_BLOCK_BYTES):
                out.write(decoder.decode(chunk).encode())
            out.write(decoder.decode(b"", final=True).encode())
    except UnicodeDecodeError as exc:
        copy.unlink(missing_ok=True)
        raise UnreadableFile("not_text", f"{file.name} is damaged: not all of it is {facts.encoding} text") from exc
    return copy


def _layout(path: Path, name: str) -> CsvLayout:
    """The headings, and the delimiter that splits them into most fields."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        head = text.read(_HEADER_BYTES)
        is_whole = not text.read(1)
    blank = len(head) - len(head.lstrip("\r\n"))
    lines = head[blank:].splitlines(keepends=True)
    best: list[str] = []
    delimiter, used = ",", 0
    for candidate in _DELIMITERS:
        reader = csv.reader(lines, delimiter=candidate)
        try:
            fields = next(reader, [])
        except csv.Error as exc:
            raise UnreadableFile("no_headings", f"{name}: the first line cannot be read as headings") from exc
        if len(fields) > len(best):
            best, delimiter, used = fields, candidate, reader.line_num
    if not any(heading.strip() for heading in best):
        raise UnreadableFile("empty_file", f"{name} holds nothing but empty lines; ask for the file again")
    is_bare = is_whole and not "".join(lines[used:]).strip()
    return CsvLayout(tuple(best), delimiter, head[:blank].count("\n"), has_rows=not is_bare)


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How a CSV file is laid out: its headings, its delimiter and how many empty lines come first."""

    headings: tuple[str, ...]
    delimiter: str
    empty_lines: int
    has_rows: bool


class CsvRows:
    """Rows of a CSV file in order, each with its record number; ragged rows are left out and remembered."""

    def __init__(self, text: TextFile, failures: list[UnreadableFile]) -> None:
        self._text, self._layout, self._shown = text, text.layout, text.file.name
        self._names = [f"c{i}" for i in range(len(text.layout.headings))]
        about = {MEMBER: pa.string(), "__path": pa.string(), "__received": pa.date32(), "__period": pa.string()}
        kinds = dict.fromkeys(self._names, pa.string()) | {RECORD: pa.int64()} | about
        self.schema = pa.schema([pa.field(name, kind) for name, kind in kinds.items()])
        self.ragged: list[int] = []
        self.failures = failures

    def stream(self) -> Generator[pa.RecordBatch, None, None]:
        """Batches of text cells; what breaks reading off is kept in `failures` and raised."""
        if not self._layout.has_rows:
            return
        following, passed = 1, 0
        try:
            for batch in self._open():
                numbers, passed = self._record_numbers(following, batch.num_rows, passed)
                following = int(numbers[-1]) + 1 if len(numbers) else following
                about = self._about(batch.num_rows)
                yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(numbers), *about], schema=self.schema)
                self._refuse_swallowed(batch, following - 1)
        except pa.ArrowInvalid:
            self._fail("unclosed_quote", f"{self._shown}: a quotation mark near record {following} is never closed")
        if self.failures:
            raise self.failures[0]

    def _about(self, rows: int) -> list[pa.Array[Any]]:
        file = self._text.file
        constants = (pa.scalar(file.name), pa.scalar(file.received, pa.date32()), pa.scalar(file.period))
        return [pa.nulls(rows, pa.string()), *(pa.repeat(constant, rows) for constant in constants)]

    def _open(self) -> arrow_csv.CSVStreamingReader:
        return arrow_csv.open_csv(
            self._text.path,
            read_options=arrow_csv.ReadOptions(
                block_size=_BLOCK_BYTES,
                use_threads=False,
                column_names=self._names,
                skip_rows=self._layout.empty_lines,
                skip_rows_after_names=1,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._layout.delimiter, newlines_in_values=True, invalid_row_handler=self._set_aside
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )

    def _set_aside(self, row: arrow_csv.InvalidRow) -> Literal["skip"]:
        # The reader counts the headings as its first row; reading on one thread, it always knows the number.
        record = (row.number or 0) - 1
        self.ragged.append(record)
        if row.text.count('"') % 2 and "\n" in row.text:
            self._fail("unclosed_quote", f"{self._shown}: a quotation mark in record {record} is never closed")
        return "skip"

    def _record_numbers(self, following: int, rows: int, passed: int) -> tuple[npt.NDArray[np.int64], int]:
        """Numbers of the next rows, jumping over the ragged ones that lie between them."""
        last = following + rows - 1
        while passed < len(self.ragged) and self.ragged[passed] <= last:
            passed, last = passed + 1, last + 1
        jumped = [number for number in self.ragged[:passed] if number >= following]
        return np.setdiff1d(np.arange(following, last + 1, dtype=np.int64), np.array(jumped, dtype=np.int64)), passed

    def _refuse_swallowed(self, batch: pa.RecordBatch, record: int) -> None:
        """A cell that ends in a line break at the end of the file has swallowed what came after an open quote."""
        last = batch.column(batch.num_columns - 1)[-1].as_py() if batch.num_rows else None
        if last and last.endswith("\n"):
            self._fail("unclosed_quote", f"{self._shown}: a quotation mark in record {record} is never closed")

    def _fail(self, rule: str, message: str) -> None:
        advice = "; the rows after it cannot be told apart; correct the quotation marks at the source"
        self.failures.append(UnreadableFile(rule, message + advice))
