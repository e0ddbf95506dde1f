"""What is exported: the columns that others depend on, released figures only, the same bytes for the same place."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from joinedup.pipeline.exporting import export_csv, figure
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.reader import Reader

#: Other people's scripts read these, in this order.
COLUMNS = (
    "measure,area_type,area_code,area_name,period_start,period_end,dimension,category,"
    "numerator,denominator,value,lower,upper,unit,status,definition,release,id"
)


@pytest.fixture(scope="module")
def exported(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro place's export."""
    out = tmp_path_factory.mktemp("export") / "csv"
    export_csv(built, out)
    return out


def rows(exported: Path) -> list[dict[str, str]]:
    with (exported / "measures.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_measures_have_exactly_the_agreed_columns(exported: Path) -> None:
    assert (exported / "measures.csv").read_text().splitlines()[0] == COLUMNS


def test_an_id_is_made_of_the_columns_and_is_given_once(exported: Path) -> None:
    found = rows(exported)
    parts = ("measure", "area_code", "period_start", "period_end", "dimension", "category")
    assert all(row["id"] == "/".join(row[name] for name in parts) for row in found)
    assert len({row["id"] for row in found}) == len(found)


def test_the_last_day_of_a_period_is_included(exported: Path) -> None:
    assert {row["period_end"] for row in rows(exported)} <= {"2024-04-30", "2024-05-31", "2024-06-30"}


def test_a_suppressed_row_shows_no_figure(exported: Path) -> None:
    hidden = [row for row in rows(exported) if row["status"] == "suppressed"]
    assert hidden
    assert {row[name] for row in hidden for name in ("value", "lower", "upper")} == {""}


def test_what_is_shown_was_released(exported: Path, built: Path) -> None:
    reader = Reader(built)
    for row in rows(exported)[::25]:
        point = reader.point(row["id"])
        assert (row["value"], row["numerator"]) == (figure(point.value), figure(point.numerator))


def test_counts_under_the_hospital_policy_are_rounded_to_five_or_left_out(exported: Path) -> None:
    counts = [row["numerator"] for row in rows(exported) if row["measure"] == "ae_attendances"]
    assert {float(count) % 5 for count in counts if count} == {0}


def test_a_figure_that_has_not_passed_the_gate_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="disclosure gate"):
        figure(3.0)  # type: ignore[arg-type]


def test_a_second_export_replaces_the_first_byte_for_byte(exported: Path, built: Path, tmp_path: Path) -> None:
    for _ in range(2):
        paths = export_csv(built, tmp_path / "csv")
    assert [path.name for path in paths] == ["linkage.csv", "measures.csv", "problems.csv", "quality.csv"]
    assert all(path.read_bytes() == (exported / path.name).read_bytes() for path in paths)


def test_a_folder_with_other_things_in_it_is_not_overwritten(built: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="name another folder"):
        export_csv(built, tmp_path)
    assert (tmp_path / "thesis.docx").read_text() == "years of work"
