"""Who did what: the trace, one row of it, its check and its signed head."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from joinedup.register.actions.audit_check import check_trace
from joinedup.register.queries.trace import EventRow, event, events, kinds
from joinedup.register.seal import sign_head
from joinedup.rules.foundation.role import ROLES, Ability
from joinedup.web.acting import actor, needs
from joinedup.web.lists import Column, Filter, Listing, answer_list


def _listing() -> Listing[EventRow]:
    """The list of the trace; what it can be narrowed to follows from what is in it."""
    return Listing(
        id="trace",
        caption="Who did what, newest first",
        fetch=events,
        order="-number",
        search="Who, what, a pseudonym or a day (2025-04-20)",
        noun=("row", "rows"),
        size=50,
        columns=(
            Column(
                "number", "Row", lambda row: row.sequence, link=lambda row: reverse("trace_event", args=[row.sequence]),
                is_sorted=True,
            ),
            Column("at", "When", lambda row: row.at),
            Column("actor", "Who", lambda row: row.actor, is_sorted=True),
            Column("action", "Did what", lambda row: row.action, is_sorted=True),
            Column("subject", "To what", lambda row: row.subject),
            Column("people", "People", lambda row: row.people or None, is_number=True),
            Column("ground", "On what ground", lambda row: row.ground),
        ),
        filters=(
            Filter("since", "When", (("", "Ever"), ("today", "Today"), ("week", "Last 7 days"),
                                     ("month", "Last 30 days"), ("year", "Last year"))),
            Filter("role", "Role", (("", "Any role"), *((role.value, sheet.label) for role, sheet in ROLES.items()))),
            Filter("kind", "What about", (("", "Anything"), *((kind, kind.replace("_", " ").capitalize())
                                                              for kind in kinds()))),
        ),
    )  # fmt: skip


@require_safe
@needs(Ability.SEE_AUDIT)
def trace(request: HttpRequest) -> HttpResponse:
    """Who did what?"""
    answer = answer_list(request, _listing(), by=actor(request))
    return answer if isinstance(answer, HttpResponse) else render(request, "oversight/trace.html", {"list": answer})


@require_safe
@needs(Ability.SEE_AUDIT)
def trace_event(request: HttpRequest, sequence: int) -> HttpResponse:
    """What does this row say?"""
    found = event(sequence, by=actor(request))
    if found is None:
        raise Http404("The trace has no row with that number.")
    return render(request, "oversight/event.html", {"event": found})


@require_POST
@needs(Ability.SEE_AUDIT)
def check(request: HttpRequest) -> HttpResponse:
    """Was the trace tampered with?"""
    return render(request, "oversight/checked.html", {"checked": check_trace(by=actor(request))})


@require_POST
@needs(Ability.SEE_AUDIT)
def signed_head(request: HttpRequest) -> HttpResponse:
    """The signed head of the trace, as a file."""
    head = sign_head(by=actor(request))
    answer = HttpResponse(head.as_json(), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="audit-head-{head.place}-{head.sequence}.json"'
    answer["Cache-Control"] = "no-store"
    return answer
