"""The facts that a place's current release names: which files hold each canonical table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from joinedup.store.objects import Objects
from joinedup.store.place import Place, load_place
from joinedup.store.release import Manifest, current_release, read_manifest

_FACTS = "facts/"


class ReleaseFacts:
    """The canonical tables of a place's current release, as files.

    Args:
        place: the place's folder.

    Raises:
        ReleaseError: nothing was built yet.
    """

    def __init__(self, place: Path) -> None:
        self.place: Place = load_place(place)
        self.manifest: Manifest = read_manifest(place, current_release(place))

    @property
    def release(self) -> str:
        """The release that is read."""
        return self.manifest.release

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        made: dict[str, list[str]] = {}
        for name in sorted(self.manifest.objects):
            if name.startswith(_FACTS):
                made.setdefault(name.removeprefix(_FACTS).partition("@")[0], []).extend(self.manifest.objects[name])
        return made

    def has(self, table: str) -> bool:
        """Whether the release holds a table."""
        return bool(self._names.get(table))

    def paths(self, table: str) -> list[Path]:
        """The files of a table, all its months together; none where the release does not hold it."""
        return Objects(self.place.objects).paths(self._names.get(table, ()))

    def sha256(self, tables: Iterable[str]) -> str:
        """A hash of what some tables hold: files are named by their content."""
        names = [f"{table}:{sha}" for table in sorted(tables) for sha in self._names.get(table, ())]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()
