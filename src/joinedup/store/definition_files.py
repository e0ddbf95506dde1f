"""Definition files read one way: TOML key by key and CSV row by row, the place's own over the shipped ones."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one TOML definition, handed out by type.

    Attributes:
        name: path inside a definitions folder, for messages.
        values: key -> value.
    """

    name: str
    values: Mapping[str, object]

    def number(self, key: str) -> int:
        """A whole number."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigError(f"{self.name}: {key} must be a whole number, not {value!r}")
        return value

    def word(self, key: str) -> str:
        """A text."""
        value = self._value(key)
        if not isinstance(value, str):
            raise ConfigError(f"{self.name}: {key} must be a text, not {value!r}")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{self.name}: {key} must be a list of texts, not {value!r}")
        return tuple(value)

    def day(self, key: str) -> date:
        """A date."""
        value = self._value(key)
        if not isinstance(value, date):
            raise ConfigError(f"{self.name}: {key} must be a date like 2020-03-01, not {value!r}")
        return value

    def _value(self, key: str) -> object:
        if key not in self.values:
            raise ConfigError(f"{self.name}: the key {key} is missing; compare with the shipped definition")
        return self.values[key]


def read_keys(folders: Sequence[Path], name: str) -> Keys:
    """One TOML definition, each key from the last folder that gives it.

    Args:
        folders: definitions folders, the shipped one first.
        name: path inside a definitions folder.

    Raises:
        ConfigError: no folder holds it, or one is not TOML.
    """
    found: dict[str, object] = {}
    for path in (folder / name for folder in folders):
        if path.is_file():
            try:
                found |= tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
                raise ConfigError(f"{path}: {exc}; correct the definition") from exc
    if not found:
        raise ConfigError(f"no definitions folder holds {name}; it ships with joinedup: repair the installation")
    return Keys(name, found)


def read_rows(folders: Sequence[Path], name: str, key: str) -> tuple[dict[str, str], ...]:
    """One CSV definition, each row from the last folder that gives its key.

    Raises:
        ConfigError: a file lacks the key column, or a row has another number of cells than the header.
    """
    found: dict[str, dict[str, str]] = {}
    for path in (folder / name for folder in folders):
        for row in read_csv(path):
            if key not in row:
                raise ConfigError(f"{path} has no column {key}; compare with the shipped definition")
            found[row[key]] = row
    return tuple(found.values())


def read_csv(path: Path) -> tuple[dict[str, str], ...]:
    """Rows of a CSV file without its notes (lines that begin with #); none where there is no file."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = tuple(csv.DictReader(line for line in lines if not line.startswith("#")))
    if any(None in row or None in row.values() for row in rows):
        raise ConfigError(f"{path}: a row has more or fewer cells than the header; correct the row")
    return rows


def flag(row: Mapping[str, str], key: str) -> bool:
    """Whether a cell says true; an empty or absent cell does not."""
    return row.get(key, "").strip().lower() == "true"


def amount(row: Mapping[str, str], key: str, name: str) -> Decimal:
    """An exact number.

    Raises:
        ConfigError: the cell is not a finite number.
    """
    try:
        value = Decimal(row[key])
    except (KeyError, InvalidOperation) as exc:
        raise ConfigError(f"{name}: {key} must be a number like 12.34, not {row.get(key)!r}") from exc
    if not value.is_finite():
        raise ConfigError(f"{name}: {key} must be a finite number, not {row[key]!r}")
    return value


def first_day(row: Mapping[str, str], key: str, name: str) -> date | None:
    """A date, None where the cell is empty.

    Raises:
        ConfigError: the cell is not a date.
    """
    try:
        return date.fromisoformat(row[key]) if row.get(key) else None
    except ValueError as exc:
        raise ConfigError(f"{name}: {key} must be a date like 2020-03-01, not {row[key]!r}") from exc


def day_after(row: Mapping[str, str], key: str, name: str) -> date | None:
    """The first day after the last day a cell gives, None where it is empty."""
    last = first_day(row, key, name)
    return None if last is None else last + timedelta(days=1)
