"""Printed figures become series, and every sum the publisher promises is compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.evidence.sources import reconciliation
from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.statistics import delayed_transfers, emergency_series, monthly_activity

SOURCE = Settings("published", "NHS England", date(2024, 4, 30))
LABELS = ("sheet", "sheet_row", "period", "region", "code", "name", "area_code", "care", "reason", "block", "heading")
CARE, ORG, REASON = "LA - by Type of Care", "LA - by responsible org", "LA - by reason"


def figure(**said: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys((*LABELS, "printed"), "")
    row |= {"sheet_row": "15", "period": "2017-11-01", "__file": "2018-05-10.xls"} | said
    return row | {"__record": 1, "__received": date(2018, 5, 10)}


def council(sheet: str, name: str, code: str, **figures: str) -> list[dict[str, Any]]:
    return [
        figure(sheet=sheet, name=name, area_code=code, code=code, sheet_row=name, heading=heading, printed=printed)
        for heading, printed in figures.items()
    ]


def table(rows: Sequence[dict[str, Any]]) -> ir.Table:
    kinds: list[tuple[str, Any]] = [(name, pa.string()) for name in (*LABELS, "printed", "__file")]
    kinds += [("__record", pa.int64()), ("__received", pa.date32())]
    return ibis.memtable(pa.Table.from_pylist(list(rows), schema=pa.schema(kinds)))


CONNECTION = ibis.duckdb.connect()


def run(expr: ir.Table) -> list[dict[str, Any]]:
    return CONNECTION.to_pyarrow(expr).to_pylist()


def delays(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return run(delayed_transfers(table(rows), SOURCE)["series_value"])


def test_each_table_of_councils_gives_its_dimension() -> None:
    rows = council(CARE, "Derby UA", "E06000015", Acute="207", Total="541")
    rows += council(ORG, "Derby UA", "E06000015", **{"Social Care": "34", "Total": "541"})
    rows += council(REASON, "Derby UA", "E06000015", **{"DII) AWAITING NURSING HOME PLACEMENT": "58", "TOTAL": "541"})
    found = {(row["dimension"], row["category"]): row["value"] for row in delays(rows)}
    assert found == {
        ("care", "acute"): 207,
        ("responsible", "social_care"): 34,
        ("reason", "Dii"): 58,
        ("all", "all"): 541,
    }


@pytest.mark.parametrize("heading", ["E) AWAITING CARE PACKAGE IN OWN HOME", "E) Awaiting care package in own home"])
def test_a_reason_is_known_by_its_letter_whatever_its_label(heading: str) -> None:
    assert delays(council(REASON, "Derby UA", "E06000015", **{heading: "41"}))[0]["category"] == "E"


def test_a_new_reason_keeps_its_words_and_its_days() -> None:
    row = delays(council(REASON, "Derby UA", "E06000015", **{"P) Something new": "3"}))[0]
    assert (row["category"], row["value"]) == ("p) something new", 3)


def test_non_council_rows_are_counted_but_are_no_area() -> None:
    rows = council(CARE, "Resident In Wales", "9900", Total="808") + council(CARE, "England", "-", Total="900")
    assert {(r["area_type"], r["area_code"]) for r in delays(rows)} == {("other", "9900"), ("nation", "E92000001")}


def test_a_dash_is_zero_only_where_the_row_total_is_zero() -> None:
    rows = council(CARE, "Resident in Scotland", "9901", Acute="-", Total="0")
    rows += council(CARE, "Poole UA", "E06000029", Acute="-", Total="7")
    found = {row["area_code"]: row["value"] for row in delays(rows) if row["dimension"] == "care"}
    assert found == {"9901": 0, "E06000029": None}


def test_the_second_block_is_another_series() -> None:
    rows = [
        figure(sheet=CARE, name="England", heading="Total", block=block, printed=printed)
        for block, printed in (("Delayed Days", "900"), ("Average Number of People Delayed per Day", "30"))
    ]
    found = {row["series"]: (row["value"], row["unit"]) for row in delays(rows)}
    assert found == {"delayed_days": (900, "days"), "dtoc_beds": (30, "people")}


def test_a_figure_keeps_its_vintage_file_and_record() -> None:
    row = delays(council(CARE, "England", "-", Total="900"))[0]
    assert (row["received"], row["source"], row["file"], row["record_number"]) == (
        date(2018, 5, 10),
        "published",
        "2018-05-10.xls",
        1,
    )
    assert (row["period_start"], row["period_end"]) == (date(2017, 11, 1), date(2017, 12, 1))


def test_national_commissioners_are_no_area() -> None:
    heading = "Total Non-elective G&A Admissions (FFCEs)"
    rows = [
        figure(sheet="Commissioner", name=name, code=code, area_code=code, heading=heading, printed="5")
        for name, code in (("England", ""), ("NHS ENGLAND", "X24"), ("NHS LEEDS CCG", "15F"))
    ]
    found = run(monthly_activity(table(rows), SOURCE)["series_value"])
    assert {(r["area_code"], r["area_type"]) for r in found} == {
        ("E92000001", "nation"),
        ("X24", "other"),
        ("15F", "commissioner"),
    }
    assert {(r["series"], r["unit"]) for r in found} == {("non_elective_admissions", "admissions")}


def test_apportioned_months_keep_their_fractions() -> None:
    rows = [figure(sheet="Activity", heading="Total Attendances", printed="1651027.4285714286")]
    assert run(emergency_series(table(rows), SOURCE)["series_value"])[0]["value"] == Decimal("1651027.428571")


def test_a_table_that_does_not_add_up_is_a_problem_that_says_where() -> None:
    rows = council(CARE, "England", "-", Acute="10", Total="10") + council(CARE, "Derby UA", "E1", Acute="9", Total="9")
    found = run(reconciliation.delay_problems(table(rows), SOURCE))
    england = [row for row in found if row["rule"] == "areas_add_up_to_england"]
    assert [row["severity"] for row in england] == ["warning", "warning"]
    assert "Acute: printed 10" in " ".join(sorted(row["message"] for row in england))
    assert {row["source"] for row in found} == {"published"}


def test_tables_of_one_workbook_must_agree() -> None:
    rows = council(CARE, "Derby UA", "E1", Total="9") + council(ORG, "Derby UA", "E1", Total="8")
    found = run(reconciliation.differing(reconciliation.delay_comparisons(table(rows))))
    assert ("tables_agree", 8.0, 9.0) in {(row["rule"], row["printed"], row["summed"]) for row in found}


counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=5)


@given(days=counts, error=st.integers(-2, 2))
@settings(max_examples=6, deadline=None)
def test_areas_against_england_is_the_plain_sum(days: list[int], error: int) -> None:
    rows = council(CARE, "England", "-", Acute=str(sum(days) + error), Total=str(sum(days) + error))
    for number, count in enumerate(days):
        rows += council(CARE, f"Council {number}", f"E{number}", Acute=str(count), Total=str(count))
    found = run(reconciliation.differing(reconciliation.delay_comparisons(table(rows))))
    failing = [row for row in found if row["rule"] == "areas_add_up_to_england"]
    assert len(failing) == (0 if error == 0 else 2)
    assert all(row["printed"] - row["summed"] == error for row in failing)
