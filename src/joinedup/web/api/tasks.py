"""Tasks for programs: those of the token's team, with the version of each, so that nobody overwrites unseen."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from joinedup.register.actions.task import TaskText, close_task, create_task, own_task
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Wanted
from joinedup.register.once import Answer, once
from joinedup.register.queries import task as queries
from joinedup.register.scope import Scope
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.web.api.headers import IdempotencyKey, IfMatch, RowId, etag, version_in
from joinedup.web.api.paging import Cursor, Limit, Page, number_in
from joinedup.web.api.problems import VersionChanged
from joinedup.web.api.tokens import acting
from joinedup.web.api.words import Line, PersonRef, Words, person_in

router: Final = Router()

_NOT_THERE: Final = "Your team has no task with that number."


class TaskWanted(Schema):
    """A task for a person of the team's caseload."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"person": "P0000000001XYZ", "title": "Ring the daughter", "due": "2025-05-02", "detail": ""}]
        },
    )
    person: PersonRef
    title: Line = Field(min_length=1)
    due: date = Field(description="Today or later.")
    detail: Words = ""


class TaskEnd(Schema):
    """How a task ended."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "done"}]})
    outcome: Literal["done", "cancelled"]


class TaskTold(Schema):
    """A task of the team."""

    id: int
    version: int
    person: str = Field(description="Pseudonym of whom it is for.")
    title: str
    detail: str
    due: date
    status: str = Field(description="open, done or cancelled.")
    is_late: bool
    assignee: str
    created_by: str
    closed_by: str


@router.get("", response=Page[TaskTold], summary="What must our team do?")
def list_tasks(
    request: HttpRequest,
    status: Literal["open", "late", "closed", "all"] = "open",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[TaskTold]:
    """Tasks of the token's own team, the earliest due first. Scope: tasks:read."""
    by = acting(request, Scope.TASKS_READ)
    start = number_in(cursor) or 0
    part = queries.tasks(Wanted(filters={"status": status}, offset=start, limit=limit), by=by).value
    following = str(start + limit) if start + limit < part.total else None
    return Page(items=[_told(task) for task in part.rows], next=following)


@router.post("", response={201: TaskTold}, summary="Add a task")
def create(
    request: HttpRequest, response: HttpResponse, wanted: TaskWanted, idempotency_key: IdempotencyKey = ""
) -> TaskTold:
    """For a person of the team's caseload. Scope: tasks:write."""
    by = acting(request, Scope.TASKS_WRITE)
    text = TaskText(wanted.title, wanted.due, wanted.detail)
    person_id = person_in(wanted.person)
    answer = once(
        idempotency_key,
        "task.create",
        wanted.model_dump(mode="json"),
        lambda: {"id": create_task(person_id=person_id, text=text, by=by).pk},
        by=by,
    )
    return _written(answer["id"], response, by)


@router.get("/{task_id}", response=TaskTold, summary="What must be done?")
def read_task(request: HttpRequest, response: HttpResponse, task_id: RowId) -> TaskTold:
    """One task; its ETag is what a change must name. Scope: tasks:read."""
    found = queries.task(task_id, by=acting(request, Scope.TASKS_READ))
    if found is None:
        raise Http404(_NOT_THERE)
    task = found.value
    response["ETag"] = etag(task.version)
    return _told(task)


@router.post("/{task_id}/close", response=TaskTold, summary="Close a task")
def close(
    request: HttpRequest,
    response: HttpResponse,
    task_id: RowId,
    ended: TaskEnd,
    *,
    if_match: IfMatch = "",
    idempotency_key: IdempotencyKey = "",
) -> TaskTold:
    """As done or as no longer needed; If-Match names the version that was read. Scope: tasks:write."""
    by = acting(request, Scope.TASKS_WRITE)
    _there(task_id, by)
    version = version_in(if_match)

    def do() -> Answer:
        if own_task(task_id, by=by).version != version:
            raise VersionChanged
        return {"id": close_task(task_id=task_id, version=version, outcome=ended.outcome, by=by).pk}

    entered = {"id": task_id, "version": version, "outcome": ended.outcome}
    return _written(once(idempotency_key, "task.close", entered, do, by=by)["id"], response, by)


def _there(task_id: int, by: Actor) -> None:
    if not queries.own_tasks(by).filter(pk=task_id).exists():
        raise Http404(_NOT_THERE)


def _written(task_id: int, response: HttpResponse, by: Actor) -> TaskTold:
    """A task that was just written, from its own row: what is done is told, whether or not records can be read."""
    row = queries.own_tasks(by).get(pk=task_id)
    response["ETag"] = etag(row.version)
    return TaskTold(
        id=row.pk,
        version=row.version,
        person=display_person_id(row.person_id),
        title=row.title,
        detail=row.detail,
        due=row.due,
        status=row.status,
        is_late=row.status == "open" and row.due < today(),
        assignee=queries.account_name(row.assigned_to),
        created_by=queries.account_name(row.created_by),
        closed_by=queries.account_name(row.closed_by),
    )


def _told(task: queries.TaskShown) -> TaskTold:
    return TaskTold(
        id=task.task_id,
        version=task.version,
        person=display_person_id(task.person_id),
        title=task.title,
        detail=task.detail,
        due=task.due,
        status=task.status,
        is_late=task.is_late,
        assignee=task.assignee,
        created_by=task.created_by,
        closed_by=task.closed_by,
    )
