"""From canonical tables to journeys, timelines and costs in files, whole and month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import joinedup
from joinedup.evidence import tables
from joinedup.pipeline.costing import CostSettings, costs, prepare, reconcile
from joinedup.pipeline.journeying import (
    JourneySettings,
    changed_months,
    journeys,
    timeline_delta,
    timeline_people,
    timelines,
)
from joinedup.rules.foundation.period import Period
from joinedup.store.care_definitions import load_care
from joinedup.store.cost_definitions import load_costs
from joinedup.store.engine import DuckDB
from joinedup.store.timelines import TimelineFiles, Timelines

DEFINITIONS = [Path(joinedup.__file__).parent / "definitions"]
PERIOD = Period(date(2024, 4, 1), date(2024, 10, 1))
Row = dict[str, object]

EVENTS: list[Row] = [
    {
        "event_id": "apc/1", "record_key": 1, "source": "apc", "setting": "inpatient", "service": "non_elective",
        "provider": "RX1", "spell_ref": "s1", "start": date(2024, 4, 28), "end": date(2024, 5, 8), "method": "21",
        "unit": "episode", "ready_date": date(2024, 5, 3), "delay_reason": "E", "delay_responsible": "social_care",
        "discharge_destination": "19", "diagnosis": "J441", "diagnoses": "J441",
    },
    {
        "event_id": "cld/1", "record_key": 2, "source": "cld", "setting": "social_care", "service": "reablement",
        "start": date(2024, 5, 9), "end": date(2024, 6, 20), "frequency": "weekly", "source_cost_pence": 30_000,
        "unit": "week", "payer": "E1",
    },
    {
        "event_id": "op/1", "record_key": 1, "source": "op", "setting": "outpatient", "service": "outpatient_first",
        "provider": "RX1", "start": date(2024, 6, 3), "end": date(2024, 6, 3), "unit": "attendance",
    },
    {
        "event_id": "pol/1", "record_key": 3, "source": "pol", "setting": "police", "provider": "P1",
        "start": date(2024, 6, 3), "unit": "incident",
    },
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Access:
    person_id: int


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDB]:
    with DuckDB(tmp_path, memory_mb=500, threads=1) as made:
        yield made


def table(engine: DuckDB, columns: dict[str, str], rows: Sequence[Row]) -> ir.Table:
    filled = [{name: row.get(name) for name in columns} for row in rows]
    return engine.table(pa.Table.from_pylist(filled, schema=ibis.schema(columns).to_pyarrow()), columns)


@pytest.fixture
def given_tables(engine: DuckDB) -> dict[str, ir.Table]:
    geography = {
        "lsoa": "string",
        "neighbourhood": "string",
        "council": "string",
        "place": "string",
        "system": "string",
    }
    records: list[Row] = [
        {"record_key": key, "source": "gp", "practice": "P1", "lsoa": "L1", "valid_from": date(2020, 1, 1)}
        for key in (1, 2, 3)
    ]
    links: list[Row] = [{"record_key": key, "person_id": 10 if key < 3 else 30} for key in (1, 2, 3)]
    return {
        "activity": table(engine, tables.ACTIVITY, EVENTS),
        "link": table(engine, tables.LINK, links),
        "person_record": table(engine, tables.PERSON_RECORD, records),
        "geography": table(engine, {**geography, "imd_decile": "int64"}, [{"lsoa": "L1", "council": "E1"}]),
        "objections": table(
            engine, {"record_key": "int64", "kind": "string", "valid_from": "date", "valid_to": "date"}, []
        ),
    }


def rows(paths: Sequence[Path]) -> list[Row]:
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_a_stay_a_delay_and_reablement_become_one_journey(
    engine: DuckDB, given_tables: dict[str, ir.Table], tmp_path: Path
) -> None:
    settings = JourneySettings(load_care(DEFINITIONS), ("gp",), date(2025, 1, 1), PERIOD)
    files = journeys(engine, given_tables, settings, tmp_path)
    (delay,), (case,) = rows(files["delay"]), rows(files["reablement"])
    assert (delay["days"], delay["responsible"]) == (5, "social_care")
    assert (case["discharge"], case["follow_up"], case["outcome"]) == (date(2024, 5, 8), date(2024, 8, 7), "home")
    assert [r["symptom"] for r in rows(files["fragmentation"])] == ["avoidable_admission", "delayed_discharge"]
    for name in ("population", "spell", "delay", "package", "reablement"):
        wanted = ibis.schema(getattr(tables, name.upper())).to_pyarrow()
        assert [field.type for field in pq.read_schema(files[name][0])] == [field.type for field in wanted]
    assert {path.name for path in tmp_path.glob("*.parquet")} == {
        path.name for paths in files.values() for path in paths
    }


def test_months_of_cost_add_up_and_reconcile(engine: DuckDB, given_tables: dict[str, ir.Table], tmp_path: Path) -> None:
    care = JourneySettings(load_care(DEFINITIONS), ("gp",), date(2025, 1, 1), PERIOD)
    package = engine.read(journeys(engine, given_tables, care, tmp_path)["package"], tables.PACKAGE)
    known = {**given_tables, "package": package}
    settings = CostSettings(load_costs(DEFINITIONS), ("21",), PERIOD, keep_lines=True)
    prepared, found = prepare(engine, known, settings), dict[str, list[Path]]()
    for month in settings.months:
        found |= costs(engine, given_tables["activity"], prepared, month, tmp_path)
    facts = [row for name, paths in found.items() if name.startswith("month_fact@") for row in rows(paths)]
    stay = [row for row in facts if row["setting"] == "inpatient"]
    assert sum(_whole(row["pence"]) for row in stay) == 541_928
    assert [row["bed_days"] for row in stay] == [3, 7]
    assert sum(_whole(row["pence"]) for row in facts if row["setting"] == "social_care") == 30_000 * 43 // 7 + 1
    assert [(row["pence"], row["missing_cost_events"]) for row in facts if row["setting"] == "police"] == [(None, 1)]
    wanted = ibis.schema(tables.COST_LINE).to_pyarrow()
    assert [f.type for f in pq.read_schema(found["cost_line@2024-05"][0])] == [f.type for f in wanted]
    summary = [path for name, paths in found.items() if name.startswith("cost_summary@") for path in paths]
    own = [path for name, paths in found.items() if name.startswith("own_total@") for path in paths]
    compared = reconcile(
        engine,
        {"cost_summary": engine.read(summary, {}), "own_total": engine.read(own, {}), "package": package},
        settings,
        tmp_path,
    )
    assert {row["source"]: row["difference_pence"] for row in rows(compared["cost_reconciliation"])}["cld"] == 0


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def test_facts_hold_whole_numbers(engine: DuckDB, given_tables: dict[str, ir.Table], tmp_path: Path) -> None:
    settings = CostSettings(load_costs(DEFINITIONS), ("21",), PERIOD)
    prepared = prepare(engine, {**given_tables, "package": table(engine, tables.PACKAGE, [])}, settings)
    (path,) = costs(engine, given_tables["activity"], prepared, settings.months[0], tmp_path)["month_fact@2024-04"]
    kinds = {field.name: str(field.type) for field in pq.read_schema(path)}
    assert all(kinds[name] == "int64" for name in ("events", "bed_days", "pence", "missing_cost_events"))


def test_a_person_reads_their_events_of_every_service_and_nobody_elses(
    engine: DuckDB, given_tables: dict[str, ir.Table], tmp_path: Path
) -> None:
    base = timelines(engine, given_tables["activity"], tmp_path)
    people = timeline_people(engine, given_tables["link"], tmp_path)["timeline_people"]
    files = TimelineFiles(tuple(tuple(base[f"timeline@{n:02d}"]) for n in range(32)), {}, tuple(people))
    reader = Timelines(files)
    assert [event.event_id for event in reader.read(Access(10))] == ["apc/1", "cld/1", "op/1"]
    assert reader.read(Access(99)) == ()
    assert reader.circle(Access(10), PERIOD).services == ("non_elective", "outpatient_first", "reablement")


def test_a_month_that_changed_replaces_what_the_base_holds_of_it(
    engine: DuckDB, given_tables: dict[str, ir.Table], tmp_path: Path
) -> None:
    base = timelines(engine, given_tables["activity"], tmp_path)
    people = timeline_people(engine, given_tables["link"], tmp_path)["timeline_people"]
    june: list[Row] = [{"event_id": "op/2", "record_key": 1, "setting": "outpatient", "start": date(2024, 6, 9)}]
    delta = timeline_delta(engine, table(engine, tables.ACTIVITY, june), "2024-06", tmp_path)["timeline+2024-06"]
    buckets = tuple(tuple(base[f"timeline@{n:02d}"]) for n in range(32))
    reader = Timelines(TimelineFiles(buckets, {"2024-06": tuple(delta)}, tuple(people)))
    assert [event.event_id for event in reader.read(Access(10))] == ["apc/1", "cld/1", "op/2"]


def test_a_base_is_written_again_when_too_many_months_have_changed() -> None:
    base = {f"2024-{month:02d}": ["old"] for month in range(1, 13)} | {"2023-12": ["old"]}
    assert changed_months({**base, "2024-03": ["new"]}, base) == ("2024-03",)
    assert changed_months({month: ["new"] for month in base}, base) is None
