"""Tasks: for people of the caseload only, of one's own team only, and never overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from joinedup.register.actions.task import TaskText, close_task, create_task, edit_task, reopen_task
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, Task
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.register.people import actor, carer, cares_for, team
from tests.register.place_people import pseudonyms

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(built: Path, settings: LazySettings) -> int:
    settings.JOINEDUP_PLACE = built
    return pseudonyms(built)[0]


@pytest.fixture
def by(person: int) -> Actor:
    """A carer whose team cares for the person."""
    found = carer()
    cares_for(team(), person)
    return found


def text(title: str = "Ring the ward", *, days: int = 3, **more: object) -> TaskText:
    return TaskText(title=title, due=today() + timedelta(days=days), **more)  # type: ignore[arg-type]


def make(person: int, by: Actor) -> Task:
    return create_task(person_id=person, text=text(), by=by)


def test_a_task_is_made_with_one_row_in_the_trace_that_holds_none_of_its_words(person: int, by: Actor) -> None:
    task = make(person, by)
    row = AuditEvent.objects.get()
    assert (row.action, row.subject, row.people) == ("task.created", f"task/{task.pk}", [str(person)])
    assert "Ring the ward" not in str(row.detail)


def test_nobody_makes_tasks_for_people_outside_their_caseload(person: int) -> None:
    by = carer()
    with pytest.raises(Refused, match="no recorded relationship"):
        make(person, by)


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.WORK_TASKS)])
def test_no_role_without_tasks_makes_one(person: int, role: Role) -> None:
    cares_for(team(), person)
    with pytest.raises(Refused):
        make(person, actor(role, of=team()))


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        (lambda: text("  "), "title"),
        (lambda: text("x" * 201), "title"),
        (lambda: text(detail="x" * 4_001), "detail"),
        (lambda: text(days=-1), "due"),
        (lambda: text(days=3_000), "due"),
        (lambda: text(assigned_to=carer("stranger", "Other team").user_id), "assigned_to"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    person: int, by: Actor, entered: Callable[[], TaskText], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_task(person_id=person, text=entered(), by=by)
    assert list(refusal.value.fields) == [field]
    assert not Task.objects.exists()


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(person: int, by: Actor) -> None:
    task = make(person, by)
    edit_task(task_id=task.pk, version=1, text=text("Mine"), by=by)
    with pytest.raises(Conflict):
        edit_task(task_id=task.pk, version=1, text=text("Theirs"), by=carer("colleague"))
    assert Task.objects.get().title == "Mine"


def test_a_task_that_is_late_can_be_reworded_without_a_new_day(person: int, by: Actor) -> None:
    task = make(person, by)
    Task.objects.filter(pk=task.pk).update(due=today() - timedelta(days=5))
    edit_task(task_id=task.pk, version=1, text=text("Better words", days=-5), by=by)
    assert Task.objects.get().title == "Better words"


def test_another_teams_task_cannot_be_told_from_none(person: int, by: Actor) -> None:
    task, other = make(person, by), carer("stranger", "Other team")
    for number in (task.pk, 10**9):
        with pytest.raises(Refused, match="not one of your team's"):
            edit_task(task_id=number, version=1, text=text(), by=other)
        with pytest.raises(Refused, match="not one of your team's"):
            close_task(task_id=number, version=1, outcome="done", by=other)


def test_a_task_is_closed_once_and_opened_again(person: int, by: Actor) -> None:
    task = make(person, by)
    close_task(task_id=task.pk, version=1, outcome="done", by=by)
    for again in ("done", "cancelled"):
        with pytest.raises(Invalid):
            close_task(task_id=task.pk, version=2, outcome=again, by=by)
    with pytest.raises(Invalid):
        edit_task(task_id=task.pk, version=2, text=text(), by=by)
    reopened = reopen_task(task_id=task.pk, version=2, by=by)
    assert (reopened.status, reopened.closed_by_id, reopened.version) == ("open", None, 3)
    actions = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["task.created", "task.closed", "task.reopened"]
