"""Background work as the worker does it: one command of joinedup in a process of its own, watched to its end."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from typing import Final

from django_tasks import task

from joinedup.register.actions import job_run
from joinedup.register.job_process import CHARACTERS, Command, Outcome, forget, hold
from joinedup.register.models import Job
from joinedup.register.models.work import JobKind, JobStatus

#: Set when the worker is told to stop: what runs is stopped too, and can be tried again.
STOPPING: Final = threading.Event()

#: How often progress is written down and a wish to cancel is looked for.
SECONDS: Final = 0.5

_WORDS: Final = {"fatal": "stop a build", "set_aside": "set rows aside", "warning": "are warnings"}


@task()
def run_job(job_id: int) -> None:
    """Run a job that waits; nothing when it was cancelled meanwhile."""
    place = job_run.place_folder()
    with hold(place, str(job_id)) as lock:
        job = job_run.begin(job_id) if lock is not None else None
        if job is None or lock is None:
            return
        try:
            status, result = _watch(job, Command(_arguments(job), lock))
        except OSError as error:
            status, result = JobStatus.FAILED, f"The command could not be run: {error.strerror}."
        job_run.end(job, status, result)
    forget(place, str(job_id))


def _arguments(job: Job) -> list[str]:
    form = ["--json"] if job.kind == JobKind.CHECK else []
    return [job.kind, str(job_run.place_folder()), *job.arguments, *form]


def _watch(job: Job, command: Command) -> tuple[JobStatus, str]:
    """Keep the progress of a command until it has ended or must be stopped."""
    is_cancelled = job_run.note(job, progress="", process=command.group)
    while not (is_cancelled or STOPPING.is_set() or command.has_ended(SECONDS)):
        is_cancelled = job_run.note(job, progress=command.progress(), process=command.group)
    if not command.has_ended(0):
        command.stop()
    outcome = command.outcome()
    job_run.note(job, progress=command.progress(), process=command.group)
    return _end(job, outcome, command.progress(), is_cancelled)


def _end(job: Job, outcome: Outcome, said: str, is_cancelled: bool) -> tuple[JobStatus, str]:
    """How a job ended: a command that was done before it could be stopped is done."""
    if outcome.code == 0 or (job.kind == JobKind.CHECK and outcome.code == 1 and outcome.output):
        return JobStatus.DONE, _summary(job, outcome.output)
    if is_cancelled:
        return JobStatus.CANCELLED, "Cancelled while it ran. The current release is as it was."
    if STOPPING.is_set():
        return JobStatus.LOST, job_run.LOST
    if outcome.code < 0:
        name = signal.Signals(-outcome.code).name
        return JobStatus.LOST, f"The process was ended from outside ({name}). The current release is as it was."
    reason = next((line for line in reversed(said.splitlines()) if line.startswith("joinedup: ")), "")
    return JobStatus.FAILED, reason.removeprefix("joinedup: ") or f"It ended with exit code {outcome.code}."


def _summary(job: Job, output: str) -> str:
    """What a command that is done printed, for the page."""
    if job.kind != JobKind.CHECK:
        return output.strip().partition(" Look: ")[0][-CHARACTERS:]  # the rest says what to type at a terminal
    try:
        report = json.loads(output)
    except ValueError:
        return "The check is done, but its report is too long to show here; run `joinedup check` to read it."
    counts: Counter[str] = Counter()
    for problem in report["problems"]:
        counts[problem["severity"]] += problem["count"]
    head = f"{len(report['files'])} files, {sum(file['rows'] for file in report['files']):,} rows."
    found = [f"{counts[name]:,} problems {words}." for name, words in _WORDS.items() if counts[name]]
    lines = [_problem(problem) for problem in report["problems"]]
    return "\n".join([head, *(found or ["No problem was found."]), *lines])[:CHARACTERS]


def _problem(problem: dict[str, object]) -> str:
    where = " ".join(str(part) for part in (problem["file"] or problem["source"], problem["field"]) if part)
    return f"{problem['severity']}: {where}: {problem['message']} ({problem['count']:,})"
