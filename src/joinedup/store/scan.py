"""One pass over a partner's file: typed rows, a severity for each, and every problem counted by field and rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from joinedup.rules.foundation.errors import Problem, Severity
from joinedup.rules.foundation.extract import ExtractSchema
from joinedup.store.codes import CodeList
from joinedup.store.conversion import SQL_TYPES, cell_sql, literal, quote, value_sql
from joinedup.store.extracts import TEXT_SUFFIXES, ExtractFile, FileFacts, examine, refusal
from joinedup.store.headings import Matched, match
from joinedup.store.readers import (
    MEMBER,
    RECORD,
    Opened,
    TextFile,
    UnreadableFile,
    open_file,
    open_text,
    prepare_text,
)
from joinedup.store.row_checks import Cells, RowCheck, row_checks

#: Records that a report lists one by one for each file, field and rule; counts are always exact.
LISTED: Final = 1000

#: Text files of one layout are scanned together up to this size: a scan has a cost of its own.
TOGETHER_BYTES: Final = 64 << 20

#: What every row says of its file.
ABOUT: Final = "__path, __received, __period"

_BITS: Final = 60
_RANK: Final = {Severity.WARNING: 1, Severity.SET_ASIDE: 2, Severity.FATAL: 3}
PARQUET: Final = "FORMAT parquet, COMPRESSION snappy"


@dataclass(frozen=True, slots=True)
class Tally:
    """One rule broken in one field of one file: how often, and in which records first.

    Attributes:
        problem: the rule and its message; `record` is the first record, `count` how many there are.
        records: up to `LISTED` record numbers, ascending; empty when the whole file is meant.
    """

    problem: Problem
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file gave.

    Attributes:
        file: the file.
        sha256: fingerprint of its bytes.
        batch: SQL of the good rows of all files that were scanned together with it, with the schema's columns,
            ``__file`` (with the member of an archive), ``__record``, and of the file ``__path``, ``__received`` and
            ``__period``; None when the file could not be read.
        columns: the schema's columns that the file has.
        rows: rows it holds, ragged ones included.
        set_aside: rows that are left out, each for at least one reason in `tallies`.
        tallies: every problem.
    """

    file: ExtractFile
    sha256: str
    batch: str | None
    columns: tuple[str, ...]
    rows: int
    set_aside: int
    tallies: tuple[Tally, ...]

    @property
    def relation(self) -> str | None:
        """SQL of the file's own good rows, with the schema's columns, ``__file`` and ``__record``."""
        if self.batch is None:
            return None
        return f"(SELECT * EXCLUDE ({ABOUT}) FROM {self.batch} WHERE __path = {literal(self.file.name)})"

    @property
    def is_fatal(self) -> bool:
        """Whether the file stops a build."""
        return any(tally.problem.severity is Severity.FATAL for tally in self.tallies)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the files of one source are held against.

    Attributes:
        schema: the extract schema.
        codes: code lists by id.
        columns: the place's map, their heading to the schema's name.
        dates: the place's `dates` setting.
    """

    schema: ExtractSchema
    codes: Mapping[str, CodeList]
    columns: Mapping[str, str]
    dates: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are scanned.

    Attributes:
        connection: a DuckDB connection that keeps insertion order.
        scratch: a folder for temporary copies.
        out: gives the Parquet file to write for text files that are scanned together.
    """

    connection: duckdb.DuckDBPyConnection
    scratch: Path
    out: Callable[[Sequence[ExtractFile]], Path]


def scan_files(desk: Desk, files: Sequence[ExtractFile], expected: Expectation) -> list[Scan]:
    """Read each file once: check every row, give every column its type.

    Rows of text are written to Parquet with their types, because reading text is dear; small files of one layout are
    scanned together. A Parquet file has types: only its broken rows are looked at closely, and its good rows are
    read from the file itself.

    Args:
        desk: where to work.
        files: files of one source.
        expected: what they are held against.

    Returns:
        What was found, in the order of the files. Messages never hold a value of a row.
    """
    found: dict[str, Scan] = {}
    texts: list[TextFile] = []
    for file in files:
        facts = examine(file.path)
        refused = refusal(file, facts)
        try:
            if refused:
                found[file.name] = _unread(file, facts.sha256, UnreadableFile(*refused))
            elif file.kind in TEXT_SUFFIXES:
                texts.append(prepare_text(file, facts, desk.scratch))
            else:
                found[file.name] = _scan_other(desk, file, facts, expected)
        except UnreadableFile as exc:
            found[file.name] = _unread(file, facts.sha256, exc)
    for group in _together(texts):
        found |= {scan.file.name: scan for scan in _scan_texts(desk, group, expected)}
    return [found[file.name] for file in files]


def _together(texts: Sequence[TextFile]) -> Iterator[list[TextFile]]:
    """Files of one layout, in order, up to a size that is worth its own scan."""
    layouts: dict[tuple[str, ...], list[TextFile]] = {}
    for text in texts:
        layouts.setdefault((text.layout.delimiter, *text.layout.headings), []).append(text)
    for alike in layouts.values():
        group: list[TextFile] = []
        size = 0
        for text in alike:
            own = text.path.stat().st_size
            if group and size + own > TOGETHER_BYTES:
                yield group
                group, size = [], 0
            group.append(text)
            size += own
        yield group


def _scan_texts(desk: Desk, texts: Sequence[TextFile], expected: Expectation) -> list[Scan]:
    hashes = {text.file.name: text.sha256 for text in texts}
    try:
        return _scan(desk, open_text(desk.connection, texts), hashes, [text.file for text in texts], expected)
    except UnreadableFile as exc:
        if len(texts) == 1:
            return [_unread(texts[0].file, texts[0].sha256, exc)]
    # One of them cannot be read to its end; each by itself shows which.
    again = [prepare_text(text.file, examine(text.file.path), desk.scratch) for text in texts]
    return [scan for text in again for scan in _scan_texts(desk, [text], expected)]


def _scan_other(desk: Desk, file: ExtractFile, facts: FileFacts, expected: Expectation) -> Scan:
    opened = open_file(desk.connection, file, expected.schema.id)
    return _scan(desk, opened, {file.name: facts.sha256}, [file], expected)[0]


def _unread(file: ExtractFile, sha256: str, reason: UnreadableFile) -> Scan:
    problem = Problem(file.source, file.name, 0, "", reason.rule, Severity.FATAL, str(reason))
    return Scan(file, sha256, None, (), 0, 0, (Tally(problem),))


def _scan(
    desk: Desk, opened: Opened, hashes: Mapping[str, str], files: Sequence[ExtractFile], expected: Expectation
) -> list[Scan]:
    try:
        matched = match(opened.headings, expected.schema, expected.columns)
        if any(problem.severity is Severity.FATAL for problem in matched.problems):
            return [Scan(f, hashes[f.name], None, (), 0, 0, tuple(_heading_tallies(f, matched))) for f in files]
        cells = Cells(expected.schema, {name: opened.kinds[place] for name, place in matched.positions.items()})
        query = _Query(opened.relation, expected, cells, matched.positions)
        return _Pass(desk, opened, query, files, desk.out(files)).scans(hashes, matched)
    finally:
        opened.close()


def _heading_tallies(file: ExtractFile, matched: Matched) -> Iterator[Tally]:
    for p in matched.problems:
        yield Tally(Problem(file.source, file.name, 0, p.field, p.rule, p.severity, f"{file.name}: {p.message}"))


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over files that were opened together; broken rows are kept in the table `broken_rows`."""

    desk: Desk
    opened: Opened
    query: _Query
    files: Sequence[ExtractFile]
    out: Path

    def scans(self, hashes: Mapping[str, str], matched: Matched) -> list[Scan]:
        """Make the pass and say what it gave, file by file."""
        expected = self.query.expected
        checks = row_checks(self.query.cells, expected.codes, expected.dates)
        rows, lost = self._counts(checks)
        broken = [(check, list(tallies)) for check, tallies in self._broken(checks)]
        batch = self._good_rows([check for check, _ in broken])
        names = tuple(matched.positions)
        found = []
        for file in self.files:
            ragged = self.opened.ragged.get(file.name, [])
            tallies = [*_heading_tallies(file, matched), *(t for _, ts in broken for p, t in ts if p == file.name)]
            tallies += _ragged(file, ragged)
            total, gone = rows.get(file.name, 0) + len(ragged), lost.get(file.name, 0) + len(ragged)
            tallies += [] if total else [_no_rows(file)]
            found.append(Scan(file, hashes[file.name], batch, names, total, gone, tuple(tallies)))
        return found

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.desk.connection.execute(sql).fetchall())

    def _counts(self, checks: Sequence[RowCheck]) -> tuple[dict[str, int], dict[str, int]]:
        """Make the pass; rows and rows set aside of each file."""
        marks = ", ".join(["__file", "__path", RECORD, "__severity", *(f"__m{g // _BITS}" for g in _groups(checks))])
        source = f"({self.query.sql(checks)})"
        every_row = self.query.relation
        try:
            if not self.opened.is_typed:
                unfinished = self.desk.scratch / f"{self.out.name}.unfinished"
                # DuckDB does not keep the order of a stream under a long query, so it is put back: objects are named
                # by their content, and the same files must give the same objects.
                ordered = f"({self.query.sql(checks)} ORDER BY __received, __period, __file, {RECORD})"
                self._run(f"COPY {ordered} TO {literal(str(unfinished))} ({PARQUET})")
                self._refuse_failures()
                unfinished.replace(self.out)
                source = every_row = f"read_parquet({literal(str(self.out))})"
            self._run(f"CREATE OR REPLACE TEMP TABLE broken_rows AS SELECT {marks} FROM {source} WHERE __severity > 0")
            rows = self._run(f"SELECT __path, count(*) FROM {every_row} GROUP BY 1")
        except duckdb.Error as exc:
            self._refuse_failures()
            # The engine's own words may repeat a row, so they are not passed on.
            names = ", ".join(file.name for file in self.files)
            raise UnreadableFile("broken_file", f"{names} cannot be read to the end; ask for it again") from exc
        lost = self._run("SELECT __path, count(*) FROM broken_rows WHERE __severity >= 2 GROUP BY 1")
        return dict(rows), dict(lost)

    def _refuse_failures(self) -> None:
        if self.opened.failures:
            raise self.opened.failures[0]

    def _good_rows(self, broken: Sequence[RowCheck]) -> str:
        columns = (
            quote(column.name)
            if column.name in self.query.positions
            else f"NULL::{SQL_TYPES[column.type]} AS {quote(column.name)}"
            for column in self.query.expected.schema.columns
        )
        source = f"({self.query.sql(broken)})" if self.opened.is_typed else f"read_parquet({literal(str(self.out))})"
        return f"(SELECT {', '.join(columns)}, __file, {RECORD}, {ABOUT} FROM {source} WHERE __severity < 2)"

    def _broken(self, checks: Sequence[RowCheck]) -> Iterator[tuple[RowCheck, Iterator[tuple[str, Tally]]]]:
        """Every broken check with its counts by file, from the few rows that broke one."""
        masks = ", ".join(f"bit_or(__m{n // _BITS})" for n in _groups(checks))
        broken = self._run(f"SELECT {masks} FROM broken_rows")[0] if masks else ()
        for n, check in enumerate(checks):
            bit = 1 << (n % _BITS)
            if (broken[n // _BITS] or 0) & bit:
                found = self._run(
                    f"SELECT __path, __file, count(*), min({RECORD}, {LISTED}) FROM broken_rows "
                    f"WHERE __m{n // _BITS} & {bit}::UBIGINT <> 0 GROUP BY 1, 2 ORDER BY 1, 2"
                )
                yield check, self._counted(check, found)

    def _counted(self, check: RowCheck, found: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, Tally]]:
        for path, name, count, records in found:
            source = self.files[0].source
            template = Problem(source, name, 0, check.field, check.rule, check.severity, check.message)
            yield path, counted(template, count, records)


@dataclass(frozen=True, slots=True)
class _Query:
    """The scan as one query: cells, then values, then flags of broken checks, then the row as it lands."""

    relation: str
    expected: Expectation
    cells: Cells
    positions: Mapping[str, int]

    def sql(self, checks: Sequence[RowCheck]) -> str:
        """The query with some of the checks; those that no row breaks may be left out."""
        columns = list(enumerate(self.cells.schema.columns))
        flags = "".join(f", coalesce({check.sql}, false) AS f{n}" for n, check in enumerate(checks))
        landed = ", ".join(
            f"{_landed(i, column.name, checks)} AS {quote(column.name)}"
            for i, column in columns
            if column.name in self.positions
        )
        masks = "".join(f", {_mask(range(n, min(n + _BITS, len(checks))), n)}" for n in _groups(checks))
        return (
            f"SELECT {landed}, coalesce(__path || '!' || {MEMBER}, __path) AS __file, {RECORD}, {ABOUT}, "
            f"{_severity(checks)} AS __severity{masks} FROM (SELECT *{flags} FROM ({self._values()}))"
        )

    def _values(self) -> str:
        columns, order = list(enumerate(self.cells.schema.columns)), self.expected.dates
        present = [(i, c, self.cells.kinds[c.name]) for i, c in columns if c.name in self.positions]
        raw = "".join(f"{cell_sql(f'c{self.positions[c.name]}', kind)} AS x{i}, " for i, c, kind in present)
        values = {i: value_sql(f"x{i}", column, kind, order) for i, column, kind in present}
        read = ", ".join(f"({values.get(i, 'NULL')})::{SQL_TYPES[column.type]} AS v{i}" for i, column in columns)
        return f"SELECT *, {read} FROM (SELECT {raw}{RECORD}, {MEMBER}, {ABOUT} FROM {self.relation})"


def _landed(index: int, name: str, checks: Sequence[RowCheck]) -> str:
    spoilt = [f"f{n}" for n, check in enumerate(checks) if check.spoils and check.field == name]
    return f"CASE WHEN {' OR '.join(spoilt)} THEN NULL ELSE v{index} END" if spoilt else f"v{index}"


def _groups(checks: Sequence[RowCheck]) -> range:
    return range(0, len(checks), _BITS)


def _mask(numbers: Sequence[int], first: int) -> str:
    bits = " | ".join(f"CASE WHEN f{n} THEN {1 << (n - first)} ELSE 0 END" for n in numbers)
    return f"({bits})::UBIGINT AS __m{first // _BITS}"


def _severity(checks: Sequence[RowCheck]) -> str:
    cases = []
    for severity in (Severity.FATAL, Severity.SET_ASIDE, Severity.WARNING):
        flags = [f"f{n}" for n, check in enumerate(checks) if check.severity is severity]
        if flags:
            cases.append(f"WHEN {' OR '.join(flags)} THEN {_RANK[severity]}")
    return f"(CASE {' '.join(cases)} ELSE 0 END)::TINYINT" if cases else "0::TINYINT"


def counted(template: Problem, count: int, records: Sequence[int]) -> Tally:
    """A problem of many rows as one, with how many and the first of them."""
    message = f"{count:,} row(s) of {template.file}: {template.message}"
    return Tally(replace(template, record=records[0], message=message, count=count), tuple(records))


def _ragged(file: ExtractFile, records: Sequence[int]) -> Iterator[Tally]:
    if records:
        message = "more or fewer fields than headings; a delimiter or a quotation mark is missing at the source"
        rule, severity = "wrong_number_of_fields", Severity.SET_ASIDE
        template = Problem(file.source, file.name, 0, "", rule, severity, message)
        yield counted(template, len(records), sorted(records)[:LISTED])


def _no_rows(file: ExtractFile) -> Tally:
    message = f"{file.name} has headings and no rows; if the period really had none, keep it, else ask for it again"
    return Tally(Problem(file.source, file.name, 0, "", "no_rows", Severity.WARNING, message))
