"""A build, from extracts to a current release: each step in order, nothing visible until the last."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.evidence import tables as canonical
from joinedup.pipeline import publishing
from joinedup.pipeline.cost_quality import cost_quality_rows
from joinedup.pipeline.describing import definition_rows, origin_rows, step_rows
from joinedup.pipeline.findings import finding_rows, load_findings
from joinedup.pipeline.flows import allowed
from joinedup.pipeline.identities import fit_link_model, link_people
from joinedup.pipeline.identity_keeping import keep_identities
from joinedup.pipeline.landing import Landed, land
from joinedup.pipeline.linking_report import REPORT
from joinedup.pipeline.measuring import compute
from joinedup.pipeline.objections import Objections, find_objections, objection_rows
from joinedup.pipeline.people import make_costs, make_journeys, make_timelines
from joinedup.pipeline.progress import Quiet
from joinedup.pipeline.quality import linkage_rows, number_shares, problem_rows, quality_rows
from joinedup.pipeline.reevaluating import reevaluate
from joinedup.pipeline.releasing import release_measures
from joinedup.pipeline.stage import Listener, Run, code_version
from joinedup.rules.foundation.definition import MeasureLibrary
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.flow import Use
from joinedup.store.engine import DuckDB, Engine, Spark
from joinedup.store.library import DefinitionText, load_library
from joinedup.store.objects import Objects
from joinedup.store.place import Place, load_place
from joinedup.store.release import Input, Manifest, build_lock, collect, publish, release_id
from joinedup.store.template import DEFINITIONS

ACTIVITY = "facts/activity@"
#: Tables that no measure reads.
_UNMEASURED = tuple(
    f"facts/{name}"
    for name in (
        "timeline",
        "cost_",
        "own_total",
        "record_cost",
        "identity_event",
        "link_",
        "linkage",
        "objection",
        "held_setting",
        "objecting",
    )
)


def build(
    folder: Path,
    *,
    engine_name: str = "duckdb",
    as_of: date | None = None,
    retrain: bool = False,
    evaluations: bool = True,
    listener: Listener | None = None,
) -> Manifest:
    """Build a place and make the new release current.

    Args:
        folder: the place.
        engine_name: duckdb or spark.
        as_of: rebuild what had been received by this day; None takes everything.
        retrain: fit the link model anew on this build's records.
        evaluations: run every registered evaluation again on the new release; whatever comes of it, the release stands.
        listener: hears how it goes on.

    Returns:
        The manifest of the release, which is now current.

    Raises:
        FlowRefused: a source has no lawful flow on the day of the build.
        FatalProblems: the extracts have problems that stop a build; carries all of them.
        PlaceError: another build of the place is under way.
    """
    place = load_place(folder)
    objects = Objects(place.objects)
    with build_lock(place), objects.scratch() as scratch, _private(place) as private:
        with _engine(engine_name, scratch) as engine:
            run = Run(place, engine, objects, scratch, private, listener or Quiet())
            manifest = _build(run, as_of, retrain)
        publish(place, manifest)
        collect(place)
        if evaluations:
            reevaluate(place, datetime.now(UTC), listener or Quiet())
    return manifest


@contextmanager
def _private(place: Place) -> Iterator[Path]:
    """A folder beside the identity store for unfinished files with names in them; removed as `Objects.scratch` is."""
    folder = place.identity / "unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    place.identity.chmod(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _engine(name: str, scratch: Path) -> Iterator[Engine]:
    spill = scratch / "spill"
    spill.mkdir()
    engine: Engine = Spark(spill) if name == "spark" else DuckDB(spill)
    try:
        yield engine
    finally:
        engine.close()


def _build(run: Run, as_of: date | None, retrain: bool) -> Manifest:
    if retrain and as_of:
        raise UsageError("a link model is fitted to what is known today; use --retrain without --as-of")
    landed, model = _land(run, as_of), ""
    if landed.identity:
        if retrain:
            fit_link_model(run, landed)
        model = link_people(run, landed, as_of)
        make_journeys(run, as_of or run.place.today)
        make_costs(run)
        make_timelines(run)
    objections = find_objections(run)
    library, texts = load_library([DEFINITIONS, run.place.definitions])
    _measure(run, library, objections)
    hidden = _publish(run, _Publication(library, texts, landed, objections))
    manifest = _manifest(run, _Outcome(landed, texts, as_of or run.place.today, model, hidden))
    if landed.identity:
        keep_identities(run, landed, manifest.release)
    return manifest


def _land(run: Run, as_of: date | None) -> Landed:
    """Land every source; what it leaves becomes objects, names and numbers apart from them."""
    found: list[Landed] = []

    def make(folder: Path) -> Mapping[str, tuple[Path, ...]]:
        landed = land(run.place, folder, private=run.private, as_of=as_of)
        found.append(landed)
        months = {f"{ACTIVITY}{month}": paths for month, paths in landed.activity.items()}
        return {**{f"facts/{name}": paths for name, paths in landed.tables.items()}, **months}

    run.always("land extracts", make)
    return found[0]


def _measure(run: Run, library: MeasureLibrary, objections: Objections) -> None:
    inputs = [name for name in run.tables if name.startswith("facts/") and not name.startswith(_UNMEASURED)]
    params = {
        "objections": objections.stated(),
        "library": repr(library),
        "areas": [asdict(area) for area in run.place.areas()],
        "span": run.place.span,
    }

    def make(folder: Path) -> Mapping[str, tuple[Path, ...]]:
        tables = {name: allowed(run.read(name), run.place, Use.PLANNING) for name in canonical.names() if run.has(name)}
        values = compute(run.engine, tables, library, run.place.areas(), run.place.span, objections=objections)
        path = folder / "measure_value.parquet"
        pq.write_table(values, path, compression="zstd")
        return {"facts/measure_value": (path,)}

    run.stage("measures", inputs, params, make)


@dataclass(frozen=True, slots=True)
class _Publication:
    """What a release is made of besides the tables of the run."""

    library: MeasureLibrary
    texts: tuple[DefinitionText, ...]
    landed: Landed
    objections: Objections


def _publish(run: Run, given: _Publication) -> int:
    counted: list[int] = []
    place, landed = run.place, given.landed
    values = pa.concat_tables([pq.read_table(path) for path in run.paths("facts/measure_value")])
    shown = _shown(given.library, values)
    _describe(run, shown, given.objections)

    def make(folder: Path) -> Mapping[str, tuple[Path, ...]]:
        cells, hidden = release_measures(folder, values, shown, place.areas())
        counted.append(hidden)
        report = _linkage_report(run, given.objections)
        findings = load_findings([DEFINITIONS, place.definitions])
        rows = {
            "definition": definition_rows(shown, given.texts),
            "quality": quality_rows(place, landed, number_shares(report)),
            "problem": problem_rows(landed),
            "linkage": linkage_rows(report, place),
            "cost_quality": _cost_quality(run),
            "finding": finding_rows(findings, cells),
            "origin": origin_rows(shown, run.read("series_value"), run.engine),
        }
        written = {name: (publishing.write_rows(folder, name, found),) for name, found in rows.items()}
        return {"published/measure": (cells,), **{f"published/{name}": paths for name, paths in written.items()}}

    run.always("publish", make)
    return counted[0]


def _describe(run: Run, shown: MeasureLibrary, objections: Objections) -> None:
    """Leave the steps and the query of each measure; to write a query down takes longer than to run it on little."""
    sources = [(source.id, source.kind) for source in run.place.sources.values()]
    params = {"library": repr(shown), "sources": sources, "span": run.place.span, "objections": objections.stated()}

    def make(folder: Path) -> Mapping[str, tuple[Path, ...]]:
        return {"published/step": (publishing.write_rows(folder, "step", step_rows(shown, run.place, objections)),)}

    run.stage("describe measures", [], params, make)


def _cost_quality(run: Run) -> list[dict[str, object]]:
    shares, compared = run.paths("facts/cost_class_share"), run.paths("facts/cost_reconciliation")
    if not shares or not compared:
        return []
    return cost_quality_rows(pa.concat_tables(map(pq.read_table, shares)), pq.read_table(compared[0]), run.place)


def _linkage_report(run: Run, objections: Objections) -> pa.Table:
    """What linking says of itself, and how many people's records objections keep out of figures, by source."""
    paths = run.paths("facts/linkage_report")
    if not paths:
        return REPORT.empty_table()
    return pa.concat_tables([pq.read_table(paths[0]), objection_rows(run, objections)])


def _shown(library: MeasureLibrary, values: pa.Table) -> MeasureLibrary:
    """The measures of which the place has figures."""
    found = set(values["measure"].unique().to_pylist())
    return library.select([item.id for item in library.measures if item.id in found])


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a build found out besides its tables."""

    landed: Landed
    texts: tuple[DefinitionText, ...]
    as_of: date
    link_model: str
    hidden_cells: int


def _manifest(run: Run, outcome: _Outcome) -> Manifest:
    landed, as_of = outcome.landed, outcome.as_of
    counts: Counter[str] = Counter()
    for problem in landed.problems:
        counts[problem.severity.value] += problem.count
    inputs = tuple(Input(i.source, i.path, i.sha256, i.rows, i.received.isoformat()) for i in landed.inputs)
    definitions = {text.measure: text.version for text in outcome.texts}
    content = {"objects": run.tables, "inputs": [asdict(item) for item in inputs], "code": code_version()}
    return Manifest(
        release=release_id(as_of.isoformat(), content),
        place=run.place.id,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        as_of=as_of.isoformat(),
        engine=run.engine.name,
        code_version=code_version(),
        definitions=definitions,
        link_model=outcome.link_model,
        inputs=inputs,
        objects=dict(run.tables),
        stages=tuple(run.stages),
        problems={name: counts.get(name, 0) for name in ("fatal", "set_aside", "warning")},
        disclosure={
            "policies": {source.id: source.disclosure.value for source in run.place.sources.values()},
            "hidden_cells": outcome.hidden_cells,
        },
    )
