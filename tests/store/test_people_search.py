from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.evidence.identity.normalisation import IDENTITY_RECORD, describe
from joinedup.pipeline.linking_model import name_lists
from joinedup.rules.foundation.errors import DisclosureError, UsageError
from joinedup.store.engine import DuckDB
from joinedup.store.identities import IdentityFiles, IdentityStore
from joinedup.store.people import People
from joinedup.store.people_grants import PersonQuery, SearchGrant
from joinedup.store.people_search import Search, load_search
from joinedup.store.template import DEFINITIONS
from tests.place_on_disk import PEOPLE, nhs_number

GRANT = SearchGrant("log-1")
BORN, HOME = date(1962, 3, 7), "ZQ1 4TT"

#: person, forename, surname, date of birth, postcode, NHS number
WHO = (
    (1, "Elizabeth", "O'Hara-Fenwright", BORN, HOME, nhs_number(1)),
    (2, "Zoë", "Moldenby", BORN, "ZQ9 9XX", nhs_number(2)),
    (3, "Marcus", "Moldenby", date(1990, 1, 12), HOME, None),
    (4, "Oswin", "Tarrick", date(1971, 11, 30), "ZQ2 2AB", None),
    (5, "Baby", "Tarrick", date(2024, 5, 1), "ZQ2 2AB", None),
)


@pytest.fixture(scope="module", params=[None, b"a key that only the keeper of the names holds"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> IdentityStore:
    """A store of five people, made comparable as a build makes them; under the place's key and another."""
    folder = tmp_path_factory.mktemp("names")
    rows = [
        {**dict.fromkeys(IDENTITY_RECORD), "record_key": who * 10, "source": "gp", "forename": forename,
         "surname": surname, "date_of_birth": born, "postcode": home, "nhs_number": number}
        for who, forename, surname, born, home, number in WHO
    ]  # fmt: skip
    schema = ibis.schema(IDENTITY_RECORD).to_pyarrow()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "records.parquet")
    link = {"record_key": [who[0] * 10 for who in WHO], "person_id": [who[0] for who in WHO]}
    pq.write_table(pa.table(link), folder / "link.parquet")
    with DuckDB(folder) as engine:
        told = describe(engine.read([folder / "records.parquet"], IDENTITY_RECORD), name_lists(), test_numbers=True)
        words = told.select("record_key", "number", "forename", "surname", "dob", "postcode")
        engine.connection.to_parquet(words, folder / "words.parquet")
    files = IdentityFiles((folder / "records.parquet",), folder / "words.parquet", (folder / "link.parquet",))
    kept = IdentityStore(folder / "identity", request.param)
    kept.keep("r1", files, folder)
    return kept


RULE: Search = load_search([DEFINITIONS])


def found(store: IdentityStore, **typed: Any) -> list[int]:
    return [person for person, _ in RULE.find(store, "r1", GRANT, PersonQuery(**typed))]


def test_a_number_alone_finds_its_person_whatever_the_spaces(store: IdentityStore) -> None:
    number = nhs_number(1)
    assert found(store, nhs_number=f"{number[:3]} {number[3:6]}-{number[6:]}") == [1]
    assert found(store, nhs_number=nhs_number(7)) == []


@pytest.mark.parametrize(
    "typed",
    [
        {"surname": "O'Hara-Fenwright"},
        {"surname": "ohara fenwright"},
        {"surname": "O'Hara Fenwrigth"},
        {"surname": "Fenwright"},
        {"surname": "OHaraFenwright", "forename": "Elizabeth"},
        {"surname": "OHaraFenwright", "forename": "Mrs Liz"},
        {"surname": "OHaraFenwright", "forename": "E"},
        {"surname": "OHaraFenwright", "forename": "Elisabeth"},
        {"surname": "Elizabeth", "forename": "O'Hara-Fenwright"},
    ],
)
def test_a_name_may_be_misspelt_short_or_swapped(store: IdentityStore, typed: dict[str, str]) -> None:
    assert found(store, **typed, date_of_birth=BORN)[:1] == [1]
    assert found(store, **typed, postcode="zq14tt")[:1] == [1]


@pytest.mark.parametrize("born", [date(1962, 7, 3), date(1962, 3, 8), date(1963, 3, 7)])
def test_a_date_of_birth_may_be_swapped_or_off_by_a_digit(store: IdentityStore, born: date) -> None:
    assert found(store, surname="Moldenby", forename="Zoe", date_of_birth=born) == [2]


def test_a_postcode_may_be_off_by_a_letter(store: IdentityStore) -> None:
    assert found(store, surname="Moldenby", forename="Marcus", postcode="ZQ1 4TR") == [3]


def test_the_best_fit_comes_first(store: IdentityStore) -> None:
    hits = RULE.find(store, "r1", GRANT, PersonQuery(surname="Tarrick", forename="Oswin", postcode="ZQ2 2AB"))
    assert hits[0] == (4, 1.0)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


def test_another_name_born_the_same_day_is_not_shown(store: IdentityStore) -> None:
    assert found(store, surname="Moldenby", date_of_birth=BORN) == [2]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "surname"),
        ({"surname": "Moldenby"}, "date of birth or a postcode"),
        ({"forename": "Zoe", "date_of_birth": BORN}, "surname"),
        ({"surname": "M", "date_of_birth": BORN}, "surname"),
        ({"surname": "%%", "date_of_birth": BORN}, "surname"),
        ({"surname": "Moldenby", "postcode": "ZQ1"}, "whole postcode"),
        ({"nhs_number": "999 100 0001"}, "not an NHS number"),
        ({"nhs_number": "1 OR 1=1"}, "not an NHS number"),
    ],
)
def test_what_would_find_too_many_or_nobody_is_refused(
    store: IdentityStore, typed: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        found(store, **typed)
    assert "Moldenby" not in str(refused.value)


@pytest.mark.parametrize("text", ["x' OR '1'='1", "{born}", "$surname", "\x00\ud7ff", "Ａnna", "q" * 5000])
def test_no_text_breaks_a_search(store: IdentityStore, text: str) -> None:
    for field in ("surname", "forename"):
        typed = {"surname": "Moldenby", field: text}
        try:
            assert set(found(store, **typed, date_of_birth=BORN)) <= {2}
        except UsageError:
            continue


def test_a_search_needs_a_grant_of_its_own(store: IdentityStore) -> None:
    with pytest.raises(DisclosureError):
        RULE.find(store, "r1", None, PersonQuery(nhs_number=nhs_number(1)))  # type: ignore[arg-type]


def test_everybody_is_found_by_what_their_own_record_says(built: Path) -> None:
    people = People(built)
    for number in range(0, PEOPLE, 7):
        (person,) = people.search(GRANT, PersonQuery(nhs_number=nhs_number(number))).value
        by_birth = PersonQuery("", person.forename or "", person.surname or "", person.date_of_birth)
        by_home = PersonQuery("", person.forename or "", person.surname or "", None, person.postcode or "")
        for query in (by_birth, by_home):
            shown = people.search(GRANT, query)
            assert shown.value[0].person_id == person.person_id
            assert len(shown.value) <= 20
            assert shown.audit_id == "log-1"
