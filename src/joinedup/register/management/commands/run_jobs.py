"""The worker of a place: takes background work from the queue, one piece at a time, until it is told to stop."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from joinedup.register import tasks
from joinedup.register.actions.job_queue import put_right
from joinedup.register.actions.job_run import place_folder
from joinedup.register.job_process import WORKER, hold
from joinedup.register.models import Job

#: How long to wait for an earlier worker that is just stopping.
SECONDS: Final = 15.0
#: How often a worker beside a server looks whether the register has been set up meanwhile.
REST_SECONDS: Final = 5.0


class PlaceWorker(Worker):
    """A worker that stops what runs when it is told to stop, rather than wait hours for it."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        tasks.STOPPING.set()
        super().shutdown(signum, frame)


class Command(BaseCommand):
    """`joinedup manage DIR run_jobs`: only one runs for a place; `joinedup serve` starts it by itself."""

    help = "Run background work of the place, one piece at a time"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--batch", action="store_true", help="Stop when nothing waits any more.")
        parser.add_argument(
            "--with-parent", action="store_true", help="Stop when standard input closes, as it does with its parent."
        )

    def handle(self, *, batch: bool = False, with_parent: bool = False, **_: Any) -> None:
        """Take the place's lock, put right what was left behind, and work."""
        while not _is_set_up():
            if not with_parent:
                raise CommandError("the register of this place is not set up; run: joinedup manage DIR migrate")
            if select.select([sys.stdin], [], [], REST_SECONDS)[0]:
                return  # the server beside it has ended
        deadline = time.monotonic() + SECONDS
        while not self._work(batch=batch, with_parent=with_parent):
            if time.monotonic() > deadline:
                raise CommandError("another worker of this place is running; one is enough")
            time.sleep(0.5)

    def _work(self, *, batch: bool, with_parent: bool) -> bool:
        """Work while holding the place's lock; False when another worker holds it."""
        with hold(place_folder(), WORKER) as lock:
            if lock is None:
                return False
            if with_parent:
                threading.Thread(target=_stop_with_parent, daemon=True).start()
            put_right()
            logging.getLogger("django_tasks_db").setLevel(logging.ERROR)  # jobs say themselves how they end
            worker = _worker(batch)
            worker.configure_signals()
            worker.run()
        return True


def _is_set_up() -> bool:
    """Whether the register has its tables; looking makes no empty database."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return False
    return Job._meta.db_table in connection.introspection.table_names()


def _worker(batch: bool) -> PlaceWorker:
    return PlaceWorker(
        queue_names=["default"],
        interval=0.5,
        batch=batch,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )


def _stop_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
