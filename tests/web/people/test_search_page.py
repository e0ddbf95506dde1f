"""Searching for a person: what it asks, what it shows, what it writes down, and what it never writes down."""

from __future__ import annotations

import pytest

from joinedup.register.models import AuditEvent, Restriction
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.place_on_disk import POSTCODE, SURNAME, nhs_number
from tests.register.people import SINCE, actor
from tests.web.people.conftest import NUMBER, Room

SEARCH = "/people/"


def test_a_number_finds_one_person_and_leads_to_their_page(room: Room) -> None:
    answer = room.nurse().post(SEARCH, {"nhs_number": nhs_number(NUMBER)})
    assert answer.status_code == 200
    assert room.url() in answer.content.decode()
    assert "1 person fits" in answer.content.decode()


def test_a_search_leaves_one_row_that_names_whom_it_showed_and_no_word_of_what_was_typed(room: Room) -> None:
    born = {"date_of_birth-day": "9", "date_of_birth-month": "9", "date_of_birth-year": "1938"}
    room.nurse().post(SEARCH, {"surname": SURNAME + "aac", **born})
    row = AuditEvent.objects.get()
    assert (row.action, row.detail["fields"]) == ("people.searched", ["surname", "date_of_birth"])
    assert len(row.people) == row.detail["shown"] > 0
    assert SURNAME not in str(AuditEvent.objects.values())
    assert "1938" not in str(list(AuditEvent.objects.values_list("detail", "subject", "ground")))


def test_nothing_that_was_typed_stands_in_an_address(room: Room) -> None:
    page = room.nurse().get(SEARCH, {"surname": SURNAME, "postcode": "ZQ1 1AA"})
    assert 'method="post"' in page.content.decode()
    assert SURNAME not in page.content.decode()
    assert not AuditEvent.objects.exists()


def test_a_page_of_hits_is_kept_by_no_browser(room: Room) -> None:
    assert "no-store" in room.nurse().post(SEARCH, {"nhs_number": nhs_number(NUMBER)})["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Enter an NHS number, or a surname"),
        ({"surname": SURNAME}, "Enter a date of birth or a postcode with the name"),
        ({"nhs_number": "9990000019"}, "Check the NHS number"),
        ({"surname": SURNAME, "postcode": "ZQ1"}, "Give the whole postcode"),
    ],
)
def test_too_little_to_search_by_is_said_at_the_top_and_nothing_is_shown(
    room: Room, asked: dict[str, str], said: str
) -> None:
    answer = room.nurse().post(SEARCH, asked)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert said in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_a_search_without_a_hit_says_what_to_try_and_is_written_down(room: Room) -> None:
    page = room.nurse().post(SEARCH, {"nhs_number": "9990000018"}).content.decode()
    assert "Nobody was found" in page
    assert "What to try" in page
    assert AuditEvent.objects.get().people == []


def test_a_restricted_address_is_not_shown(room: Room) -> None:
    asked = {"nhs_number": nhs_number(NUMBER)}
    assert POSTCODE in room.nurse().post(SEARCH, asked).content.decode()
    Restriction.objects.create(person_id=room.person_id, kind="restricted_address", reason="x", valid_from=SINCE)
    page = room.nurse().post(SEARCH, asked).content.decode()
    assert POSTCODE not in page
    assert "Restricted" in page


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.FIND_PEOPLE)])
def test_other_roles_do_not_search(room: Room, role: Role) -> None:
    client = room.client(actor(role, of=room.team))
    assert client.get(SEARCH).status_code == 403
    assert client.post(SEARCH, {"nhs_number": nhs_number(NUMBER)}).status_code == 403
    assert display_person_id(room.person_id) not in str(AuditEvent.objects.values())
