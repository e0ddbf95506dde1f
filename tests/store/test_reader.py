"""The reader gives released figures of the current release, and plain sentences where there is none."""

import threading
from datetime import date
from pathlib import Path

import pytest

from joinedup.pipeline.exporting import export_csv, figure
from joinedup.rules.foundation.disclosure import Released, Status
from joinedup.rules.foundation.errors import ReleaseError
from joinedup.rules.foundation.period import Period
from joinedup.store.reader import Reader
from tests.published import Cell, publish_place

NORTH = ("council", "E1", "North", 2)
CELLS = [
    Cell(1048, 100_000),
    Cell(3, 40_000, NORTH),
    Cell(0, 60_000, ("council", "E2", "=South", 2)),
    Cell(1100, 100_000, start=date(2024, 5, 1), end=date(2024, 5, 31)),
    Cell(500, 50_000, dimension="sex", category="F"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return publish_place(tmp_path / "place", CELLS)


def test_a_series_runs_in_order_and_from_published_counts(place: Path) -> None:
    points = Reader(place).series("emergency_admissions", "E54000001", "month")
    assert [point.numerator.value for point in points] == [1050, 1100]
    assert points[0].value.value == pytest.approx(1050)


def test_a_small_count_stays_hidden_with_its_rate(place: Path) -> None:
    north, south = Reader(place).areas("emergency_admissions", "council", Period(date(2024, 4, 1), date(2024, 5, 1)))[
        ::-1
    ]
    assert (north.numerator.value, north.value.value, north.value.status) == (None, None, Status.SUPPRESSED)
    assert south.numerator.value == 0


def test_the_widest_area_comes_first(place: Path) -> None:
    reader = Reader(place)
    assert reader.top_area("emergency_admissions") == ("E54000001", "Fenwick and Aldmoor")
    assert reader.area_types("emergency_admissions") == ("system", "council")
    assert reader.dimensions("emergency_admissions") == ("sex",)


def test_a_cell_explains_itself(place: Path) -> None:
    explanation = Reader(place).explain(CELLS[0].id)
    assert explanation.measure.version == "0123456789"
    assert [item.rows for item in explanation.inputs] == [1000]
    assert [problem.count for problem in explanation.problems] == [3]


@pytest.mark.parametrize("cell", ["", "x", CELLS[0].id + "x", CELLS[0].id + "@20200101-0000000000"])
def test_an_unknown_cell_is_a_key_error(place: Path, cell: str) -> None:
    with pytest.raises(KeyError):
        Reader(place).explain(cell)


def test_a_new_release_is_picked_up_without_a_restart(place: Path) -> None:
    reader = Reader(place)
    publish_place(place, [Cell(2000, 100_000)], release="20250421-0123456789")
    reader.refresh()
    assert reader.release().id == "20250421-0123456789"
    assert [info.is_current for info in reader.history()].count(True) == 1


def test_a_place_without_a_release_says_what_to_do(tmp_path: Path) -> None:
    publish_place(tmp_path, CELLS)
    (tmp_path / "current").unlink()
    with pytest.raises(ReleaseError, match="joinedup build"):
        Reader(tmp_path)


def test_a_damaged_object_says_what_to_do(place: Path) -> None:
    for path in (place / "objects").glob("*.parquet"):
        path.write_bytes(b"damaged")
    with pytest.raises(ReleaseError, match="damaged"):
        Reader(place)


def test_threads_read_side_by_side(place: Path) -> None:
    reader, seen = Reader(place), []
    threads = [
        threading.Thread(target=lambda: seen.append(len(reader.points("emergency_admissions")))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [5] * 8


def test_an_export_holds_published_figures_and_safe_text(place: Path, tmp_path: Path) -> None:
    export_csv(place, tmp_path / "out")
    text = (tmp_path / "out" / "measures.csv").read_text()
    assert ",1050,100000,1050," in text
    assert ",suppressed," in text
    assert ",'=South," in text
    assert "1048" not in text


def test_an_export_takes_released_figures_only() -> None:
    with pytest.raises(TypeError, match="gate"):
        figure(1048.0)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="gate"):
        Released(1048.0, Status.PUBLISHED, gate=object())
