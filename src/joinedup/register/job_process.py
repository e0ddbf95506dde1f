"""The process behind a piece of background work: the command line in a group of its own, alive while a lock is held.

The worker takes a lock on a file of the job and hands it to the process it starts. The system frees the lock when both
have ended, however they ended, so whether a job still runs is asked of the lock and never guessed from a number.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

FOLDER: Final = "jobs"
WORKER: Final = "worker"

#: How much of what a command says is kept.
LINES, CHARACTERS = 200, 16_000

#: How long a command that was told to stop may take before it is stopped hard.
GRACE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command.

    Attributes:
        code: its exit code; negative when a signal ended it.
        output: the end of what it printed.
    """

    code: int
    output: str


@contextmanager
def hold(place: Path, name: str) -> Iterator[int | None]:
    """Hold the lock of a job or of the worker; None when somebody else does."""
    path = _path(place, name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle
    finally:
        os.close(handle)


def is_held(place: Path, name: str) -> bool:
    """Whether the worker, or a job or the process it started, is there."""
    path = _path(place, name)
    if not path.exists():
        return False
    with path.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def forget(place: Path, name: str) -> None:
    """Remove the lock file of a job that has ended."""
    _path(place, name).unlink(missing_ok=True)


class Command:
    """A command of joinedup that runs in a group of processes of its own.

    Args:
        arguments: what follows `joinedup`.
        lock: the job's lock, which the process holds as long as it lives.
    """

    def __init__(self, arguments: Sequence[str], lock: int) -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait()
        self._lines: deque[str] = deque(maxlen=LINES)
        self._process = subprocess.Popen(  # noqa: S603 - our own command, arguments from a closed list
            [sys.executable, "-m", "joinedup.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=(lock,),
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def group(self) -> int:
        """Number of its group of processes."""
        return self._process.pid

    def progress(self) -> str:
        """The newest lines it said, bounded."""
        return "\n".join(list(self._lines))[-CHARACTERS:]

    def has_ended(self, within: float) -> bool:
        """Whether it has ended, or ends within some seconds."""
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """Tell the whole group to stop, and stop it hard when it does not."""
        end_group(self.group, signal.SIGTERM)
        if not self.has_ended(GRACE_SECONDS):
            end_group(self.group, signal.SIGKILL)
            self._process.wait()

    def outcome(self) -> Outcome:
        """What became of it; waits for its end."""
        code = self._process.wait()
        self._listener.join(timeout=GRACE_SECONDS)
        with self._output as output:
            output.seek(0, os.SEEK_END)
            output.seek(max(0, output.tell() - 64 * CHARACTERS))
            return Outcome(code, output.read().decode("utf-8", errors="replace"))

    def _listen(self) -> None:
        if self._process.stderr is not None:
            with self._process.stderr as said:
                self._lines.extend(line.rstrip()[:500] for line in said)


def end_group(group: int, how: signal.Signals) -> None:
    """Send a signal to a group of processes that may be gone already."""
    try:
        os.killpg(group, how)
    except ProcessLookupError:
        return


def _path(place: Path, name: str) -> Path:
    return place / FOLDER / f"{name}.lock"
