"""The worker as a process of its own: it works, and what it leaves behind when it is killed is clear."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.place_on_disk import EVERYTHING, MIDDLE, make_place, received_by

ASK = """
import django; django.setup()
from joinedup.register.actions.job import ask
from tests.register.people import actor
from joinedup.rules.foundation.role import Role
print(ask(kind="build", by=actor(Role.ANALYST)).pk)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A place with a register of its own, as `serve` would find it."""
    place = make_place(tmp_path_factory.mktemp("worker") / "place", files=received_by(EVERYTHING, MIDDLE), today=MIDDLE)
    root = Path(__file__).parents[2]
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    told = {
        "JOINEDUP_PLACE": str(place),
        "DJANGO_SETTINGS_MODULE": "joinedup.web.settings",
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}",
    }
    found = {**kept, **told}
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v", "0", "--skip-checks"], env=found, check=True)
    return found


@pytest.fixture
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "django", "run_jobs"], env=environment, stderr=subprocess.DEVNULL)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def job(environment: dict[str, str]) -> tuple[str, int | None, str]:
    with sqlite3.connect(Path(environment["JOINEDUP_PLACE"]) / "register.sqlite3") as register:
        row: tuple[str, int | None, str] = register.execute(
            "SELECT status, process, result FROM register_job ORDER BY id DESC"
        ).fetchone()
        return row


def wait_until(environment: dict[str, str], *statuses: str, seconds: float = 60) -> tuple[str, int | None, str]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = job(environment)
        if found[0] in statuses and (found[1] is not None or found[0] != "running"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"the job is {job(environment)}, not {statuses}")


def is_alive(process: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent to notice does not."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_leaves_a_lost_job_a_dead_build_and_the_place_as_it_was(
    environment: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    subprocess.run([sys.executable, "-c", ASK], env=environment, check=True)
    _, group, _ = wait_until(environment, "running")
    assert group is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    subprocess.run([sys.executable, "-m", "django", "run_jobs", "--batch"], env=environment, check=True)
    status, _, result = job(environment)
    assert (status, "The current release is as it was" in result) == ("lost", True)
    assert not is_alive(group)
    assert not (Path(environment["JOINEDUP_PLACE"]) / "current").exists()


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_stops_what_it_runs_and_says_so(
    environment: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    subprocess.run([sys.executable, "-c", ASK], env=environment, check=True)
    _, group, _ = wait_until(environment, "running")
    assert group is not None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    assert job(environment)[0] == "lost"
    assert not is_alive(group)
