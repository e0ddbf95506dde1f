"""Results of a place's evaluations, kept as numbered versions that are only ever added."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from joinedup.rules.foundation.errors import ReleaseError, UsageError
from joinedup.store.objects import write_atomically

RESULT: Final = "result.json"
REPORT: Final = "report.html"
ABOUT: Final = "about.json"
PROBLEMS: Final = "problems.json"
_FIRST: Final = "0" * 64
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_NUMBER: Final = re.compile(r"[0-9]{4,}")
#: What makes a run another run, besides what it found.
_BASIS: Final = ("release", "protocol_hash", "code_version")


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of the result of one evaluation.

    Attributes:
        name: of the protocol: its file's stem.
        number: counted from 1.
        folder: where result.json, report.html and about.json lie.
        result: what result.json holds.
        about: `release`, `protocol_hash`, `code_version`, `run_at`, `result_hash` and what else the run noted, such as
            the inputs of its release.
    """

    name: str
    number: int
    folder: Path
    result: Mapping[str, Any]
    about: Mapping[str, Any]

    @property
    def release(self) -> str:
        """The release that the evaluation was run on."""
        return str(self.about.get("release", ""))

    @property
    def run_at(self) -> str:
        """When it was run: ISO, with the offset from UTC."""
        return str(self.about.get("run_at", ""))

    @property
    def report(self) -> Path:
        """The report to read or to print; it may be missing where none was written."""
        return self.folder / REPORT


#: Writes the report of a version, given that version and the one before.
Render = Callable[[Kept, "Kept | None"], str]


def keep(
    place: Path, name: str, result: Mapping[str, Any], about: Mapping[str, Any], render: Render | None = None
) -> Kept:
    """Add a version; the same finding of the same release, protocol and code is not kept twice.

    A version appears whole or not at all: it is written aside and renamed into its place while a lock keeps other
    writers of the same evaluation waiting. What a killed process left is removed by the next writer.

    Args:
        place: the place's folder.
        name: of the protocol.
        result: as result.json holds it.
        about: at least `release`, `protocol_hash`, `code_version` and `run_at`.
        render: writes report.html; None writes none.

    Returns:
        The new version, or the latest one where nothing differs from it.

    Raises:
        UsageError: the name cannot be a folder's, or `about` says too little.
        ReleaseError: an earlier version was altered.
    """
    _checked(name, about)
    folder = _folder(place, name)
    with _lock(folder):
        _sweep(folder)
        known = EvaluationResults(place).versions(name)
        last = known[-1] if known else None
        digest = _substance(result)
        if last is not None and _is_same(last, about, digest):
            return last
        return _added(folder, Kept(name, last.number + 1 if last else 1, folder, result, {**about}), last, render)


@dataclass(frozen=True, slots=True)
class EvaluationResults:
    """Reads the kept results of a place."""

    place: Path

    def names(self) -> tuple[str, ...]:
        """Evaluations with at least one version, sorted."""
        base = _base(self.place)
        if not base.is_dir():
            return ()
        return tuple(sorted(folder.name for folder in base.iterdir() if folder.is_dir() and _numbers(folder)))

    def versions(self, name: str) -> tuple[Kept, ...]:
        """Every version, oldest first; none where there is none.

        Raises:
            ReleaseError: a version was changed, taken out or cannot be read.
        """
        folder = _folder(self.place, name)
        found: list[Kept] = []
        previous = _FIRST
        for expected, number in enumerate(_numbers(folder), 1):
            kept, own = _read(folder / f"{number:04d}", name, number)
            if number != expected or kept.about.get("previous") != previous:
                raise _altered(folder, expected)
            found.append(kept)
            previous = own
        return tuple(found)

    def latest(self, name: str) -> Kept | None:
        """The newest version; None where there is none.

        Raises:
            ReleaseError: it was changed or cannot be read.
        """
        folder = _folder(self.place, name)
        numbers = _numbers(folder)
        return _read(folder / f"{numbers[-1]:04d}", name, numbers[-1])[0] if numbers else None

    def problems(self) -> tuple[str, ...]:
        """Evaluations that could not be run again on the last release, each with its reason.

        Raises:
            ReleaseError: the note cannot be read.
        """
        path = _base(self.place) / PROBLEMS
        try:
            return tuple(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as exc:
            raise ReleaseError(f"{path} cannot be read: {exc}; the next build writes it anew") from exc


def note_problems(place: Path, problems: Sequence[str]) -> None:
    """Write down which evaluations could not be run again, in place of what was noted at the release before."""
    if problems or (_base(place) / PROBLEMS).exists():
        write_atomically(_base(place) / PROBLEMS, json.dumps(list(problems), indent=1, ensure_ascii=False) + "\n")


def _checked(name: str, about: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name an evaluation; name the protocol's file with letters, digits, - and _")
    missing = [key for key in (*_BASIS, "run_at") if key not in about]
    if missing:
        raise UsageError(f"a result of {name} is to be kept without its {', '.join(missing)}")


def _is_same(last: Kept, about: Mapping[str, Any], digest: str) -> bool:
    return all(last.about[key] == about[key] for key in _BASIS) and last.about["substance_hash"] == digest


def _substance(result: Mapping[str, Any]) -> str:
    """The hash of what was found, whenever it was found."""
    plain: dict[str, Any] = json.loads(_text(result))
    plain["provenance"] = {key: item for key, item in plain.get("provenance", {}).items() if key != "run_at"}
    registered = plain.get("registered", {})
    if registered.get("heading") != "registered":  # at run time: its time is the time of the run
        plain["registered"] = {key: item for key, item in registered.items() if key != "time"}
    return _hash(json.dumps(plain, sort_keys=True, ensure_ascii=False))


def _added(folder: Path, new: Kept, last: Kept | None, render: Render | None) -> Kept:
    text = _text(new.result)
    about = {
        **new.about, "number": new.number, "result_hash": _hash(text), "substance_hash": _substance(new.result),
        "previous": _hash(_about_text(last.about)) if last else _FIRST,
    }  # fmt: skip
    place_of = folder / f"{new.number:04d}"
    made = Kept(new.name, new.number, place_of, json.loads(text), about)
    part = folder / f".{new.number:04d}.{os.getpid()}"
    part.mkdir()
    write_atomically(part / RESULT, text)
    write_atomically(part / ABOUT, _about_text(about))
    if render is not None:
        write_atomically(part / REPORT, render(made, last))
    _sync(part)
    part.rename(place_of)
    _sync(folder)
    return made


def _read(folder: Path, name: str, number: int) -> tuple[Kept, str]:
    try:
        text = (folder / RESULT).read_text(encoding="utf-8")
        about_text = (folder / ABOUT).read_text(encoding="utf-8")
        result, about = json.loads(text), json.loads(about_text)
    except (OSError, ValueError) as exc:
        raise ReleaseError(f"{folder} cannot be read: {exc}; restore it from a backup") from exc
    if not isinstance(about, dict) or about.get("result_hash") != _hash(text):
        raise _altered(folder.parent, number)
    return Kept(name, number, folder, result, about), _hash(about_text)


def _altered(folder: Path, number: int) -> ReleaseError:
    return ReleaseError(
        f"results of {folder.name} were altered at or before version {number}; versions are only ever added: restore"
        f" {folder} from a backup"
    )


def _text(result: Mapping[str, Any]) -> str:
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def _about_text(about: Mapping[str, Any]) -> str:
    return json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _base(place: Path) -> Path:
    return place / "evaluations" / "results"


def _folder(place: Path, name: str) -> Path:
    """Where versions lie; a name that is no plain word has none, so that no address leads elsewhere."""
    return _base(place) / (name if _NAME.fullmatch(name) else "-")


def _numbers(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(item.name) for item in folder.iterdir() if _NUMBER.fullmatch(item.name))


def _sweep(folder: Path) -> None:
    """Remove what a killed process left; only the holder of the lock writes here."""
    for item in folder.iterdir():
        if item.is_dir() and item.name.startswith("."):
            shutil.rmtree(item)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
