from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.evidence.identity.blocking import side_by_side, with_value_weights
from joinedup.evidence.identity.comparison import compare, weigh
from joinedup.evidence.identity.households import addresses, stays
from joinedup.evidence.identity.model import dump_model, parse_model
from joinedup.evidence.identity.normalisation import date_digits, describe, known_address, variants_of
from joinedup.evidence.identity.number import acceptable_number
from joinedup.pipeline.linking_model import name_lists, shipped_model
from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.foundation.identifier import clean_number, is_acceptable

LISTS = name_lists()


def column(values: list[str | None]) -> Any:
    return ibis.memtable(pa.table({"at": range(len(values)), "text": pa.array(values, pa.string())}))


def told(table: Any, **columns: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ibis.duckdb.connect().to_pyarrow(table.select("at", **columns)).to_pylist()
    return sorted(rows, key=lambda row: row["at"])


NUMBERS = st.one_of(
    st.from_regex(r"[0-9]{10}", fullmatch=True),
    st.integers(9_990_000_000, 9_990_000_400).map(str),
    st.sampled_from(["943 476 5919", "999-000-0018", "4010232137", "434765919", "", "94347659190", "943476591X", " "]),
    st.sampled_from([str(digit) * 10 for digit in range(10)]),
    st.text(max_size=12),
)


@settings(max_examples=6, deadline=None)
@given(st.lists(NUMBERS, min_size=30, max_size=60), st.booleans())
def test_numbers_in_tables_are_judged_as_the_rule_judges_one(numbers: list[str], test_numbers: bool) -> None:
    t = column([text.replace("\x00", "") for text in numbers])
    found = [row["number"] for row in told(t, number=acceptable_number(t.text, test_numbers=test_numbers))]
    for text, number in zip(numbers, found, strict=True):
        accepted = is_acceptable(text.replace("\x00", ""), test_numbers=test_numbers)
        assert number == (int(clean_number(text)) if accepted else None)


def normal(**fields: Any) -> dict[str, Any]:
    types = {"date_of_birth": pa.date32()}
    row = {"record_key": pa.array([1]), **{k: pa.array([v], types.get(k, pa.string())) for k, v in fields.items()}}
    made = variants_of(describe(ibis.memtable(pa.table(row)), LISTS, test_numbers=True), LISTS)
    rows: list[dict[str, Any]] = ibis.duckdb.connect().to_pyarrow(made).to_pylist()
    return rows[0]


@pytest.mark.parametrize(
    ("given_name", "forename", "root"),
    [
        ("  Élodie-Anne ", "ELODIE", "ELODIE"),
        ("Mrs Peggy Jane", "PEGGY", "MARGARET"),
        ("BABY", None, None),
        ("Baby Boy", None, None),
        ("Twin 2", "#2", "#2"),
        ("not known", None, None),
        ("Babette", "BABETTE", "BABETTE"),
    ],
)
def test_forenames_are_made_comparable(given_name: str, forename: str | None, root: str | None) -> None:
    row = normal(forename=given_name)
    assert (row["forename"], row["forename_root"]) == (forename, root)


def test_surnames_keep_their_parts() -> None:
    assert normal(surname="O'Hara-Smythe")["surname_parts"] == " OHARA SMYTHE "
    assert normal(surname="O'Hara")["surname"] == "OHARA"


def test_placeholder_dates_and_postcodes_say_nothing() -> None:
    assert normal(date_of_birth=date(1900, 1, 1))["dob"] is None
    assert normal(postcode="ZZ99 3VZ")["postcode"] is None
    assert normal(postcode="zz1 1aa")["postcode"] == "ZZ11AA"


@pytest.mark.parametrize(
    ("text", "house", "street"),
    [
        ("Flat 2, 14 Alder Rd.", "2 14", "ALDER"),
        ("14 Alder Road", "14", "ALDER"),
        ("No fixed abode", None, None),
        ("The Old Rectory", "", "THEOLDRECTORY"),
    ],
)
def test_addresses_are_numbers_and_telling_words(text: str, house: str | None, street: str | None) -> None:
    t = column([text])
    found_house, found_street = known_address(t.text, LISTS)
    row = told(t, house=found_house, street=found_street)[0]
    assert row["street"] == street
    assert house is None or row["house"] == house


def test_dates_are_read_from_the_forms_people_use() -> None:
    t = column(["1980-12-31", "19801231", "31/12/1980", "1/2/1980", "1980-12-31T00:00:00", "31.12.80", "soon", None])
    digits = [row["digits"] for row in told(t, digits=date_digits(t.text))]
    assert digits == ["19801231", "19801231", "19801231", "19800201", "19801231", None, None, None]


PERSON = {
    "forename": "Anna", "surname": "Fenwright", "date_of_birth": date(1960, 3, 7), "sex": "F", "postcode": "ZZ1 1AA",
    "address": "12 Alder Road",
}  # fmt: skip


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"forename": "Annie"}, "forename", "nickname"),
    ({"forename": "Annabelline"}, "forename", "nickname"),
    ({"forename": "A"}, "forename", "initial"),
    ({"forename": "Anan"}, "forename", "close"),
    ({"forename": "Fenwright", "surname": "Anna"}, "forename", "swapped"),
    ({"forename": "Baby"}, "forename", "missing"),
    ({"surname": "Fenwright-Hill"}, "surname", "part"),
    ({"surname": "Fenwrigth"}, "surname", "close"),
    ({"date_of_birth": date(1960, 7, 3)}, "dob", "swapped"),
    ({"date_of_birth": date(1960, 3, 9)}, "dob", "near"),
    ({"date_of_birth": date(1960, 3, 28)}, "dob", "parts"),
    ({"date_of_birth": date(1988, 11, 21)}, "dob", "generation"),
    ({"postcode": "ZZ1 1AB"}, "postcode", "near"),
    ({"postcode": "ZZ1 9ZZ"}, "postcode", "outward"),
    ({"address": "12 Alder St"}, "address", "exact"),
    ({"address": "14 Alder Road"}, "address", "street"),
]


@pytest.fixture(scope="module")
def found_levels() -> list[dict[str, str]]:
    """How Anna compares with each other description, by field."""
    model = shipped_model()
    rows = [{"record_key": i, **PERSON, **other} for i, (other, _, _) in enumerate([({}, "", ""), *CASES])]
    connection = ibis.duckdb.connect()
    types = {"date_of_birth": pa.date32(), "record_key": pa.int64()}
    table = pa.table({k: pa.array([row[k] for row in rows], types.get(k, pa.string())) for k in rows[0]})
    described = describe(ibis.memtable(table), LISTS, test_numbers=True)
    variants = connection.to_pyarrow(variants_of(described, LISTS).order_by("record_key"))
    left, right = variants.slice(0, 1).take([0] * len(CASES)), variants.slice(1)
    names = [f"{name}_{side}" for side in "lr" for name in variants.column_names]
    pairs = ibis.memtable(pa.table([*left.columns, *right.columns], names=names))
    compared = connection.to_pyarrow(compare(pairs, model).order_by("record_key_r")).to_pylist()
    return [
        {c.id: c.levels[at].id if (at := int(row[f"level_{c.id}"])) >= 0 else "missing" for c in model.comparisons}
        for row in compared
    ]


@pytest.mark.parametrize("at", range(len(CASES)), ids=[f"{field} {level}" for _, field, level in CASES])
def test_fields_compare_at_the_level_they_should(found_levels: list[dict[str, str]], at: int) -> None:
    _, field, level = CASES[at]
    assert found_levels[at][field] == level


def test_swapped_names_weigh_no_more_than_the_same_names_in_place() -> None:
    shipped = shipped_model()
    common = replace(shipped, kin_odds=1e12, frequencies={"forename": {"ANNA": 0.05}, "surname": {"FENWRIGHT": 0.05}},
                     unseen={"forename": 1e-6, "surname": 1e-6})  # fmt: skip
    swapped = {**PERSON, "forename": "Fenwright", "surname": "Anna"}
    rows = [{"record_key": i, **each} for i, each in enumerate((PERSON, PERSON, swapped))]
    described = describe(ibis.memtable(pa.Table.from_pylist(rows)), LISTS, test_numbers=True)
    variants = with_value_weights(variants_of(described, LISTS), common).mutate(variant=ibis._.record_key)
    pairs = ibis.memtable({"variant_l": [0, 0, 2], "variant_r": [1, 2, 0]})
    weighed = weigh(compare(side_by_side(pairs, variants, common), common), common)
    said = ibis.duckdb.connect().to_pyarrow(weighed).to_pylist()
    weight = {(row["record_key_l"], row["record_key_r"]): row["weight"] for row in said}
    assert weight[0, 2] == weight[2, 0] == weight[0, 1]


def test_a_model_survives_its_file_and_any_change_is_a_new_version() -> None:
    model = shipped_model()
    assert parse_model(dump_model(model)) == parse_model(dump_model(parse_model(dump_model(model))))
    changed = parse_model(dump_model(model).replace("strict = 1000", "strict = 1001"))
    assert changed.version != model.version


@pytest.mark.parametrize("broken", ["", "id = 1 =", 'id = "x"\nlabel = "y"\nsource = "z"'])
def test_a_broken_model_file_is_refused_in_words(broken: str) -> None:
    with pytest.raises(ConfigError, match="--retrain"):
        parse_model(broken)


DAYS = st.integers(0, 40).map(lambda n: date.fromordinal(date(2021, 4, 1).toordinal() + n))
STAY = st.tuples(st.integers(1, 3), st.sampled_from(["1 Alder Road", "2 Alder Road", None]), DAYS, st.none() | DAYS)


def slow_households(rows: list[tuple[int, str | None, date, date | None]]) -> set[tuple[str, int, date, date | None]]:
    """Day by day: where each record is on each day, and the unbroken runs of days per person and home."""
    far = date(2022, 1, 1).toordinal()
    present: dict[tuple[str, int], set[int]] = {}
    for record in {row[0] for row in rows}:
        own = sorted(
            (start.toordinal(), home, end.toordinal() if end else far)
            for r, home, start, end in rows
            if r == record and home
        )
        for at, (start, home, end) in enumerate(own):
            until = min(end, own[at + 1][0]) if at + 1 < len(own) else end
            present.setdefault((home, record % 2), set()).update(range(start, until))
    found: set[tuple[str, int, date, date | None]] = set()
    for (home, person), days in present.items():
        for day in (each for each in days if each - 1 not in days):
            last = next(end for end in range(day, far + 1) if end not in days)
            found.add((home, person, date.fromordinal(day), None if last == far else date.fromordinal(last)))
    return found


@settings(max_examples=8, deadline=None)
@given(st.lists(STAY, max_size=8, unique_by=lambda row: (row[0], row[2])))
def test_households_are_the_days_people_share_an_address(rows: list[tuple[int, str | None, date, date | None]]) -> None:
    columns: dict[str, Any] = {
        "record_key": pa.array([r[0] for r in rows], pa.int64()),
        "postcode": pa.array(["ZZ1 1AA"] * len(rows), pa.string()),
        "address": pa.array([r[1] for r in rows], pa.string()),
        "valid_from": pa.array([r[2] for r in rows], pa.date32()),
        "valid_to": pa.array([r[3] for r in rows], pa.date32()),
        "received": pa.array([r[2] for r in rows], pa.date32()),
    }
    homes = addresses(describe(ibis.memtable(pa.table(columns)), LISTS, test_numbers=True))
    ids = ibis.memtable({"home": ["ZZ11AA 1 ALDER", "ZZ11AA 2 ALDER"], "household_id": [1, 2]})
    link = ibis.memtable({"record_key": [1, 2, 3], "person_id": [1, 0, 1]})
    made = ibis.duckdb.connect().to_pyarrow(stays(homes, ids, link)).to_pylist()
    found = {(f"{r['household_id']} Alder Road", r["person_id"], r["valid_from"], r["valid_to"]) for r in made}
    assert found == slow_households(rows)
    assert len(found) == len(made)
