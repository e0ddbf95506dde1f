"""The person-level stages of a build after linking: journeys, costs month by month, timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import ibis.expr.types as ir

from joinedup.evidence import tables as canonical
from joinedup.evidence.costs.reconciliation import COST_SUMMARY
from joinedup.pipeline.costing import CostSettings, Prepared, costs, lasting_lines, prepare, price_table, reconcile
from joinedup.pipeline.flows import allowed, usable_sources
from joinedup.pipeline.identities import GEOGRAPHY, geography
from joinedup.pipeline.journeying import JourneySettings, journeys, timeline_people, timelines
from joinedup.pipeline.stage import Run
from joinedup.rules.foundation.flow import Use
from joinedup.rules.foundation.period import Period
from joinedup.store.care_definitions import load_care
from joinedup.store.cost_definitions import load_costs
from joinedup.store.template import DEFINITIONS

ACTIVITY: Final = "facts/activity@"
_OWN_TOTAL: Final = {"source": "string", "own_events": "int64", "own_pence": "int64"}
LASTING: Final = "cut/lasting@"
_LINE_ORDER: Final = ("event_id", "setting", "payer")
OBJECTION: Final = {"record_key": "int64", "kind": "string", "valid_from": "date", "valid_to": "date"}


def make_journeys(run: Run, as_of: date) -> None:
    """Leave population, spell, delay, package, reablement and fragmentation."""
    registers = tuple(source.id for source in run.place.sources.values() if source.is_register)
    settings = JourneySettings(load_care(_folders(run)), registers, as_of, run.place.span)
    inputs = ["facts/person_record", "facts/link", "facts/objection", *run.matching(ACTIVITY)]

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        tables = {name: _planned(run, run.read(name)) for name in ("person_record", "link", "activity")}
        tables["geography"] = run.engine.table(geography(run.place), GEOGRAPHY)
        tables["objections"] = run.engine.read(run.paths("facts/objection"), OBJECTION)
        return _as_facts(journeys(run.engine, tables, settings, folder))

    run.stage("journeys", inputs, {**_uses(run), "settings": repr(settings), "geography": run.place.geography()}, make)


def make_costs(run: Run) -> None:
    """Leave month facts of every month, and how costs compare with what the sources say themselves.

    Stays that cross months and packages are first cut into what falls in each month, so that a month is costed anew
    only when its own events, stays or packages have changed.
    """
    care = load_care(_folders(run))
    settings = CostSettings(load_costs(_folders(run)), care.spell.emergency_methods, run.place.span)
    params = {**_uses(run), "settings": repr(settings)}
    book = cache(lambda: run.engine.cache(price_table(run.engine, settings)))
    _cut_by_month(run, settings, params)
    for month in settings.months:
        _cost_month(run, settings, month, book, params)
    _reconcile(run, settings, params)


def _cut_by_month(run: Run, settings: CostSettings, params: Mapping[str, object]) -> None:
    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        prepared = prepare(
            run.engine, {"activity": _planned(run, run.read("activity")), "package": run.read("package")}, settings
        )
        files: dict[str, Sequence[Path]] = {}
        for month in settings.months:
            lines = lasting_lines(prepared, month)
            files[f"{LASTING}{_label(month)}"] = run.engine.write(
                lines, folder, f"lasting-{_label(month)}", _LINE_ORDER
            )
        return files

    run.stage("cut stays and packages by month", ["facts/package", *run.matching(ACTIVITY)], params, make)


def _cost_month(
    run: Run, settings: CostSettings, month: Period, book: Callable[[], ir.Table], params: Mapping[str, object]
) -> None:
    label = _label(month)

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        lasting = run.engine.read(run.paths(f"{LASTING}{label}"), canonical.COST_LINE)
        activity = _planned(run, run.engine.read(run.paths(f"{ACTIVITY}{label}"), canonical.ACTIVITY))
        return _as_facts(costs(run.engine, activity, Prepared(settings, book(), lasting, None), month, folder))

    inputs = [f"{ACTIVITY}{label}", f"{LASTING}{label}"]
    run.stage(f"cost {label}", inputs, {**params, "month": label}, make)


def _reconcile(run: Run, settings: CostSettings, params: Mapping[str, object]) -> None:
    inputs = [*run.matching("facts/cost_summary@"), *run.matching("facts/own_total@"), "facts/package"]

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        tables: dict[str, ir.Table] = {
            "cost_summary": run.engine.read(run.paths(*run.matching("facts/cost_summary@")), COST_SUMMARY),
            "own_total": run.engine.read(run.paths(*run.matching("facts/own_total@")), _OWN_TOTAL),
            "package": run.read("package"),
        }
        return _as_facts(reconcile(run.engine, tables, settings, folder))

    run.stage("reconcile costs", inputs, params, make)


def make_timelines(run: Run) -> None:
    """Leave the events of every person, record by record, in buckets that one person is read from in milliseconds."""

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        files = timelines(run.engine, run.read("activity"), folder)
        return _as_facts({**files, **timeline_people(run.engine, run.read("link"), folder)})

    run.stage("timelines", ["facts/link", *run.matching(ACTIVITY)], {}, make)


def _planned(run: Run, table: ir.Table) -> ir.Table:
    """The rows that may be used for planning: a source held for direct care alone reaches timelines, not figures."""
    return allowed(table, run.place, Use.PLANNING)


def _uses(run: Run) -> dict[str, object]:
    return {"planning": sorted(usable_sources(run.place, Use.PLANNING, run.place.today))}


def _label(month: Period) -> str:
    return f"{month.start:%Y-%m}"


def _folders(run: Run) -> list[Path]:
    return [DEFINITIONS, run.place.definitions]


def _as_facts(files: Mapping[str, Sequence[Path]]) -> dict[str, Sequence[Path]]:
    return {f"facts/{name}": paths for name, paths in files.items()}
