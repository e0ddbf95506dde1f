"""Backups of a place: one file with everything that cannot be made again, never a key, taken while people work.

Releases are frozen by second names for their objects, which never change; a register on SQLite is copied by the
database's own backup, one on PostgreSQL by pg_dump: each in one consistent state.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import joinedup
from joinedup.rules.foundation.errors import PlaceError, ReleaseError, UsageError
from joinedup.store.objects import Objects
from joinedup.store.place import KEY_VARIABLE, Place, PlaceKind, load_place
from joinedup.store.register_dump import Database, dump_register
from joinedup.store.register_extracts import FLOWS, OWN_SOURCES
from joinedup.store.release import build_lock, current_release, history

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"

#: Secrets of a place; a backup that falls into wrong hands must not open what it holds.
KEYS: Final = ("key", "web_key", "audit_key")

#: Top entries of a place that are not taken as they lie: keys, what is frozen first, what can be made again.
_APART: Final = frozenset({*KEYS, "identity", "extracts", "objects", "releases", "current", "jobs", MANIFEST})

#: Parts of the identity store that the next build makes again.
_MADE_AGAIN: Final = frozenset({"landed", "unfinished"})

#: A file up to this size is looked through for keys; longer ones hold tables.
_LOOKED_THROUGH: Final = 1 << 20

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of a backup."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        format: version of this layout.
        joinedup: version of the code that made it.
        place, name: whose.
        made_at: when, UTC.
        release: the release that was current; "" where nothing was built.
        register: sqlite, postgresql or "" where the place had none.
        with_identity: whether it holds names and numbers.
        key_mark: a fingerprint of the place's key, which is not inside; "" where it had none.
        left_out: what is not inside, in words.
        files: everything that is.
    """

    format: int
    joinedup: str
    place: str
    name: str
    made_at: str
    release: str
    register: str
    with_identity: bool
    key_mark: str
    left_out: tuple[str, ...]
    files: tuple[BackupFile, ...]


def back_up(folder: Path, file: Path, *, with_identity: bool = False, database: Database | None = None) -> Backup:
    """Write a place's backup into one file, readable by its owner alone.

    Without `with_identity` it holds no name and no number of a person in the records: the identity store and what
    partners sent are left out. The names of the place's own users are in its register and so in its backup.

    Args:
        folder: the place; it may be served meanwhile.
        file: a .tar.gz that does not exist yet, outside the place.
        with_identity: take the identity store and what partners sent as well; no build may run meanwhile.
        database: where the register is when it is not the file register.sqlite3.

    Raises:
        UsageError: the file exists, or lies in the place.
        PlaceError: the place changes all the time, a key lies where it must not, or pg_dump fails.
    """
    place = load_place(folder)
    _check_target(folder, file)
    with _scratch(folder) as scratch:
        register = dump_register(folder, scratch, database)
        release = _freeze_releases(place, scratch)
        _freeze_settings(place, scratch)
        if with_identity:
            with build_lock(place):
                _freeze_identity(place, scratch)
        _refuse_keys(folder, scratch)
        about = Backup(
            format=FORMAT,
            joinedup=joinedup.__version__,
            place=place.id,
            name=place.name,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            release=release,
            register=register,
            with_identity=with_identity,
            key_mark=key_mark(place),
            left_out=_left_out(place, with_identity),
            files=(),
        )
        return _write(about, scratch, file)


def key_mark(place: Place) -> str:
    """A fingerprint by which a place's key is known again without being told; "" where it has none."""
    if not os.environ.get(KEY_VARIABLE) and not (place.folder / "key").exists():
        return ""
    return hashlib.sha256(b"joinedup backup\x1f" + place.key()).hexdigest()[:16]


def _check_target(folder: Path, file: Path) -> None:
    if file.exists():
        raise UsageError(f"{file} exists; name a file that does not, so that no earlier backup is lost")
    if not file.parent.is_dir():
        raise UsageError(f"{file.parent} is not a folder; make it first")
    if file.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{file} lies in the place itself; write its backup somewhere else, best on another machine")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside the files it freezes, because a second name of a file must be on the same disk."""
    scratch = Path(tempfile.mkdtemp(prefix=".backup-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _freeze_releases(place: Place, scratch: Path) -> str:
    """Give every kept release, whole, a second name; begin again when one is collected meanwhile."""
    wrong: OSError | ReleaseError | None = None
    for _ in range(_ATTEMPTS):
        if not (place.folder / "current").is_file():
            return ""
        try:
            current = current_release(place.folder)
            releases = history(place.folder)
            for manifest in releases:
                path = place.releases / manifest.release / "manifest.json"
                _take(path, scratch / "releases" / manifest.release / "manifest.json")
            for name in sorted({name for manifest in releases for name in manifest.names()}):
                source = Objects(place.objects).path(name)
                _take(source, scratch / "objects" / source.name)
        except (FileNotFoundError, ReleaseError) as error:
            wrong = error
            for part in ("releases", "objects"):
                shutil.rmtree(scratch / part, ignore_errors=True)
            continue
        (scratch / "current").write_text(current + "\n")
        return current
    raise PlaceError(f"the releases of {place.folder} are not whole, or change all the time: {wrong}")


def _freeze_settings(place: Place, scratch: Path) -> None:
    """Everything else that lies in the place, and of what it received only what its register wrote."""
    for entry in sorted(place.folder.iterdir()):
        if entry.name not in _APART and not entry.name.startswith((".", "register.sqlite3")):
            _take_all(entry, scratch / entry.name)
    names = [*OWN_SOURCES, FLOWS]
    if place.kind is PlaceKind.STATISTICS and place.extracts.is_dir():
        names = [entry.name for entry in place.extracts.iterdir()]
    for name in sorted(names):
        if (place.extracts / name).exists():
            _take_all(place.extracts / name, scratch / "extracts" / name)


def _freeze_identity(place: Place, scratch: Path) -> None:
    if place.identity.is_dir():
        for entry in sorted(place.identity.iterdir()):
            if entry.name not in _MADE_AGAIN:
                _take_all(entry, scratch / "identity" / entry.name)
    if place.extracts.is_dir():
        _take_all(place.extracts, scratch / "extracts")


def _take_all(source: Path, target: Path) -> None:
    files = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    for path in files:
        if not path.is_symlink():
            _take(path, target / path.relative_to(source) if path != source else target)


def _take(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk has none."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def _refuse_keys(folder: Path, scratch: Path) -> None:
    """Stop when a copy of a key lies among the files, under whatever name."""
    secrets = [(folder / name).read_bytes().strip() for name in KEYS if (folder / name).is_file()]
    secrets += [os.environ[KEY_VARIABLE].encode()] if os.environ.get(KEY_VARIABLE) else []
    for path in sorted(scratch.rglob("*")):
        if path.is_file() and path.stat().st_size <= _LOOKED_THROUGH:
            content = path.read_bytes()
            if any(secret in content for secret in secrets if secret):
                name = path.relative_to(scratch)
                raise PlaceError(f"{name} holds a key of this place; move it away, then make the backup again")


def _left_out(place: Place, with_identity: bool) -> tuple[str, ...]:
    always = ("the place's keys (key, web_key, audit_key): keep them apart", "who is signed in")
    if with_identity or place.kind is PlaceKind.STATISTICS:
        return always
    return (*always, "the identity store", "what partners sent (extracts)")


def _write(about: Backup, scratch: Path, file: Path) -> Backup:
    unfinished = file.with_name(f".{file.name}.unfinished")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
                paths = sorted(path for path in scratch.rglob("*") if path.is_file())
                files = tuple(_add(tar, path, path.relative_to(scratch).as_posix()) for path in paths)
                whole = replace(about, files=files)
                _add_text(tar, MANIFEST, json.dumps(asdict(whole), indent=1))
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return whole


class Hashing(io.RawIOBase):
    """A file that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.sha256 = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.sha256.update(data)
        return data


def _add(tar: tarfile.TarFile, path: Path, name: str) -> BackupFile:
    info = tarfile.TarInfo(name)
    info.size, info.mode = path.stat().st_size, 0o600
    with path.open("rb") as stream:
        hashing = Hashing(stream)
        tar.addfile(info, hashing)
    return BackupFile(name, info.size, hashing.sha256.hexdigest())


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    tar.addfile(info, io.BytesIO(data))
