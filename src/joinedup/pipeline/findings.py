"""Headline findings of a release: computed from its published cells only, so that each can be followed to the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joinedup.rules.foundation.disclosure import Released, restore
from joinedup.rules.foundation.errors import ConfigError, DefinitionError
from joinedup.rules.programme.finding import FindingDefinition, compute, parse_findings


def load_findings(folders: Iterable[Path]) -> tuple[tuple[FindingDefinition, ...], ...]:
    """Read every report's findings from definitions folders; a later folder's file replaces one of the same name.

    Returns:
        One tuple a report, in the order of the files' names.

    Raises:
        ConfigError: a file says something impossible; names the file.
    """
    paths = {path.name: path for folder in folders for path in sorted((folder / "findings").glob("*.toml"))}
    reports = []
    for name in sorted(paths):
        try:
            reports.append(parse_findings(paths[name].read_text(encoding="utf-8")))
        except (DefinitionError, UnicodeDecodeError) as exc:
            raise ConfigError(f"{paths[name]}: {exc}") from exc
    return tuple(reports)


def finding_rows(reports: Iterable[tuple[FindingDefinition, ...]], cells: Path) -> list[dict[str, object]]:
    """Rows of the published table `finding`.

    A report of which the release holds no cell at all is about another place and is left out.

    Args:
        reports: findings by report.
        cells: the release's published cells (measure.parquet).

    Returns:
        One row a finding with the columns of the published table, in the order of the definitions. `cells` lists the
        published cells it rests on; cells that the release does not hold are left out of it.
    """
    kept = list(reports)
    wanted = {cell for report in kept for finding in report for cell in finding.cells}
    published = _published(cells, wanted)
    stated = [report for report in kept if any(cell in published for finding in report for cell in finding.cells)]
    return [
        {"position": position, **_row(finding, published)}
        for position, finding in enumerate(finding for report in stated for finding in report)
    ]


def _published(cells: Path, wanted: set[str]) -> dict[str, Released[float]]:
    if not wanted:
        return {}
    table = pq.read_table(cells, columns=["id", "value", "status"])
    found = table.filter(pc.is_in(table["id"], pa.array(sorted(wanted))))
    return {row["id"]: restore(row["value"], row["status"]) for row in found.to_pylist()}


def _row(finding: FindingDefinition, published: Mapping[str, Released[float]]) -> dict[str, object]:
    result = compute(finding, published)
    return {
        "id": finding.id,
        "claim": finding.claim,
        "printed": finding.printed,
        "found": result.found.value,
        "status": result.found.status.value,
        "found_text": result.found_text,
        "note": result.note,
        "cells": json.dumps([cell for cell in finding.cells if cell in published]),
        "source": finding.source,
    }
