"""Meetings on pages: begun, filled from the caseload, noted, acted on and closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from joinedup.register.actions.meeting import add_person, create_meeting, write_notes
from joinedup.register.clock import today
from joinedup.register.models import Meeting, MeetingItem, Task
from joinedup.rules.foundation.identifier import display_person_id
from tests.place_on_disk import SURNAME
from tests.register.people import carer
from tests.web.caseload.conftest import signed_in

pytestmark = pytest.mark.django_db


def day(field: str, ahead: int = 0) -> dict[str, str]:
    on = today() + timedelta(days=ahead)
    return {f"{field}-day": str(on.day), f"{field}-month": str(on.month), f"{field}-year": str(on.year)}


@pytest.fixture
def item(people: list[int]) -> MeetingItem:
    by = carer()
    meeting = create_meeting(title="Weekly round", on=today(), by=by)
    return add_person(meeting_id=meeting.pk, person_id=people[0], why="Second fall", by=by)


def test_a_meeting_goes_from_its_beginning_to_its_end(pages: Client, people: list[int]) -> None:
    for _ in range(2):
        begun = pages.post("/caseload/meetings/new/", {"title": "Round", **day("on"), "submission": "1"})
        assert begun.status_code == 303
    where = begun["Location"]
    added = {"person": display_person_id(people[1]), "why": "Second fall", "submission": "2"}
    assert pages.post(f"{where}add/", added).status_code == 303
    item = MeetingItem.objects.get()
    wrote = {"notes": "Lives alone", "version": "1", "submission": "3"}
    assert pages.post(f"/caseload/meetings/people/{item.pk}/notes/", wrote).status_code == 303
    task = {"title": "Ring the daughter", **day("due", 2), "submission": "4"}
    assert pages.post(f"/caseload/meetings/people/{item.pk}/action/", task).status_code == 303
    assert pages.post(f"{where}close/", {"version": "1", "submission": "5"}).status_code == 303
    page = pages.get(where).content.decode()
    for words in (SURNAME, "Second fall", "Lives alone", "Ring the daughter", "was closed"):
        assert words in page
    assert Task.objects.get().item_id == item.pk
    assert "Add a person" not in page


def test_only_people_of_the_caseload_can_be_chosen(pages: Client, people: list[int], item: MeetingItem) -> None:
    where = f"/caseload/meetings/{item.meeting_id}/add/"
    page = pages.get(where).content.decode()
    assert display_person_id(people[1]) in page
    assert display_person_id(people[0]) not in page
    for person in (people[0], people[30]):
        answer = pages.post(where, {"person": display_person_id(person), "why": "x", "submission": str(person)})
        assert answer.status_code == 422
    assert MeetingItem.objects.count() == 1


def test_whoever_wrote_second_sees_both_notes(pages: Client, item: MeetingItem) -> None:
    write_notes(item_id=item.pk, version=1, notes="Theirs", by=carer("colleague"))
    answer = pages.post(
        f"/caseload/meetings/people/{item.pk}/notes/", {"notes": "Mine", "version": "1", "submission": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert "Mine" in page
    item.refresh_from_db()
    assert item.notes == "Theirs"


@pytest.mark.parametrize("page", ["{m}/", "{m}/add/", "{m}/close/", "people/{i}/notes/", "people/{i}/action/"])
def test_another_teams_meeting_is_not_found(item: MeetingItem, page: str) -> None:
    stranger = signed_in("stranger", "Other team")
    where = "/caseload/meetings/" + page.format(m=item.meeting_id, i=item.pk)
    assert stranger.get(where).status_code == 404
    assert stranger.post(where, {"version": "1"}).status_code in (404, 405)
    assert Meeting.objects.get().closed_at is None


def test_the_list_counts_people_and_actions(pages: Client, item: MeetingItem) -> None:
    page = pages.get("/caseload/meetings/").content.decode()
    assert "Weekly round" in page
    assert "1 meeting" in page
    assert "Weekly round" not in pages.get("/caseload/meetings/?state=closed").content.decode()
