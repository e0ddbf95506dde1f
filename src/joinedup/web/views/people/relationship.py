"""Ties between teams and a person: begin, refer, end, and the sensitive parts that care needs."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from joinedup.register.access import Subject
from joinedup.register.actions.relationship import begin_relationship, clear_parts, end_relationship, refer
from joinedup.register.clock import today
from joinedup.register.queries.naming import other_teams
from joinedup.register.queries.person import Helper, own_helpers
from joinedup.register.queries.restriction import restriction_page
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.care_words import words_of
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.views.people.forms import EndForm, PartsForm, ReasonForm, ReferralForm
from joinedup.web.views.people.record import of_person


@require_http_methods(["GET", "POST"])
@needs(Ability.FIND_PEOPLE)
@of_person
def begin(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Does your team now care for this person?"""
    by, form = actor(request), ReasonForm.of(request)
    if form.send(
        "relationship.begin", lambda: {"id": begin_relationship(subject=subject, by=by, **form.values()).pk}, by=by
    ):
        return see_other("person", person_id=subject.person_id)
    return show_form(
        request,
        "people/care.html",
        form,
        question="Does your team now care for this person?",
        button="Yes, we care for this person",
        back=reverse("people"),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.OPEN_RECORD)
@of_person
def referral(request: HttpRequest, subject: Subject) -> HttpResponse:
    """To which team do you refer this person?"""
    by = actor(request)
    form = ReferralForm.of(request, teams=other_teams(by=by))

    def do() -> dict[str, int]:
        team, reason = int(form.cleaned_data["team_id"]), form.cleaned_data["reason"]
        return {"id": refer(subject=subject, team_id=team, reason=reason, by=by).pk}

    if form.send("relationship.refer", do, by=by):
        return see_other("person", person_id=subject.person_id)
    return _form(request, subject, form, "To which team do you refer this person?", "Refer")


@require_http_methods(["GET", "POST"])
@needs(Ability.OPEN_RECORD)
@of_person
def end(request: HttpRequest, subject: Subject, relationship_id: int) -> HttpResponse:
    """When and why does your team's care end?"""
    by = actor(request)
    held = _held(own_helpers(subject, by=by), relationship_id)
    form = EndForm.of(request, initial={"version": held.version, "last_day": today()})

    def do() -> dict[str, int]:
        version = form.edited_version
        ended = end_relationship(relationship_id=relationship_id, version=version, by=by, **form.values())
        return {"id": ended.pk}

    if form.send("relationship.end", do, by=by):
        return see_other("people")
    if form.is_conflict:
        form.compare({"Team": held.team}, held.version)
    return _form(request, subject, form, "When and why does your team’s care end?", "End our care")


@require_http_methods(["GET", "POST"])
@needs(Ability.RESTRICT)
@of_person
def parts(request: HttpRequest, subject: Subject, relationship_id: int) -> HttpResponse:
    """Which sensitive parts of the record does a team's care need?"""
    by = actor(request)
    held = _held(restriction_page(subject, by=by).teams, relationship_id)
    form = PartsForm.of(request, initial={"version": held.version, "parts": held.cleared})

    def do() -> dict[str, int]:
        version = form.edited_version
        cleared = clear_parts(subject=subject, relationship_id=relationship_id, version=version, by=by, **form.values())
        return {"id": cleared.pk}

    if form.send("relationship.clear", do, by=by):
        return see_other("person_restrictions", person_id=subject.person_id)
    if form.is_conflict:
        cleared = ", ".join(words_of("sensitive", part) for part in held.cleared) or "None"
        form.compare({"Sensitive parts that this care needs": cleared}, held.version)
    return _form(request, subject, form, f"Which sensitive parts does {held.team} need?", "Save")


def _held(among: Iterable[Helper], relationship_id: int) -> Helper:
    found = next((row for row in among if row.relationship_id == relationship_id), None)
    if found is None:
        raise Http404("There is no such relationship with this person, or it has ended.")
    return found


def _form(request: HttpRequest, subject: Subject, form: GovForm, question: str, button: str) -> HttpResponse:
    back = reverse("person", kwargs={"person_id": subject.person_id})
    return show_form(request, "joinedup/form_page.html", form, question=question, button=button, back=back)
