"""Emergency access: what waits for review, and its review by somebody who did not use it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.emergency import review_emergency
from joinedup.register.queries.emergency_review import emergencies, emergency, opened_in
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.oversight.forms import EmergencyReviewForm

STATES = {
    "waiting": ("Waiting for review", "govuk-tag--yellow"),
    "open": ("Still open", "govuk-tag--blue"),
    "reviewed": ("Reviewed", "govuk-tag--green"),
}
LIST = Listing(
    id="emergencies",
    caption="Emergency access",
    fetch=emergencies,
    order="granted",
    search="Account or reason",
    noun=("emergency access", "emergency accesses"),
    columns=(
        Column(
            "person", "Person", lambda row: row.pseudonym, link=lambda row: reverse("emergency_review", args=[row.id])
        ),
        Column("state", "State", lambda row: STATES[row.state][0], tag=lambda row: STATES[row.state][1]),
        Column("account", "Used by", lambda row: row.account, is_sorted=True),
        Column("role", "Role and organisation", lambda row: f"{row.role}, {row.organisation}"),
        Column("granted", "Began", lambda row: row.granted_at, is_sorted=True),
        Column("reason", "Reason given", lambda row: row.reason),
        Column("outcome", "Found", lambda row: row.outcome),
    ),
    filters=(
        Filter("state", "Show", (("", "Waiting for review"), ("open", "Still open"), ("reviewed", "Reviewed"),
                                 ("all", "All"))),
    ),
    person=lambda row: row.person_id,
    knows_people=True,
)  # fmt: skip


@require_safe
@needs(Ability.REVIEW_EMERGENCY, Ability.SEE_AUDIT)
def emergency_list(request: HttpRequest) -> HttpResponse:
    """Which records were opened in an emergency?"""
    answer = answer_list(request, LIST, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "oversight/emergencies.html", {"list": answer})


@require_http_methods(["GET", "POST"])
@needs(Ability.REVIEW_EMERGENCY, Ability.SEE_AUDIT)
def review(request: HttpRequest, access_id: int) -> HttpResponse:
    """Was this emergency access justified?"""
    by = actor(request)
    found = emergency(access_id, by=by)
    if found is None:
        raise Http404("There is no such emergency access.")
    page = {
        "access": found,
        "state": STATES[found.state],
        "opened": opened_in(access_id, by=by),
        "question": "Was this emergency access justified?",
        "back": reverse("emergencies"),
    }
    if found.state != "waiting" or not by.may(Ability.REVIEW_EMERGENCY):
        return render(request, "oversight/emergency.html", page)
    form = EmergencyReviewForm.of(request)
    if form.send(
        "emergency.review",
        lambda: {"id": review_emergency(access_id=access_id, by=by, **form.values()).pk},
        by=by,
    ):
        return see_other("emergencies")
    return show_form(request, "oversight/emergency.html", form, **page)
