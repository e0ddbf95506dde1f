"""Releases: a manifest that names everything a published picture rests on, made current by one rename."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from joinedup.rules.foundation.errors import PlaceError, ReleaseError
from joinedup.store.objects import Objects, Tables, write_atomically
from joinedup.store.place import Place


@dataclass(frozen=True, slots=True)
class Input:
    """One file that went into a release."""

    source: str
    path: str
    sha256: str
    rows: int
    received: str


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What one stage of a build took and gave."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    rows_in: int
    rows_out: int
    reused: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a release rests on; two builds from the same inputs, code and definitions share one id.

    Attributes:
        release: id, from the as-of date and the content.
        objects: table name -> object names; names start with facts/ (restricted) or published/.
        problems: counts by severity.
        disclosure: policy by source, and how many published cells were hidden.
    """

    release: str
    place: str
    built_at: str
    as_of: str
    engine: str
    code_version: str
    definitions: Mapping[str, str]
    link_model: str
    inputs: tuple[Input, ...]
    objects: Tables
    stages: tuple[StageRecord, ...]
    problems: Mapping[str, int]
    disclosure: Mapping[str, Any]

    def names(self) -> set[str]:
        """Every object the release names."""
        return {name for names in self.objects.values() for name in names}


def release_id(as_of: str, content: Mapping[str, Any]) -> str:
    """The id of a release: its as-of date and a hash of what it holds, not of when it was made."""
    text = json.dumps(content, sort_keys=True, default=str)
    return f"{as_of.replace('-', '')}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def publish(place: Place, manifest: Manifest) -> None:
    """Make a release current: its manifest is written whole, then one rename points to it."""
    folder = place.releases / manifest.release
    write_atomically(folder / "manifest.json", json.dumps(asdict(manifest), indent=1, default=str))
    write_atomically(place.folder / "current", manifest.release + "\n")


def current_release(place: Path) -> str:
    """The id of the current release.

    Raises:
        ReleaseError: nothing has been built yet.
    """
    pointer = place / "current"
    if not pointer.is_file():
        raise ReleaseError(f"{place} has no release yet; run `joinedup build {place}`")
    return pointer.read_text().strip()


def read_manifest(place: Path, release: str) -> Manifest:
    """Read a release's manifest.

    Raises:
        ReleaseError: there is none under that id, or it cannot be read.
    """
    path = place / "releases" / release / "manifest.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        data["inputs"] = tuple(Input(**item) for item in data["inputs"])
        data["stages"] = tuple(StageRecord(**item) for item in data["stages"])
        data["objects"] = {table: tuple(names) for table, names in data["objects"].items()}
        return Manifest(**data)
    except FileNotFoundError as exc:
        raise ReleaseError(f"release {release} has no manifest at {path}; run `joinedup build {place}`") from exc
    except (KeyError, TypeError, ValueError) as exc:
        raise ReleaseError(f"{path} is damaged: {exc}; run `joinedup build {place}` to make it anew") from exc


def history(place: Path) -> tuple[Manifest, ...]:
    """Every kept release that can be read, newest first."""
    found = [read_manifest(place, path.parent.name) for path in (place / "releases").glob("*/manifest.json")]
    return tuple(sorted(found, key=lambda manifest: (manifest.built_at, manifest.release), reverse=True))


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which releases are kept besides the current one, where a rule is stricter than place.toml.

    Attributes:
        newest: at most so many, the current one included; None leaves the number to place.toml.
        since: none that was built before; None keeps them whatever their age.
    """

    newest: int | None = None
    since: datetime | None = None

    def of(self, releases: Sequence[Manifest]) -> set[str]:
        """The kept ones of some releases, which are given newest first."""
        return {
            manifest.release
            for manifest in releases[: self.newest]
            if self.since is None or datetime.fromisoformat(manifest.built_at) >= self.since
        }


def collect(place: Place, keeping: Keeping = Keeping()) -> int:
    """Remove releases beyond the kept number, never the current one, and the objects only they named.

    Args:
        place: the place; its own number of kept releases always holds.
        keeping: a stricter rule.

    Returns:
        How many objects were removed.
    """
    current = current_release(place.folder)
    releases = history(place.folder)
    kept = keeping.of(releases[: place.keep_releases]) | {current}
    for manifest in releases:
        if manifest.release not in kept:
            shutil.rmtree(place.releases / manifest.release)
    names = {name for manifest in releases if manifest.release in kept for name in manifest.names()}
    return Objects(place.objects).collect(names)


@contextmanager
def build_lock(place: Place) -> Iterator[None]:
    """Let one build at a time work on a place; the lock ends with the process that holds it.

    Raises:
        PlaceError: another build is under way.
    """
    place.objects.mkdir(parents=True, exist_ok=True)
    with (place.objects / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise PlaceError(f"another build of {place.folder} is under way; wait for it or stop it first") from exc
        yield
