"""England from the published files: every table sums to the printed total, and the report's figures are found."""

from __future__ import annotations

import calendar
import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from examples.england.assemble import assemble
from examples.england.pioneers import COMMISSIONERS_PROTOCOL, COUNCILS_PROTOCOL, table, write_protocols

from joinedup.evidence.sources import reconciliation
from joinedup.evidence.sources.registry import ADAPTERS
from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.statistics import SERIES_OF_KIND
from joinedup.evidence.tables import AREA_POPULATION, SERIES_VALUE
from joinedup.pipeline import measuring
from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.rules.foundation.disclosure import Released, release_public
from joinedup.rules.foundation.flow import reasons_to_refuse
from joinedup.rules.foundation.period import Cadence
from joinedup.rules.programme.finding import FindingResult, compute, parse_findings
from joinedup.store.council_codes import council_code
from joinedup.store.engine import DuckDB
from joinedup.store.extracts import shipped_definitions
from joinedup.store.library import load_library
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import publish
from joinedup.store.template import DEFINITIONS
from joinedup.store.workbooks import read_workbook
from tests.pipeline.areas_on_disk import release_of

ENGLAND = "E92000001"
SOURCES = {
    "delayed_transfers": "delayed_transfers_workbook",
    "monthly_activity": "monthly_activity_workbook",
    "ae_time_series": "ae_time_series_workbook",
}


@pytest.fixture(scope="module")
def place(published_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("england")
    assert assemble(published_data, folder) == 199
    return folder


@pytest.fixture(scope="module")
def connection() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def printed(place: Path, connection: ibis.BaseBackend) -> dict[str, ir.Table]:
    return {source: connection.create_table(source, _rows(place, source)) for source in SOURCES}


@pytest.fixture(scope="module")
def series(printed: Mapping[str, ir.Table], connection: ibis.BaseBackend) -> ir.Table:
    made = [
        connection.to_pyarrow(ADAPTERS[kind](printed[name], Settings(name, None, date(2024, 4, 30)))["series_value"])
        for name, kind in SOURCES.items()
    ]
    return connection.create_table("series_value", pa.concat_tables(made))


def _rows(place: Path, source: str) -> pa.Table:
    read = []
    for path in sorted((place / "extracts" / source).glob("*/*.xls")):
        table = read_workbook(path)
        name, received = path.relative_to(place).as_posix(), date.fromisoformat(path.stem)
        table = table.append_column("__file", pa.array([name] * table.num_rows))
        table = table.append_column("__record", pa.array(range(1, table.num_rows + 1), pa.int64()))
        read.append(table.append_column("__received", pa.array([received] * table.num_rows, pa.date32())))
    return pa.concat_tables(read)


def _fetch(connection: ibis.BaseBackend, expr: ir.Table) -> list[dict[str, Any]]:
    return connection.to_pyarrow(expr).to_pylist()


def test_every_delay_table_sums_to_the_printed_england_total_in_105_of_105_months(
    printed: Mapping[str, ir.Table], connection: ibis.BaseBackend
) -> None:
    compared = reconciliation.delay_comparisons(printed["delayed_transfers"])
    by_rule = compared.group_by("rule").agg(months=compared.period.nunique(), sums=compared.count())
    assert {row["rule"]: row["months"] for row in _fetch(connection, by_rule)} == {
        "areas_add_up_to_england": 105,
        "columns_add_up_to_total": 105,
        "tables_agree": 105,
        "reasons_add_up_to_england_line": 105,
        "england_sheet_agrees_with_councils": 105,
    }
    assert _fetch(connection, reconciliation.differing(compared)) == []


def test_commissioners_and_regions_sum_to_england_in_93_of_93_months(
    printed: Mapping[str, ir.Table], connection: ibis.BaseBackend
) -> None:
    compared = reconciliation.activity_comparisons(printed["monthly_activity"])
    counted = compared.agg(months=compared.period.nunique(), sums=compared.count())
    assert _fetch(connection, counted) == [{"months": 93, "sums": 93 * 2 * 14}]
    assert _fetch(connection, reconciliation.differing(compared)) == []


def test_emergency_parts_add_up_in_every_month(printed: Mapping[str, ir.Table], connection: ibis.BaseBackend) -> None:
    compared = reconciliation.emergency_comparisons(printed["ae_time_series"])
    assert _fetch(connection, compared.agg(sums=compared.count())) == [{"sums": 164 * 3}]
    assert _fetch(connection, reconciliation.differing(compared)) == []


def test_series_of_areas_sum_to_the_nation_in_every_month_and_category(
    series: ir.Table, connection: ibis.BaseBackend
) -> None:
    of_areas = series.filter(series.series.isin(["delayed_days", "non_elective_admissions"]))
    nation = of_areas.area_type == "nation"
    sums = of_areas.group_by("series", "period_start", "dimension", "category").agg(
        nation=of_areas.value.sum(where=nation), areas=of_areas.value.sum(where=~nation)
    )
    found = _fetch(connection, sums)
    assert all(row["nation"] == row["areas"] for row in found)
    months = {name: len({r["period_start"] for r in found if r["series"] == name}) for name in ("delayed_days",)}
    assert months == {"delayed_days": 105}


def test_reasons_are_those_of_the_collection_and_other_begins_in_april_2017(
    series: ir.Table, connection: ibis.BaseBackend
) -> None:
    reasons = series.filter(series.dimension == "reason", series.series == "delayed_days")
    first = {
        row["category"]: row["first"]
        for row in _fetch(connection, reasons.group_by("category").agg(first=reasons.period_start.min()))
    }
    assert set(first) == {"A", "B", "C", "Di", "Dii", "E", "F", "G", "H", "I", "O"}
    assert first["O"] == date(2017, 4, 1)
    assert {day for reason, day in first.items() if reason != "O"} == {date(2011, 4, 1)}


def test_the_printed_beds_are_days_over_the_days_of_the_month(series: ir.Table, connection: ibis.BaseBackend) -> None:
    nation = series.filter(series.area_code == ENGLAND, series.series.isin(["delayed_days", "dtoc_beds"]))
    found: dict[tuple[date, str], dict[str, float]] = {}
    for row in _fetch(connection, nation.filter(nation.dimension == "all")):
        found.setdefault((row["period_start"], row["category"]), {})[row["series"]] = float(row["value"])
    both = {day: pair for (day, _), pair in found.items() if "dtoc_beds" in pair}
    assert len(both) == 33
    for day, pair in both.items():
        assert pair["dtoc_beds"] == pytest.approx(pair["delayed_days"] / calendar.monthrange(day.year, day.month)[1])


def test_each_kind_of_workbook_gives_the_series_it_is_said_to_give(
    series: ir.Table, connection: ibis.BaseBackend
) -> None:
    found: dict[str, set[str]] = {}
    for row in _fetch(connection, series.select("source", "series").distinct()):
        found.setdefault(SOURCES[row["source"]], set()).add(row["series"])
    assert found == SERIES_OF_KIND


def test_non_council_rows_count_and_are_no_area(series: ir.Table, connection: ibis.BaseBackend) -> None:
    others = series.filter(series.area_type == "other").select("series", "area_code").distinct()
    codes = {row["area_code"] for row in _fetch(connection, others)}
    assert codes == {"9900", "9901", "9902", "X24", "YDD82"}


def test_printed_gss_codes_are_those_of_the_code_list(
    printed: Mapping[str, ir.Table], connection: ibis.BaseBackend
) -> None:
    rows = printed["delayed_transfers"]
    coded = rows.filter(rows.gss_code.startswith("E")).select("code", "gss_code", "period").distinct()
    wrong = [
        row
        for row in _fetch(connection, coded)
        if council_code(row["code"], date.fromisoformat(row["period"])) != row["gss_code"]
    ]
    assert wrong == []


def test_commissioners_are_151_trusts_then_211_groups_then_191(series: ir.Table, connection: ibis.BaseBackend) -> None:
    rows = series.filter(series.area_type == "commissioner", series.series == "non_elective_admissions")
    counts = rows.group_by("period_start").agg(areas=rows.area_code.nunique())
    by_month = {row["period_start"]: row["areas"] for row in _fetch(connection, counts)}
    assert [by_month[day] for day in (date(2012, 4, 1), date(2013, 4, 1), date(2019, 12, 1))] == [151, 211, 191]


def test_every_area_of_the_series_is_in_areas_csv(place: Path, series: ir.Table, connection: ibis.BaseBackend) -> None:
    known = {(area.code, area.kind) for area in load_place(place).areas()}
    pairs = series.select("area_code", "area_type").distinct()
    assert {(row["area_code"], row["area_type"]) for row in _fetch(connection, pairs)} <= known


def test_mergers_name_their_successor(place: Path) -> None:
    areas = {area.code: area for area in load_place(place).areas()}
    assert (areas["E06000028"].successor, areas["E06000028"].valid_to) == ("E06000058", date(2019, 4, 1))
    assert (areas["02V"].successor, areas["02V"].valid_to) == ("15F", date(2018, 4, 1))
    assert areas["5D7"].successor is None
    assert all(area.successor in areas for area in areas.values() if area.successor)


def test_populations_of_councils_add_up_to_england(place: Path) -> None:
    path = next((place / "extracts" / "council_population").glob("*/*.csv"))
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row["area_code"], int(row["people"])) for row in csv.DictReader(lines)]
    people = {code: sum(count for other, count in rows if other == code) for code in {code for code, _ in rows}}
    older = ("E06000028", "E06000029", "E10000009")
    assert people[ENGLAND] == 56_550_138
    assert sum(count for code, count in people.items() if code not in {ENGLAND, *older}) == people[ENGLAND]
    assert sum(people[code] for code in older) == people["E06000058"] + people["E06000059"]


def test_every_source_states_a_lawful_flow(place: Path) -> None:
    england = load_place(place)
    assert {
        name: reasons_to_refuse(source.flow, england.today) for name, source in england.sources.items()
    } == dict.fromkeys((*SOURCES, "council_population"), ())


def test_the_headline_figures_of_2017_are_found_or_say_why_not(series: ir.Table, connection: ibis.BaseBackend) -> None:
    found = _findings(series, connection)
    text = {name: result.found_text for name, result in found.items()}
    assert text["delays_up_two_years"] == "+37.1% (from 140,949 to 193,206)"
    assert text["delays_up_first_year"] == "+184,610 (from 1,624,977 to 1,809,587)"
    assert (text["home_care_2014"], text["home_care_2016"]) == ("18,018", "39,412")
    assert (text["nursing_home_2014"], text["nursing_home_2016"]) == ("20,285", "31,984")
    assert [text[f"share_{by}"].split()[0] for by in ("health", "social_care", "both")] == ["61.4%", "31.3%", "7.4%"]
    assert text["emergency_admissions_growth"].startswith("+14.0% ")
    assert text["delays_up_since_2010"] == "not in the published series"
    differs = {name for name, result in found.items() if result.agrees is False}
    assert differs == {
        "home_care_2016",
        "nursing_home_2016",
        "increase_health",
        "emergency_admissions_first_year",
        "non_elective_admissions_first_year",
    }
    assert all(found[name].note for name in (*differs, "delays_up_since_2010"))


def _findings(series: ir.Table, connection: ibis.BaseBackend) -> dict[str, FindingResult]:
    """Findings from sums of months, as measures give them for quarters and years."""
    nation = series.filter(series.area_code == ENGLAND)
    months = {
        (row["series"], row["period_start"], row["dimension"], row["category"]): float(row["value"])
        for row in _fetch(connection, nation)
    }
    text = (shipped_definitions() / "findings" / "nao_integration_2017.toml").read_text(encoding="utf-8")
    definitions = parse_findings(text)
    cells = {cell for finding in definitions for cell in finding.cells}
    published = {cell: value for cell in cells if (value := _published(cell, months)) is not None}
    return {finding.id: compute(finding, published) for finding in definitions}


def _published(cell: str, months: Mapping[tuple[str, date, str, str], float]) -> Released[float] | None:
    measure, _, first, last, dimension, category = cell.split("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    values = [
        value
        for (series, month, dim, cat), value in months.items()
        if (series, dim, cat) == (measure, dimension, category) and start <= month <= end
    ]
    return release_public(sum(values)) if values else None


def test_the_published_evaluation_of_the_pioneers_says_what_a_re_run_finds(evaluated: Path) -> None:
    published = (Path(__file__).parents[2] / "docs" / "evaluations" / "pioneers.md").read_text().splitlines()
    for name in (COUNCILS_PROTOCOL, COMMISSIONERS_PROTOCOL):
        result = evaluate(evaluated / "evaluations" / name, place=evaluated, now=datetime(2024, 4, 30, tzinfo=UTC))
        assert [line for line in table(result) if line not in published] == []
        assert (result.deviations, result.registered["heading"]) == ((), "registered")


@pytest.fixture(scope="module")
def evaluated(
    place: Path, series: ir.Table, connection: ibis.BaseBackend, published_data: Path, tmp_path_factory: Any
) -> Path:
    """The place with a release of the measures by quarter that its protocols ask for."""
    engine = DuckDB(tmp_path_factory.mktemp("scratch"))
    england = load_place(place)
    tables = {
        "series_value": engine.table(connection.to_pyarrow(series), SERIES_VALUE),
        "area_population": engine.table(_population(place), AREA_POPULATION),
    }
    library, texts = load_library([DEFINITIONS, england.definitions])
    wanted = {"delayed_days", "delayed_days_rate", "non_elective_admissions"}
    kept = tuple(replace(item, cadences=(Cadence.QUARTER,)) for item in library.measures if item.id in wanted)
    values = measuring.compute(engine, tables, replace(library, measures=kept), england.areas(), england.span)
    engine.close()
    objects = Objects(england.objects)
    with objects.scratch() as scratch:
        pq.write_table(values, scratch / "measure_value.parquet")
        name = objects.add(scratch / "measure_value.parquet")
    versions = {text.measure: text.version for text in texts if text.measure in wanted}
    publish(england, release_of({"facts/measure_value": (name,)}, versions))
    write_protocols(published_data, place, datetime(2024, 4, 1, tzinfo=UTC))
    return place


def _population(place: Path) -> pa.Table:
    path = next((place / "extracts" / "council_population").glob("*/*.csv"))
    with path.open(encoding="utf-8", newline="") as lines:
        rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(lines)]
    for row in rows:
        row["period_start"] = date.fromisoformat(row["period_start"])
        row["period_end"] = date.fromisoformat(row["period_end"]) + timedelta(days=1)
        row["sex"] = row["sex"] or None
        row |= {name: int(row[name]) for name in ("age_from", "age_to", "people")}
    return pa.Table.from_pylist(rows)
