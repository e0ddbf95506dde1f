"""Emergency access: asked for on a form, ended by a button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from joinedup.register.access import Subject
from joinedup.register.actions.emergency import Request, begin_emergency, end_emergency
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.views.people.forms import EmergencyForm, FinishForm
from joinedup.web.views.people.record import of_person


@require_http_methods(["GET", "POST"])
@needs(Ability.EMERGENCY)
@of_person
def emergency(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Why must you see this record now?"""
    by = actor(request)
    form = EmergencyForm.of(request)
    if form.send(
        "emergency.begin",
        lambda: {"id": begin_emergency(subject=subject, request=Request(**form.values()), by=by).pk},
        by=by,
    ):
        return see_other("person", person_id=subject.person_id)
    return show_form(
        request,
        "people/emergency.html",
        form,
        question="Open this record in an emergency",
        button="Open the record now",
        back=reverse("people"),
    )


@require_POST
@needs(Ability.EMERGENCY)
@of_person
def finish(request: HttpRequest, subject: Subject, access_id: int) -> HttpResponse:
    """End one's own emergency access and go back to the search."""
    by = actor(request)
    FinishForm.of(request).send("emergency.end", lambda: {"id": end_emergency(access_id=access_id, by=by).pk}, by=by)
    return see_other("people")
