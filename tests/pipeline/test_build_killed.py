"""A build that is killed leaves the former release as it was, and the next build is as if nothing had happened."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from joinedup.pipeline.build import build
from joinedup.store.objects import sha256_of
from joinedup.store.reader import Reader
from joinedup.store.release import current_release
from tests import place_on_disk as micro

#: A build is killed when this many of its twelve stages have ended and a moment later, at the latest when one more has
#: ended: within, or between, two stages, and before it publishes however fast the machine is.
STAGES_ENDED = (0, 1, 2, 7, 9)
LONGEST_MOMENT = 1.5


def kill_within(place: Path, ended: int, moment: float) -> int:
    """Start a build, kill it a moment after some of its stages have ended; its exit code."""
    command = [sys.executable, "-m", "joinedup.cli", "build", str(place)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, bufsize=0
    ) as process:
        assert process.stderr is not None
        if ended == 0:
            wait_for(place / "objects" / "unfinished", process)
        for _ in range(ended):
            process.stderr.readline()
        select.select([process.stderr], [], [], moment)
        process.send_signal(signal.SIGKILL)
        return process.wait()


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a build has begun to write."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.01)


def check_store(place: Path, former: str) -> None:
    """The former release is current and can be read; every object is whole."""
    assert current_release(place) == former
    reader = Reader(place)
    assert all(reader.points(measure.id) for measure in reader.measures())
    for path in (place / "objects").glob("*.parquet"):
        assert sha256_of(path) == path.stem


@pytest.mark.slow
def test_killed_builds_leave_the_former_release_and_the_next_one_succeeds(
    earlier: Path, refreshed: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(earlier, tmp_path / "place"))
    micro.deliver_the_rest(place)
    moments = random.Random(20240720)
    killed = 0
    for ended in STAGES_ENDED:
        killed += kill_within(place, ended, moments.uniform(0, LONGEST_MOMENT)) == -signal.SIGKILL
        check_store(place, current_release(earlier))
    assert killed == len(STAGES_ENDED)
    assert build(place).release == current_release(refreshed)
    assert (micro.figures(place, tmp_path / "a"), []) == (micro.figures(refreshed, tmp_path / "b"), [])
    for name in ("measures.csv", "quality.csv", "linkage.csv", "problems.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert not (place / "objects" / "unfinished").exists()
    assert not (place / "identity" / "unfinished").exists()
