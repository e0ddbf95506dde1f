"""Rows of people brought together by area and period: exact means, and refusals instead of mixtures."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.store.area_periods import area_periods


def stored(folder: Path, **columns: list[object]) -> list[Path]:
    pq.write_table(pa.table(columns), folder / "people.parquet")
    return [folder / "people.parquet"]


def test_means_are_those_of_all_rows_whatever_their_order(tmp_path: Path) -> None:
    files = stored(
        tmp_path, area=["B", "A", "A", "B"], month=[1, 1, 1, 1], nights=[1e16, 1.0, None, -1e16], start=[0, 3, 3, 0]
    )
    made = area_periods(files, area="area", period="month", means=["nights"], same=["start"])
    assert made.to_pylist() == [
        {"area": "A", "month": 1, "rows": 2, "nights": 1.0, "start": 3},
        {"area": "B", "month": 1, "rows": 2, "nights": 0.0, "start": 0},
    ]


def test_an_area_whose_rows_differ_in_its_start_is_refused(tmp_path: Path) -> None:
    files = stored(tmp_path, area=["A", "A"], month=[1, 1], nights=[1, 2], start=[3, None])
    with pytest.raises(NotEvaluable, match="start differs between rows"):
        area_periods(files, area="area", period="month", means=["nights"], same=["start"])


def test_a_row_of_no_area_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    files = stored(tmp_path, area=["A", None], month=[1, 1], nights=[1, 2])
    with pytest.raises(NotEvaluable, match="no area"):
        area_periods(files, area="area", period="month", means=["nights"])
    with pytest.raises(UsageError, match="no column beds"):
        area_periods(files, area="area", period="month", means=["beds"])
