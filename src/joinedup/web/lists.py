"""Lists that search, filter, sort, page and export exactly what is seen; their whole state is in the address.

    TASKS = Listing(
        id="tasks", caption="Tasks of your team", fetch=tasks_query, order="due", search="Words in the task",
        columns=(
            Column("title", "Task", lambda row: row.title, link=lambda row: reverse("task", args=[row.task_id])),
            Column("due", "Due", lambda row: row.due, is_sorted=True),
        ),
        filters=(Filter("status", "Show", (("", "Open"), ("closed", "Closed"))),),
        person=lambda row: row.person_id,                       # who a row is about: its export is audited
    )

    @needs(Ability.WORK_TASKS)
    def task_list(request):
        answer = answer_list(request, TASKS, by=actor(request))
        return answer if isinstance(answer, HttpResponse) else render(request, "caseload/tasks.html", {"list": answer})

    {% include "joinedup/_list.html" %}                         in the template

`fetch(wanted, by)` calls one query and returns a `Part` of rows. A column with `counts_people=True` holds a number of
people; it passes the disclosure gate unless `knows_people` says that the viewer has a relationship with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as date_words
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from joinedup.register.actions.list_export import Exported, record_export
from joinedup.register.actor import Actor
from joinedup.register.listing import Part, Wanted
from joinedup.rules.foundation.disclosure import Policy, Released, release_count
from joinedup.web.forms import Choice, chosen
from joinedup.web.list_files import Cell, as_csv, as_xlsx

T = TypeVar("T")

#: Rows on one page at most, and rows in one file at most.
MOST_ROWS: Final = 100
MOST_EXPORTED: Final = 50_000
MOST_SEARCHED: Final = 100  # characters

HIDDEN: Final = "*"

_KINDS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column.

    Attributes:
        id: its name in the address.
        label: what its head says.
        value: what a cell holds, in a type that a file can hold too.
        link: the address a cell leads to; None for plain text, "" for none in this row.
        tag: classes of the tag in which a cell is shown; "" for no tag in this row.
        is_sorted: the list can be sorted by it.
        is_number: it stands to the right.
        is_whole: it is never broken into two lines; dates never are.
        counts_people: it holds a number of people.
    """

    id: str
    label: str
    value: Callable[[T], Cell]
    link: Callable[[T], str] | None = None
    tag: Callable[[T], str] | None = None
    is_sorted: bool = False
    is_number: bool = False
    is_whole: bool = False
    counts_people: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A closed set of which one is chosen; the first is chosen where the address says nothing."""

    id: str
    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a list is.

    Attributes:
        id: its name in files and in the trace.
        caption: what it lists.
        columns: what it shows; the first names the row.
        fetch: the query that answers a part of it.
        order: column it is sorted by unless asked otherwise; "-due" for last first.
        search: what the search box is called; "" for none.
        filters: what it can be narrowed to.
        size: rows on a page.
        noun: one row, and several.
        person: who a row is about; None for lists that are not about people.
        knows_people: the viewer has a relationship with everybody it counts.
        may_export: files are offered.
    """

    id: str
    caption: str
    columns: tuple[Column[T], ...]
    fetch: Callable[[Wanted, Actor], Part[T]]
    order: str = ""
    search: str = ""
    filters: tuple[Filter, ...] = ()
    size: int = 25
    noun: tuple[str, str] = ("row", "rows")
    person: Callable[[T], int] | None = None
    knows_people: bool = False
    may_export: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """What the address asks of a list."""

    search: str
    filters: Mapping[str, str]
    order: str
    page: int
    size: int

    def wanted(self) -> Wanted:
        """The part of the list that the address asks for."""
        return Wanted(
            search=self.search,
            filters={name: value for name, value in self.filters.items() if value},
            order=self.order.lstrip("-"),
            descending=self.order.startswith("-"),
            offset=(self.page - 1) * self.size,
            limit=self.size,
        )

    def address(self, listing: Listing[Any], **changes: str) -> str:
        """The address of the same list with something changed; what is usual is left out."""
        usual = {"q": "", "sort": listing.order, "page": "1", "size": str(listing.size)}
        told = {"q": self.search, **self.filters, "sort": self.order, "page": str(self.page), "size": str(self.size)}
        told = {**told, **changes}
        return "?" + urlencode({name: value for name, value in told.items() if value != usual.get(name, "")})


@dataclass(frozen=True, slots=True)
class Box:
    """One thing to choose or to type above a list."""

    id: str
    label: str
    choices: tuple[Choice, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list as its template shows it; head, rows and pages are options of the components, `hides` tells of a `*`."""

    id: str
    caption: str
    boxes: tuple[Box, ...]
    kept: tuple[tuple[str, str], ...]
    count: str
    is_narrowed: bool
    head: list[dict[str, object]]
    rows: list[list[dict[str, object]]]
    pages: dict[str, object] | None
    files: tuple[tuple[str, str], ...]
    file_note: str
    hides: bool


def answer_list(request: HttpRequest, listing: Listing[T], *, by: Actor) -> ListShown | HttpResponse:
    """The list that an address asks for, or the file of it.

    Raises:
        Http404: the address asks for a filter, an order or a kind of file that is not offered.
    """
    return _answered(request, listing, lambda wanted: listing.fetch(wanted, by), by)


def answer_public_list(
    request: HttpRequest, listing: Listing[T], fetch: Callable[[Wanted], Part[T]]
) -> ListShown | HttpResponse:
    """The same for a list that is open to everybody, signed in or not; it must not be about people.

    Args:
        fetch: the query, told who looks already; the listing's own is not asked.

    Raises:
        Http404: as `answer_list`.
    """
    if listing.person is not None:
        raise TypeError(f"the list {listing.id} is about people and cannot be open to everybody")
    return _answered(request, listing, fetch, None)


def _answered(
    request: HttpRequest, listing: Listing[T], fetch: Callable[[Wanted], Part[T]], by: Actor | None
) -> ListShown | HttpResponse:
    state = read_state(request, listing)
    kind = chosen(request.GET.get("export"), _KINDS if listing.may_export else (), "kind of file", "")
    if kind:
        return _file(listing, state, kind, fetch(replace(state.wanted(), offset=0, limit=MOST_EXPORTED)), by)
    part = fetch(state.wanted())
    last = max(1, -(-part.total // state.size))
    if state.page > last:  # rows went away, or somebody typed a number
        state = replace(state, page=last)
        part = fetch(state.wanted())
    return _shown(listing, state, part, last)


def read_state(request: HttpRequest, listing: Listing[Any]) -> State:
    """What an address asks of a list.

    Raises:
        Http404: a filter or an order that is not offered.
    """
    asked = request.GET
    orders = [way + column.id for column in listing.columns if _may_sort(listing, column) for way in ("", "-")]
    return State(
        search=" ".join(asked.get("q", "")[:MOST_SEARCHED].replace("\x00", "").split()) if listing.search else "",
        filters={
            each.id: chosen(asked.get(each.id), [value for value, _ in each.choices], each.label.lower(), "")
            for each in listing.filters
        },
        order=chosen(asked.get("sort"), orders, "order", listing.order),
        page=_number(asked.get("page"), 1, 10**6),
        size=_number(asked.get("size"), listing.size, MOST_ROWS),
    )


def people_count(listing: Listing[Any], count: int) -> Released[int]:
    """A number of people, as whoever looks may know it."""
    return release_count(Policy.EXACT if listing.knows_people else Policy.SMALL5, count)


def _may_sort(listing: Listing[Any], column: Column[Any]) -> bool:
    """The order of hidden numbers would tell them."""
    return column.is_sorted and (listing.knows_people or not column.counts_people)


def _number(text: str | None, usual: int, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.isascii() and text.isdigit() and len(text) < 9 else usual


def _shown(listing: Listing[T], state: State, part: Part[T], last: int) -> ListShown:
    kept = (("sort", state.order), ("size", str(state.size)))
    usual = (listing.order, str(listing.size))
    rows = [[_cell(listing, column, row) for column in listing.columns] for row in part.rows]
    return ListShown(
        id=listing.id,
        caption=listing.caption,
        boxes=_boxes(listing, state),
        kept=tuple(pair for pair, known in zip(kept, usual, strict=True) if pair[1] != known),
        count=_count_words(listing, state, part),
        is_narrowed=bool(state.search or any(state.filters.values())),
        head=[_head(listing, state, column) for column in listing.columns],
        rows=rows,
        pages=_pages(listing, state, last) if last > 1 else None,
        files=tuple((kind, state.address(listing, page="1", export=kind)) for kind in _KINDS if listing.may_export),
        file_note=_file_note(part.total) if listing.may_export else "",
        hides=any(cell["text"] == HIDDEN for row in rows for cell in row),
    )


def _boxes(listing: Listing[Any], state: State) -> tuple[Box, ...]:
    boxes = [Box("q", listing.search, value=state.search)] if listing.search else []
    for each in listing.filters:
        picked = state.filters[each.id] or each.choices[0][0]
        boxes.append(Box(each.id, each.label, tuple(Choice(key, text, key == picked) for key, text in each.choices)))
    return tuple(boxes)


def _count_words(listing: Listing[Any], state: State, part: Part[Any]) -> str:
    one, several = listing.noun
    if listing.person is not None and people_count(listing, part.total).value is None:
        return f"Fewer than 5 {several}"
    if part.total <= len(part.rows):
        return f"{part.total:,} {one if part.total == 1 else several}"
    first = (state.page - 1) * state.size + 1
    return f"{first:,} to {first + len(part.rows) - 1:,} of {part.total:,} {several}"


def _file_note(total: int) -> str:
    return f"A file holds the first {MOST_EXPORTED:,} of these {total:,} rows." if total > MOST_EXPORTED else ""


def _head(listing: Listing[T], state: State, column: Column[T]) -> dict[str, object]:
    head: dict[str, object] = {"text": column.label, "format": "numeric" if column.is_number else ""}
    if not _may_sort(listing, column):
        return head
    is_now, is_last_first = state.order.lstrip("-") == column.id, state.order.startswith("-")
    target = f"-{column.id}" if is_now and not is_last_first else column.id
    mark = (" ▼" if is_last_first else " ▲") if is_now else ""
    words = format_html(
        '<a class="govuk-link" href="{}">{}<span aria-hidden="true">{}</span></a>',
        state.address(listing, sort=target, page="1"), column.label, mark,
    )  # fmt: skip
    way = ("descending" if is_last_first else "ascending") if is_now else "none"
    return {**head, "html": words, "attributes": {"aria-sort": way}}


def _cell(listing: Listing[T], column: Column[T], row: T) -> dict[str, object]:
    value = _safe(listing, column, row)
    text, is_whole = _words(value), column.is_whole or isinstance(value, date)
    target = column.link(row) if column.link else ""
    tag = column.tag(row) if column.tag else ""
    html = format_html('<a class="govuk-link" href="{}">{}</a>', target, text) if target else ""
    if tag:
        html = format_html('<strong class="govuk-tag {}">{}</strong>', tag, html or text)
    shown = {"text": text, "html": html, "classes": "app-nowrap" if is_whole else ""}
    return {**shown, "format": "numeric" if column.is_number else ""}


def _safe(listing: Listing[T], column: Column[T], row: T) -> Cell:
    """What a cell holds, past the gate where it counts people."""
    value = column.value(row)
    if not column.counts_people or value is None:
        return value
    released = people_count(listing, int(str(value)))
    return HIDDEN if released.value is None else released.value


def _words(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return date_words(timezone.localtime(cell), "j F Y, H:i")
    if isinstance(cell, date):
        return date_words(cell, "j F Y")
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell)


def _pages(listing: Listing[Any], state: State, last: int) -> dict[str, object]:
    """The options of the pagination: the first and last page, and those around this one."""
    near = sorted({1, last, *range(max(1, state.page - 1), min(last, state.page + 1) + 1)})
    items: list[dict[str, object]] = []
    for before, page in zip((0, *near), near, strict=False):
        if page - before > 1:
            items.append({"ellipsis": True})
        items.append({"number": page, "href": state.address(listing, page=str(page)), "current": page == state.page})
    found: dict[str, object] = {"items": items}
    if state.page > 1:
        found["previous"] = {"href": state.address(listing, page=str(state.page - 1))}
    if state.page < last:
        found["next"] = {"href": state.address(listing, page=str(state.page + 1))}
    return found


def _file(listing: Listing[T], state: State, kind: str, part: Part[T], by: Actor | None) -> HttpResponse:
    """The whole list as a file; what leaves of people is written down before it does."""
    rows: list[list[Cell]] = [[_safe(listing, column, row) for column in listing.columns] for row in part.rows]
    if listing.person is not None and by is not None:
        exported = Exported(
            listing.id, kind, len(rows), state.wanted().filters, bool(state.search), map(listing.person, part.rows)
        )
        record_export(exported=exported, by=by)
    note = _file_note(part.total)
    if note:
        rows.append([note])
    heads = [column.label for column in listing.columns]
    body = as_csv(heads, rows) if kind == "csv" else as_xlsx(listing.caption, heads, rows)
    answer = HttpResponse(body, content_type=_KINDS[kind])
    answer["Content-Disposition"] = f'attachment; filename="{listing.id}.{kind}"'
    answer["Cache-Control"] = "no-store"
    return answer
