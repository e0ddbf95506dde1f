"""Many at once, and a process that is killed: nothing is lost, doubled or half-written, and the trace stays whole.

Each scene plays in a process of its own with the settings that are served: real threads, real transactions, a file
of SQLite or a database of its own on the PostgreSQL server that DATABASE_URL names.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import pytest

THREADS: Final = 8
AUDITS: Final = 25
SINCE_START: Final = (0.05, 0.3, 0.7)  # seconds of writing after which a process is killed


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of processes that share one register, made as `serve` makes it."""
    root, place = Path(__file__).parents[2], tmp_path_factory.mktemp("many") / "place"
    place.mkdir()
    told = {
        **os.environ,
        "JOINEDUP_PLACE": str(place),
        "DJANGO_SETTINGS_MODULE": "joinedup.web.settings",
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}",
    }
    server = os.environ.get("DATABASE_URL", "")
    name = f"many_{token_hex(6)}"
    if server:
        _on_server(server, f"CREATE DATABASE {name}")
        told["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0", "--skip-checks"], env=told, check=True)
    yield told
    if server:
        _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def scenes(register: dict[str, str]) -> dict[str, Any]:
    """What was seen in every scene in which nobody is killed."""
    return play(register, "audits", "submission", "editors", "mixed")


def test_audits_of_many_threads_make_one_chain_without_a_gap(scenes: dict[str, Any]) -> None:
    told = scenes["audits"]
    assert told["errors"] == []
    assert told["added"] == THREADS * AUDITS
    assert told["sequences"] == list(range(1, len(told["sequences"]) + 1))
    assert told["fault"] is None


def test_one_submission_sent_by_many_threads_writes_once(scenes: dict[str, Any]) -> None:
    told = scenes["submission"]
    assert told["errors"] == []
    assert (told["meetings"], told["rows"], told["answers"]) == (1, 1, 1)
    assert told["fault"] is None


def test_of_many_editors_of_one_task_all_but_the_first_are_told(scenes: dict[str, Any]) -> None:
    told = scenes["editors"]
    assert told["errors"] == ["Conflict"] * (THREADS - 1)
    assert (told["version"], told["rows"]) == (2, 1)
    assert told["title"] == told["winner"]
    assert told["fault"] is None


def test_many_who_close_and_edit_one_task_leave_one_story(scenes: dict[str, Any]) -> None:
    told = scenes["mixed"]
    assert set(told["errors"]) <= {"Conflict", "Invalid"}
    assert told["version"] == 1 + told["rows"] == 1 + THREADS - len(told["errors"])
    assert told["fault"] is None


@pytest.mark.parametrize("seconds", SINCE_START)
def test_a_process_killed_in_the_middle_of_writes_leaves_nothing_half_written(
    register: dict[str, str], seconds: float
) -> None:
    command = [sys.executable, "-m", "tests.register.test_concurrency", "write_on"]
    with subprocess.Popen(command, env=register, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)
        acknowledged = {int(line) for line in [first, *writer.stdout] if line.endswith("\n")}
    assert writer.returncode == -signal.SIGKILL
    told = play(register, "after")["after"]
    assert acknowledged <= set(told["meetings"]), "what was answered must be kept"
    assert told["meetings"] == told["traced"] == told["answered"]
    assert told["fault"] is None
    assert told["writes"] is True


def play(environment: dict[str, str], *scenes: str) -> dict[str, Any]:
    """Play scenes in a process of their own; what was seen in each."""
    command = [sys.executable, "-m", "tests.register.test_concurrency", *scenes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _on_server(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


# What follows runs in the processes of the scenes.


def at_once(*jobs: Callable[[], object]) -> list[str]:
    """Do jobs in threads that start together; the kinds of error they ended with."""
    from django.db import connection

    errors: list[str] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        gate.wait()
        try:
            job()
        except Exception as error:  # noqa: BLE001 - the scene tells the kinds of error, and its test judges them
            errors.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(errors)


def audits() -> dict[str, object]:
    from joinedup.register.audit import Entry, audit
    from joinedup.register.models import AuditEvent
    from tests.register.people import carer

    by, before = carer(), AuditEvent.objects.count()

    def job(number: int) -> Callable[[], object]:
        return lambda: [audit(Entry("test.done", f"test/{number}", people=(n,)), by=by) for n in range(AUDITS)]

    errors = at_once(*(job(number) for number in range(THREADS)))
    sequences = list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    return {"errors": errors, "added": len(sequences) - before, "sequences": sequences, "fault": _fault()}


def submission() -> dict[str, object]:
    from joinedup.register.clock import today
    from joinedup.register.models import AuditEvent, Meeting
    from tests.register.people import carer

    by, answers = carer(), list[int]()
    errors = at_once(*[lambda: answers.append(_meet("Once only", "one key", today(), by))] * THREADS)
    found = Meeting.objects.filter(title="Once only")
    rows = AuditEvent.objects.filter(subject__in=[f"meeting/{meeting.pk}" for meeting in found])
    counted = {"meetings": found.count(), "rows": rows.count(), "answers": len(set(answers))}
    return {"errors": errors, **counted, "fault": _fault()}


def editors() -> dict[str, object]:
    from joinedup.register.actions.task import TaskText, edit_task
    from joinedup.register.models import AuditEvent
    from tests.register.people import actor, team

    task, winners = _task(), list[str]()

    def job(number: int) -> Callable[[], object]:
        from joinedup.rules.foundation.role import Role

        by, text = actor(Role.CARE_PROFESSIONAL, f"editor-{number}", of=team()), TaskText(f"By {number}", task.due)
        return lambda: winners.append(edit_task(task_id=task.pk, version=1, text=text, by=by).title)

    errors = at_once(*[job(number) for number in range(THREADS)])
    task.refresh_from_db()
    rows = AuditEvent.objects.filter(subject=f"task/{task.pk}").count()
    told = {"version": task.version, "title": task.title, "winner": winners[0], "rows": rows}
    return {"errors": errors, **told, "fault": _fault()}


def mixed() -> dict[str, object]:
    from joinedup.register.actions.task import TaskText, close_task, edit_task
    from joinedup.register.models import AuditEvent
    from tests.register.people import carer

    task, by = _task(), carer()

    def edit() -> None:
        edit_task(task_id=task.pk, version=_now(task.pk), text=TaskText("Edited", task.due), by=by)

    def close() -> None:
        close_task(task_id=task.pk, version=_now(task.pk), outcome="done", by=by)

    errors = at_once(*[edit, close] * (THREADS // 2))
    task.refresh_from_db()
    rows = AuditEvent.objects.filter(subject=f"task/{task.pk}").count()
    return {"errors": errors, "version": task.version, "rows": rows, "fault": _fault()}


def write_on() -> dict[str, object]:
    """Write from many threads until killed; each answer is told once its transaction is over."""
    from joinedup.register.clock import today
    from tests.register.people import carer

    by, telling = carer(), threading.Lock()

    def job() -> None:
        while True:
            key = token_hex(16)
            number = _meet(f"Meeting {key}", key, today(), by)
            with telling:
                print(number, flush=True)

    at_once(*[job] * THREADS)
    raise AssertionError("the writer ended by itself")


def after() -> dict[str, object]:
    """What a killed process left, and whether the next one can write."""
    from joinedup.register.clock import today
    from joinedup.register.models import AuditEvent, Meeting, Submission
    from tests.register.people import carer

    rows = AuditEvent.objects.filter(action="meeting.created").values_list("subject", flat=True)
    traced = Counter(int(subject.removeprefix("meeting/")) for subject in rows)
    answered = Submission.objects.filter(action="meeting.create").values_list("answer", flat=True)
    return {
        "meetings": sorted(Meeting.objects.values_list("pk", flat=True)),
        "traced": sorted(traced.elements()),
        "answered": sorted(answer["id"] for answer in answered),
        "fault": _fault(),
        "writes": _meet(f"After {token_hex(4)}", token_hex(8), today(), carer()) > 0,
    }


def _meet(title: str, key: str, on: Any, by: Any) -> int:
    from joinedup.register.actions.meeting import create_meeting
    from joinedup.register.once import once

    def do() -> dict[str, int]:
        return {"id": create_meeting(title=title, on=on, by=by).pk}

    return int(once(key, "meeting.create", {"title": title}, do, by=by)["id"])


def _task() -> Any:
    from joinedup.register.clock import now, today
    from joinedup.register.models import Task
    from tests.register.people import PERSON, carer, team

    made = {"title": "Ring", "due": today(), "created_by_id": carer().user_id, "created_at": now()}
    return Task.objects.create(person_id=PERSON, team=team(), **made)


def _now(task_id: int) -> int:
    from joinedup.register.models import Task

    return Task.objects.get(pk=task_id).version


def _fault() -> str | None:
    from joinedup.register.audit import first_fault

    fault = first_fault()
    return fault.what if fault else None


SCENES: Final = {scene.__name__: scene for scene in (audits, submission, editors, mixed, write_on, after)}

if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({scene: SCENES[scene]() for scene in sys.argv[1:]}))
