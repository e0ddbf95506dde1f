"""Measure definitions, diagnosis lists and standard populations, read from definitions folders."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from joinedup.rules.foundation.definition import (
    DiagnosisCode,
    DiagnosisList,
    MeasureDefinition,
    MeasureLibrary,
    StandardPopulation,
    measure_from,
)
from joinedup.rules.foundation.errors import ConfigError, DefinitionError


@dataclass(frozen=True, slots=True)
class DefinitionText:
    """A measure definition as it was written: its TOML and the first characters of its SHA-256."""

    measure: str
    version: str
    toml: str


def load_library(folders: Sequence[Path]) -> tuple[MeasureLibrary, tuple[DefinitionText, ...]]:
    """Read every measure of some definitions folders, with the lists they name.

    Args:
        folders: definitions folders, the shipped one first; a measure in a later one replaces the one of the same id.

    Returns:
        The library in the order of topic files (measures/*.toml by name), and each definition's text.

    Raises:
        ConfigError: a file is not TOML, says something impossible, or two files of one folder define one measure.
    """
    measures: dict[str, tuple[MeasureDefinition, DefinitionText]] = {}
    for folder in folders:
        seen: dict[str, Path] = {}
        for path in sorted((folder / "measures").glob("*.toml")):
            measure, text = _measure(path)
            if measure.id in seen:
                raise ConfigError(f"{path} defines the measure {measure.id!r} that {seen[measure.id]} defines too")
            seen[measure.id] = path
            measures[measure.id] = (measure, text)
    try:
        library = MeasureLibrary(
            tuple(measure for measure, _ in measures.values()), _diagnoses(folders), _populations(folders)
        )
    except DefinitionError as exc:
        raise ConfigError(str(exc)) from exc
    return library, tuple(text for _, text in measures.values())


def _measure(path: Path) -> tuple[MeasureDefinition, DefinitionText]:
    text = path.read_text(encoding="utf-8")
    try:
        measure = measure_from(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, DefinitionError) as exc:
        raise ConfigError(f"{path}: {exc}; correct the definition") from exc
    return measure, DefinitionText(measure.id, hashlib.sha256(text.encode()).hexdigest()[:12], text)


def _diagnoses(folders: Iterable[Path]) -> dict[str, DiagnosisList]:
    lists = {}
    for folder in folders:
        for path in sorted((folder / "diagnoses").glob("*.csv")):
            rows = _rows(path)
            lists[path.stem] = DiagnosisList(path.stem, tuple(_code(path, row) for row in rows))
    return lists


def _code(path: Path, row: Mapping[str, str]) -> DiagnosisCode:
    try:
        last = row.get("valid_to")
        return DiagnosisCode(
            row["code"].replace(".", "").strip().upper(),
            row.get("label", ""),
            tuple(item for item in (row.get("requires") or "").split("|") if item),
            date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
            date.fromisoformat(last) + timedelta(days=1) if last else None,
        )
    except (KeyError, ValueError) as exc:
        raise ConfigError(f"{path}: {exc}; the columns are code,label,requires,valid_from,valid_to") from exc


def _populations(folders: Iterable[Path]) -> dict[str, StandardPopulation]:
    found = {}
    for folder in folders:
        for path in sorted((folder / "populations").glob("*.csv")):
            try:
                weights = {int(row["age_from"]): float(row["people"]) for row in _rows(path)}
            except (KeyError, ValueError) as exc:
                raise ConfigError(f"{path}: {exc}; the columns are age_from,people") from exc
            found[path.stem] = StandardPopulation(path.stem, weights)
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))
