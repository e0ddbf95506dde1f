"""The register's way to people: the store's reader of the served place, and what a pseudonym stands for today."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from joinedup.register.access import Subject
from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.people import People


def people() -> People:
    """The reader of people of the served place, turned to its current release.

    Raises:
        ConfigError: no place is served.
        ReleaseError: nothing is published yet, or the release cannot be read.
    """
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is served; start the pages with `joinedup serve DIR`")
    found = _open(folder)
    found.refresh()
    return found


def subject_of(person_id: int) -> Subject | None:
    """The person that a pseudonym stands for today; None when it never stood for anybody, or stands for several now."""
    reader = people()
    today = reader.current(person_id)
    return Subject(today[0], reader.aliases(today[0])) if len(today) == 1 else None


@lru_cache(maxsize=4)
def _open(folder: Path) -> People:
    return People(folder)
