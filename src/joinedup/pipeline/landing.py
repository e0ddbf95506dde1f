"""Landing: from what partners delivered to canonical tables without a name in them, and the identity store with them.

Nothing of this is visible to anyone until the whole build publishes; a source without a lawful flow and a fatal
problem stop it first. What was worked out for a file is kept on a shelf beside the identity store, so that a later
build lands only new files and files that lost rows to a correction.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from joinedup.pipeline.checking import FileCount, file_counts
from joinedup.pipeline.deliveries import Delivery, Shelf, load_definitions, open_shelf, receive, settled
from joinedup.pipeline.flows import refuse_unlawful
from joinedup.pipeline.landed_people import RecordFile, finish_identity
from joinedup.pipeline.landed_source import Landscape, land_source
from joinedup.pipeline.record_keys import RecordKeys
from joinedup.rules.foundation.errors import FatalProblems, Problem, Severity
from joinedup.store.engine import DuckDB
from joinedup.store.place import Place, PlaceKind
from joinedup.store.register_extracts import OWN_SOURCES
from joinedup.store.scan import Tally


@dataclass(frozen=True, slots=True)
class LandedFile:
    """One file that went into a landing, as manifests name it."""

    source: str
    path: str
    sha256: str
    rows: int
    received: date
    set_aside: int
    superseded: int


@dataclass(frozen=True, slots=True)
class Landed:
    """What a landing left.

    Attributes:
        tables: canonical table -> its Parquet files (person_record, condition, survey_answer, series_value,
            area_population, objection, decision); a table that nobody delivered is absent.
        activity: month (``2024-04``) -> Parquet files of the events that began in it, in a total order.
        identity: Parquet files of the identity store (columns of `evidence.identity.normalisation.IDENTITY_RECORD`).
        inputs: every file, with its rows.
        tallies: every problem, with the first records; `problems` without them.
        fingerprints: source -> hash of everything that its tables depend on.
    """

    tables: Mapping[str, tuple[Path, ...]]
    activity: Mapping[str, tuple[Path, ...]]
    identity: tuple[Path, ...]
    inputs: tuple[LandedFile, ...]
    tallies: tuple[Tally, ...]
    fingerprints: Mapping[str, str]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, one for each file, field and rule."""
        return tuple(tally.problem for tally in self.tallies)


@dataclass(slots=True)
class _Harvest:
    tables: dict[str, list[Path]] = field(default_factory=dict)
    activity: dict[str, list[Path]] = field(default_factory=dict)
    identity: list[Path] = field(default_factory=list)
    records: list[RecordFile] = field(default_factory=list)
    inputs: list[LandedFile] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)


def land(
    place: Place,
    out: Path,
    *,
    private: Path | None = None,
    as_of: date | None = None,
    memory_mb: int = 2000,
    threads: int | None = None,
) -> Landed:
    """Bring everything that had been received by a day into canonical tables.

    The order of things: flows are looked at first and every file is checked before anything is landed, so a refusal
    leaves nothing behind. Later deliveries replace earlier ones by the rule of their schema; the files themselves
    are never touched. Names, numbers, birth dates and addresses go to the identity files; everything else carries a
    record key in their place.

    Args:
        place: the place.
        out: an empty folder for the landed files.
        private: a folder for files with names and numbers, unfinished ones too: identity files go to its subfolder
            ``identity`` (mode 0700); None takes ``out``.
        as_of: files received later are not known yet; None takes everything.
        memory_mb: the most memory DuckDB may take; it spills past that.
        threads: processors to use; all when None.

    Returns:
        What was landed, equal for equal inputs whatever was landed before.

    Raises:
        FlowRefused: a source has no lawful flow on the day of the build.
        FatalProblems: extracts have problems that stop a build; carries all of them.
        ConfigError: a definition contradicts itself.
        PlaceError: two records got one record key.
    """
    refuse_unlawful(place, place.today)
    scratch = (private or out) / "unfinished"
    scratch.mkdir(parents=True)
    try:
        with DuckDB(scratch, memory_mb, threads) as engine:
            engine.connection.raw_sql("SET preserve_insertion_order = true")
            # Rows keep their order through a join only while the small side stays on the right; and what the planner
            # knows of missing values must not decide how a column is written, or equal rows differ in their bytes.
            engine.connection.raw_sql(
                "SET disabled_optimizers = 'join_order,build_side_probe_side,statistics_propagation'"
            )
            return _land(engine, place, out, scratch, as_of)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _land(engine: DuckDB, place: Place, out: Path, scratch: Path, as_of: date | None) -> Landed:
    connection = engine.connection.con
    definitions = load_definitions(place)
    shelf = open_shelf(place.identity / "landed", scratch)
    deliveries = list(receive(connection, place, definitions, shelf, as_of))
    if any(delivery.is_fatal for delivery in deliveries):
        raise FatalProblems([tally.problem for delivery in deliveries for tally in delivery.tallies])
    keys = RecordKeys(connection, shelf, place.key())
    scape = Landscape(
        engine=engine,
        keys=keys,
        shelf=shelf,
        out=out,
        identity=scratch.parent / "identity",
        as_of=as_of or place.today,
        test_numbers=place.kind is not PlaceKind.LIVE,
        key_mark=sha256(place.key()).hexdigest()[:16],
        source_order=_order(place),
    )
    scape.identity.mkdir(mode=0o700)
    harvest = _Harvest()
    for delivery in deliveries:
        _gather(harvest, settled(connection, delivery), scape)
    if any(tally.problem.severity is Severity.FATAL for tally in harvest.tallies):
        raise FatalProblems([tally.problem for tally in harvest.tallies])
    keys.refuse_collisions()
    _add(harvest.tables, finish_identity(scape, harvest.records, harvest.identity))
    if as_of is None:
        _forget_unused(place, keys, shelf)
    return Landed(
        {name: tuple(paths) for name, paths in sorted(harvest.tables.items())},
        {month: tuple(paths) for month, paths in sorted(harvest.activity.items())},
        tuple(harvest.identity),
        tuple(harvest.inputs),
        tuple(harvest.tallies),
        harvest.fingerprints,
    )


def _order(place: Place) -> dict[str, int]:
    """Places of the sources by name; the register's own, which come and go, leave the others where they are."""
    names = sorted(place.sources, key=lambda source: (source in OWN_SOURCES, source))
    return {source: order for order, source in enumerate(names)}


def _forget_unused(place: Place, keys: RecordKeys, shelf: Shelf) -> None:
    """Clear the shelf of what a build of today does not use; a look at an earlier day leaves it alone."""
    for source in place.sources.values():
        keys.table(source.id_space)
    shelf.clear()


def _gather(harvest: _Harvest, delivery: Delivery, scape: Landscape) -> None:
    found = land_source(scape, delivery)
    source = delivery.source.id
    _add(harvest.tables, found.tables)
    for month, paths in found.activity.items():
        harvest.activity.setdefault(month, []).extend(paths)
    harvest.identity += found.identity
    harvest.records += found.records
    harvest.fingerprints[source] = found.fingerprint
    harvest.tallies += [*delivery.tallies, *found.tallies]
    hashes = {scan.file.name: scan.sha256 for scan in (*delivery.scans, *delivery.unread)}
    harvest.inputs += [_input(count, hashes[count.file]) for count in file_counts(delivery)]


def _add(tables: dict[str, list[Path]], more: Mapping[str, Path]) -> None:
    for name, path in more.items():
        tables.setdefault(name, []).append(path)


def _input(count: FileCount, digest: str) -> LandedFile:
    return LandedFile(count.source, count.file, digest, count.rows, count.received, count.set_aside, count.superseded)
