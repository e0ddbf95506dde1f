"""Background work: asked for, run as a command of its own, cancelled, tried again, and never left unclear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django_tasks_db.models import DBTaskResult

from joinedup.register import tasks
from joinedup.register.actions import job as jobs
from joinedup.register.actions import job_queue, job_run
from joinedup.register.actor import Actor
from joinedup.register.job_process import Command, hold, is_held
from joinedup.register.models import AuditEvent, Job
from joinedup.register.models.work import JobStatus
from joinedup.register.queries import job as shown
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from joinedup.store.place import load_place
from joinedup.store.release import build_lock
from tests.place_on_disk import EVERYTHING, MIDDLE, make_place, received_by
from tests.register.people import actor, carer

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path: Path, settings: LazySettings) -> Path:
    settings.JOINEDUP_PLACE = make_place(tmp_path / "place", files=received_by(EVERYTHING, MIDDLE), today=MIDDLE)
    return tmp_path / "place"


@pytest.fixture
def analyst() -> Actor:
    return actor(Role.ANALYST)


def run(job: Job) -> Job:
    """Do what the worker does with a job."""
    tasks.run_job.call(job.pk)
    job.refresh_from_db()
    return job


def trace() -> list[str]:
    return [row.action for row in AuditEvent.objects.order_by("sequence")]


def test_a_check_says_what_it_found(place: Path, analyst: Actor) -> None:
    job = run(jobs.ask(kind="check", by=analyst))
    assert job.status == JobStatus.DONE
    assert "rows." in job.result.splitlines()[0]
    assert trace() == ["job.ask", "job.end"]
    assert not is_held(place, str(job.pk))
    with pytest.raises(Conflict):
        jobs.retry(job=job, by=analyst)  # it ended well


def test_a_build_beside_one_from_the_command_line_fails_with_the_reason(place: Path, analyst: Actor) -> None:
    with build_lock(load_place(place)):
        job = run(jobs.ask(kind="build", by=analyst))
    assert job.status == JobStatus.FAILED
    assert "another build" in job.result


def test_only_roles_that_build_ask_cancel_retry_or_look(place: Path, analyst: Actor) -> None:
    job = jobs.ask(kind="build", by=analyst)
    for refused in (
        lambda: jobs.ask(kind="build", by=carer()),
        lambda: jobs.cancel(job=job, by=carer()),
        lambda: jobs.retry(job=job, by=carer()),
        lambda: shown.jobs(by=carer()),
        lambda: shown.job(job.pk, by=carer()),
    ):
        with pytest.raises(Refused):
            refused()


@pytest.mark.parametrize(("kind", "options"), [("demolish", []), ("build", ["--out=/etc"]), ("check", ["--retrain"])])
def test_only_known_commands_and_options_are_run(place: Path, analyst: Actor, kind: str, options: list[str]) -> None:
    with pytest.raises(Invalid):
        jobs.ask(kind=kind, options=options, by=analyst)
    assert not Job.objects.exists()


def test_a_second_build_that_would_wait_is_refused_and_queues_nothing(place: Path, analyst: Actor) -> None:
    jobs.ask(kind="build", by=analyst)
    with pytest.raises(Conflict):
        jobs.ask(kind="build", by=analyst)
    assert DBTaskResult.objects.count() == Job.objects.count() == AuditEvent.objects.count() == 1


def test_waiting_work_that_is_cancelled_never_runs(place: Path, analyst: Actor) -> None:
    job = run(jobs.cancel(job=jobs.ask(kind="build", by=analyst), by=analyst))
    assert (job.status, job.started_at) == (JobStatus.CANCELLED, None)
    with pytest.raises(Conflict):
        jobs.cancel(job=job, by=analyst)


def test_running_work_that_is_cancelled_stops_with_its_whole_group(
    place: Path, analyst: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.ask(kind="build", by=analyst)
    groups: list[int] = []

    def cancel_at_once(held: Job, *, progress: str, process: int) -> bool:
        groups.append(process)
        jobs.cancel(job=held, by=analyst)
        return True

    with monkeypatch.context() as patch:
        patch.setattr(job_run, "note", lambda *args, **kw: cancel_at_once(*args, **kw) if not groups else True)
        run(job)
    assert job.status == JobStatus.CANCELLED
    assert trace() == ["job.ask", "job.cancel", "job.end"]
    with pytest.raises(ProcessLookupError):
        os.killpg(groups[0], 0)


def test_a_command_that_does_not_listen_is_ended_hard(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    monkeypatch.setattr("joinedup.register.job_process.GRACE_SECONDS", 0.3)
    start = subprocess.Popen
    monkeypatch.setattr(
        "joinedup.register.job_process.subprocess.Popen",
        lambda arguments, **kw: start([sys.executable, "-c", deaf], **kw),
    )
    with hold(place, "1") as lock:
        assert lock is not None
        command = Command(["build"], lock)
        time.sleep(0.3)
        command.stop()
    assert command.outcome().code == -signal.SIGKILL


def test_a_process_that_is_ended_from_outside_is_lost_and_can_be_tried_again(place: Path, analyst: Actor) -> None:
    job = jobs.ask(kind="build", by=analyst)
    killer = threading.Thread(target=_kill_when_it_runs, args=(place,))
    killer.start()
    run(job)
    killer.join()
    assert job.status == JobStatus.LOST
    assert "SIGKILL" in job.result
    again = jobs.retry(job=job, by=analyst)
    assert (again.retry_of_id, again.status) == (job.pk, JobStatus.WAITING)


def test_work_whose_process_is_gone_is_shown_and_set_down_as_lost(place: Path, analyst: Actor) -> None:
    job = jobs.ask(kind="build", by=analyst)
    job_run.begin(job.pk)
    seen = shown.job(job.pk, by=analyst)
    assert seen is not None
    assert (seen.status, seen.may_retry) == (JobStatus.LOST, True)
    job_queue.put_right()
    job.refresh_from_db()
    assert (job.status, trace()) == (JobStatus.LOST, ["job.ask", "job.end"])


def test_work_that_still_runs_is_not_lost(place: Path, analyst: Actor) -> None:
    job = jobs.ask(kind="build", by=analyst)
    with hold(place, str(job.pk)):
        job_run.begin(job.pk)
        job_run.set_down_lost()
        job.refresh_from_db()
        assert job.status == JobStatus.RUNNING


def test_a_worker_that_starts_queues_what_waits_once(place: Path, analyst: Actor) -> None:
    jobs.ask(kind="build", by=analyst)
    DBTaskResult.objects.update(status="RUNNING")  # its worker took it from the queue and died
    job_queue.put_right()
    job_queue.put_right()
    assert [(row.status, row.args_kwargs["args"]) for row in DBTaskResult.objects.all()] == [
        ("READY", [Job.objects.get().pk])
    ]


def _kill_when_it_runs(place: Path) -> None:
    """End the command of a place from outside as soon as it is there."""
    for _ in range(200):
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _is_build(entry, str(place)):
                os.kill(int(entry.name), signal.SIGKILL)
                return
        time.sleep(0.02)


def _is_build(process: Path, place: str) -> bool:
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return "joinedup.cli" in words and place in words
