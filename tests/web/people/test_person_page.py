"""The person page and the pages beside it: who sees them, what they show, what they leave in the trace."""

from __future__ import annotations

from datetime import date

import pytest

from joinedup.register.models import AuditEvent, CareRelationship, EmergencyAccess, Restriction, Task
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Role
from tests.place_on_disk import FORENAME, POSTCODE, STREET, SURNAME
from tests.register.people import SINCE, actor
from tests.web.people.conftest import Room

REASON = "Found on the floor at home, cannot speak for herself"
SUBPAGES = ("person_timeline", "person_looked", "person_copy")


def test_somebody_of_the_caring_team_sees_who_it_is_and_who_helps(room: Room) -> None:
    room.team.phone = "01632 960 001"
    room.team.save()
    page = room.nurse().get(room.url()).content.decode()
    for shown in (SURNAME, FORENAME, POSTCODE, STREET, "Community team", "01632 960 001", "Direct payment", "ecds"):
        assert shown in page, shown


def test_one_view_is_one_row_in_the_trace(room: Room) -> None:
    room.nurse().get(room.url())
    row = AuditEvent.objects.get()
    assert (row.action, row.subject, row.purpose) == ("record.opened", "page/person", "direct_care")
    assert row.people == [str(room.person_id)]


@pytest.mark.parametrize("name", ["person", *SUBPAGES])
def test_no_browser_keeps_a_page_about_a_person(room: Room, name: str) -> None:
    answer = room.nurse().get(room.url(name))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["person", *SUBPAGES])
def test_a_stranger_sees_no_name_and_is_written_down(room: Room, name: str) -> None:
    answer = room.stranger().get(room.url(name))
    assert answer.status_code == 403
    assert SURNAME not in answer.content.decode()
    assert room.actions() == ["record.refused"]


def test_a_closed_page_shows_the_way_to_emergency_access(room: Room) -> None:
    page = room.stranger().get(room.url()).content.decode()
    assert room.url("person_emergency") in page
    assert room.url("person_care") in page


def test_emergency_access_opens_the_record_marked_and_ends_when_its_user_has_finished(room: Room) -> None:
    client = room.stranger()
    sent = client.post(room.url("person_emergency"), {"reason": REASON, "scope": "record", "hours": "2"})
    assert (sent.status_code, sent["Location"]) == (303, room.url())
    page = client.get(room.url()).content.decode()
    assert "Emergency access." in page
    assert SURNAME in page
    access = EmergencyAccess.objects.get()
    assert client.post(room.url("person_emergency_finish", access_id=access.pk)).status_code == 303
    assert client.get(room.url()).status_code == 403


def test_emergency_access_for_the_essentials_opens_neither_timeline_nor_circle(room: Room) -> None:
    client = room.stranger()
    client.post(room.url("person_emergency"), {"reason": REASON, "scope": "essentials", "hours": "1"})
    assert "Circle of support" not in client.get(room.url()).content.decode()
    assert client.get(room.url("person_timeline")).status_code == 403
    assert room.actions()[-1] == "record.refused"


def test_an_emergency_form_that_says_too_little_is_shown_again_with_what_was_typed(room: Room) -> None:
    answer = room.stranger().post(room.url("person_emergency"), {"reason": "urgent", "scope": "record", "hours": "40"})
    assert answer.status_code == 422
    assert "urgent</textarea>" in answer.content.decode()
    assert not EmergencyAccess.objects.exists()


def test_a_purpose_once_chosen_is_written_down_with_every_page(room: Room) -> None:
    client = room.nurse()
    assert client.post(room.url("person_purpose"), {"purpose": "safeguarding"}).status_code == 303
    client.get(room.url())
    client.get(room.url("person_timeline"))
    assert set(AuditEvent.objects.values_list("purpose", flat=True)) == {"safeguarding"}


def test_a_purpose_in_an_address_changes_nothing(room: Room) -> None:
    room.nurse().get(room.url(), {"purpose": "safeguarding"})
    assert AuditEvent.objects.get().purpose == "direct_care"


def test_nobody_chooses_a_purpose_that_is_not_theirs(room: Room) -> None:
    assert room.nurse().post(room.url("person_purpose"), {"purpose": "audit_sample"}).status_code == 422


def test_an_auditor_picks_nobody_and_opens_only_whom_a_sample_drew(room: Room) -> None:
    client = room.client(actor(Role.AUDITOR))
    client.post(room.url("person_purpose"), {"purpose": "audit_sample"})
    page = client.get(room.url())
    assert page.status_code == 403
    assert SURNAME not in page.content.decode()


def test_a_pseudonym_that_never_stood_for_anybody_is_not_found(room: Room) -> None:
    assert room.nurse().get(f"/people/{display_person_id(12345)}/").status_code == 404


def test_a_restricted_address_is_an_alert_and_is_hidden_from_a_team_whose_care_does_not_need_it(room: Room) -> None:
    Restriction.objects.create(person_id=room.person_id, kind="restricted_address", reason="x", valid_from=SINCE)
    page = room.nurse().get(room.url()).content.decode()
    assert "Restricted address" in page
    assert POSTCODE not in page
    CareRelationship.objects.update(cleared=["restricted_address"])
    assert POSTCODE in room.nurse().get(room.url()).content.decode()


def test_a_late_task_is_named_first(room: Room) -> None:
    nurse = actor(Role.CARE_PROFESSIONAL, "nurse", of=room.team)
    Task.objects.create(
        person_id=room.person_id, team=room.team, title="Check the dressing", due=date(2024, 7, 1),
        created_by_id=nurse.user_id, created_at="2024-06-01T09:00Z",
    )  # fmt: skip
    page = room.nurse().get(room.url()).content.decode()
    assert "Check the dressing" in page
    assert "Late" in page


def test_costs_are_for_those_whose_role_needs_them(room: Room) -> None:
    assert room.nurse().get(room.url("person_costs")).status_code == 403
    page = room.coordinator().get(room.url("person_costs")).content.decode()
    assert "All known costs" in page
    assert room.url("person_costs") not in room.nurse().get(room.url()).content.decode()
    assert room.url("person_costs") in room.coordinator().get(room.url()).content.decode()


def test_a_timeline_is_chosen_by_service_and_year_without_a_script(room: Room) -> None:
    client = room.nurse()
    whole = client.get(room.url("person_timeline"), {"year": "2024"}).content.decode()
    chosen = client.get(room.url("person_timeline"), {"year": "2024", "setting": "urgent_care"}).content.decode()
    assert "Hospital stay" in whole
    assert "Urgent care, 2024" in chosen
    assert chosen.count('<th scope="row"') < whole.count('<th scope="row"')
    assert 'role="img"' in chosen
    assert client.get(room.url("person_timeline"), {"setting": "astrology"}).status_code == 404


def test_who_looked_names_the_searcher_and_the_reader(room: Room) -> None:
    room.stranger().get(room.url())
    page = room.nurse().get(room.url("person_looked")).content.decode()
    assert "stranger" in page
    assert "Was refused" in page
    assert room.nurse().get(room.url("person_looked"), {"page": "x"}).status_code == 404
