"""Meetings of a multi-disciplinary team: begun, people added to the list, discussed, and closed."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.caseload import is_in_caseload
from joinedup.register.clock import now, today
from joinedup.register.models import Meeting, MeetingItem
from joinedup.register.people import people
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: A meeting is planned no further ahead than this.
FURTHEST_DAYS = 2 * 366


def create_meeting(*, title: str, on: date, by: Actor) -> Meeting:
    """Begin a meeting of the actor's team.

    Raises:
        Refused: the role holds no meetings, or the post has no team.
        Invalid: the title or the day; or there is one with that title on that day.
    """
    by.require(Ability.WORK_TASKS)
    if by.team_id is None:
        raise Refused("Your post belongs to no team, and meetings are of teams. Ask your administrator.")
    _check(title, on)
    try:
        with transaction.atomic():
            meeting = Meeting.objects.create(team_id=by.team_id, on=on, title=title.strip())
            audit(Entry("meeting.created", subject=f"meeting/{meeting.pk}", detail={"on": on.isoformat()}), by=by)
    except IntegrityError as error:
        raise Invalid({"title": "Your team has a meeting with this title on that day already"}) from error
    return meeting


def add_person(*, meeting_id: int, person_id: int, why: str, by: Actor) -> MeetingItem:
    """Put a person of the team's caseload on a meeting's list.

    Raises:
        Refused: the meeting is another team's, or the person is not in the caseload.
        Invalid: the reason; or the person is on the list; or the meeting is closed.
    """
    by.require(Ability.WORK_TASKS)
    with transaction.atomic():
        meeting = _open_meeting(meeting_id, by)
        if not is_in_caseload(person_id, by=by):
            raise Refused("Your team has no recorded relationship with this person, so it does not discuss them.")
        if not why.strip() or len(why.strip()) > 300:
            raise Invalid({"why": "Say why the team discusses this person, in 300 characters or less"})
        if meeting.items.filter(person_id__in=people().aliases(person_id)).exists():
            raise Invalid({"person": "This person is on the list already"})
        item = MeetingItem.objects.create(meeting=meeting, person_id=person_id, why=why.strip())
        _write_down("meeting.person_added", item, by)
    return item


def write_notes(*, item_id: int, version: int, notes: str, by: Actor) -> MeetingItem:
    """Write down what the team said about a person.

    Raises:
        Refused: the meeting is another team's.
        Invalid: the notes are too long, or the meeting is closed.
        Conflict: a colleague wrote meanwhile.
    """
    by.require(Ability.WORK_TASKS)
    with transaction.atomic():
        item = own_item(item_id, by=by)
        _open_meeting(item.meeting_id, by)
        if len(notes) > 4_000:
            raise Invalid({"notes": "Notes must be 4,000 characters or less"})
        change(item, version, notes=notes.strip())
        _write_down("meeting.notes_written", item, by, characters=len(notes.strip()))
    return item


def close_meeting(*, meeting_id: int, version: int, by: Actor) -> Meeting:
    """Close a meeting: its notes stay as they are, its tasks go on.

    Raises:
        Refused: it is another team's.
        Invalid: it is closed already, or its day is still to come.
        Conflict: a colleague changed it meanwhile.
    """
    by.require(Ability.WORK_TASKS)
    with transaction.atomic():
        meeting = _open_meeting(meeting_id, by)
        if meeting.on > today():
            raise Invalid({"": "That meeting is still to come. Close it on its day or later."})
        change(meeting, version, closed_at=now())
        people = tuple(meeting.items.values_list("person_id", flat=True))
        audit(Entry("meeting.closed", subject=f"meeting/{meeting.pk}", people=people), by=by)
    return meeting


def own_item(item_id: int, *, by: Actor) -> MeetingItem:
    """One person on the list of a meeting of the actor's own team.

    Raises:
        Refused: there is none with that number.
    """
    found = MeetingItem.objects.filter(pk=item_id, meeting__team_id=by.team_id or 0).first()
    if found is None:
        raise Refused("That is not on the list of a meeting of your team.")
    return found


def _open_meeting(meeting_id: int, by: Actor) -> Meeting:
    """The meeting, kept as it is until this transaction ends."""
    found = Meeting.objects.select_for_update().filter(pk=meeting_id, team_id=by.team_id or 0).first()
    if found is None:
        raise Refused("That meeting is not one of your team's.")
    if found.closed_at is not None:
        raise Invalid({"": "That meeting is closed."})
    return found


def _check(title: str, on: date) -> None:
    faults: dict[str, str] = {}
    if not title.strip() or len(title.strip()) > 120:
        faults["title"] = "Enter a title of 120 characters or less"
    if abs((on - today()).days) > FURTHEST_DAYS:
        faults["on"] = "The day of the meeting must be within two years"
    if faults:
        raise Invalid(faults)


def _write_down(action: str, item: MeetingItem, by: Actor, **detail: object) -> None:
    entry = Entry(action, subject=f"meeting/{item.meeting_id}", people=(item.person_id,), detail=detail)
    audit(entry, by=by)
