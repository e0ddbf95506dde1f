"""Raw measure values leave through the gate: counts first, then figures computed from published counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.evidence.tables import MEASURE_VALUE
from joinedup.pipeline.releasing import release_measures
from joinedup.rules.foundation.definition import MeasureLibrary, measure_from
from joinedup.store.place import Area

AREAS = [
    Area("S", "System", "system", None, None, None, None),
    Area("N", "North", "council", "S", None, None, None),
    Area("M", "South", "council", "S", None, None, None),
    Area("W", "West", "council", "S", None, None, None),
]


def _library(policy: str, function: str = "admissions", **other: str) -> MeasureLibrary:
    table = {
        "id": "measure", "label": "Measure", "unit": "per 100,000 people", "polarity": "lower",
        "valid_from": date(2000, 1, 1), "numerator": {"function": function, "words": "stays"},
        "denominator": {"function": "residents", "words": "people"}, "interval": "byar", "disclosure": policy,
        "source": "test", "cadences": ["financial_year"], **other,
    }  # fmt: skip
    return MeasureLibrary((measure_from(table),), {}, {})


def _row(code: str, numerator: float | None, denominator: float = 100_000, **other: Any) -> dict[str, Any]:
    value = None if numerator is None else numerator / denominator * 100_000
    return {
        "measure": "measure", "area_type": "system" if code == "S" else "council", "area_code": code,
        "area_name": code, "period_start": date(2024, 4, 1), "period_end": date(2024, 5, 1), "dimension": "all",
        "category": "all", "numerator": numerator, "denominator": denominator, "value": value, "status": "ok",
        "persons": None, **other,
    }  # fmt: skip


def _published(tmp_path: Path, rows: list[dict[str, Any]], library: MeasureLibrary) -> dict[str, dict[str, Any]]:
    values = pa.Table.from_pylist(rows, schema=ibis.schema(MEASURE_VALUE).to_pyarrow())
    path, _ = release_measures(tmp_path, values, library, AREAS)
    return {f"{row['area_code']}/{row['category']}": row for row in pq.read_table(path).to_pylist()}


def test_hospital_counts_are_rounded_and_rates_follow_the_published_counts(tmp_path: Path) -> None:
    cells = _published(tmp_path, [_row("S", 1048), _row("N", 3)], _library("hes"))
    assert (cells["S/all"]["numerator"], cells["S/all"]["value"]) == (1050, pytest.approx(1050))
    assert cells["S/all"]["id"] == "measure/S/2024-04-01/2024-04-30/all/all"
    assert cells["N/all"]["status"] == "suppressed"
    assert all(cells["N/all"][name] is None for name in ("numerator", "denominator", "value", "lower", "strict"))


def test_many_stays_of_few_people_are_hidden(tmp_path: Path) -> None:
    assert _published(tmp_path, [_row("S", 60, persons=4)], _library("hes"))["S/all"]["status"] == "suppressed"


def test_a_lone_hidden_area_takes_a_neighbour_with_it(tmp_path: Path) -> None:
    rows = [_row("S", 103), _row("N", 3), _row("M", 60), _row("W", 40)]
    cells = _published(tmp_path, rows, _library("small5"))
    assert {code for code in "NMWS" if cells[f"{code}/all"]["status"] == "suppressed"} == {"N", "W"}


def test_a_lone_hidden_category_takes_a_neighbour_with_it(tmp_path: Path) -> None:
    rows = [_row("S", n, dimension="sex", category=sex) for sex, n in (("F", 50), ("M", 4), ("X", 9))]
    cells = _published(tmp_path, rows, _library("small5"))
    assert [cells[f"S/{sex}"]["status"] for sex in "FMX"] == ["published", "suppressed", "suppressed"]


def test_a_share_is_hidden_when_it_shows_how_few_the_others_are(tmp_path: Path) -> None:
    library = _library("small5", statistic="proportion", interval="wilson")
    cells = _published(tmp_path, [_row("S", 11, 15), _row("S", 11, 16, dimension="x", category="y")], library)
    assert [cells[f"S/{category}"]["status"] for category in ("all", "y")] == ["suppressed", "published"]


def test_money_is_rounded_to_100_pounds_and_hidden_for_few_people(tmp_path: Path) -> None:
    rows = [_row("S", 12_345.67, persons=20), _row("N", 500.0, persons=7), _row("M", 9_000.0, persons=9)]
    cells = _published(tmp_path, rows, _library("cost", "costs"))
    assert cells["S/all"]["numerator"] == 12_300
    assert [cells[f"{code}/all"]["status"] for code in "NM"] == ["suppressed", "suppressed"]


def test_figures_that_were_public_pass_as_they_are(tmp_path: Path) -> None:
    assert _published(tmp_path, [_row("S", 3)], _library("exact"))["S/all"]["numerator"] == 3


def test_a_cell_that_was_not_reported_says_so(tmp_path: Path) -> None:
    cell = _published(tmp_path, [_row("S", None, status="not_reported")], _library("hes"))["S/all"]
    assert (cell["status"], cell["numerator"], cell["value"]) == ("not_reported", None, None)
