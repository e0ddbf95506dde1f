"""The register's way to people: the store's reader of the served place, and what a pseudonym stands for today."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from joinedup.register.access import Subject
from joinedup.rules.foundation.errors import ConfigError, ReleaseError
from joinedup.store.membership import records_of
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
    if len(today) != 1:
        return None
    return Subject(today[0], reader.aliases(today[0]), reader.formers(today[0]))


def aliases_of(person_id: int) -> frozenset[int]:
    """Every pseudonym of everybody whom a pseudonym stands for today; itself alone where no release can say."""
    try:
        reader = people()
        return frozenset({person_id}).union(*(reader.aliases(person) for person in reader.current(person_id)))
    except (ConfigError, ReleaseError):
        return frozenset({person_id})


def record_keys_of(person_id: int) -> tuple[int, ...]:
    """The keys of a person's records today; none where no release can say."""
    folder: Path | None = settings.JOINEDUP_PLACE
    try:
        return tuple(member.record_key for member in records_of(folder, [person_id])) if folder else ()
    except (ConfigError, ReleaseError):
        return ()


@lru_cache(maxsize=4)
def _open(folder: Path) -> People:
    return People(folder)
