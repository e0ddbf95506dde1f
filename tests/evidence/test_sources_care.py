"""The tables of client level data say what the rules say, case by case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joinedup.evidence.journeys.packages import weekly
from joinedup.evidence.sources.care_cost import frequency_of, period_pence
from joinedup.evidence.sources.social_care import end_by_death, service_of
from joinedup.evidence.sources.submission import references, unique_events
from joinedup.rules.care import client_level, package
from joinedup.rules.care import submission as rules
from joinedup.store.engine import DuckDB

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
START, AS_OF = date(2024, 1, 1), date(2024, 12, 31)


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("duck"), memory_mb=500, threads=1) as made:
        yield made


def in_order(table: pa.Table, name: str) -> list[object]:
    """A column in the order of the row numbers."""
    return [row[name] for row in sorted(table.to_pylist(), key=lambda row: row["n"])]


words = st.one_of(st.none(), st.sampled_from([*client_level.FREQUENCIES, *client_level.UNITS, "Weekly ", "unknown"]))
costs = st.one_of(st.none(), st.integers(-5_000_000, 5_000_000))
units = st.one_of(st.none(), st.decimals(-200, 200, places=4))


@FEW
@given(rows=st.lists(st.tuples(costs, words, units), min_size=1, max_size=8))
def test_costs_of_a_table_are_the_costs_of_its_cases(
    duck: DuckDB, rows: list[tuple[int | None, str | None, Decimal | None]]
) -> None:
    table = ibis.memtable(
        pa.table(
            {
                "n": list(range(len(rows))),
                "cost": pa.array([row[0] for row in rows], pa.int64()),
                "frequency": pa.array([row[1] for row in rows], pa.string()),
                "units": pa.array([row[2] for row in rows], pa.decimal128(18, 4)),
            }
        )
    )
    made = table.mutate(
        period=period_pence(table["cost"], table["frequency"], table["units"]), often=frequency_of(table["frequency"])
    )
    found = duck.fetch(made.mutate(weekly=weekly(made["period"], made["often"])))
    expected = [package.period_cost(*row) for row in rows]
    assert list(zip(in_order(found, "period"), in_order(found, "often"), strict=True)) == expected
    assert in_order(found, "weekly") == [package.weekly_pence(*case) for case in expected]


@FEW
@given(
    rows=st.lists(
        st.tuples(
            st.one_of(st.none(), st.sampled_from(["Long Term Support: Community", *client_level.TERMS, "?"])),
            st.one_of(st.none(), st.sampled_from([*client_level.COMPONENTS, "Meals", "?"])),
            st.sampled_from([None, "Direct payment", "Direct Payment", "CASSR commissioned support"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_services_of_a_table_are_the_services_of_its_cases(
    duck: DuckDB, rows: list[tuple[str | None, str | None, str | None]]
) -> None:
    data = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(("type", "part", "how"))}
    table = ibis.memtable(pa.table({"n": list(range(len(rows))), **data}))
    found = duck.fetch(table.mutate(service=service_of(table["type"], table["part"], table["how"])))
    assert in_order(found, "service") == [client_level.service_of(*row) for row in rows]


days = st.integers(0, 360).map(lambda number: START + timedelta(days=number))


@FEW
@given(rows=st.lists(st.tuples(st.one_of(st.none(), days), st.one_of(st.none(), days)), min_size=1, max_size=8))
def test_death_ends_a_table_as_it_ends_its_cases(duck: DuckDB, rows: list[tuple[date | None, date | None]]) -> None:
    data = {name: pa.array([row[i] for row in rows], pa.date32()) for i, name in enumerate(("end", "death"))}
    table = ibis.memtable(pa.table({"n": list(range(len(rows))), **data}))
    found = duck.fetch(table.mutate(last=end_by_death(table["end"], table["death"])))
    assert in_order(found, "last") == [package.end_by_death(START, *row) for row in rows]


@st.composite
def files(draw: st.DrawFn) -> list[rules.Submission]:
    """Up to four submissions of two councils."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        first = draw(days)
        last = first + timedelta(days=draw(st.integers(1, 200)))
        council, received = draw(st.sampled_from(["E1", "E2"])), draw(days)
        made.append(rules.Submission(council, f"{number}.csv", received, first, last))
    return made


@st.composite
def events(draw: st.DrawFn, sent: list[rules.Submission]) -> list[rules.Event]:
    """Rows of the submissions, often alike."""
    rows = []
    for record in range(draw(st.integers(0, 8))):
        file = draw(st.sampled_from(sent))
        start = draw(st.sampled_from([START, date(2024, 3, 31), date(2024, 6, 1)]))
        lasts = draw(st.one_of(st.none(), st.integers(0, 300)))
        end = None if lasts is None else start + timedelta(days=lasts)
        is_service = draw(st.booleans())
        identity = f"{file.council}-{is_service}-{start}-{'' if is_service else end}"
        detail, rank = draw(st.sampled_from(["a", "b"])), draw(st.sampled_from([1, 5, 999]))
        rows.append(rules.Event(identity, detail, file.council, file.file, record, is_service, start, end, rank))
    return rows


@FEW
@given(data=st.data())
def test_the_events_of_submissions_are_those_of_the_rule(duck: DuckDB, data: st.DataObject) -> None:
    sent = data.draw(files())
    rows = data.draw(events(sent))
    wanted = rules.references(sent, AS_OF)
    stretches = references(ibis.memtable(submission_table(sent)), AS_OF)
    found = duck.fetch(stretches).to_pylist()
    names = ("council", "file", "reference_first", "reference_last", "is_latest")
    assert sorted(tuple(row[name] for name in names) for row in found) == sorted(
        (r.council, r.file, r.first, r.last, r.is_latest) for r in wanted
    )
    kept = duck.fetch(unique_events(ibis.memtable(event_table(rows)), stretches)).to_pylist()
    assert sorted((row["file"], row["record"], row["end"] or AS_OF, row["is_clipped"]) for row in kept) == sorted(
        (event.file, event.record, event.end or AS_OF, event.is_clipped) for event in rules.unique_events(rows, wanted)
    )


def submission_table(sent: list[rules.Submission]) -> pa.Table:
    return pa.table(
        {
            "council": pa.array([item.council for item in sent], pa.string()),
            "file": pa.array([item.file for item in sent], pa.string()),
            "received": pa.array([item.received for item in sent], pa.date32()),
            "first": pa.array([item.first for item in sent], pa.date32()),
            "last": pa.array([item.last for item in sent], pa.date32()),
        }
    )


def event_table(rows: list[rules.Event]) -> pa.Table:
    return pa.table(
        {
            "council": pa.array([row.council for row in rows], pa.string()),
            "file": pa.array([row.file for row in rows], pa.string()),
            "record": pa.array([row.record for row in rows], pa.int64()),
            "identity": pa.array([row.identity for row in rows], pa.string()),
            "detail": pa.array([row.detail for row in rows], pa.string()),
            "is_service": pa.array([row.is_service for row in rows], pa.bool_()),
            "start": pa.array([row.start for row in rows], pa.date32()),
            "end": pa.array([row.end for row in rows], pa.date32()),
            "outcome_rank": pa.array([row.outcome_rank for row in rows], pa.int64()),
        }
    )
