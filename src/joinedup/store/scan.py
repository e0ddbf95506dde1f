"""One pass over a partner's file: typed rows, a severity for each, and every problem counted by field and rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from joinedup.rules.foundation.errors import Problem, Severity
from joinedup.rules.foundation.extract import ExtractSchema
from joinedup.store.codes import CodeList
from joinedup.store.conversion import SQL_TYPES, cell_sql, literal, quote, value_sql
from joinedup.store.extracts import ExtractFile, FileFacts, examine, refusal
from joinedup.store.headings import match
from joinedup.store.readers import MEMBER, RECORD, Opened, UnreadableFile, open_file
from joinedup.store.row_checks import Cells, RowCheck, row_checks

#: Records that a report lists one by one for each file, field and rule; counts are always exact.
LISTED: Final = 1000

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
        relation: SQL of its good rows with the schema's columns, ``__file`` and ``__record``; None when it could not
            be read.
        columns: the schema's columns that the file has.
        rows: rows it holds, ragged ones included.
        set_aside: rows that are left out, each for at least one reason in `tallies`.
        tallies: every problem.
    """

    file: ExtractFile
    sha256: str
    relation: str | None
    columns: tuple[str, ...]
    rows: int
    set_aside: int
    tallies: tuple[Tally, ...]

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


def scan_file(
    connection: duckdb.DuckDBPyConnection, file: ExtractFile, expected: Expectation, out: Path, scratch: Path
) -> Scan:
    """Read a file once: check every row, give every column its type.

    Rows of text are written to `out` with their types, because reading text is dear. A Parquet file has types: only
    its broken rows are looked at closely, and its good rows are read from the file itself.

    Args:
        connection: a DuckDB connection that keeps insertion order.
        file: the file.
        expected: what it is held against.
        out: Parquet file to write where the file is text; absent when the file could not be read.
        scratch: a folder for temporary copies.

    Returns:
        What was found. Messages never hold a value of a row.
    """
    facts = examine(file.path)
    refused = refusal(file, facts)
    if refused:
        return _unread(file, facts, *refused)
    try:
        opened = open_file(connection, file, facts, expected.schema.id, scratch)
    except UnreadableFile as exc:
        return _unread(file, facts, exc.rule, str(exc))
    try:
        return _scan(connection, opened, _Job(file, facts, expected, out))
    except UnreadableFile as exc:
        out.unlink(missing_ok=True)
        return _unread(file, facts, exc.rule, str(exc))
    finally:
        opened.close()


@dataclass(frozen=True, slots=True)
class _Job:
    file: ExtractFile
    facts: FileFacts
    expected: Expectation
    out: Path


def _unread(file: ExtractFile, facts: FileFacts, rule: str, message: str) -> Scan:
    problem = Problem(file.source, file.name, 0, "", rule, Severity.FATAL, message)
    return Scan(file, facts.sha256, None, (), 0, 0, (Tally(problem),))


def _scan(connection: duckdb.DuckDBPyConnection, opened: Opened, job: _Job) -> Scan:
    file, schema = job.file, job.expected.schema
    matched = match(opened.headings, schema, job.expected.columns)
    tallies = [
        Tally(Problem(file.source, file.name, 0, p.field, p.rule, p.severity, f"{file.name}: {p.message}"))
        for p in matched.problems
    ]
    if any(problem.severity is Severity.FATAL for problem in matched.problems):
        return Scan(file, job.facts.sha256, None, (), 0, 0, tuple(tallies))
    cells = Cells(schema, {name: opened.kinds[place] for name, place in matched.positions.items()})
    checks = row_checks(cells, job.expected.codes, job.expected.dates, file.received)
    query = _Query(opened.relation, job, cells, matched.positions)
    rows = _checked_rows(connection, query, checks, opened)
    broken = dict(_row_tallies(connection, job, checks))
    tallies += [*(tally for found in broken.values() for tally in found), *_ragged(file, opened.ragged)]
    if sum(rows) + len(opened.ragged) == 0:
        tallies.append(_no_rows(file))
    relation = _good_rows(query, list(broken), opened)
    names, lost = tuple(matched.positions), rows[1] + len(opened.ragged)
    return Scan(file, job.facts.sha256, relation, names, rows[0] + lost, lost, tuple(tallies))


def _checked_rows(
    connection: duckdb.DuckDBPyConnection, query: _Query, checks: Sequence[RowCheck], opened: Opened
) -> tuple[int, int]:
    """Make the one pass; leaves broken rows in the temporary table `broken_rows`; returns rows kept and set aside."""
    out = query.job.out
    marks = ", ".join(["__file", RECORD, "__severity", *(f"__m{g}" for g in range(len(_groups(checks))))])
    try:
        if opened.is_typed:
            source = query.sql(checks)
        else:
            connection.execute(f"COPY ({query.sql(checks)}) TO {literal(str(out))} ({PARQUET})").fetchall()
            source = f"SELECT * FROM read_parquet({literal(str(out))})"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE broken_rows AS SELECT {marks} FROM ({source}) WHERE __severity > 0"
        ).fetchall()
        rows_in = query.relation if opened.is_typed else f"read_parquet({literal(str(out))})"
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {rows_in}").fetchall()
        ((lost,),) = connection.execute("SELECT count(*) FROM broken_rows WHERE __severity >= 2").fetchall()
    except duckdb.Error as exc:
        raise _unreadable(opened, query.job.file) from exc
    if opened.failures:
        raise opened.failures[0]
    return int(rows - lost), int(lost)


def _good_rows(query: _Query, broken: Sequence[RowCheck], opened: Opened) -> str:
    columns = (
        quote(column.name)
        if column.name in query.positions
        else f"NULL::{SQL_TYPES[column.type]} AS {quote(column.name)}"
        for column in query.job.expected.schema.columns
    )
    names = ", ".join([*columns, "__file", RECORD])
    source = f"read_parquet({literal(str(query.job.out))})"
    if opened.is_typed:
        source = f"({query.sql(broken)})"
    return f"(SELECT {names} FROM {source} WHERE __severity < 2)"


def _unreadable(opened: Opened, file: ExtractFile) -> UnreadableFile:
    """The reader's own reason when it gave one; the engine's words may repeat a row, so they are not passed on."""
    if opened.failures:
        return opened.failures[0]
    return UnreadableFile("broken_file", f"{file.name} cannot be read to its end; it is damaged; ask for it again")


@dataclass(frozen=True, slots=True)
class _Query:
    """The scan as one query: cells, then values, then flags of broken checks, then the row as it lands."""

    relation: str
    job: _Job
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
            f"SELECT {landed}, {_file_sql(self.job.file)} AS __file, {RECORD}, "
            f"{_severity(checks)} AS __severity{masks} FROM (SELECT *{flags} FROM ({self._values()}))"
        )

    def _values(self) -> str:
        columns, order = list(enumerate(self.cells.schema.columns)), self.job.expected.dates
        present = [(i, c, self.cells.kinds[c.name]) for i, c in columns if c.name in self.positions]
        raw = "".join(f"{cell_sql(f'c{self.positions[c.name]}', kind)} AS x{i}, " for i, c, kind in present)
        values = {i: value_sql(f"x{i}", column, kind, order) for i, column, kind in present}
        read = ", ".join(f"({values.get(i, 'NULL')})::{SQL_TYPES[column.type]} AS v{i}" for i, column in columns)
        return f"SELECT *, {read} FROM (SELECT {raw}{RECORD}, {MEMBER} FROM {self.relation})"


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


def _file_sql(file: ExtractFile) -> str:
    return f"coalesce({literal(file.name + '!')} || {MEMBER}, {literal(file.name)})"


def _row_tallies(
    connection: duckdb.DuckDBPyConnection, job: _Job, checks: Sequence[RowCheck]
) -> Iterator[tuple[RowCheck, list[Tally]]]:
    """Counts of every broken check, from the few rows that broke one."""
    masks = ", ".join(f"bit_or(__m{n // _BITS})" for n in _groups(checks))
    broken = connection.execute(f"SELECT {masks} FROM broken_rows").fetchall()[0] if masks else ()
    for n, check in enumerate(checks):
        bit = 1 << (n % _BITS)
        if not (broken[n // _BITS] or 0) & bit:
            continue
        found = connection.execute(
            f"SELECT __file, count(*), min({RECORD}, {LISTED}) FROM broken_rows "
            f"WHERE __m{n // _BITS} & {bit}::UBIGINT <> 0 GROUP BY 1 ORDER BY 1"
        ).fetchall()
        template = Problem(job.file.source, "", 0, check.field, check.rule, check.severity, check.message)
        yield check, [counted(replace(template, file=name), count, records) for name, count, records in found]


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
