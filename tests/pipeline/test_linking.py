from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from joinedup.pipeline.linking import Linked
from joinedup.pipeline.linking_records import Decision
from joinedup.rules.foundation.identifier import nhs_number_valid, person_id
from joinedup.store.engine import DuckDB
from tests.pipeline.linked_records import KEY, groups, people, record, run

BORN = date(1960, 3, 7)
#: Story -> its records (key within the story -> fields that differ from the first), and who belongs together.
STORIES: dict[str, tuple[list[dict[str, Any]], list[set[int]]]] = {
    "one number, one person": ([{}, {"forename": "Nan", "address": None}], [{0, 1}]),
    "no number, all else agrees": ([{}, {"nhs_number": None}], [{0, 1}]),
    "a nickname and a move": ([{}, {"nhs_number": None, "forename": "Annie", "postcode": "ZZ9 8BB",
                                    "address": "3 Elm Way"}], [{0, 1}]),
    "swapped day and month": ([{}, {"nhs_number": None, "date_of_birth": date(1960, 7, 3)}], [{0, 1}]),
    "swapped names": ([{}, {"nhs_number": None, "swap": True}], [{0, 1}]),
    "a surname changed": ([{}, {"surname": "Marriedname"}], [{0, 1}]),
    "twins at one address": ([{"sex": "M"}, {"forename": "Oswin", "sex": "M", "number": 1}], [{0}, {1}]),
    "twins without numbers": ([{"nhs_number": None}, {"forename": "Oswin", "nhs_number": None}], [{0}, {1}]),
    "twins and a record that fits both": (
        [{"nhs_number": None}, {"forename": "Oswin", "nhs_number": None}, {"forename": "A", "nhs_number": None}],
        [{0, 2}, {1}],
    ),
    "father and son of one name": (
        [{"sex": "M"}, {"sex": "M", "number": 1, "date_of_birth": date(1988, 11, 21)},
         {"sex": "M", "nhs_number": None}], [{0, 2}, {1}],
    ),
    "a newborn with its mother's number": (
        [{}, {"forename": "Baby", "date_of_birth": date(2024, 5, 1), "sex": "F"}], [{0}, {1}],
    ),
    "a newborn before and after its naming": (
        [{"date_of_birth": date(2023, 7, 14)}, {"forename": "Baby Girl", "date_of_birth": date(2023, 7, 14)}], [{0, 1}],
    ),
    "newborn twins by order of birth": (
        [{"forename": "Baby One", "date_of_birth": date(2024, 9, 23), "nhs_number": None},
         {"forename": "Baby Two", "date_of_birth": date(2024, 9, 23), "nhs_number": None}], [{0}, {1}],
    ),
    "another person's number": ([{}, {"forename": "Cuthbert", "surname": "Elsewhere", "sex": "M",
                                      "date_of_birth": date(1931, 9, 30), "postcode": "YY7 7YY",
                                      "address": "8 Far Hill"}], [{0}, {1}]),
    "a number that nothing else backs": ([{}, {"forename": None, "surname": None, "date_of_birth": None,
                                               "postcode": None, "address": None}], [{0}, {1}]),
    "two verified numbers": ([{"nhs_number_status": "01"}, {"nhs_number_status": "01", "number": 1}], [{0}, {1}]),
    "a wrong number nothing confirms": ([{}, {"source": "b"}, {"number": 1}], [{0, 1, 2}]),
    "a shared placeholder number": ([{"nhs_number": "1234567881"}, {"nhs_number": "1234567881", "surname": "Quillow",
                                     "forename": "Bertha", "date_of_birth": date(1999, 1, 1), "postcode": "YY2 2YY",
                                     "address": "1 Oak Row"}], [{0}, {1}]),
    "dead in one source": ([{"date_of_death": date(2023, 2, 2)}, {"nhs_number": None}], [{0, 1}]),
    "two deaths": ([{"nhs_number": None, "date_of_death": date(2023, 2, 2), "forename": "A", "date_of_birth": None},
                    {"nhs_number": None, "date_of_death": date(2011, 6, 6), "date_of_birth": None}], [{0}, {1}]),
    "pseudonyms only": ([{"nhs_number": None, "forename": None, "surname": None, "date_of_birth": None, "sex": None,
                          "postcode": None, "address": None, "token": "t-1"}] * 2, [{0, 1}]),
    "different pseudonyms": ([{"nhs_number": None, "token": "t-2"}, {"nhs_number": None, "token": "t-3"}], [{0}, {1}]),
    "decided to be one": ([{"nhs_number": None}, {"nhs_number": None, "forename": "Wilhelmina", "postcode": None,
                                                  "address": None}], [{0, 1}]),
    "decided to be two": ([{}, {}], [{0}, {1}]),
    "an empty record": ([dict.fromkeys(("nhs_number", "forename", "surname", "date_of_birth", "sex", "postcode",
                                        "address"))] * 2, [{0}, {1}]),
}  # fmt: skip


def number(n: int) -> str:
    """The n-th test number with a right check digit."""
    body = 999_100_000 + n * 7
    return next(text for last in range(100) if nhs_number_valid(text := f"{body + last // 10}{last % 10}"))


def rows_of(stories: dict[str, tuple[list[dict[str, Any]], list[set[int]]]]) -> list[dict[str, Any]]:
    """Every story's records: key = 100 * story + place; each story has its own surname, number and home."""
    rows = []
    for at, (told, _) in enumerate(stories.values()):
        surname = "Fen" + "bcdfghklmnprstvw"[at % 16] + "aeiou"[at // 16] + "rdel"
        postcode = f"Z{chr(65 + at)}{at % 9 + 1} {at % 7}A{chr(90 - at)}"
        base: dict[str, Any] = {
            "surname": surname, "forename": "Anna", "nhs_number": number(at * 10), "postcode": postcode,
            "date_of_birth": date(1940 + at, 3 + at % 5, 7), "address": f"{at + 1} Alder Road",
        }  # fmt: skip
        for place, given in enumerate(told):
            fields = {**base, **given}
            if "swap" in fields:
                fields |= {"forename": surname, "surname": "Anna"}
            if "date_of_birth" in given and given["date_of_birth"] == date(1960, 7, 3):
                fields["date_of_birth"] = base["date_of_birth"].replace(month=7, day=base["date_of_birth"].month)
            if "number" in fields:
                fields["nhs_number"] = number(at * 10 + fields["number"])
            fields = {name: value for name, value in fields.items() if name not in {"swap", "number"}}
            source = fields.pop("source", ("gp", "hospital", "social")[place % 3])
            rows.append(record(at * 100 + place, source=source, source_order=place, **fields))
    return rows


def story(name: str) -> int:
    return list(STORIES).index(name) * 100


DECISIONS = (
    Decision(story("decided to be one"), story("decided to be one") + 1, True, date(2025, 1, 2)),
    Decision(story("decided to be two"), story("decided to be two") + 1, True, date(2025, 1, 2)),
    Decision(story("decided to be two") + 1, story("decided to be two"), False, date(2025, 1, 3)),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("duckdb"), threads=2) as made:
        yield made


@pytest.fixture(scope="module")
def linked(engine: DuckDB) -> Linked:
    return run(engine, rows_of(STORIES), decisions=DECISIONS)


@pytest.mark.parametrize("name", list(STORIES))
def test_who_is_who(linked: Linked, name: str) -> None:
    first, (told, together) = story(name), STORIES[name]
    here = {keys for keys in groups(linked) if keys & {first + i for i in range(len(told))}}
    assert here == {frozenset(first + i for i in each) for each in together}


def test_strict_people_lie_inside_default_people_and_those_inside_loose_ones(linked: Linked) -> None:
    strict, default, loose = (groups(linked, f"person_id{end}") for end in ("_strict", "", "_loose"))
    assert all(any(small <= large for large in default) for small in strict)
    assert all(any(small <= large for large in loose) for small in default)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a newborn with its mother's number", "number_alone"),
        ("another person's number", "number_alone"),
        ("a number that nothing else backs", "number_alone"),
        ("two verified numbers", "numbers_differ"),
    ],
)
def test_what_may_not_stand_goes_to_review_without_a_name(linked: Linked, name: str, reason: str) -> None:
    rows = [row for row in linked.review.to_pylist() if row["record_l"] == story(name)]
    assert [(row["record_r"], row["reason"]) for row in rows] == [(story(name) + 1, reason)]
    assert linked.review.column_names == ["record_l", "record_r", "weight", "probability", "reason"]


def test_decided_pairs_leave_the_review_list(linked: Linked) -> None:
    decided = {each.pair for each in DECISIONS}
    assert not decided & {(row["record_l"], row["record_r"]) for row in linked.review.to_pylist()}


def test_a_verified_link_is_certain_and_a_lone_record_has_no_weight(linked: Linked) -> None:
    rows = {row["record_key"]: row for row in linked.link.to_pylist()}
    assert rows[story("one number, one person")]["probability"] == 1.0
    assert rows[story("an empty record")]["weight"] is rows[story("an empty record")]["probability"] is None


def test_a_person_is_named_after_their_earliest_record(linked: Linked) -> None:
    first = story("one number, one person")
    assert people(linked)[first + 1] == person_id(first, KEY)


def test_people_at_one_address_share_a_household(linked: Linked) -> None:
    twins = [people(linked)[story("twins at one address") + i] for i in (0, 1)]
    homes = {row["person_id"]: row["household_id"] for row in linked.households.to_pylist()}
    assert homes[twins[0]] == homes[twins[1]]
    assert homes[twins[0]] != homes[people(linked)[story("father and son of one name")]]


def test_the_report_covers_sources_and_adds_up(linked: Linked) -> None:
    rows = {(r["section"], r["category"], r["label"]): r for r in linked.report.to_pylist()}
    total = rows["overall", "all", "records"]["value"]
    assert total == linked.link.num_rows
    assert total == sum(row["value"] for key, row in rows.items() if key[0] == "source" and key[2] == "records")
    assert 0 < rows["estimate", "model probabilities", "precision"]["value"] <= 100
    assert rows["threshold", "strict", "people"]["value"] >= rows["threshold", "loose", "people"]["value"]
    assert rows["clerical", "decisions", "decided_same"]["numerator"] == 1


def test_a_live_place_ignores_test_numbers(engine: DuckDB) -> None:
    from dataclasses import replace

    from tests.pipeline.linked_records import SETTINGS

    rows = [record(1), record(2, forename=None, surname="Marriedname", source="hospital", address=None, postcode=None)]
    live = run(engine, rows, settings=replace(SETTINGS, test_numbers=False))
    assert groups(run(engine, rows)) == {frozenset({1, 2})}
    assert groups(live) == {frozenset({1}), frozenset({2})}
