"""The register's two clocks: the place's day, on which posts and relationships hold, and the time rows are written."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from joinedup.store.place import load_place


def today() -> date:
    """The place's day: the calendar's, unless a demonstration has stopped its clock."""
    folder: Path | None = settings.JOINEDUP_PLACE
    stopped = _stopped(folder) if folder is not None and (folder / "place.toml").exists() else None
    return stopped or timezone.localdate()


def now() -> datetime:
    """The time at which something is written down: the place's day, at this time of day."""
    moment = timezone.localtime()
    return datetime.combine(today(), moment.timetz()) if today() != moment.date() else moment


@lru_cache(maxsize=4)
def _stopped(folder: Path) -> date | None:
    return load_place(folder).fixed_today
