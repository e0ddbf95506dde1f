"""Dated code lists: which codes a column may hold on which day, read from definitions/codes/<id>.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Code:
    """One code with the half-open span of days on which it may be used; None is open on that side."""

    code: str
    label: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list of a public data dictionary."""

    id: str
    codes: tuple[Code, ...]

    def spans(self) -> Mapping[tuple[date | None, date | None], tuple[str, ...]]:
        """Codes grouped by the days on which they are valid."""
        grouped: dict[tuple[date | None, date | None], list[str]] = {}
        for item in self.codes:
            grouped.setdefault((item.valid_from, item.valid_to), []).append(item.code)
        return {span: tuple(codes) for span, codes in grouped.items()}


def load_codes(folders: Iterable[Path]) -> dict[str, CodeList]:
    """Read every code list of some definitions folders.

    Args:
        folders: definitions folders; a list in a later one replaces the list of the same name in an earlier one.
            Files have the columns code,label,valid_from,valid_to; the last day is included, empty dates are open.

    Raises:
        ConfigError: a file lacks the column ``code``, names none, or has a date that is not ISO.
    """
    lists = {}
    for folder in folders:
        for path in sorted((folder / "codes").glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines)
                if "code" in (reader.fieldnames or ()):
                    lists[path.stem] = CodeList(path.stem, tuple(_code(path, row) for row in reader))
    return lists


def _code(path: Path, row: Mapping[str, str]) -> Code:
    try:
        valid_from, valid_to = _day(row.get("valid_from")), _day(row.get("valid_to"))
    except ValueError as exc:
        raise ConfigError(f"{path}: {exc}; write dates as 2024-04-01 or leave them empty") from exc
    until = valid_to + timedelta(days=1) if valid_to else None
    return Code(row["code"].strip(), (row.get("label") or "").strip(), valid_from, until)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text.strip()) if text and text.strip() else None
