"""Meetings: people of the caseload only, notes that nobody overwrites, and an end after which nothing changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from joinedup.register.actions.meeting import add_person, close_meeting, create_meeting, write_notes
from joinedup.register.actions.task import TaskText, create_task
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, Meeting, MeetingItem
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from tests.register.people import carer, cares_for, team
from tests.register.place_people import pseudonyms

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(built: Path, settings: LazySettings) -> list[int]:
    settings.JOINEDUP_PLACE = built
    return pseudonyms(built)


@pytest.fixture
def by(people: list[int]) -> Actor:
    found = carer()
    cares_for(team(), people[0])
    return found


@pytest.fixture
def meeting(by: Actor) -> Meeting:
    return create_meeting(title="Weekly round", on=today(), by=by)


def add(meeting: Meeting, person: int, by: Actor) -> MeetingItem:
    return add_person(meeting_id=meeting.pk, person_id=person, why="Second fall this month", by=by)


def test_a_meeting_is_held_once_under_one_title_on_a_day(meeting: Meeting, by: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        create_meeting(title="Weekly round", on=today(), by=by)
    assert "title" in refusal.value.fields
    assert Meeting.objects.count() == 1


def test_people_of_the_caseload_come_on_the_list_once(meeting: Meeting, people: list[int], by: Actor) -> None:
    add(meeting, people[0], by)
    with pytest.raises(Invalid, match="already"):
        add(meeting, people[0], by)
    with pytest.raises(Refused, match="no recorded relationship"):
        add(meeting, people[1], by)
    assert AuditEvent.objects.get(action="meeting.person_added").people == [str(people[0])]


def test_the_trace_of_notes_holds_none_of_their_words(meeting: Meeting, people: list[int], by: Actor) -> None:
    item = add(meeting, people[0], by)
    write_notes(item_id=item.pk, version=1, notes="Lives alone", by=by)
    with pytest.raises(Conflict):
        write_notes(item_id=item.pk, version=1, notes="Something else", by=carer("colleague"))
    assert MeetingItem.objects.get().notes == "Lives alone"
    assert "Lives" not in str(AuditEvent.objects.get(action="meeting.notes_written").detail)


def test_nobody_reaches_another_teams_meeting(meeting: Meeting, people: list[int], by: Actor) -> None:
    item, other = add(meeting, people[0], by), carer("stranger", "Other team")
    cares_for(team("Other team"), people[0])
    with pytest.raises(Refused):
        add(meeting, people[0], other)
    with pytest.raises(Refused):
        write_notes(item_id=item.pk, version=1, notes="x", by=other)
    with pytest.raises(Refused):
        close_meeting(meeting_id=meeting.pk, version=1, by=other)
    with pytest.raises(Refused):
        create_task(person_id=people[0], text=TaskText("x", today()), item_id=item.pk, by=other)


def test_after_its_end_a_meeting_stays_as_it_is_and_its_tasks_go_on(
    meeting: Meeting, people: list[int], by: Actor
) -> None:
    item = add(meeting, people[0], by)
    task = create_task(person_id=people[0], text=TaskText("Ring the ward", today()), item_id=item.pk, by=by)
    close_meeting(meeting_id=meeting.pk, version=1, by=by)
    with pytest.raises(Invalid):
        write_notes(item_id=item.pk, version=1, notes="Later thought", by=by)
    with pytest.raises(Invalid):
        create_task(person_id=people[0], text=TaskText("Too late", today()), item_id=item.pk, by=by)
    task.refresh_from_db()
    assert task.status == "open"
    assert AuditEvent.objects.get(action="meeting.closed").people == [str(people[0])]


def test_a_meeting_that_is_still_to_come_is_not_closed(by: Actor) -> None:
    coming = create_meeting(title="Next week", on=today() + timedelta(days=7), by=by)
    with pytest.raises(Invalid, match="still to come"):
        close_meeting(meeting_id=coming.pk, version=1, by=by)
