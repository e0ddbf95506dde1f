"""Parquet files named by their content, and what each finished stage of a build left behind."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

Tables = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Objects:
    """The object store of one place: `objects/<sha256>.parquet` and `objects/stages/<key>.json`.

    An object never changes once it has its name, so a release that names it stays readable
    whatever happens to later builds.
    """

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where an object lies."""
        return self.folder / f"{sha256}.parquet"

    def paths(self, names: Iterable[str]) -> list[Path]:
        """Where several objects lie."""
        return [self.path(name) for name in names]

    def add(self, file: Path) -> str:
        """Take a finished file in under the hash of its content; the file is moved.

        Returns:
            The name (SHA-256) of the object.
        """
        name = sha256_of(file)
        target = self.path(name)
        if target.exists():
            file.unlink()
        else:
            _sync(file)
            file.replace(target)
        return name

    def recall(self, key: str) -> dict[str, tuple[str, ...]] | None:
        """What a stage with this key left behind, if all of it is still here."""
        path = self.folder / "stages" / f"{key}.json"
        if not path.is_file():
            return None
        outputs = {table: tuple(names) for table, names in json.loads(path.read_text())["outputs"].items()}
        whole = all(self.path(name).is_file() for names in outputs.values() for name in names)
        return outputs if whole else None

    def remember(self, key: str, outputs: Tables) -> None:
        """Note what a finished stage left behind, so that a later build can use it again."""
        write_atomically(
            self.folder / "stages" / f"{key}.json",
            json.dumps({"outputs": {table: list(names) for table, names in outputs.items()}}, sort_keys=True),
        )

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for unfinished files on the same disk; removed at the end, and by the next build after a kill."""
        base = self.folder / "unfinished"
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        try:
            yield base
        finally:
            shutil.rmtree(base, ignore_errors=True)

    def collect(self, kept: set[str]) -> int:
        """Remove every object that no kept release names, and notes of stages that lost one.

        Returns:
            How many objects were removed.
        """
        unused = [path for path in self.folder.glob("*.parquet") if path.stem not in kept]
        for note in (self.folder / "stages").glob("*.json"):
            names = {name for names in json.loads(note.read_text())["outputs"].values() for name in names}
            if not names <= kept:
                note.unlink()
        for path in unused:
            path.unlink()
        return len(unused)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    _sync(part)
    part.replace(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
