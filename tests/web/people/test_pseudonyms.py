"""Pseudonyms that merged or split: they lead to the person of today, and what protects somebody follows them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings

from joinedup.register.models import CareRelationship, Restriction
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.store.release import current_release, read_manifest
from joinedup.web import evidence
from tests.place_on_disk import POSTCODE, SURNAME, nhs_number
from tests.register.people import SINCE, team
from tests.web.people.conftest import NUMBER, Room, found_by

#: Pseudonyms that stand for nobody by themselves any more.
MERGED, SPLIT = 111, 222


@pytest.fixture
def moved(built: Path, tmp_path: Path, settings: LazySettings, db: None) -> Iterator[Room]:
    """A copy of the micro place in whose history one pseudonym was merged and another one split."""
    settings.JOINEDUP_PLACE, settings.ALLOWED_HOSTS = built, ["testserver"]
    person_id, other = found_by(nhs_number(NUMBER)), found_by(nhs_number(NUMBER + 2))
    settings.JOINEDUP_PLACE = place = Path(shutil.copytree(built, tmp_path / "place"))
    happened(place, [("merged", MERGED, person_id), ("split", SPLIT, person_id), ("split", SPLIT, other)])
    caring = team("Community team")
    CareRelationship.objects.create(person_id=MERGED, team=caring, valid_from=SINCE)
    yield Room(person_id, caring)
    evidence.open_reader.cache_clear()


def happened(place: Path, moves: list[tuple[str, int, int]]) -> None:
    """Add merges and splits to what a release tells of identities."""
    (name,) = read_manifest(place, current_release(place)).objects["facts/identity_event"]
    path = place / "objects" / f"{name}.parquet"
    told = pq.read_table(path)
    rows = [
        {"at": date(2024, 5, 1), "kind": kind, "person_id": was, "other_person_id": became, "reason": "test"}
        for kind, was, became in moves
    ]
    pq.write_table(pa.concat_tables([told, pa.Table.from_pylist(rows, schema=told.schema)]), path)


def test_a_merged_pseudonym_leads_to_the_person_of_today(moved: Room) -> None:
    answer = moved.nurse().get(f"/people/{display_person_id(MERGED)}/timeline/")
    assert (answer.status_code, answer["Location"]) == (302, moved.url("person_timeline"))


def test_a_relationship_under_a_merged_pseudonym_opens_the_record_of_today(moved: Room) -> None:
    assert SURNAME in moved.nurse().get(moved.url()).content.decode()


def test_a_split_pseudonym_shows_whom_it_stands_for_now_and_names_nobody(moved: Room) -> None:
    answer = moved.nurse().get(f"/people/{display_person_id(SPLIT)}/")
    assert answer.status_code == 300
    assert moved.url() in answer.content.decode()
    assert answer.content.decode().count('<a class="govuk-link" href="/people/P') == 2
    assert SURNAME not in answer.content.decode()


def test_a_form_sent_to_a_merged_pseudonym_is_about_the_person_of_today(moved: Room) -> None:
    form = {"reason": "Now in our care after the merge"}
    assert moved.stranger().post(f"/people/{display_person_id(MERGED)}/care/", form).status_code == 303
    assert CareRelationship.objects.filter(person_id=moved.person_id, team__name="Elsewhere").exists()


def test_an_address_that_was_restricted_before_a_split_stays_restricted_after_it(moved: Room) -> None:
    Restriction.objects.create(person_id=SPLIT, kind="restricted_address", reason="x", valid_from=SINCE)
    assert POSTCODE not in moved.nurse().get(moved.url()).content.decode()
    page = moved.nurse().post("/people/", {"nhs_number": nhs_number(NUMBER)}).content.decode()
    assert POSTCODE not in page
