"""Protocols on disk, and the append-only list of what was registered and when."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.rules.programme.protocol import Protocol
from joinedup.rules.programme.protocol_reading import read_protocol

FILE: Final = "registrations.jsonl"
_FIRST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class ProtocolFile:
    """A protocol as it lies on disk.

    Attributes:
        name: the file's stem, by which registrations know it.
        content: the parsed file with dates as text, as registered.
        hash: of the content; layout and comments do not count.
    """

    path: Path
    name: str
    protocol: Protocol
    content: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Registration:
    """One line of the list: what was promised, and when.

    Attributes:
        time: ISO, with the offset from UTC.
        previous: hash of the line before, so that a line cannot be changed or taken out unnoticed.
        seal: hash of all the rest, so that the last line cannot be changed unnoticed either; "" in older lists.
    """

    name: str
    title: str
    hash: str
    time: str
    content: Mapping[str, Any]
    previous: str
    seal: str = ""

    @property
    def whole(self) -> str:
        """The hash of everything but the seal."""
        return canonical_hash({name: getattr(self, name) for name in self.__slots__ if name != "seal"})


def load_protocol(path: Path) -> ProtocolFile:
    """Read and check a protocol.

    Raises:
        UsageError: there is no such file.
        ConfigError: it is not TOML, or its fields are wrong; all are named.
    """
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise UsageError(f"there is no protocol at {path}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not valid TOML: {exc}; see the examples in docs/how-to") from exc
    return protocol_of(parsed, path)


def protocol_of(parsed: Mapping[str, Any], path: Path) -> ProtocolFile:
    """Check a protocol that is already parsed.

    Args:
        parsed: with the keys of a file.
        path: where it lies, or would lie; its stem is its name.

    Raises:
        ConfigError: its fields are wrong; all are named.
    """
    try:
        protocol = read_protocol(parsed)
    except ConfigError as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    content = _plain(parsed)
    return ProtocolFile(path, path.stem, protocol, content, canonical_hash(content))


def canonical_hash(content: Mapping[str, Any]) -> str:
    """The hash of a protocol's content, whatever its layout, comments and order of keys.

    >>> canonical_hash({"a": 1, "b": 2}) == canonical_hash({"b": 2, "a": 1})
    True
    """
    text = json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def registrations_file(protocol: Path) -> Path:
    """Where a protocol is registered: the place's evaluations/ if it lies inside a place, beside it otherwise."""
    for folder in protocol.resolve().parents:
        if (folder / "place.toml").is_file():
            return folder / "evaluations" / FILE
    return protocol.resolve().parent / FILE


def register(path: Path, file: ProtocolFile, time: datetime) -> Registration:
    """Append a protocol to the list; the same content under the same name is registered once.

    Args:
        path: the list; made when it does not exist.
        time: with its time zone.

    Returns:
        The new registration, or the one that stands already.

    Raises:
        ConfigError: the list was altered.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        known = registrations(path)
        for item in known:
            if (item.name, item.hash) == (file.name, file.hash):
                return item
        handle.seek(0)
        lines = handle.read().splitlines()
        previous = _line_hash(lines[-1]) if lines else _FIRST
        made = Registration(file.name, file.protocol.title, file.hash, time.isoformat(), file.content, previous)
        made = replace(made, seal=made.whole)
        handle.write(json.dumps({name: getattr(made, name) for name in Registration.__slots__}) + "\n")
    return made


def registrations(path: Path) -> tuple[Registration, ...]:
    """Every registration, oldest first; none where there is no list.

    Raises:
        ConfigError: a line was changed, taken out or cannot be read.
    """
    if not path.is_file():
        return ()
    found: list[Registration] = []
    previous = _FIRST
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            item = Registration(**json.loads(line))
        except (ValueError, TypeError) as exc:
            raise ConfigError(f"{path}, line {number}, cannot be read: {exc}; restore the list from a backup") from exc
        is_sealed = item.seal == item.whole if item.seal else not any(each.seal for each in found)
        if item.previous != previous or item.hash != canonical_hash(item.content) or not is_sealed:
            raise ConfigError(
                f"{path} was altered at or before line {number}; registrations are only ever added: restore a backup"
            )
        found.append(item)
        previous = _line_hash(line)
    return tuple(found)


def _line_hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
