"""A published table that does not add up is reported when its place is checked, and kept as printed."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from joinedup.pipeline.checking import CheckReport, check
from joinedup.pipeline.landing import land
from joinedup.store.place import load_place

PLACE = """
[place]
id = "england"
name = "England"
kind = "statistics"
[clock]
today = 2024-04-30
[period]
start = 2011-04-01
end = 2019-12-31
[sources.delays]
kind = "delayed_transfers_workbook"
disclosure = "exact"
[sources.delays.flow]
legal_basis = "Open Government Licence"
purposes = ["public_statistics"]
controller = "NHS England"
expires = 2099-12-31
opt_out = "none"
"""


def place(folder: Path, **england_by_received: int) -> CheckReport:
    (folder / "place.toml").write_text(PLACE)
    for received, england in england_by_received.items():
        path = folder / "extracts" / "delays" / "2014-11" / f"{received.strip('_').replace('_', '-')}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = "LA - by Type of Care"
        for row in (
            ["", "Title:", "Delayed Transfer of Care"],
            ["", "Period:", "November 2014"],
            ["", "Basis:", "Local Authority"],
            [],
            ["", "Region", "Code", "Name", "Acute", "Total"],
            ["", "-", "-", "England", england, england],
            ["", "-", "507", "Derby UA", 30, 30],
            ["", "-", "9900", "Resident In Wales", 4, 4],
        ):
            page.append(row)
        summary = book.create_sheet("England")
        for row in (
            ["", "Title:", "Delayed Transfers of Care by Reason, England"],
            ["", "Period:", "November 2014"],
            [],
            ["", "Type of Care", "Reason for Delay", "NHS", "Both"],
            ["", "Acute", "-", england, 0],
            ["", "", "A) Awaiting completion of assessment", england, 0],
        ):
            summary.append(row)
        book.save(path)
    return check(load_place(folder))


def test_sums_that_hold_are_no_problem(tmp_path: Path) -> None:
    report = place(tmp_path, _2015_04_24=34)
    assert [tally.problem.message for tally in report.tallies] == []
    assert [file.rows for file in report.files] == [10]


def test_a_printed_total_that_its_areas_do_not_make_is_a_warning_with_its_place(tmp_path: Path) -> None:
    report = place(tmp_path, _2015_04_24=35)
    problems = [tally.problem for tally in report.tallies]
    assert {(p.rule, p.severity.value, p.file) for p in problems} == {
        ("areas_add_up_to_england", "warning", "extracts/delays/2014-11/2015-04-24.xlsx")
    }
    assert "printed 35" in problems[0].message
    assert not report.is_fatal


def test_a_corrected_vintage_replaces_the_one_that_did_not_add_up(tmp_path: Path) -> None:
    report = place(tmp_path, _2014_12_19=35, _2015_04_24=34)
    assert report.tallies == ()
    assert [(file.received.isoformat(), file.superseded) for file in report.files] == [
        ("2014-12-19", 10),
        ("2015-04-24", 0),
    ]


def test_a_place_of_published_statistics_lands_series_and_nobody_s_records(tmp_path: Path) -> None:
    place(tmp_path, _2015_04_24=34)
    landed = land(load_place(tmp_path), tmp_path / "landed")
    assert (sorted(landed.tables), landed.identity, landed.problems) == (["series_value"], (), ())
