"""Background work for programs: start a build, look how far it is, cancel it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from joinedup.register.actions import job as jobs
from joinedup.register.actor import Actor
from joinedup.register.models import Job
from joinedup.register.models.work import JobKind, JobStatus
from joinedup.register.once import once
from joinedup.register.queries import job as queries
from joinedup.register.scope import Scope
from joinedup.web.api.headers import IdempotencyKey, RowId
from joinedup.web.api.paging import Cursor, Limit, Page, number_in, page_of
from joinedup.web.api.tokens import acting

router: Final = Router()


class JobWanted(Schema):
    """Work to be done in the background."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "build", "retrain": False}]})
    kind: JobKind = Field(description="build makes a release; check lists the problems of the extracts.")
    retrain: bool = Field(default=False, description="Of a build: fit the link model anew.")


class JobTold(Schema):
    """A piece of background work."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "kind": "build",
                    "options": [],
                    "status": "running",
                    "asked_by": "analyst",
                    "asked_at": "2025-04-20T10:15:00Z",
                    "started_at": "2025-04-20T10:15:01Z",
                    "ended_at": None,
                    "progress": "  landing gp_patients       50,000 rows      1.2 s     310 MB",
                    "result": "",
                    "cancel_asked": False,
                    "retry_of": None,
                }
            ]
        }
    )
    id: int
    kind: JobKind
    options: list[str]
    status: JobStatus = Field(
        description="waiting, running, done, failed, cancelled, or lost: no result and no process."
    )
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    progress: str = Field(description="The newest lines that it said.")
    result: str = Field(description="What came of it, or why nothing did.")
    cancel_asked: bool
    retry_of: int | None


@router.get("", response=Page[JobTold], summary="What runs in the background?")
def list_jobs(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[JobTold]:
    """The newest first. Scope: jobs:read."""
    by = acting(request, Scope.JOBS_READ)
    found = queries.jobs(by=by, before=number_in(cursor), limit=limit + 1).jobs
    return page_of(found, limit, _told, lambda row: row.id)


@router.post("", response={201: JobTold}, summary="Start a build or a check")
def create_job(request: HttpRequest, wanted: JobWanted, idempotency_key: IdempotencyKey = "") -> JobTold:
    """It waits until the worker takes it; read it to see how far it is. Scope: jobs:write."""
    by = acting(request, Scope.JOBS_WRITE)
    options = ["--retrain"] if wanted.retrain else []
    answer = once(
        idempotency_key,
        "job.ask",
        wanted.model_dump(),
        lambda: {"id": jobs.ask(kind=wanted.kind, options=options, by=by).pk},
        by=by,
    )
    return _read(answer["id"], by)


@router.get("/{job_id}", response=JobTold, summary="How far is it?")
def read_job(request: HttpRequest, job_id: RowId) -> JobTold:
    """One piece of work. Scope: jobs:read."""
    return _read(job_id, acting(request, Scope.JOBS_READ))


@router.post("/{job_id}/cancel", response=JobTold, summary="Cancel it")
def cancel_job(request: HttpRequest, job_id: RowId, idempotency_key: IdempotencyKey = "") -> JobTold:
    """Waiting work is cancelled at once; running work is told to stop, and says so when it has. Scope: jobs:write."""
    by = acting(request, Scope.JOBS_WRITE)
    row = _row(job_id, by)
    once(idempotency_key, "job.cancel", {"id": job_id}, lambda: {"id": jobs.cancel(job=row, by=by).pk}, by=by)
    return _read(job_id, by)


def _row(job_id: int, by: Actor) -> Job:
    found = queries.job_row(job_id, by=by)
    if found is None:
        raise Http404("There is no such piece of work.")
    return found


def _read(job_id: int, by: Actor) -> JobTold:
    found = queries.job(job_id, by=by)
    if found is None:
        raise Http404("There is no such piece of work.")
    return _told(found)


def _told(job: queries.JobShown) -> JobTold:
    return JobTold(
        id=job.id,
        kind=job.kind,
        options=list(job.options),
        status=job.status,
        asked_by=job.asked_by,
        asked_at=job.asked_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        progress=job.progress,
        result=job.result,
        cancel_asked=job.cancel_asked,
        retry_of=job.retry_of,
    )
