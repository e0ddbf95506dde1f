"""Lists: their state is their address, their files hold what is seen, and no cell of a file becomes a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.register.actor import Actor
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import AuditEvent
from joinedup.rules.foundation.role import Role
from joinedup.web import lists
from joinedup.web.list_files import as_csv, as_xlsx, harmless
from joinedup.web.lists import Column, Filter, Listing, ListShown, answer_list
from tests.register.people import carer

BY = Actor(1, "someone", 1, Role.CARE_PROFESSIONAL, "TRU1", 1)
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =cmd|' /C calc'!A0", "＝1+1", "\x00=1", "\x0b-1",
    "\u00a0@x",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    name: str
    due: date
    people: int = 3


ROWS = [Row(n, f"Row {n:03}", date(2025, 1, 1 + n % 28), n) for n in range(1, 61)]


def fetch(rows: list[Row]) -> Callable[[Wanted, Actor], Part[Row]]:
    def answer(wanted: Wanted, by: Actor) -> Part[Row]:
        odd = wanted.filters.get("odd")
        kept = [row for row in rows if odd is None or str(row.number % 2) == odd]
        orders = {"name": lambda row: row.name, "due": lambda row: row.due}
        return part_of_rows(kept, wanted, text=lambda row: row.name, orders=orders)

    return answer


def listing(rows: list[Row] | None = None, **options: Any) -> Listing[Row]:
    return Listing(
        id="rows", caption="Some rows", fetch=fetch(ROWS if rows is None else rows), order="name", search="Name",
        columns=(
            Column("name", "=Name", lambda row: row.name, link=lambda row: f"/rows/{row.number}", is_sorted=True),
            Column("due", "Due", lambda row: row.due, is_sorted=True),
            Column("people", "People", lambda row: row.people, is_number=True, is_sorted=True, counts_people=True),
        ),
        filters=(Filter("odd", "Which", (("", "All"), ("1", "Odd"), ("0", "Even"))),),
        **options,
    )  # fmt: skip


def shown(address: str = "", **options: Any) -> ListShown:
    answer = answer_list(RequestFactory().get(f"/rows{address}"), listing(**options), by=BY)
    assert isinstance(answer, ListShown)
    return answer


def names(answer: ListShown) -> list[object]:
    return [row[0]["text"] for row in answer.rows]


def file_of(address: str, by: Actor = BY, **options: Any) -> HttpResponse:
    answer = answer_list(RequestFactory().get(f"/rows{address}"), listing(**options), by=by)
    assert isinstance(answer, HttpResponse)
    return answer


def cells(answer: HttpResponse) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_a_list_shows_its_first_page_and_says_how_many_there_are() -> None:
    page = shown()
    assert (page.count, len(page.rows)) == ("1 to 25 of 60 rows", 25)
    assert page.pages is not None
    assert page.pages["next"] == {"href": "?page=2"}


def test_search_filter_order_and_page_hold_together_in_every_address() -> None:
    page = shown("?q=row&odd=1&sort=-name&size=10&page=2")
    assert names(page)[:2] == ["Row 039", "Row 037"]
    assert page.pages is not None
    for part in ("q=row", "odd=1", "sort=-name", "size=10", "page=3"):
        assert part in str(page.pages["next"])
    assert page.kept == (("sort", "-name"), ("size", "10"))
    assert all("q=row" in address and "page" not in address for _, address in page.files)


@pytest.mark.parametrize("address", ["?odd=7", "?sort=secret", "?sort=people", "?export=exe", "?sort=--name"])
def test_what_is_not_offered_is_not_found(address: str) -> None:
    with pytest.raises(Http404):
        shown(address)


@pytest.mark.parametrize("page", ["0", "-3", "x", "²", "9" * 30, "99999999", ""])
def test_a_page_that_is_none_becomes_one_that_is(page: str) -> None:
    assert len(shown(f"?page={page}").rows) in (10, 25)


def test_no_address_asks_for_more_than_a_hundred_rows() -> None:
    assert len(shown("?size=100000", rows=[Row(n, str(n), date(2025, 1, 1)) for n in range(500)]).rows) == 100


def test_a_column_says_how_it_is_sorted_and_turns_round() -> None:
    head = shown("?sort=due").head
    assert [column.get("attributes") for column in head] == [{"aria-sort": "none"}, {"aria-sort": "ascending"}, None]
    assert "sort=-due" in str(head[1]["html"])


def test_counts_of_people_pass_the_gate_on_the_page_and_in_the_file() -> None:
    page = shown("?size=6")
    assert [row[2]["text"] for row in page.rows] == ["*", "*", "*", "*", "5", "6"]
    assert page.hides
    assert [row[2] for row in cells(file_of("?export=csv"))[1:6]] == ["*", "*", "*", "*", "5"]
    assert [row[2]["text"] for row in shown("?size=3&sort=-people", knows_people=True).rows] == ["1", "2", "3"]


def test_few_people_are_not_counted_for_a_stranger() -> None:
    assert shown(rows=ROWS[:3], person=lambda row: row.number).count == "Fewer than 5 rows"
    assert shown(rows=ROWS[:3], person=lambda row: row.number, knows_people=True).count == "3 rows"


def test_a_file_holds_all_pages_of_what_is_seen() -> None:
    rows = cells(file_of("?odd=0&sort=-name&export=csv&page=2"))
    assert rows[0] == ["'=Name", "Due", "People"]
    assert len(rows) == 31
    assert rows[1][:2] == ["Row 060", "2025-01-05"]


def test_a_file_beyond_the_cap_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_EXPORTED", 10)
    rows = cells(file_of("?export=csv"))
    assert len(rows) == 12
    assert rows[-1] == ["A file holds the first 10 of these 60 rows."]
    assert shown().file_note


@pytest.mark.django_db
def test_a_file_about_people_is_written_down_without_the_words_that_were_searched() -> None:
    file_of("?q=row&odd=1&export=xlsx", carer(), person=lambda row: row.number)
    row = AuditEvent.objects.get()
    assert (row.action, row.subject, len(row.people)) == ("list.exported", "list/rows", 30)
    assert row.detail == {"list": "rows", "kind": "xlsx", "rows": 30, "filters": {"odd": "1"}, "searched": True}


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_of_a_file_begins_a_formula(cell: str) -> None:
    assert str(harmless(cell)).startswith("'")
    told = list(csv.reader(StringIO(as_csv([cell], [[cell]]).decode("utf-8-sig"))))
    assert all(row[0].startswith("'") for row in told)
    sheet = openpyxl.load_workbook(BytesIO(as_xlsx(cell, [cell], [[cell]]))).active
    assert sheet is not None
    assert all(found.data_type == "s" and str(found.value).startswith("'") for line in sheet for found in line)


@settings(deadline=None)  # writing a workbook takes as long as the machine lets it
@given(st.text(max_size=40))
def test_any_text_survives_both_files_as_text(text: str) -> None:
    told = list(csv.reader(StringIO(as_csv(["x"], [[text]]).decode("utf-8-sig"), newline="")))
    assert "".join(told[1]) == harmless(text) if len(told) > 1 else harmless(text) == ""
    sheet = openpyxl.load_workbook(BytesIO(as_xlsx("x", ["x"], [[text]]))).active
    assert sheet is not None
    assert not any(found.data_type == "f" for line in sheet for found in line)


def test_numbers_and_days_stay_what_they_are_in_a_workbook() -> None:
    sheet = openpyxl.load_workbook(BytesIO(as_xlsx("x", ["a", "b"], [[-5, date(2025, 1, 2)]]))).active
    assert sheet is not None
    assert sheet[2][0].value == -5
    assert sheet[2][1].is_date


def test_hostile_cells_are_shown_as_text() -> None:
    page = render_to_string("joinedup/_list.html", {"list": shown(rows=[Row(1, "<script>x</script>", date.min)])})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_empty_list_says_so_and_offers_the_way_back() -> None:
    assert "Show everything" in render_to_string("joinedup/_list.html", {"list": shown("?q=nothing")})
    assert "nothing here yet" in render_to_string("joinedup/_list.html", {"list": shown(rows=[])})
