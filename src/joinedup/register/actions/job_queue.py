"""What a worker puts right when it starts: ends of jobs that its predecessor lost, and the queue of those that wait."""

from __future__ import annotations

import signal
import time

from django.db import transaction
from django_tasks_db.models import DBTaskResult

from joinedup.register.actions.job_run import place_folder, set_down_lost
from joinedup.register.job_process import end_group, is_held
from joinedup.register.models import Job
from joinedup.register.models.work import JobStatus
from joinedup.register.tasks import run_job


def put_right() -> None:
    """Stop what an earlier worker left running, give it its end, and queue every waiting job once."""
    for job in Job.objects.filter(status=JobStatus.RUNNING, process__isnull=False):
        if is_held(place_folder(), str(job.pk)):  # its group still lives, so the number is still its own
            end_group(int(job.process or 0), signal.SIGKILL)
            _wait(str(job.pk))
    set_down_lost()
    with transaction.atomic():
        DBTaskResult.objects.filter(task_path=run_job.module_path).delete()
        for job in Job.objects.filter(status=JobStatus.WAITING).order_by("asked_at"):
            run_job.enqueue(job.pk)


def _wait(name: str) -> None:
    """Wait a little until a process that was ended has let go of its lock."""
    for _ in range(50):
        if not is_held(place_folder(), name):
            return
        time.sleep(0.1)
