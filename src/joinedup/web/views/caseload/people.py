"""My caseload: whom the team cares for, what is new, what must be done, and notices."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from joinedup.register.actions.notice import mark_seen
from joinedup.register.actor import Actor
from joinedup.register.listing import Part, Wanted
from joinedup.register.queries.caseload import CaseloadPage, CaseRow, caseload_page, notices
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import day_in_words, see_other
from joinedup.web.forms import Choice, chosen
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.templatetags.care import nhs
from joinedup.web.views.people.record import private

#: Notices on one page; older ones are found under each person's trace.
NOTICES: Final = 100

STATES: Final = {"new": "Not seen yet", "seen": "Seen"}


def _new(row: CaseRow) -> str:
    if row.looked is None:
        return "Not opened by you yet"
    if row.changes is None or row.last_change is None:
        return f"Nothing since {day_in_words(row.looked)}"
    return f"{row.changes.events} new, last received {day_in_words(row.last_change)}"


def _name(row: CaseRow) -> str:
    return row.person.name if row.person else f"{display_person_id(row.person_id)} (objects to sharing)"


CASELOAD: Final[Listing[CaseRow]] = Listing(
    id="caseload",
    caption="People my team cares for",
    fetch=lambda wanted, by: caseload_page(wanted, by=by).value.people,
    order="name",
    search="Name or NHS number",
    noun=("person", "people"),
    person=lambda row: row.person_id,
    knows_people=True,
    columns=(
        Column("name", "Name", _name, link=lambda row: reverse("person", args=[row.person_id]), is_sorted=True),
        Column("born", "Date of birth", lambda row: row.person.date_of_birth if row.person else None),
        Column("number", "NHS number", lambda row: nhs(row.person.nhs_number) if row.person else "", is_whole=True),
        Column(
            "changed", "New since you looked", _new, is_sorted=True,
            tag=lambda row: "govuk-tag--yellow" if row.is_changed else "",
        ),
        Column("tasks", "Open tasks", lambda row: row.open_tasks, is_number=True),
        Column(
            "late", "Late", lambda row: row.late_tasks, is_number=True,
            tag=lambda row: "govuk-tag--red" if row.late_tasks else "",
        ),
        Column("due", "Next due", lambda row: row.next_due, is_sorted=True),
        Column("lead", "Led by", lambda row: row.lead),
        Column("since", "Since", lambda row: row.since, is_sorted=True),
    ),
    filters=(
        Filter(
            "show", "Show",
            (
                ("", "Everybody"), ("changed", "Something new"), ("late", "A task is late"), ("mine", "I lead"),
                ("new", "Not opened by me yet"),
            ),
        ),
        Filter("kind", "How we know them", (("", "Any"), ("care", "We give care"), ("referred", "Referred to us"))),
    ),
)  # fmt: skip


@needs(Ability.OPEN_RECORD)
@require_safe
def my_caseload(request: HttpRequest) -> HttpResponseBase:
    """Whom my team cares for, and what needs doing."""
    pages: list[CaseloadPage] = []

    def fetch(wanted: Wanted, by: Actor) -> Part[CaseRow]:
        pages.append(caseload_page(wanted, by=by).value)
        return pages[-1].people

    answer = answer_list(request, replace(CASELOAD, fetch=fetch), by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return private(render(request, "caseload/caseload.html", {"list": answer, "page": pages[-1]}))


@needs(Ability.OPEN_RECORD)
@require_safe
def notice_list(request: HttpRequest) -> HttpResponseBase:
    """What the team was told about its people."""
    state = chosen(request.GET.get("state"), STATES, "state", "new")
    part = notices(Wanted(filters={"state": state}, limit=NOTICES), by=actor(request)).value
    page = {
        "part": part,
        "more": part.total - len(part.rows),
        "states": [Choice(key, text, key == state) for key, text in STATES.items()],
        "here": request.get_full_path(),
    }
    return private(render(request, "caseload/notices.html", page))


@needs(Ability.OPEN_RECORD)
@require_POST
def seen(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark a notice as seen; doing so again changes nothing."""
    mark_seen(notice_id=notice_id, by=actor(request))
    return see_other("notices" if request.POST.get("from") == "notices" else "caseload")
