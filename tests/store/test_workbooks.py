"""Published workbooks become long rows by what their headings say, never by position."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from joinedup.rules.foundation.errors import PlaceError
from joinedup.store.council_codes import council_code, council_codes
from joinedup.store.readers import _READERS
from joinedup.store.workbooks import COLUMNS, KINDS, read_workbook, workbook_batches, workbook_dates

ABOUT: list[list[object]] = [
    ["", "Title:", "Delayed Transfer of Care"],
    ["", "Period:", "November 2017"],
    ["", "Basis:", "Local Authority"],
    ["", "Published:", "11th January 2018"],
    ["", "Revised:", "10th May 2018"],
    [],
]
TWO_BLOCKS: list[list[object]] = [
    ["", "", "", "", "", "Delayed Days", "", "", "DTOC Beds", ""],
    ["", "Region", "ONS Geography", "Code", "Name", "Acute", "Total", "", "Acute", "Total"],
    ["", "-", "-", "-", "England", 30, 45, "", 1.0, 1.5],
    [],
    ["", "South West", "E06000028", "810", "Bournemouth UA", 30, 45, "", 1.0, 1.5],
    [],
    ["", "Notes:"],
    ["", "1. Beds are days over days in the month."],
]


def workbook(folder: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        page = book.active if number == 0 else book.create_sheet()
        assert page is not None
        page.title = f"Sheet {number}"
        for row in rows:
            page.append(list(row))
    path = folder / "2018-05-10.xlsx"
    book.save(path)
    return path


def test_every_printed_figure_becomes_one_row_and_notes_none(tmp_path: Path) -> None:
    rows = read_workbook(workbook(tmp_path, [*ABOUT, *TWO_BLOCKS])).to_pylist()
    assert len(rows) == 8
    assert {row["sheet_row"] for row in rows} == {"9", "11"}


def test_a_second_block_with_the_same_headings_is_told_apart(tmp_path: Path) -> None:
    rows = read_workbook(workbook(tmp_path, [*ABOUT, *TWO_BLOCKS])).to_pylist()
    england = {(row["block"], row["heading"]): row["printed"] for row in rows if row["name"] == "England"}
    assert england == {
        ("Delayed Days", "Acute"): "30",
        ("Delayed Days", "Total"): "45",
        ("DTOC Beds", "Acute"): "1",
        ("DTOC Beds", "Total"): "1.5",
    }


def test_columns_may_move(tmp_path: Path) -> None:
    moved: list[list[object]] = [["", "SHA", "Code", "Name", "Total"], ["", "-", "716", "Barking & Dagenham", 512]]
    row = read_workbook(workbook(tmp_path, [*ABOUT, *moved])).to_pylist()[0]
    assert (row["name"], row["area_code"], row["printed"], row["block"]) == (
        "Barking & Dagenham",
        "E09000002",
        "512",
        "",
    )


def test_a_dash_and_na_stay_as_printed(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["", "Region", "Code", "Name", "Acute", "Total"],
        ["", "-", "9901", "Resident in Scotland", "-", "NA"],
    ]
    read = read_workbook(workbook(tmp_path, [*ABOUT, *rows])).to_pylist()
    assert [row["printed"] for row in read] == ["-", "NA"]
    assert {row["area_code"] for row in read} == {"9901"}


def test_the_kind_of_care_is_carried_down_to_its_reasons(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["", "Type of Care", "Reason for Delay", "NHS", "Both"],
        ["", "Acute", "A) Awaiting assessment", 6, 2],
        ["", "", "B) Awaiting public funding", 1, "NA"],
    ]
    rows = read_workbook(workbook(tmp_path, [*ABOUT, *lines])).to_pylist()
    assert {row["care"] for row in rows} == {"Acute"}
    assert len({row["reason"] for row in rows}) == 2


def test_a_series_over_months_takes_its_month_from_the_row(tmp_path: Path) -> None:
    about: list[list[object]] = [
        ["", "Title:", "A&E"],
        ["", "Period:", "August 2010 - present"],
        ["", "Published:", "11th April 2024"],
    ]
    table: list[list[object]] = [["", "Period", "Type 1", "Type 2", "Total"], ["", date(2010, 8, 1), 1.5, 2, 3.5]]
    path = workbook(tmp_path, [*about, *table])
    assert {row["period"] for row in read_workbook(path).to_pylist()} == {"2010-08-01"}
    assert workbook_dates(path).period is None


def test_dates_are_read_as_the_workbooks_write_them(tmp_path: Path) -> None:
    dates = workbook_dates(workbook(tmp_path, [*ABOUT, *TWO_BLOCKS]))
    assert (dates.period, dates.published, dates.revised) == (
        date(2017, 11, 1),
        date(2018, 1, 11),
        date(2018, 5, 10),
    )
    assert dates.received == date(2018, 5, 10)


def test_a_wrong_ordinal_and_a_dash_are_no_obstacle(tmp_path: Path) -> None:
    about: list[list[object]] = [*ABOUT[:3], ["", "Published:", "1th September 2012"], ["", "Revised:", "-"]]
    assert workbook_dates(workbook(tmp_path, [*about, *TWO_BLOCKS])).received == date(2012, 9, 1)


def test_sheets_without_a_title_are_left_alone(tmp_path: Path) -> None:
    chart: list[list[object]] = [["", "Period", "Type 1", "Type 2", "Total"], ["", 1, 2, 3, 4]]
    rows = read_workbook(workbook(tmp_path, [*ABOUT, *TWO_BLOCKS], chart)).to_pylist()
    assert {row["sheet"] for row in rows} == {"Sheet 0"}


def test_a_file_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "2018-05-10.xls"
    path.write_text("<html>Page not found</html>")
    with pytest.raises(PlaceError, match=r"2018-05-10.xls: this is not a workbook"):
        read_workbook(path)


def test_a_workbook_without_a_table_says_what_was_expected(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["hello"]])
    with pytest.raises(PlaceError, match="no table of figures"):
        read_workbook(path)
    with pytest.raises(PlaceError, match="its period is not known"):
        workbook_dates(path)


def test_landing_finds_the_reader_by_the_kind_of_extract(tmp_path: Path) -> None:
    assert {_READERS[kind] for kind in KINDS} == {workbook_batches}
    batches = list(workbook_batches(workbook(tmp_path, [*ABOUT, *TWO_BLOCKS])))
    assert [batch.schema.names for batch in batches] == [list(COLUMNS)]


def test_a_code_of_the_return_means_one_council_on_a_day() -> None:
    assert council_code("809", date(2019, 4, 1)) == "E10000009"
    assert council_code("809", date(2019, 5, 1)) == "E06000059"
    assert council_code("738", date(2019, 4, 1)) is None
    assert council_code("9900", date(2015, 1, 1)) is None
    assert len({item.gss for item in council_codes() if item.gss}) == 153
