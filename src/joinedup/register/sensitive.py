"""Teams whose very name says something sensitive: sexual health clinics, domestic abuse services, adoption teams."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from joinedup.rules.care.access import Sensitivity
from joinedup.store.people_sensitive import SensitiveParts, Told, load_sensitive
from joinedup.store.place import load_place
from joinedup.store.template import DEFINITIONS

#: Everything but the address, which is no service.
SERVICES = frozenset(Sensitivity) - {Sensitivity.RESTRICTED_ADDRESS}


def is_sensitive_team(service: str, hidden: frozenset[Sensitivity] = SERVICES) -> bool:
    """Whether a team of a service stays unnamed to somebody from whom some parts are hidden.

    Args:
        service: the team's service, as a code of a service or of a setting; "" where it has none.
        hidden: the parts that are hidden; all of them unless given.
    """
    folder: Path | None = settings.JOINEDUP_PLACE
    return bool(service) and _parts(folder).marks(hidden, Told(setting=service, service=service))


@lru_cache(maxsize=4)
def _parts(folder: Path | None) -> SensitiveParts:
    own = [load_place(folder).definitions] if folder is not None and (folder / "place.toml").exists() else []
    return load_sensitive([DEFINITIONS, *own])
