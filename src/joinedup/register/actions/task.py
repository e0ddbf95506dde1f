"""Tasks for people that a team cares for: made, changed, given to a colleague, closed and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.caseload import is_in_caseload
from joinedup.register.clock import now, today
from joinedup.register.models import MeetingItem, Post, Task
from joinedup.register.models.task import TaskStatus
from joinedup.register.people import people
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: How far ahead a task may be due; further is a slip of the hand.
FURTHEST_DAYS = 5 * 366

NOT_YOURS = "That task is not one of your team's."


@dataclass(frozen=True, slots=True)
class TaskText:
    """What a task says.

    Attributes:
        title: what must be done, in one line.
        due: by which day.
        detail: more words, where one line is not enough.
        assigned_to: account id of the colleague who does it; None for anybody of the team.
    """

    title: str
    due: date
    detail: str = ""
    assigned_to: int | None = None


def create_task(*, person_id: int, text: TaskText, item_id: int | None = None, by: Actor) -> Task:
    """Write down what the actor's team must do for a person of its caseload, alone or as the action of a meeting.

    Raises:
        Refused: the role holds no tasks, or the person is not in the team's caseload.
        Invalid: what was entered.
    """
    by.require(Ability.WORK_TASKS)
    if not is_in_caseload(person_id, by=by):
        raise Refused("Your team has no recorded relationship with this person, so it holds no tasks for them.")
    with transaction.atomic():
        _check(text, by)
        if item_id is not None:
            _check_item(item_id, person_id, by)
        task = Task.objects.create(
            person_id=person_id,
            team_id=by.team_id or 0,
            item_id=item_id,
            title=text.title.strip(),
            detail=text.detail.strip(),
            due=text.due,
            assigned_to_id=text.assigned_to,
            created_by_id=by.user_id,
            created_at=now(),
        )
        _write_down("task.created", task, by, due=task.due.isoformat(), assigned_to=text.assigned_to, item=item_id)
    return task


def edit_task(*, task_id: int, version: int, text: TaskText, by: Actor) -> Task:
    """Change what a task says, by when, and who does it.

    Raises:
        Refused: it is another team's.
        Invalid: what was entered, or the task is closed.
        Conflict: a colleague changed it meanwhile.
    """
    by.require(Ability.WORK_TASKS)
    with transaction.atomic():
        task = own_task(task_id, by=by)
        _check(text, by, was_due=task.due)
        if task.status != TaskStatus.OPEN:
            raise Invalid({"": "That task is closed. Open it again to change it."})
        before = {"due": task.due.isoformat(), "assigned_to": task.assigned_to_id}
        after = {"due": text.due.isoformat(), "assigned_to": text.assigned_to}
        is_reworded = (task.title, task.detail) != (text.title.strip(), text.detail.strip())
        change(
            task,
            version,
            title=text.title.strip(),
            detail=text.detail.strip(),
            due=text.due,
            assigned_to_id=text.assigned_to,
        )
        _write_down("task.edited", task, by, before=before, after=after, reworded=is_reworded)
    return task


def close_task(*, task_id: int, version: int, outcome: str, by: Actor) -> Task:
    """Close a task as done or as cancelled.

    Raises:
        Refused: it is another team's.
        Invalid: it is closed already, or the outcome is none.
        Conflict: a colleague changed it meanwhile.
    """
    by.require(Ability.WORK_TASKS)
    if outcome not in (TaskStatus.DONE, TaskStatus.CANCELLED):
        raise Invalid({"outcome": "Select whether the task was done or is no longer needed"})
    with transaction.atomic():
        task = own_task(task_id, by=by)
        if task.status != TaskStatus.OPEN:
            raise Invalid({"": "That task is closed already."})
        change(task, version, status=outcome, closed_by_id=by.user_id, closed_at=now())
        _write_down("task.closed", task, by, before="open", after=str(outcome))
    return task


def reopen_task(*, task_id: int, version: int, by: Actor) -> Task:
    """Open a closed task again.

    Raises:
        Refused: it is another team's.
        Invalid: it is open.
        Conflict: a colleague changed it meanwhile.
    """
    by.require(Ability.WORK_TASKS)
    with transaction.atomic():
        task = own_task(task_id, by=by)
        if task.status == TaskStatus.OPEN:
            raise Invalid({"": "That task is open."})
        before = str(task.status)
        change(task, version, status=TaskStatus.OPEN, closed_by_id=None, closed_at=None)
        _write_down("task.reopened", task, by, before=before, after="open")
    return task


def own_task(task_id: int, *, by: Actor) -> Task:
    """A task of the actor's own team.

    Raises:
        Refused: there is none with that number; another team's task is told apart from none by nobody.
    """
    found = Task.objects.filter(pk=task_id, team_id=by.team_id or 0).first()
    if found is None:
        raise Refused(NOT_YOURS)
    return found


def _check(text: TaskText, by: Actor, was_due: date | None = None) -> None:
    faults: dict[str, str] = {}
    if not text.title.strip():
        faults["title"] = "Enter what must be done"
    elif len(text.title.strip()) > 200:
        faults["title"] = "What must be done must be 200 characters or less"
    if len(text.detail) > 4_000:
        faults["detail"] = "Detail must be 4,000 characters or less"
    if text.due < today() and text.due != was_due:
        faults["due"] = "The day by which it must be done must be today or later"
    elif (text.due - today()).days > FURTHEST_DAYS:
        faults["due"] = "The day by which it must be done must be within five years"
    if text.assigned_to is not None and not _is_colleague(text.assigned_to, by):
        faults["assigned_to"] = "Select somebody of your team"
    if faults:
        raise Invalid(faults)


def _is_colleague(user_id: int, by: Actor) -> bool:
    day = today()
    held = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
    return held.filter(user_id=user_id, team_id=by.team_id or 0).exists()


def _check_item(item_id: int, person_id: int, by: Actor) -> None:
    item = MeetingItem.objects.filter(pk=item_id, meeting__team_id=by.team_id or 0).first()
    if item is None or item.person_id not in people().aliases(person_id):
        raise Refused("That person is not on the list of a meeting of your team.")
    if item.meeting.closed_at is not None:
        raise Invalid({"": "That meeting is closed. Add the task to the person instead."})


def _write_down(action: str, task: Task, by: Actor, **detail: object) -> None:
    audit(Entry(action, subject=f"task/{task.pk}", people=(task.person_id,), detail=detail), by=by)
