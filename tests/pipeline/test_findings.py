"""Findings of a release come from its published cells and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.pipeline.findings import finding_rows, load_findings
from joinedup.pipeline.publishing import SCHEMAS, write_rows
from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.extracts import shipped_definitions

CELL = "delayed_days/E92000001/2014-11-01/2014-11-30/reason/E"


def cells(folder: Path, **values: float | None) -> Path:
    rows = [
        {"id": name, "value": value, "status": "published" if value is not None else "suppressed"}
        for name, value in values.items()
    ]
    path = folder / "measure.parquet"
    kinds: list[tuple[str, Any]] = [("id", pa.string()), ("value", pa.float64()), ("status", pa.string())]
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(kinds)), path)
    return path


def test_a_finding_of_published_cells_names_them(tmp_path: Path) -> None:
    rows = finding_rows(load_findings([shipped_definitions()]), cells(tmp_path, **{CELL: 18_018.0}))
    row = next(row for row in rows if row["id"] == "home_care_2014")
    assert (row["found"], row["status"], row["found_text"]) == (18_018.0, "published", "18,018")
    assert json.loads(str(row["cells"])) == [CELL]


def test_findings_whose_cells_are_missing_are_listed_without_a_figure(tmp_path: Path) -> None:
    rows = finding_rows(load_findings([shipped_definitions()]), cells(tmp_path, **{CELL: 18_018.0}))
    row = next(row for row in rows if row["id"] == "delays_up_since_2010")
    assert (row["found"], row["status"], json.loads(str(row["cells"]))) == (None, "not_evaluable", [])
    assert "begins in April 2011" in str(row["note"])


def test_a_place_without_the_cells_states_no_findings(tmp_path: Path) -> None:
    assert finding_rows(load_findings([shipped_definitions()]), cells(tmp_path, other=1.0)) == []


def test_rows_fit_the_published_table(tmp_path: Path) -> None:
    rows = finding_rows(load_findings([shipped_definitions()]), cells(tmp_path, **{CELL: 18_018.0}))
    assert pq.read_schema(write_rows(tmp_path, "finding", rows)) == SCHEMAS["finding"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "findings").mkdir()
    (tmp_path / "findings" / "mine.toml").write_text("[[findings]\n")
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        load_findings([tmp_path])
