"""The schemes of a place."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.register.queries.scheme import schemes
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.lists import Column, Filter, Listing, answer_list

STAGES = {
    "planned": ("Not begun", "govuk-tag--blue"),
    "running": ("Running", "govuk-tag--green"),
    "ended": ("Ended", "govuk-tag--grey"),
}
LIST = Listing(
    id="schemes",
    caption="Schemes",
    fetch=schemes,
    order="name",
    search="Scheme, place or organisation",
    noun=("scheme", "schemes"),
    columns=(
        Column("name", "Scheme", lambda row: row.name, is_sorted=True),
        Column("stage", "State", lambda row: STAGES[row.stage][0], tag=lambda row: STAGES[row.stage][1]),
        Column("areas", "Where", lambda row: ", ".join(row.areas)),
        Column("cohort", "For whom", lambda row: row.cohort),
        Column("owner", "Answers for it", lambda row: row.owner),
        Column("begins", "Began", lambda row: row.begins, is_sorted=True),
    ),
    filters=(Filter("stage", "Show", (("", "All"), *((key, text) for key, (text, _) in STAGES.items()))),),
)


@require_safe
@needs(Ability.SEE_SCHEMES)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """Which schemes do we run, and what is claimed for them?"""
    answer = answer_list(request, LIST, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "schemes/schemes.html", {"list": answer})
