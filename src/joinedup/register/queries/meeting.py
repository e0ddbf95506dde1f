"""Meetings of a team: the list, and one meeting with the people on its list, notes and actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import Meeting, MeetingItem
from joinedup.register.queries.task import TaskShown, own_tasks, task_shown
from joinedup.register.queries.team_names import Named, TeamPeople, by_name, with_names
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class MeetingShown:
    """One meeting in the list; it names nobody.

    Attributes:
        people: how many of the team's own people are on its list.
        open_actions: how many tasks that came of it are open.
    """

    meeting_id: int
    version: int
    on: date
    title: str
    is_closed: bool
    is_to_come: bool
    people: int
    open_actions: int


@dataclass(frozen=True, slots=True, repr=False)
class ItemShown:
    """One person on a meeting's list.

    Attributes:
        person: who it is; None where the record does not open to the team (any more).
        actions: tasks that came of the discussion.
    """

    item_id: int
    meeting_id: int
    version: int
    person_id: int
    person: Named | None
    why: str
    notes: str
    actions: tuple[TaskShown, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PersonToAdd:
    """Somebody of the caseload who is not on the list yet."""

    person_id: int
    person: Named | None


@dataclass(frozen=True, slots=True, repr=False)
class MeetingPage:
    """A meeting with everything that was said and agreed."""

    meeting: MeetingShown
    closed_at: datetime | None
    items: tuple[ItemShown, ...]


_ORDERS = {"on": "on", "title": "title"}


def meetings(wanted: Wanted, *, by: Actor) -> Part[MeetingShown]:
    """The meetings of the actor's team; the filter `state` is open or closed."""
    by.require(Ability.WORK_TASKS)
    rows = _own_meetings(by)
    state = wanted.filters.get("state")
    if state:
        rows = rows.filter(closed_at__isnull=state == "open")
    part = part_of_table(rows, wanted, searched=("title",), orders=_ORDERS)
    return Part(tuple(_meeting_shown(row) for row in part.rows), part.total)


def meeting(meeting_id: int, *, by: Actor) -> Confided[MeetingPage] | None:
    """One meeting of the actor's team; None where it has none with that number."""
    by.require(Ability.WORK_TASKS)
    found = _own_meetings(by).filter(pk=meeting_id).first()
    if found is None:
        return None
    items = list(found.items.order_by("pk"))
    shown = [item.person_id for item in items]

    def make(team: TeamPeople) -> tuple[MeetingPage, list[int]]:
        people = tuple(_item_shown(item, team, by) for item in items)
        return MeetingPage(_meeting_shown(found), found.closed_at, people), shown

    return with_names("meeting", make, by=by, among=shown)


def item(item_id: int, *, by: Actor) -> Confided[ItemShown] | None:
    """One person on the list of a meeting of the actor's team; None where there is none with that number."""
    by.require(Ability.WORK_TASKS)
    found = MeetingItem.objects.filter(pk=item_id, meeting__team_id=by.team_id or 0).first()
    if found is None:
        return None

    def make(team: TeamPeople) -> tuple[ItemShown, list[int]]:
        return _item_shown(found, team, by), [found.person_id]

    return with_names("meeting", make, by=by, among=[found.person_id])


def people_to_add(meeting_id: int, *, by: Actor) -> Confided[tuple[PersonToAdd, ...]]:
    """The people of the caseload who are not on a meeting's list yet, by name; it is a form's list to choose from."""
    by.require(Ability.WORK_TASKS)
    held = MeetingItem.objects.filter(meeting_id=meeting_id, meeting__team_id=by.team_id or 0)
    listed = list(held.values_list("person_id", flat=True))

    def make(team: TeamPeople) -> tuple[tuple[PersonToAdd, ...], list[int]]:
        there = {team.today(person) for person in listed}
        free = [PersonToAdd(person, team.of(person)) for person in team.ties if person not in there]
        free.sort(key=lambda each: by_name(each.person_id, each.person))
        return tuple(free), [each.person_id for each in free]

    return with_names("meeting", make, by=by)


def _own_meetings(by: Actor) -> QuerySet[Meeting]:
    return Meeting.objects.filter(team_id=by.team_id or 0)


def _meeting_shown(row: Meeting) -> MeetingShown:
    counts = row.items.aggregate(
        people=Count("pk", distinct=True), actions=Count("tasks", filter=Q(tasks__status="open"), distinct=True)
    )
    return MeetingShown(
        meeting_id=row.pk,
        version=row.version,
        on=row.on,
        title=row.title,
        is_closed=row.closed_at is not None,
        is_to_come=row.on > today(),
        people=counts["people"],
        open_actions=counts["actions"],
    )


def _item_shown(row: MeetingItem, team: TeamPeople, by: Actor) -> ItemShown:
    return ItemShown(
        item_id=row.pk,
        meeting_id=row.meeting_id,
        version=row.version,
        person_id=team.today(row.person_id),
        person=team.of(row.person_id),
        why=row.why,
        notes=row.notes,
        actions=tuple(task_shown(each, team, by) for each in own_tasks(by).filter(item_id=row.pk)),
    )
