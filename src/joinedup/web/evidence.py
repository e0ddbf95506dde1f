"""The one reader of what the place has published, shared by all threads of this process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.reader import Reader


def reader() -> Reader:
    """The reader of the served place, opened at the first use.

    Raises:
        ConfigError: no place is served, or its folder is not a place.
        ReleaseError: nothing is published yet, or the release cannot be read.
    """
    place: Path | None = settings.JOINEDUP_PLACE
    if place is None:
        raise ConfigError("no place is served; start the pages with `joinedup serve DIR`")
    return open_reader(place)


@lru_cache(maxsize=4)
def open_reader(place: Path) -> Reader:
    """Open a place's reader once."""
    return Reader(place)
