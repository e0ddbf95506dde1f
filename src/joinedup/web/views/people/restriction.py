"""What of this record is restricted? Restrictions, and the teams whose care needs sensitive parts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from joinedup.register.access import Subject
from joinedup.register.actions.restriction import lift, restrict
from joinedup.register.queries.restriction import restriction_page
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.views.people.forms import ReasonForm
from joinedup.web.views.people.record import of_person


@require_http_methods(["GET", "POST"])
@needs(Ability.RESTRICT)
@of_person
def restriction_list(request: HttpRequest, subject: Subject) -> HttpResponse:
    """What of this record is restricted, and which teams see it?"""
    by, form = actor(request), ReasonForm.of(request)
    if form.send("restriction.begin", lambda: {"id": restrict(subject=subject, by=by, **form.values()).pk}, by=by):
        return see_other("person_restrictions", person_id=subject.person_id)
    return show_form(
        request,
        "people/restrictions.html",
        form,
        person_id=subject.person_id,
        page=restriction_page(subject, by=by),
        by_care=by.may(Ability.OPEN_RECORD),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.RESTRICT)
@of_person
def lifting(request: HttpRequest, subject: Subject, restriction_id: int) -> HttpResponse:
    """Why does this restriction end?"""
    by, form = actor(request), ReasonForm.of(request)
    if form.send(
        "restriction.lift",
        lambda: {"id": lift(subject=subject, restriction_id=restriction_id, by=by, **form.values()).pk},
        by=by,
    ):
        return see_other("person_restrictions", person_id=subject.person_id)
    back = reverse("person_restrictions", kwargs={"person_id": subject.person_id})
    question = "Why does this restriction end?"
    return show_form(request, "joinedup/form_page.html", form, question=question, button="End it today", back=back)
