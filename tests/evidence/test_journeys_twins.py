"""Spells, delays and populations of tables agree with the slow rule of one case, whatever the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joinedup.evidence import tables
from joinedup.evidence.journeys.delays import delay_days, delays
from joinedup.evidence.journeys.population import population
from joinedup.evidence.journeys.spells import spells
from joinedup.rules.care.delay import DelayRule, days_by_month, split_by_reason
from joinedup.rules.care.spell import Episode, SpellRule, continuous_spells
from joinedup.store.engine import DuckDB

RULE = SpellRule(2, ("51", "52"), ("81",), ("21",), ("79",), 29)
DELAYS = DelayRule(date(2020, 3, 1), ("79",))
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Row = dict[str, object]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("twins"), memory_mb=500, threads=1) as made:
        yield made


def rows_of(columns: dict[str, str], rows: Sequence[Row]) -> pa.Table:
    filled = [{name: row.get(name) for name in columns} for row in rows]
    return pa.Table.from_pylist(filled, schema=ibis.schema(columns).to_pyarrow())


def episode_row(episode: Episode, person: int) -> Row:
    return {
        "event_id": episode.event_id,
        "record_key": person,
        "setting": "inpatient",
        "provider": episode.provider,
        "spell_ref": episode.spell_ref,
        "episode_order": episode.order,
        "start": episode.start,
        "end": episode.end,
        "method": episode.method,
        "admission_source": episode.source,
        "discharge_destination": episode.destination,
    }


@st.composite
def episodes(draw: st.DrawFn) -> tuple[int, Episode]:
    start = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 25)))
    end = None if draw(st.integers(0, 9)) == 0 else start + timedelta(days=draw(st.integers(0, 6)))
    code = st.sampled_from([None, "19", "51"])
    return draw(st.integers(1, 8)), Episode(
        event_id=f"e{draw(st.integers(0, 10_000))}",
        provider=draw(st.sampled_from(["A", "B"])),
        start=start,
        end=end,
        spell_ref=draw(st.sampled_from([None, "s1", "s2"])),
        order=draw(st.integers(0, 3)),
        method=draw(st.sampled_from([None, "21", "81"])),
        source=draw(code),
        destination=draw(code),
    )


PEOPLE = {1: 10, 2: 10, 3: 30, 4: 40, 5: 50, 6: 50, 7: 70, 8: 80}
LINKS: list[Row] = [{"record_key": record, "person_id": person} for record, person in PEOPLE.items()]


@FEW
@given(given_rows=st.lists(episodes(), min_size=12, max_size=40, unique_by=lambda pair: pair[1].event_id))
def test_spells_of_tables_are_the_spells_of_one_case(engine: DuckDB, given_rows: list[tuple[int, Episode]]) -> None:
    activity = engine.table(rows_of(tables.ACTIVITY, [episode_row(e, record) for record, e in given_rows]))
    link = engine.table(rows_of(tables.LINK, LINKS))
    found = engine.fetch(spells(activity, link, RULE)).to_pylist()
    got = {
        (r["person_id"], r["spell_id"], r["start"], r["end"], r["episodes"], r["length_of_stay_days"]) for r in found
    }
    ordered = sorted(given_rows, key=lambda pair: PEOPLE[pair[0]])
    wanted = {
        (who, s.spell_id, s.start, s.end, len(s.episodes), s.length_of_stay)
        for who, group in groupby(ordered, key=lambda pair: PEOPLE[pair[0]])
        for s in continuous_spells([e for _, e in group], RULE)
    }
    assert got == wanted


@FEW
@given(
    changes=st.dictionaries(st.integers(0, 40), st.sampled_from(["A", "C", "E"]), min_size=1, max_size=4),
    more=st.integers(0, 60),
)
def test_delays_of_tables_are_the_spans_of_one_case(engine: DuckDB, changes: dict[int, str], more: int) -> None:
    first = date(2018, 11, 20)
    left = first + timedelta(days=max(changes) + more)
    stays: list[Row] = [
        {
            "event_id": f"e{n}", "record_key": 1, "setting": "inpatient", "provider": "A", "spell_ref": "s",
            "start": first, "end": left, "ready_date": first + timedelta(days=n), "delay_reason": reason,
        }
        for n, reason in changes.items()
    ]  # fmt: skip
    made = delays(engine.table(rows_of(tables.ACTIVITY, stays)), engine.table(rows_of(tables.LINK, LINKS)), DELAYS)
    spans = split_by_reason([(first + timedelta(days=n), reason) for n, reason in changes.items()], left)
    got = {(r["start"], r["end"], r["reason"]) for r in engine.fetch(made).to_pylist()}
    assert got == {(span.start, span.end, span.reason) for span in spans}
    months = [date(2018, 11, 1), date(2018, 12, 1), date(2019, 1, 1), date(2019, 2, 1), date(2019, 3, 1)]
    pairs: list[Row] = [{"period_start": a, "period_end": b} for a, b in pairwise(months)]
    table = engine.table(rows_of({"period_start": "date", "period_end": "date"}, pairs))
    counted = engine.fetch(delay_days(made, table, ["dtoc"])).to_pylist()
    for month in months[:-1]:
        days = sum(r["period_days"] for r in counted if r["period_start"] == month)
        assert days == days_by_month(first + timedelta(days=min(changes)), left).get(month, 0)


@st.composite
def registrations(draw: st.DrawFn) -> Row:
    start = date(2020, 1, 1) + timedelta(days=draw(st.integers(0, 60)))
    length = draw(st.integers(1, 60))
    return {
        "record_key": draw(st.integers(1, 3)),
        "source": draw(st.sampled_from(["gp", "hospital"])),
        "practice": draw(st.sampled_from(["P1", "P2"])),
        "lsoa": draw(st.sampled_from(["L1", "L2", None])),
        "valid_from": start,
        "valid_to": draw(st.sampled_from([None, start + timedelta(days=length)])),
        "received": date(2021, 1, draw(st.integers(1, 3))),
    }


@FEW
@given(st.lists(registrations(), min_size=3, max_size=12, unique_by=lambda r: (r["record_key"], r["valid_from"])))
def test_each_day_has_the_first_record_of_the_stated_order(engine: DuckDB, given_rows: list[Row]) -> None:
    geography = dict.fromkeys(("lsoa", "neighbourhood", "council", "place", "system"), "string")
    objections = {"record_key": "int64", "kind": "string", "valid_from": "date", "valid_to": "date"}
    made = population(
        engine.table(rows_of(tables.PERSON_RECORD, given_rows)),
        engine.table(rows_of(tables.LINK, LINKS)),
        engine.table(rows_of({**geography, "imd_decile": "int64"}, [])),
        engine.table(rows_of(objections, [])),
        registers=["gp"],
        as_of=date(2025, 1, 1),
    )
    found = engine.fetch(made).to_pylist()
    for person, records in ((10, (1, 2)), (30, (3,))):
        mine = [r for r in given_rows if r["record_key"] in records]
        usable = [r for r in mine if r["source"] == "gp"] or mine
        for day in (date(2020, 1, 1) + timedelta(days=n) for n in range(0, 130, 7)):
            got = [r["practice"] for r in found if r["person_id"] == person and r["valid_from"] <= day < r["valid_to"]]
            assert got == _first(usable, day)


def _first(records: list[Row], day: date) -> list[object]:
    holding = [
        r
        for r in records
        if isinstance(start := r["valid_from"], date)
        and start <= day
        and (not isinstance(end := r["valid_to"], date) or day < end)
    ]
    holding.sort(key=lambda r: (str(r["source"]), str(r["record_key"])))
    holding.sort(key=lambda r: (str(r["valid_from"]), str(r["received"])), reverse=True)
    return [r["practice"] for r in holding[:1]]
