"""Tasks of a team: the list, one task, and who may do them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import Post, Task, User
from joinedup.register.people import people
from joinedup.register.queries.team_names import Named, TeamPeople, with_names
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True, repr=False)
class TaskShown:
    """One task as its team sees it.

    Attributes:
        person_id: the pseudonym of today.
        person: who it is for; None where the record does not open to the team (any more).
        assigned_to, assignee: account id and name of who does it; None and "" for anybody of the team.
        meeting_id, meeting: the meeting whose action it is, where it is one.
        is_late: open after its day.
        is_mine: the actor does it.
    """

    task_id: int
    version: int
    person_id: int
    person: Named | None
    title: str
    detail: str
    due: date
    status: str
    is_late: bool
    is_mine: bool
    assigned_to: int | None
    assignee: str
    item_id: int | None
    meeting_id: int | None
    meeting: str
    created_by: str
    created_at: datetime
    closed_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of a team who may do its tasks."""

    user_id: int
    name: str


#: What the list of tasks may be narrowed to.
STATUSES = ("open", "late", "closed", "all")
WHOSE = ("mine", "nobody")

_SEARCHED = ("title", "detail")
_ORDERS = {"due": "due", "title": "title", "created": "created_at"}


def tasks(wanted: Wanted, *, by: Actor) -> Confided[Part[TaskShown]]:
    """The tasks of the actor's team; filters are `status` (open unless said) and `whose`."""
    by.require(Ability.WORK_TASKS)
    part = part_of_table(_narrowed(wanted, by), wanted, searched=_SEARCHED, orders=_ORDERS)
    shown = [task.person_id for task in part.rows]

    def make(team: TeamPeople) -> tuple[Part[TaskShown], list[int]]:
        return Part(tuple(task_shown(task, team, by) for task in part.rows), part.total), shown

    return with_names("tasks", make, by=by, among=shown)


def task(task_id: int, *, by: Actor) -> Confided[TaskShown] | None:
    """One task of the actor's team; None where it has none with that number."""
    by.require(Ability.WORK_TASKS)
    found = own_tasks(by).filter(pk=task_id).first()
    if found is None:
        return None

    def make(team: TeamPeople) -> tuple[TaskShown, list[int]]:
        return task_shown(found, team, by), [found.person_id]

    return with_names("task", make, by=by, among=[found.person_id])


def tasks_of(person_id: int, *, by: Actor) -> QuerySet[Task]:
    """The tasks that the actor's team holds for one person, under whichever pseudonym they were written down."""
    return own_tasks(by).filter(person_id__in=people().aliases(person_id))


def colleagues(*, by: Actor) -> tuple[Colleague, ...]:
    """Who may do tasks of the actor's team today."""
    day = today()
    held = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
    users = User.objects.filter(pk__in=held.filter(team_id=by.team_id or 0).values("user_id")).order_by("username")
    return tuple(Colleague(user.pk, account_name(user)) for user in users)


def own_tasks(by: Actor) -> QuerySet[Task]:
    """Every task of the actor's team with what a page says of it."""
    related = ("assigned_to", "created_by", "closed_by", "item__meeting")
    return Task.objects.filter(team_id=by.team_id or 0).select_related(*related).order_by("due", "pk")


def task_shown(task: Task, team: TeamPeople, by: Actor) -> TaskShown:
    """One row as a page shows it."""
    meeting = task.item.meeting if task.item else None
    return TaskShown(
        task_id=task.pk,
        version=task.version,
        person_id=team.today(task.person_id),
        person=team.of(task.person_id),
        title=task.title,
        detail=task.detail,
        due=task.due,
        status=str(task.status),
        is_late=task.status == "open" and task.due < today(),
        is_mine=task.assigned_to_id == by.user_id,
        assigned_to=task.assigned_to_id,
        assignee=account_name(task.assigned_to),
        item_id=task.item_id,
        meeting_id=meeting.pk if meeting else None,
        meeting=meeting.title if meeting else "",
        created_by=account_name(task.created_by),
        created_at=task.created_at,
        closed_by=account_name(task.closed_by),
        closed_at=task.closed_at,
    )


def account_name(user: User | None) -> str:
    """A colleague's name, or that of their account; "" for nobody."""
    return (user.get_full_name() or user.get_username()) if user else ""


def _narrowed(wanted: Wanted, by: Actor) -> QuerySet[Task]:
    rows, status, whose = own_tasks(by), wanted.filters.get("status", "open"), wanted.filters.get("whose")
    if status in ("open", "late"):
        rows = rows.filter(status="open")
    if status == "late":
        rows = rows.filter(due__lt=today())
    if status == "closed":
        rows = rows.exclude(status="open")
    if whose == "mine":
        rows = rows.filter(assigned_to_id=by.user_id)
    if whose == "nobody":
        rows = rows.filter(assigned_to__isnull=True)
    return rows
