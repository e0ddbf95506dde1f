"""What partners delivered: the files of each source, scanned and settled, remembered so that no file is read twice."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb

import joinedup.store.workbooks  # noqa: F401 - lets landing open published workbooks
from joinedup.pipeline.printed_sums import sum_tallies
from joinedup.pipeline.stage import code_version
from joinedup.rules.foundation.errors import Problem, Severity
from joinedup.rules.foundation.extract import ExtractSchema
from joinedup.store.codes import CodeList, load_codes
from joinedup.store.extracts import ExtractFile, examine, find_files, load_schemas, shipped_definitions
from joinedup.store.place import Place, SourceSettings
from joinedup.store.scan import Desk, Expectation, Scan, Tally, scan_files
from joinedup.store.supersession import Standing, settle


@dataclass(frozen=True, slots=True)
class Definitions:
    """The extract schemas and code lists of a place: the shipped ones, and its own in their stead."""

    schemas: Mapping[str, ExtractSchema]
    codes: Mapping[str, CodeList]

    def codes_version(self, schema: ExtractSchema) -> str:
        """A hash of the code lists that a schema uses."""
        used = sorted({column.codes for column in schema.columns if column.codes})
        return sha256(repr([self.codes.get(name) for name in used]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything one source delivered.

    Attributes:
        source: its settings.
        schema: what its files follow; None when place.toml names a kind that does not exist.
        scans: its readable files in the order of receipt.
        unread: files that could not be read.
        standing: which of their rows stand; None when nothing could be settled.
        tallies: every problem.
    """

    source: SourceSettings
    schema: ExtractSchema | None
    scans: tuple[Scan, ...]
    unread: tuple[Scan, ...]
    standing: Standing | None
    tallies: tuple[Tally, ...]

    @property
    def is_fatal(self) -> bool:
        """Whether it stops a build."""
        return any(tally.problem.severity is Severity.FATAL for tally in self.tallies)


def load_definitions(place: Place) -> Definitions:
    """The extract schemas and code lists that hold in a place.

    Raises:
        ConfigError: one of them contradicts itself.
    """
    folders = [shipped_definitions(), place.definitions]
    return Definitions(load_schemas(folders), load_codes(folders))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where scans and landed files are kept between builds: they hold names and numbers, so only the owner may look.

    Attributes:
        folder: the shelf.
        scratch: a folder for temporary copies.
        used: names on the shelf that this run has asked for.
    """

    folder: Path
    scratch: Path
    used: set[str] = field(default_factory=set)

    def path(self, name: str) -> Path:
        """Where something is, or will be, on the shelf; asking for it keeps it there."""
        self.used.add(name)
        return self.folder / name

    def clear(self) -> None:
        """Take away what this run did not ask for: files that were replaced, or made by other code or settings."""
        for path in self.folder.iterdir():
            if path.name not in self.used:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def scan(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[ExtractFile],
        expected: Expectation,
        version: str,
    ) -> list[Scan]:
        """Scan files, or take the scans of an earlier build where file, schema, settings and code are unchanged."""
        marks = {file.name: self._mark(file, version) for file in files}
        known = {file.name: self._recalled(marks[file.name], file) for file in files}

        def out(together: Sequence[ExtractFile]) -> Path:
            return self.path(f"{_hash([marks[file.name] for file in together])}.parquet")

        new = [file for file in files if known[file.name] is None]
        for scan in scan_files(Desk(connection, self.scratch, out), new, expected):
            _remember(self.path(f"{marks[scan.file.name]}.json"), scan)
            known[scan.file.name] = scan
        return [scan for scan in known.values() if scan is not None]

    def _recalled(self, mark: str, file: ExtractFile) -> Scan | None:
        note = self.path(f"{mark}.json")
        if not note.is_file():
            return None
        content = json.loads(note.read_text())
        typed = re.findall(rf"{re.escape(str(self.folder))}/([0-9a-f]+\.parquet)", content["batch"] or "")
        if not all(self.path(name).is_file() for name in typed):
            return None
        tallies = tuple(
            Tally(Problem(**{**problem, "severity": Severity(problem["severity"])}), tuple(records))
            for problem, records in content["tallies"]
        )
        columns = tuple(content["columns"])
        return Scan(file, content["sha256"], content["batch"], columns, content["rows"], content["set_aside"], tallies)

    def _mark(self, file: ExtractFile, version: str) -> str:
        return _hash([version, self._fingerprint(file), str(file.path.absolute())])

    def _fingerprint(self, file: ExtractFile) -> str:
        """SHA-256 of the file; not computed again while its size and time of change stay the same."""
        state = file.path.stat()
        note, seen = self.path(f"{_hash([str(file.path.absolute())])}.seen"), f"{state.st_size} {state.st_mtime_ns} "
        if note.is_file() and note.read_text().startswith(seen):
            return note.read_text().removeprefix(seen)
        found = examine(file.path).sha256
        note.write_text(seen + found)
        return found


def open_shelf(folder: Path, scratch: Path) -> Shelf:
    """A shelf that nobody else on this machine can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return Shelf(folder, scratch)


def receive(
    connection: duckdb.DuckDBPyConnection, place: Place, definitions: Definitions, shelf: Shelf, as_of: date | None
) -> Iterator[Delivery]:
    """Scan the files of each source in turn; which rows stand is not settled yet.

    Args:
        connection: a DuckDB connection that keeps insertion order.
        place: the place.
        definitions: its schemas and code lists.
        shelf: where scans are kept.
        as_of: files received later are not looked at.
    """
    for source in place.sources.values():
        schema = definitions.schemas.get(source.kind)
        files, problems = find_files(place.folder, source.id, as_of)
        tallies = [Tally(problem) for problem in problems]
        if schema is None:
            yield Delivery(source, None, (), (), None, (*tallies, Tally(_unknown_kind(source, definitions))))
            continue
        if not files and not problems:
            tallies.append(Tally(_no_files(source)))
        expected = Expectation(schema, definitions.codes, source.columns, source.dates)
        version = _version(source, schema, definitions)
        scans = shelf.scan(connection, files, expected, version)
        tallies += [tally for scan in scans for tally in scan.tallies]
        readable = tuple(scan for scan in scans if scan.batch)
        unread = tuple(scan for scan in scans if not scan.batch)
        yield Delivery(source, schema, readable, unread, None, tuple(tallies))


def settled(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Delivery:
    """The delivery with the rows that stand; the others are in the connection's table `dropped_rows` until the next."""
    if delivery.schema is None:
        return delivery
    standing = settle(connection, delivery.scans, delivery.schema)
    sums = sum_tallies(connection, delivery.source, delivery.scans, standing)
    return replace(delivery, standing=standing, tallies=(*delivery.tallies, *standing.tallies, *sums))


def _version(source: SourceSettings, schema: ExtractSchema, definitions: Definitions) -> str:
    settings = [source.id, sorted(source.columns.items()), source.dates]
    return repr([schema.version, definitions.codes_version(schema), settings, code_version()])


def _unknown_kind(source: SourceSettings, definitions: Definitions) -> Problem:
    known = ", ".join(sorted(definitions.schemas))
    message = f"source {source.id!r} has the kind {source.kind!r}, which is no extract schema; use one of: {known}"
    return Problem(source.id, "place.toml", 0, "kind", "unknown_kind", Severity.FATAL, message)


def _no_files(source: SourceSettings) -> Problem:
    message = f"nothing received from {source.id!r}: put its files in extracts/{source.id}/<period>/<YYYY-MM-DD>.csv"
    return Problem(source.id, f"extracts/{source.id}", 0, "", "no_files", Severity.WARNING, message)


def _remember(note: Path, scan: Scan) -> None:
    content = {
        "sha256": scan.sha256,
        "batch": scan.batch,
        "columns": scan.columns,
        "rows": scan.rows,
        "set_aside": scan.set_aside,
        "tallies": [[asdict(tally.problem), tally.records] for tally in scan.tallies],
    }
    unfinished = note.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content))
    os.replace(unfinished, note)


def _hash(parts: Sequence[object]) -> str:
    return sha256(repr(list(parts)).encode()).hexdigest()[:32]
