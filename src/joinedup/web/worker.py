"""The worker beside the server: one process that runs background work, started anew when it dies, ended with it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: How long to wait before a worker that died is started anew.
REST_SECONDS: Final = 5.0
#: How long a worker may take to stop what it runs.
STOP_SECONDS: Final = 20.0


@contextmanager
def background_worker() -> Iterator[None]:
    """Keep a worker of the served place running as long as the server runs."""
    ending = threading.Event()
    keeper = threading.Thread(target=_keep, args=(ending,), name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join(STOP_SECONDS)


def _keep(ending: threading.Event) -> None:
    while not ending.is_set():
        with _start() as process:
            while process.poll() is None and not ending.wait(1):
                pass
            process.communicate()  # its standard input closes: it stops
        ending.wait(REST_SECONDS)


def _start() -> subprocess.Popen[bytes]:
    """A worker in a session of its own, so that Ctrl+C reaches it through the server alone."""
    return subprocess.Popen(
        [sys.executable, "-m", "django", "run_jobs", "--with-parent", "--settings", "joinedup.web.settings"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
