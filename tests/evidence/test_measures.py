"""What measures count agrees with a slow plain count, one person and one day at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joinedup.evidence import tables
from joinedup.evidence.measures import hospital
from joinedup.evidence.measures.calendar import age_band_column, first_of, month_number, period_start
from joinedup.evidence.measures.cube import cube
from joinedup.evidence.measures.people import people, person_months, place
from joinedup.rules.foundation.definition import AGE_EDGES
from joinedup.rules.foundation.period import Cadence, Period, add_months, age_on, month_of, period_of
from joinedup.store.engine import DuckDB

SPAN = Period(date(2023, 4, 1), date(2024, 4, 1))
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

days = st.dates(date(2023, 2, 1), date(2024, 5, 31))
births = st.builds(lambda y, m: date(y, m, 1), st.integers(1930, 2022), st.integers(1, 12))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    scratch: Path = tmp_path_factory.mktemp("duckdb")
    with DuckDB(scratch, memory_mb=500, threads=1) as made:
        yield made


def _rows(columns: dict[str, str], rows: list[dict[str, Any]]) -> pa.Table:
    schema = tables.schema(columns).to_pyarrow()
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


@st.composite
def populations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few people, each with one or two intervals one after the other."""
    rows = []
    for person in range(draw(st.integers(1, 4))):
        birth, cuts = draw(births), sorted(draw(st.sets(days, min_size=2, max_size=3)))
        for start, end in pairwise(cuts):
            where = draw(st.sampled_from(["N1", "N2"]))
            rows.append({"person_id": person, "valid_from": start, "valid_to": end, "birth_month": birth,
                         "sex": "F", "neighbourhood": where})  # fmt: skip
    return rows


@st.composite
def stays(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Stays of up to four people that may overlap, be of no night, or still be open."""
    rows = []
    for number in range(draw(st.integers(0, 8))):
        start, nights = draw(days), draw(st.integers(0, 70))
        rows.append({"spell_id": f"s{number}", "person_id": draw(st.integers(0, 3)), "start": start,
                     "end": draw(st.sampled_from([None, start + timedelta(days=nights)])),
                     "is_emergency": draw(st.booleans())})  # fmt: skip
    return rows


LINKS = [{"record_key": n, "person_id": n, "person_id_strict": n, "person_id_loose": n} for n in range(4)]


@FEW
@given(populations())
def test_people_of_each_month_and_age_band_are_those_present_on_its_first_day(
    engine: DuckDB, population: list[dict[str, Any]]
) -> None:
    persons = people(engine.table(_rows(tables.POPULATION, population)))
    first, last = month_number(SPAN.start), month_number(SPAN.last_day)
    found = engine.fetch(person_months(persons, first, last, ("neighbourhood", "band"))).to_pylist()
    expected: Counter[tuple[str, int, int]] = Counter()
    for month in range(first, last + 1):
        day = first_of(month)
        for row in population:
            if row["valid_from"] <= day < row["valid_to"] and day >= row["birth_month"]:
                expected[row["neighbourhood"], _band(row["birth_month"], day), month] += 1
    assert {(r["neighbourhood"], r["band"], r["month"]): r["people"] for r in found} == dict(expected)


@FEW
@given(populations(), stays(), st.sampled_from(list(Cadence)))
def test_a_cube_counts_events_people_and_squares_as_by_hand(
    engine: DuckDB, population: list[dict[str, Any]], spells: list[dict[str, Any]], cadence: Cadence
) -> None:
    persons = people(engine.table(_rows(tables.POPULATION, population)))
    link = engine.table(_rows(tables.LINK, LINKS))
    events = hospital.admissions(hospital.stays(engine.table(_rows(tables.SPELL, spells)), link))
    found = engine.fetch(cube(place(events, persons), cadence, ("neighbourhood",), SPAN)).to_pylist()
    own: dict[tuple[date, str], Counter[int]] = defaultdict(Counter)
    for spell in spells:
        where = _home(population, spell["person_id"], spell["start"])
        if where and spell["start"] in SPAN:
            own[period_of(spell["start"], cadence).start, where][spell["person_id"]] += 1
    expected = {key: (sum(n.values()), sum(c * c for c in n.values())) for key, n in own.items()}
    cells = {(first_of(r["period"]), r["neighbourhood"]): (r["quantity"], r["squares"]) for r in found}
    assert cells == expected
    people_of_period = {(key[0], person) for key, counts in own.items() for person in counts}
    assert sum(r["persons"] for r in found) == len(people_of_period)


@FEW
@given(stays())
def test_bed_days_of_a_month_are_the_midnights_spent_in_it(engine: DuckDB, spells: list[dict[str, Any]]) -> None:
    link = engine.table(_rows(tables.LINK, LINKS))
    events = hospital.bed_days(hospital.stays(engine.table(_rows(tables.SPELL, spells)), link), SPAN.end)
    found: Counter[tuple[str, date]] = Counter()
    for row in engine.fetch(events).to_pylist():
        found[row["spell_id"], month_of(row["day"]).start] += row["quantity"]
    expected: Counter[tuple[str, date]] = Counter()
    for spell in spells:
        day = spell["start"]
        while day < min(spell["end"] or SPAN.end, SPAN.end):
            expected[spell["spell_id"], day.replace(day=1)] += 1
            day += timedelta(days=1)
    assert found == expected


@FEW
@given(stays())
def test_a_discharge_is_followed_when_the_next_stay_is_an_emergency_within_30_days(
    engine: DuckDB, spells: list[dict[str, Any]]
) -> None:
    link = engine.table(_rows(tables.LINK, LINKS))
    events = hospital.discharges(hospital.stays(engine.table(_rows(tables.SPELL, spells)), link))
    found = {row["spell_id"]: row["is_readmitted"] for row in engine.fetch(events).to_pylist()}
    expected = {}
    for spell in spells:
        later = [s for s in spells if s["person_id"] == spell["person_id"] and _order(s) > _order(spell)]
        after = min(later, key=_order, default=None)
        if spell["end"] is not None:
            gap = (after["start"] - spell["end"]).days if after else -1
            expected[spell["spell_id"]] = int(bool(after and after["is_emergency"] and 0 <= gap <= 29))
    assert found == expected


def test_every_age_falls_into_the_band_that_begins_at_or_before_it(engine: DuckDB) -> None:
    ages = engine.table(pa.table({"age": pa.array([*range(121), None], pa.int64())}))
    found = engine.fetch(ages.select(band=age_band_column(ages.age), age=ages.age)).to_pylist()
    for row in found:
        expected = -1 if row["age"] is None else max(edge for edge in AGE_EDGES if edge <= row["age"])
        assert row["band"] == expected


@pytest.mark.parametrize("cadence", list(Cadence))
def test_numbered_months_fall_into_the_same_periods_as_dates(cadence: Cadence) -> None:
    for month in range(month_number(date(2020, 1, 1)), month_number(date(2024, 1, 1))):
        assert first_of(period_start(month, cadence)) == period_of(first_of(month), cadence).start
        assert first_of(month + 1) == add_months(first_of(month), 1)


def _band(birth: date, day: date) -> int:
    return max(edge for edge in AGE_EDGES if edge <= age_on(birth, day))


def _home(population: list[dict[str, Any]], person: int, day: date) -> str | None:
    rows = sorted((r for r in population if r["person_id"] == person), key=lambda r: r["valid_from"])
    for row in rows:
        extra = timedelta(days=31) if row is rows[-1] else timedelta(0)
        if row["valid_from"] <= day < row["valid_to"] + extra:
            return str(row["neighbourhood"])
    return None


def _order(spell: dict[str, Any]) -> tuple[date, str]:
    return spell["start"], spell["spell_id"]
