"""A place is a folder: its place.toml, its areas and organisations, and where everything in it lives."""

from __future__ import annotations

import csv
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import ConfigError, DefinitionError
from joinedup.rules.foundation.period import Period
from joinedup.store.register_extracts import sources_with_register

KEY_VARIABLE = "JOINEDUP_KEY"
KEY_BYTES = 32


class PlaceKind(StrEnum):
    """What a place is for, which decides whether test numbers and a fixed clock are allowed."""

    LIVE = "live"
    DEMONSTRATION = "demonstration"
    STATISTICS = "statistics"  # published statistics only, no people


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source of extracts as place.toml describes it.

    Attributes:
        id: name of the source and of its folder under extracts/.
        kind: id of the extract schema its files follow.
        label: what people call it.
        id_space: sources in one space share local ids; the source's own id unless stated.
        organisation: who holds the records when the rows do not say.
        columns: the place's own column names mapped to the schema's.
        dates: how dates are written: auto, iso, dmy or ymd.
        disclosure: how figures from it are protected.
        is_register: a GP register, which says where people live and are registered; `register = true`, or the
            id space "gp" unless stated.
        flow: the table [sources.<id>.flow] as written; empty when there is none.
    """

    id: str
    kind: str
    label: str
    id_space: str
    organisation: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    dates: str = "auto"
    disclosure: Policy = Policy.HES
    is_register: bool = False
    flow: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Area:
    """An area with its dates; areas nest by `parent`, and a successor replaces one that ended."""

    code: str
    name: str
    kind: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Everything place.toml says, checked."""

    folder: Path
    id: str
    name: str
    kind: PlaceKind
    span: Period
    fixed_today: date | None
    sources: Mapping[str, SourceSettings]
    areas_file: str | None
    organisations_file: str | None
    geography_file: str | None
    keep_releases: int

    @property
    def today(self) -> date:
        """The day of the build: the calendar's, unless the place is a demonstration with a fixed clock."""
        return self.fixed_today or date.today()

    @property
    def extracts(self) -> Path:
        """Where partners' files arrive: extracts/<source>/<period>/<received>.<ext>."""
        return self.folder / "extracts"

    @property
    def objects(self) -> Path:
        """Content-addressed Parquet files of every release."""
        return self.folder / "objects"

    @property
    def releases(self) -> Path:
        """One folder a release, each with its manifest."""
        return self.folder / "releases"

    @property
    def definitions(self) -> Path:
        """Local definitions that add to or override the shipped ones."""
        return self.folder / "definitions"

    @property
    def identity(self) -> Path:
        """Names and numbers; JOINEDUP_IDENTITY points elsewhere when another controller keeps them."""
        return Path(os.environ.get("JOINEDUP_IDENTITY") or self.folder / "identity")

    def areas(self) -> tuple[Area, ...]:
        """Every area of the place, in the order of its file."""
        return tuple(self._areas(self.areas_file))

    def organisations(self) -> tuple[Area, ...]:
        """Every organisation of the place, in the order of its file."""
        return tuple(self._areas(self.organisations_file))

    def geography(self) -> list[dict[str, str]]:
        """Small areas with the areas that hold them and their deprivation decile."""
        return list(_rows(self.folder, self.geography_file)) if self.geography_file else []

    def _areas(self, name: str | None) -> Iterator[Area]:
        for number, row in enumerate(_rows(self.folder, name) if name else (), start=1):
            try:
                yield Area(
                    code=row["code"],
                    name=row["name"],
                    kind=row["kind"],
                    parent=row.get("parent") or None,
                    valid_from=_date(row.get("valid_from")),
                    valid_to=_date(row.get("valid_to")),
                    successor=row.get("successor") or None,
                )
            except (KeyError, ValueError) as exc:
                raise ConfigError(
                    f"{name}, record {number}: {exc}; expected columns code,name,kind,parent,valid_from,valid_to,"
                    "successor with ISO dates"
                ) from exc

    def key(self) -> bytes:
        """The secret that makes pseudonyms: from the environment, else from a file only its owner can read.

        The file is made at the first use. It lies outside releases and backups.

        Raises:
            ConfigError: the key is too short, lost, or others on this machine can read its file.
        """
        given = os.environ.get(KEY_VARIABLE)
        if given:
            return _checked_key(given.encode(), f"the environment variable {KEY_VARIABLE}")
        path = self.folder / "key"
        if not path.exists():
            if (self.folder / "current").exists():  # restored from a backup, which holds no key
                raise ConfigError(
                    f"{path} is missing, but this place was built with a key; put it back, because another key "
                    "gives everybody another pseudonym and the register would know nobody"
                )
            _write_private(path, secrets.token_hex(KEY_BYTES))
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path} can be read by others; run: chmod 600 {path}")
        return _checked_key(path.read_text().strip().encode(), str(path))


def load_place(folder: Path) -> Place:
    """Read and check place.toml.

    Args:
        folder: the place.

    Returns:
        The place, every setting checked.

    Raises:
        ConfigError: there is no place.toml, it is not TOML, or a setting is missing or impossible.
    """
    path = folder / "place.toml"
    if not path.is_file():
        raise ConfigError(f"{folder} is not a place: it has no place.toml; make one with `joinedup new {folder}`")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
    try:
        return _place(folder, data)
    except (KeyError, ValueError, TypeError, DefinitionError) as exc:
        reason = f"{exc.args[0]!r} is missing" if isinstance(exc, KeyError) else str(exc)
        raise ConfigError(f"{path}: {reason}; see `joinedup new` for a commented example") from exc


def _place(folder: Path, data: dict[str, Any]) -> Place:
    head, clock, span = data["place"], data.get("clock", {}), data["period"]
    sources = sources_with_register(folder, str(head["name"]), data.get("sources", {}))
    kind = PlaceKind(head.get("kind", "live"))
    fixed = clock.get("today")
    if fixed and kind is PlaceKind.LIVE:
        raise ConfigError(f"{folder / 'place.toml'}: a live place uses the calendar; take out [clock] today")
    return Place(
        folder=folder,
        id=str(head["id"]),
        name=str(head["name"]),
        kind=kind,
        span=Period(span["start"], span["end"] + timedelta(days=1)),
        fixed_today=fixed,
        sources={name: _source(name, table) for name, table in sources.items()},
        areas_file=head.get("areas"),
        organisations_file=head.get("organisations"),
        geography_file=head.get("geography"),
        keep_releases=int(data.get("releases", {}).get("keep", 5)),
    )


def _source(name: str, table: Mapping[str, Any]) -> SourceSettings:
    if not name.replace("_", "").replace("-", "").isalnum():
        raise ValueError(f"source {name!r}: use letters, digits, - and _ only, because it names a folder")
    if "kind" not in table:
        raise ValueError(f"source {name!r}: 'kind' is missing; it names the extract schema, for example \"apc\"")
    dates = table.get("dates", "auto")
    if dates not in {"auto", "iso", "dmy", "ymd"}:
        raise ValueError(f"source {name!r}: dates = {dates!r}; use auto, iso, dmy or ymd")
    return SourceSettings(
        id=name,
        kind=str(table["kind"]),
        label=str(table.get("label", name)),
        id_space=str(table.get("id_space", name)),
        organisation=table.get("organisation"),
        columns={str(k): str(v) for k, v in table.get("columns", {}).items()},
        dates=dates,
        disclosure=Policy(table.get("disclosure", "hes")),
        is_register=bool(table.get("register", table["kind"] == "persons" and table.get("id_space") == "gp")),
        flow=table.get("flow", {}),
    )


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = folder / name
    if not path.is_file():
        raise ConfigError(f"place.toml names {name}, but {path} does not exist")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _checked_key(key: bytes, where: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise ConfigError(f"the key in {where} is shorter than {KEY_BYTES} characters; use a long random one")
    return key[:64]


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
