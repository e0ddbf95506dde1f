"""What runs in the background, what waits, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from joinedup.register.actions.job_run import LOST, has_worker, is_lost
from joinedup.register.actor import Actor
from joinedup.register.models import Job
from joinedup.register.models.work import JobKind, JobStatus
from joinedup.rules.foundation.role import Ability

#: How many jobs a page shows.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class JobShown:
    """One job as pages and programs see it; one whose process is gone is shown as lost, whoever writes that down.

    Attributes:
        result: what came of it; "" while it has no end.
    """

    id: int
    kind: JobKind
    options: tuple[str, ...]
    status: JobStatus
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    progress: str
    result: str
    cancel_asked: bool
    retry_of: int | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status not in (JobStatus.WAITING, JobStatus.RUNNING)

    @property
    def may_cancel(self) -> bool:
        """Whether it can still be cancelled."""
        return not self.has_ended and not self.cancel_asked

    @property
    def may_retry(self) -> bool:
        """Whether it can be tried again."""
        return self.has_ended and self.status != JobStatus.DONE


@dataclass(frozen=True, slots=True)
class JobsShown:
    """The newest jobs, and whether a worker is there to take what waits."""

    jobs: tuple[JobShown, ...]
    has_worker: bool


def jobs(*, by: Actor, before: int | None = None, limit: int = SHOWN) -> JobsShown:
    """The newest jobs first; `before` goes on from a job's id.

    Raises:
        Refused: the role builds no releases.
    """
    by.require(Ability.RUN_BUILDS)
    rows = Job.objects.select_related("asked_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return JobsShown(tuple(_shown(row) for row in rows[:limit]), has_worker())


def job(job_id: int, *, by: Actor) -> JobShown | None:
    """One job; None when there is none.

    Raises:
        Refused: the role builds no releases.
    """
    found = job_row(job_id, by=by)
    return _shown(found) if found else None


def job_row(job_id: int, *, by: Actor) -> Job | None:
    """The row of a job, for an action on it."""
    by.require(Ability.RUN_BUILDS)
    return Job.objects.select_related("asked_by").filter(pk=job_id).first()


def _shown(row: Job) -> JobShown:
    lost = is_lost(row)
    return JobShown(
        id=row.pk,
        kind=JobKind(row.kind),
        options=tuple(row.arguments),
        status=JobStatus.LOST if lost else JobStatus(row.status),
        asked_by=row.asked_by.get_username() if row.asked_by else "joinedup",
        asked_at=row.asked_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        progress=row.progress,
        result=LOST if lost else row.result,
        cancel_asked=row.cancel_asked,
        retry_of=row.retry_of_id,
    )
