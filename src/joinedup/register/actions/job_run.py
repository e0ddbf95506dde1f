"""What the worker writes down of background work: that it began, how far it is, how it ended, and what was lost."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction

from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.job_process import WORKER, is_held
from joinedup.register.models import Job
from joinedup.register.models.work import JobStatus
from joinedup.rules.foundation.errors import ConfigError

LOST = "It stopped without a result, because joinedup or the machine was stopped. The current release is as it was."


def begin(job_id: int) -> Job | None:
    """Take a waiting job; None when it was cancelled meanwhile."""
    if not Job.objects.filter(pk=job_id, status=JobStatus.WAITING).update(status=JobStatus.RUNNING, started_at=now()):
        return None
    return Job.objects.get(pk=job_id)


def note(job: Job, *, progress: str, process: int) -> bool:
    """Keep how far a job is; whether somebody asked to cancel it."""
    Job.objects.filter(pk=job.pk).update(progress=progress, process=process)
    return Job.objects.filter(pk=job.pk, cancel_asked=True).exists()


def end(job: Job, status: JobStatus, result: str) -> None:
    """Write down how a job ended; nothing when it has an end already."""
    with transaction.atomic():
        running = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING)
        if running.update(status=status, result=result, ended_at=now()):
            audit(Entry("job.end", f"job/{job.pk}", detail={"before": "running", "after": status.value}), by=None)


def set_down_lost() -> None:
    """Give every job whose process is gone its end: nobody will."""
    for job in Job.objects.filter(status=JobStatus.RUNNING):
        if is_lost(job):
            end(job, JobStatus.LOST, LOST)


def is_lost(job: Job) -> bool:
    """Whether a job is said to run while neither the worker nor its process holds its lock."""
    if job.status != JobStatus.RUNNING or is_held(place_folder(), str(job.pk)):
        return False
    return Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).exists()  # it may have ended just now


def has_worker() -> bool:
    """Whether a worker is there to take what waits."""
    return is_held(place_folder(), WORKER)


def place_folder() -> Path:
    """The folder of the served place.

    Raises:
        ConfigError: no place is served.
    """
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is served; start the pages with `joinedup serve DIR`")
    return folder
