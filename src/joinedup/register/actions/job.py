"""Ask for background work, cancel it, and try it again: the job and its place in the queue in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import IntegrityError, transaction

from joinedup.register.actions.job_run import set_down_lost
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.models import Job
from joinedup.register.models.work import JobKind, JobStatus
from joinedup.register.tasks import run_job
from joinedup.rules.foundation.errors import Conflict, Invalid
from joinedup.rules.foundation.role import Ability

#: Options that each kind may be asked with.
OPTIONS: Final = {JobKind.BUILD: frozenset({"--retrain"}), JobKind.CHECK: frozenset[str]()}

_MAY_TRY_AGAIN: Final = (JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.LOST)


def ask(*, kind: str, options: Sequence[str] = (), by: Actor) -> Job:
    """Ask for a build or a check; it waits until the worker takes it.

    Raises:
        Refused: the role builds no releases.
        Invalid: there is no such kind or option.
        Conflict: one of the same kind waits already.
    """
    by.require(Ability.RUN_BUILDS)
    if kind not in JobKind.values:
        raise Invalid({"kind": f"Choose what to run: {' or '.join(JobKind.values)}."})
    unknown = sorted(set(options) - OPTIONS[JobKind(kind)])
    if unknown:
        raise Invalid({"options": f"There is no option {', '.join(unknown)} of {kind}."})
    set_down_lost()
    return _queue(Job(kind=kind, arguments=sorted(set(options))), by=by)


def retry(*, job: Job, by: Actor) -> Job:
    """Ask for the same work again; the new job names the one that did not end well.

    Raises:
        Conflict: the job has not ended, or ended well.
    """
    by.require(Ability.RUN_BUILDS)
    set_down_lost()
    job.refresh_from_db()
    if job.status not in _MAY_TRY_AGAIN:
        raise Conflict("Only work that failed, was cancelled or was lost can be tried again.")
    return _queue(Job(kind=job.kind, arguments=job.arguments, retry_of=job), by=by)


def cancel(*, job: Job, by: Actor) -> Job:
    """Take waiting work from the queue, or tell running work to stop.

    Raises:
        Conflict: it has ended already.
    """
    by.require(Ability.RUN_BUILDS)
    set_down_lost()
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        if held.status not in (JobStatus.WAITING, JobStatus.RUNNING):
            raise Conflict("This work has ended already; there is nothing to cancel.")
        before = held.status
        held.cancel_asked = True
        if before == JobStatus.WAITING:
            held.status, held.ended_at, held.result = JobStatus.CANCELLED, now(), "Cancelled before it began."
        held.save(update_fields=["cancel_asked", "status", "ended_at", "result"])
        audit(Entry("job.cancel", f"job/{held.pk}", detail={"before": before, "after": held.status}), by=by)
    return held


def _queue(job: Job, *, by: Actor) -> Job:
    job.asked_by_id, job.asked_at = by.user_id, now()
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            run_job.enqueue(job.pk)
            detail = {"kind": job.kind, "options": job.arguments, "retry_of": job.retry_of_id}
            audit(Entry("job.retry" if job.retry_of_id else "job.ask", f"job/{job.pk}", detail=detail), by=by)
    except IntegrityError as error:
        raise Conflict(
            f"A {job.kind} is waiting already. It will take in everything that arrives before it begins."
        ) from error
    return job
