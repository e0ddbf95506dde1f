"""Landing one source: its standing rows keyed, split from what identifies people, and conformed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.evidence.identity.number import acceptable_number
from joinedup.evidence.sources.registry import ADAPTERS, Adapter
from joinedup.evidence.sources.settings import Settings
from joinedup.pipeline.deliveries import Delivery, Shelf
from joinedup.pipeline.landed_people import DESCRIBING, RecordFile, descriptions
from joinedup.pipeline.record_keys import RecordKeys, keyed_sql, local_id_sql
from joinedup.pipeline.stage import code_version
from joinedup.rules.foundation.errors import ConfigError, Problem, Severity
from joinedup.rules.foundation.extract import Canonical, ExtractSchema, Supersede
from joinedup.rules.foundation.period import month_of
from joinedup.store.conversion import literal, quote
from joinedup.store.engine import DuckDB
from joinedup.store.readers import RECORD
from joinedup.store.scan import PARQUET, Scan, Tally
from joinedup.store.supersession import DROPPED, good_rows

#: Rows that are conformed at once, so that memory does not grow with the file.
SLICE: Final = 2_000_000

_PEOPLE: Final = "landing_people"
_ABOUT: Final = ("__file", RECORD, "__received", "__period", "__source")
_PRIVATE: Final = frozenset({
    "local_patient_id", "nhs_number", "nhs_number_status", "token", "forename", "surname", "date_of_birth", "postcode",
    "address",
})  # fmt: skip

#: A place's own kinds of extract are read like the shipped kind that gives the same table.
_BY_TABLE: Final = {
    Canonical.PERSONS: "persons",
    Canonical.ACTIVITY: "generic_events",
    Canonical.CONDITION: "gp_conditions",
    Canonical.SURVEY_ANSWER: "survey_answers",
    Canonical.SERIES_VALUE: "series",
    Canonical.AREA_POPULATION: "area_population",
}


#: What landing writes and the columns of each.
TABLES: Final = {
    "identity": IDENTITY_RECORD,
    "person_record": tables.PERSON_RECORD,
    "condition": tables.CONDITION,
    "activity": tables.ACTIVITY,
    "survey_answer": tables.SURVEY_ANSWER,
    "series_value": tables.SERIES_VALUE,
    "area_population": tables.AREA_POPULATION,
}

#: DuckDB's names of the canonical types that it does not know by ours.
SQL_NAMES: Final = {"int64": "BIGINT", "float64": "DOUBLE", "string": "VARCHAR"}


@dataclass(slots=True)
class Landscape:
    """What every source of one landing shares."""

    engine: DuckDB
    keys: RecordKeys
    shelf: Shelf
    out: Path
    identity: Path
    as_of: date
    test_numbers: bool
    key_mark: str
    source_order: Mapping[str, int]
    has_objections: bool = False

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement to its end."""
        return list(self.engine.connection.con.execute(sql).fetchall())


@dataclass(frozen=True, slots=True)
class LandedSource:
    """What one source became; see `pipeline.landing.Landed`."""

    fingerprint: str
    tables: dict[str, Path] = field(default_factory=dict)
    activity: dict[str, list[Path]] = field(default_factory=dict)
    identity: list[Path] = field(default_factory=list)
    records: list[RecordFile] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)


def land_source(scape: Landscape, delivery: Delivery) -> LandedSource:
    """Land the standing rows of one source.

    Args:
        scape: what the sources share.
        delivery: the source's settled delivery; its dropped rows are in the connection.

    Raises:
        ConfigError: the schema gives a canonical table that nothing reads.
    """
    schema, standing = delivery.schema, delivery.standing
    if schema is None or standing is None or not delivery.scans:
        return LandedSource(fingerprint="")
    job = _SourceJob(scape, delivery, schema)
    landed = LandedSource(job.fingerprint())
    if schema.canonical is Canonical.OBJECTIONS:
        job.gather_objections()
        return landed
    if schema.canonical is Canonical.DECISIONS:
        landed.tables["decision"] = job.write_decisions()
        return landed
    if schema.canonical is Canonical.LOOKUP:
        return landed
    if schema.is_about_people:
        landed.records.extend(job.record_files())
    if job.is_by_file:
        for month, path in job.events(landed):
            landed.activity.setdefault(month, []).append(path)
    job.whole_source(landed)
    return landed


@dataclass(slots=True)
class _SourceJob:
    scape: Landscape
    delivery: Delivery
    schema: ExtractSchema

    @property
    def kept(self) -> list[Scan]:
        """The files that no later file replaces as a whole."""
        whole = self.delivery.standing.whole if self.delivery.standing else frozenset[int]()
        return [scan for place, scan in enumerate(self.delivery.scans) if place not in whole]

    @property
    def is_by_file(self) -> bool:
        """Whether each row is an event by itself, so that files can be landed one by one."""
        return self.schema.canonical is Canonical.ACTIVITY and self.schema.supersede is not Supersede.SUBMISSION

    def adapter(self) -> Adapter:
        """The adapter of the schema's kind, or of the shipped kind with the same table."""
        kind = self.schema.id if self.schema.id in ADAPTERS else _BY_TABLE.get(self.schema.canonical, "")
        if kind not in ADAPTERS:
            raise ConfigError(f"extract schema {self.schema.id!r}: nothing reads {self.schema.canonical.value} from it")
        return ADAPTERS[kind]

    # -- marks -------------------------------------------------------------------------------------------------

    def mark(self, scans: Sequence[Scan], *more: object) -> str:
        """A hash of everything that what is made from some files depends on."""
        source = self.delivery.source
        files = [(scan.file.name, scan.sha256, scan.batch) for scan in scans]
        settings = [source.id, source.kind, source.id_space, source.organisation, self.scape.key_mark, code_version()]
        return _hash([files, settings, *more])

    def fingerprint(self) -> str:
        """A hash of everything that the source's tables depend on."""
        known = self.scape.as_of if self.schema.supersede is Supersede.SUBMISSION else None
        return self.mark(self.kept, self.dropped(self.kept), known)

    def dropped(self, scans: Sequence[Scan]) -> str:
        """Which rows of some files do not stand, as a hash; empty when all do."""
        names = ", ".join(literal(scan.file.name) for scan in scans)
        ((count, marks),) = self.scape.run(
            f"SELECT count(*), bit_xor(hash(__file, {RECORD})) FROM {DROPPED} WHERE __path IN ({names})"
        )
        return f"{count} {marks}" if count else ""

    # -- rows --------------------------------------------------------------------------------------------------

    def standing_rows(self, scans: Sequence[Scan]) -> str:
        """SQL of the rows of some files that stand."""
        if not self.dropped(scans):
            return f"({good_rows(scans)})"
        return f"(SELECT * FROM ({good_rows(scans)}) ANTI JOIN {DROPPED} USING (__path, __file, {RECORD}))"

    def keyed(self, scans: Sequence[Scan]) -> str:
        """SQL of the standing rows of some files with their record keys and where they came from."""
        about = self.scape.keys.table(self.delivery.source.id_space) if self.schema.is_about_people else None
        keyed = keyed_sql(self.standing_rows(scans), self.schema, about)
        return f"(SELECT * EXCLUDE (__path), {literal(self.delivery.source.id)} AS __source FROM ({keyed}))"

    def people(self, scans: Sequence[Scan], only: str = "") -> ir.Table:
        """The rows as a table; the same name always, so that an expression made of it can be used for other files.

        Columns that none of the files has are left out: adapters know them as missing, and reading nothing is quick.
        """
        names = ", ".join(quote(name) for name in [*self.delivered(scans), "record_key", *_ABOUT])
        self.scape.run(f"CREATE OR REPLACE VIEW {_PEOPLE} AS SELECT {names} FROM {self.keyed(scans)} {only}")
        return self.scape.engine.connection.table(_PEOPLE)

    def delivered(self, scans: Sequence[Scan]) -> tuple[str, ...]:
        """The schema's columns that at least one of the files has, in the order of the schema."""
        found = {name for scan in scans for name in scan.columns}
        return tuple(column.name for column in self.schema.columns if column.name in found)

    def rows(self, people: ir.Table, scans: Sequence[Scan]) -> ir.Table:
        """The rows without what identifies people, as adapters expect them."""
        delivered = self.delivered(scans)
        added: dict[str, ir.Value] = {}
        if "nhs_number" in delivered:
            number = acceptable_number(people["nhs_number"], test_numbers=self.scape.test_numbers)
            added["has_nhs_number"] = number.notnull()
        if "date_of_birth" in delivered:
            added["birth_month"] = people["date_of_birth"].truncate("M").cast("date")
        private = (_PRIVATE | set(self.schema.identifying)) & set(people.columns)
        return people.mutate(**added).drop(*private)

    def settings(self) -> Settings:
        """What the adapter must know."""
        return Settings(self.delivery.source.id, self.delivery.source.organisation, self.scape.as_of)

    # -- what is written ---------------------------------------------------------------------------------------

    def record_files(self) -> list[RecordFile]:
        """The record keys of every file with the day they were received, also of rows that no longer stand."""
        source, found = self.delivery.source, []
        for scans in scanned_together(self.delivery.scans):
            path = self.scape.shelf.path(f"{self.mark(scans, 'records')}.records.parquet")
            if not path.exists() or not self.scape.keys.is_whole(source.id_space):
                self._write_records(scans, path)
            order = self.scape.source_order[source.id]
            found.append(RecordFile(path, source.id, source.organisation, order))
        return found

    def _write_records(self, scans: Sequence[Scan], path: Path) -> None:
        keys, id_space = self.scape.keys, self.delivery.source.id_space
        ids = good_rows(scans, f"{local_id_sql(self.schema)} AS local_id, __received AS received")
        first = f"SELECT local_id, min(received) AS received FROM ({ids}) GROUP BY 1"
        self.scape.run(f"CREATE OR REPLACE TABLE landing_ids AS {first}")
        keys.learn(id_space, "SELECT local_id FROM landing_ids")
        found = f"SELECT record_key, received FROM landing_ids JOIN {keys.table(id_space)} USING (local_id)"
        unfinished = self.scape.shelf.scratch / path.name
        self.scape.run(f"COPY ({found} ORDER BY record_key) TO {literal(str(unfinished))} ({PARQUET})")
        # The map goes first: a file of records must never be older than the keys it holds.
        keys.keep(id_space)
        unfinished.replace(path)

    def events(self, landed: LandedSource) -> list[tuple[str, Path]]:
        """Events by the month in which they began; what was scanned together is landed once and kept."""
        compiled: dict[tuple[str, ...], str] = {}
        found: list[tuple[str, Path]] = []
        for number, scans in enumerate(scanned_together(self.kept)):
            shelf = self.scape.shelf.path(f"{self.mark(scans, self.dropped(scans), 'events')}.events")
            if not shelf.exists():
                people, columns = self.people(scans), self.delivered(scans)
                if columns not in compiled:
                    # Events do not say who a person is, so birth month and number are left out.
                    events = self.adapter()(self.rows(people, []), self.settings())["activity"]
                    compiled[columns] = self._exact(events, "activity", len(compiled))
                self._write_events(compiled[columns], scans, shelf)
            found += self._taken(shelf, f"{self.delivery.source.id}-{number:04d}")
            landed.tallies.extend(self._undated(shelf, scans[0].file.name))
        return found

    def _write_events(self, sql: str, scans: Sequence[Scan], shelf: Path) -> None:
        unfinished = self.scape.shelf.scratch / shelf.name
        unfinished.mkdir()
        rows = scans[0].rows if len(scans) == 1 else 0
        for number, first in enumerate(range(0, max(rows, 1), SLICE)):
            if rows > SLICE:
                self.people(scans, f"WHERE {RECORD} > {first} AND {RECORD} <= {first + SLICE}")
            self.split(sql, unfinished, number)
        unfinished.replace(shelf)

    def _undated(self, shelf: Path, name: str) -> Iterator[Tally]:
        """Events that have no day on which they began: they belong to no month, so they are set aside and reported."""
        count = sum(int(note.read_text()) for note in shelf.glob("*.undated"))
        if count:
            message = f"{count:,} event(s) of {name} have no day on which they began; send the start date"
            source, rule = self.delivery.source.id, "no_start"
            yield Tally(Problem(source, name, 0, "start", rule, Severity.SET_ASIDE, message, count))

    def split(self, sql: str, folder: Path, number: int) -> None:
        """Write events as one Parquet file a month, keeping their order."""
        whole = folder / "whole.parquet"
        self.scape.run(f"COPY ({sql}) TO {literal(str(whole))} ({PARQUET})")
        months = self.scape.run(
            f"SELECT DISTINCT date_trunc('month', start)::DATE FROM read_parquet({literal(str(whole))}) "
            "WHERE start IS NOT NULL ORDER BY 1"
        )
        ((undated,),) = self.scape.run(f"SELECT count(*) FROM read_parquet({literal(str(whole))}) WHERE start IS NULL")
        if undated:
            (folder / f"{number:03d}.undated").write_text(str(undated))
        if len(months) == 1 and not undated:
            whole.replace(folder / f"{months[0][0]:%Y-%m}.{number:03d}.parquet")
            return
        self.scape.run(f"CREATE OR REPLACE TABLE landing_events AS SELECT * FROM read_parquet({literal(str(whole))})")
        for (month,) in months:
            span = f"start >= DATE '{month}' AND start < DATE '{month_of(month).end}'"
            target = literal(str(folder / f"{month:%Y-%m}.{number:03d}.parquet"))
            self.scape.run(f"COPY (SELECT * FROM landing_events WHERE {span}) TO {target} ({PARQUET})")
        self.scape.run("DROP TABLE landing_events")
        whole.unlink()

    def _taken(self, shelf: Path, name: str) -> list[tuple[str, Path]]:
        """Files of the shelf as files of this landing, without copying their bytes."""
        folder = self.scape.out / "activity"
        folder.mkdir(exist_ok=True)
        taken = []
        for path in sorted(shelf.glob("*.parquet")):
            month, number, _ = path.name.split(".")
            target = folder / f"{month}-{name}-{number}.parquet"
            take(path, target)
            taken.append((month, target))
        return taken

    def whole_source(self, landed: LandedSource) -> None:
        """The tables that need all of a source's rows at once: people, conditions, answers, figures, submissions."""
        shelf = self.scape.shelf.path(f"{landed.fingerprint}.tables")
        if not shelf.exists():
            unfinished = self.scape.shelf.scratch / shelf.name
            unfinished.mkdir()
            self._write_tables(unfinished)
            unfinished.replace(shelf)
        source = self.delivery.source.id
        for path in sorted(shelf.glob("*.parquet")):
            is_private = path.stem == "identity"
            target = (self.scape.identity if is_private else self.scape.out) / f"{path.stem}-{source}.parquet"
            take(path, target)
            if is_private:
                landed.identity.append(target)
            else:
                landed.tables[path.stem] = target
        if (shelf / "activity").exists():
            for month, path in self._taken(shelf / "activity", source):
                landed.activity.setdefault(month, []).append(path)
            landed.tallies.extend(self._undated(shelf / "activity", f"extracts/{source}"))

    def _write_tables(self, folder: Path) -> None:
        described = [scan for scan in self.kept if DESCRIBING & set(scan.columns)]
        if not self.is_by_file:
            self._write_unsplit(folder)
        if not described or not self.schema.is_about_people:
            return
        people, source = self.people(described), self.delivery.source
        records = self.adapter()(self.rows(people, described), self.settings()).get("person_record")
        if records is not None:
            self._write(records, "person_record", folder)
        order = self.scape.source_order[source.id]
        self._write(
            descriptions(people, source.id, source.organisation, order, self.schema.code_date), "identity", folder
        )

    def _write_unsplit(self, folder: Path) -> None:
        made = self.adapter()(self.rows(self.people(self.kept), []), self.settings())
        for name, table in made.items():
            if name == "activity":
                (folder / name).mkdir()
                self.split(self._exact(table, name) + " ORDER BY ALL", folder / name, 0)
            elif name != "person_record":
                self._write(table, name, folder)

    def _write(self, table: ir.Table, name: str, folder: Path) -> None:
        target = literal(str(folder / f"{name}.parquet"))
        self.scape.run(f"COPY ({self._exact(table, name)} ORDER BY ALL) TO {target} ({PARQUET})")

    def _exact(self, table: ir.Table, name: str, number: int = 0) -> str:
        """SQL of a table whose columns have the canonical types in the file too, whatever the engine made of them."""
        view = f"landing_{name}_{number}"
        self.scape.engine.connection.create_view(view, table, overwrite=True)
        kinds = {column: SQL_NAMES.get(kind, kind) for column, kind in TABLES[name].items()}
        columns = ", ".join(f"CAST({quote(column)} AS {kind}) AS {quote(column)}" for column, kind in kinds.items())
        return f"SELECT {columns} FROM {view}"

    def gather_objections(self) -> None:
        """Objections by number or by record, beside those of other sources, until every record is known."""
        columns = {column.name for column in self.schema.columns}
        number = "nhs_number" if "nhs_number" in columns else "NULL::VARCHAR"
        record = "try_cast(record AS BIGINT)" if "record" in columns else "NULL::BIGINT"
        rows = f'SELECT {number} AS nhs_number, {record} AS record, kind, "from", "to" FROM {self.keyed(self.kept)}'
        if self.scape.has_objections:
            self.scape.run(f"INSERT INTO objection_rows {rows}")
            return
        self.scape.run(f"CREATE OR REPLACE TABLE objection_rows AS {rows}")
        self.scape.has_objections = True

    def write_decisions(self) -> Path:
        """Decisions of reviewers, as the linkage reads them."""
        path = self.scape.out / f"decision-{self.delivery.source.id}.parquet"
        self.scape.run(
            "COPY (SELECT try_cast(record_l AS BIGINT) AS record_l, try_cast(record_r AS BIGINT) AS record_r, "
            f"decision, decided_on, reason FROM {self.keyed(self.kept)} ORDER BY ALL) "
            f"TO {literal(str(path))} ({PARQUET})"
        )
        return path


def scanned_together(scans: Sequence[Scan]) -> list[list[Scan]]:
    """Files in groups that were scanned together: each group is landed at once."""
    groups: dict[str, list[Scan]] = {}
    for scan in scans:
        groups.setdefault(str(scan.batch), []).append(scan)
    return list(groups.values())


def take(path: Path, target: Path) -> None:
    """Give a file a second name; its bytes are copied only where a disk cannot do that."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _hash(parts: Sequence[object]) -> str:
    return sha256(repr(list(parts)).encode()).hexdigest()[:32]
