from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joinedup.pipeline.linking import Linked, LinkState
from joinedup.pipeline.linking_records import Decision
from joinedup.store.engine import DuckDB
from tests.pipeline.linked_records import groups, people, record, run
from tests.pipeline.test_linking import DECISIONS, STORIES, rows_of

MONTHS = [date(2021, month, 10) for month in (4, 5, 6)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("duckdb"), threads=2) as made:
        yield made


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_month_by_month_equals_all_at_once_in_any_order(engine: DuckDB, data: st.DataObject) -> None:
    rows = rows_of(STORIES)
    arrivals = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    rows = [{**row, "received": MONTHS[arrival]} for row, arrival in zip(rows, arrivals, strict=True)]
    whole = run(engine, data.draw(st.permutations(rows)), decisions=DECISIONS)
    state: LinkState | None = None
    for month in data.draw(st.permutations(MONTHS)):
        known = [row for row in rows if row["received"] == month or (state and row["record_key"] in _keys(state))]
        step = run(engine, known, decisions=DECISIONS, previous=state)
        state = step.state
    assert step.link == whole.link
    assert step.households == whole.households
    assert step.review == whole.review


def _keys(state: LinkState) -> set[object]:
    return set(state.heads["record_key"].to_pylist())


def _first_and_then(
    engine: DuckDB, first: list[dict[str, object]], then: list[dict[str, object]]
) -> tuple[Linked, Linked]:
    before = run(engine, first)
    return before, run(engine, then, previous=before.state)


def test_a_later_record_that_joins_two_people_keeps_the_earlier_anchor(engine: DuckDB) -> None:
    anna = record(1, nhs_number=None)
    moved = record(2, nhs_number=None, surname="Marriedname", postcode="YY1 1YY", address="9 Elm Way",
                   received=date(2021, 5, 10), source="hospital")  # fmt: skip
    both = [record(key, surname=name, postcode=code, address=home, received=date(2021, 6, 10), source="social")
            for key, name, code, home in ((3, "Fenwright", "ZZ1 1AA", "12 Alder Road"),
                                          (3, "Marriedname", "YY1 1YY", "9 Elm Way"))]  # fmt: skip
    before, after = _first_and_then(engine, [anna, moved], [anna, moved, *both])
    assert groups(before) == {frozenset({1}), frozenset({2})}
    assert groups(after) == {frozenset({1, 2, 3})}
    assert set(people(after).values()) == {people(before)[1]}
    told = [(row["kind"], row["person_id"], row["other_person_id"]) for row in after.events.to_pylist()]
    assert ("merged", people(before)[2], people(before)[1]) in told


def test_a_correction_that_parts_a_person_is_an_event(engine: DuckDB) -> None:
    right = record(2, nhs_number="9990000026", forename="Cuthbert", surname="Other", sex="M",
                   date_of_birth=date(1930, 1, 2), postcode="YY1 1YY", address="9 Elm Way")  # fmt: skip
    before, after = _first_and_then(engine, [record(1), record(2)], [record(1), right])
    assert groups(before) == {frozenset({1, 2})}
    assert groups(after) == {frozenset({1}), frozenset({2})}
    kinds = [row["kind"] for row in after.events.to_pylist()]
    assert kinds == ["created", "split"]


def test_a_person_keeps_their_id_when_their_earliest_record_is_withdrawn(engine: DuckDB) -> None:
    later = record(2, source="hospital", received=date(2021, 5, 10))
    before, after = _first_and_then(engine, [record(1), later], [later])
    assert people(after)[2] == people(before)[1]
    again = run(engine, [record(1), later], previous=after.state)
    assert people(again) == people(before)


def test_a_person_of_whom_nothing_is_left_is_withdrawn(engine: DuckDB) -> None:
    other = record(9, surname="Quillow", forename="Bertha", nhs_number=None, postcode="YY2 2YY",
                   date_of_birth=date(1999, 1, 1))  # fmt: skip
    before, after = _first_and_then(engine, [record(1), other], [other])
    kinds = [(row["kind"], row["person_id"]) for row in after.events.to_pylist() if row["kind"] != "created"]
    assert kinds == [("withdrawn", people(before)[1])]


def test_news_of_an_earlier_arrival_moves_the_anchor_as_a_fresh_build_would(engine: DuckDB) -> None:
    later, other = record(1, received=date(2021, 6, 10)), record(2, source="hospital", received=date(2021, 5, 10))
    earlier = record(1, received=date(2021, 4, 1))
    _, after = _first_and_then(engine, [later, other], [earlier, later, other])
    assert after.link == run(engine, [earlier, later, other]).link


def test_nothing_changed_means_no_event(engine: DuckDB) -> None:
    before, after = _first_and_then(engine, [record(1), record(2)], [record(2), record(1)])
    assert after.link == before.link
    assert after.events == before.events


@pytest.mark.parametrize("is_same", [True, False])
def test_a_withdrawn_decision_returns_the_pair_to_what_the_model_says(engine: DuckDB, is_same: bool) -> None:
    far = {"nhs_number": None, "forename": "Wilhelmina", "postcode": None, "address": None, "date_of_birth": None}
    rows = [record(1), record(2, source="hospital", **(far if is_same else {}))]
    undecided = run(engine, rows)
    decided = run(engine, rows, decisions=[Decision(1, 2, is_same, date(2025, 1, 2))], previous=undecided.state)
    withdrawn = run(engine, rows, previous=decided.state)
    together, apart = {frozenset({1, 2})}, {frozenset({1}), frozenset({2})}
    assert groups(undecided) == (apart if is_same else together)
    assert groups(decided) == (together if is_same else apart)
    assert withdrawn.link == undecided.link
    assert withdrawn.review == undecided.review


def test_a_decision_that_reverses_another_needs_no_word_of_the_first(engine: DuckDB) -> None:
    rows = [record(1), record(2, source="hospital")]
    parted = run(engine, rows, decisions=[Decision(1, 2, False, date(2025, 1, 2))])
    joined = run(engine, rows, decisions=[Decision(1, 2, True, date(2025, 1, 3))], previous=parted.state)
    assert groups(joined) == {frozenset({1, 2})}
