"""What is happening to this person, and who helps? The person page, and the pages beside it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from joinedup.register.access import Subject
from joinedup.register.queries.person import costs_page, person_page, timeline_page
from joinedup.register.queries.who_looked import who_looked
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.person_costs import cost_tables
from joinedup.web.person_picture import circle_picture, ties_by_service
from joinedup.web.person_timeline import event_rows, timeline_view
from joinedup.web.purposes import keep_purpose, purpose_of, purposes_for
from joinedup.web.views.people.forms import FinishForm, PurposeForm
from joinedup.web.views.people.record import of_person, with_purpose


@require_GET
@needs(Ability.OPEN_RECORD)
@of_person
@with_purpose
def person(request: HttpRequest, subject: Subject, purpose: Purpose) -> HttpResponse:
    """The person page."""
    by = actor(request)
    page = person_page(subject, purpose, by=by).value
    shown = {
        "page": page,
        "purpose": purpose,
        "by": by,
        "finish": FinishForm(),
        "latest": event_rows(page.latest or ()),
        "ties": ties_by_service(page.circle),
        "picture": circle_picture(page.circle),
        "ours": next((helper for helper in page.helpers if helper.is_ours), None),
        "may": {
            "refer": any(helper.is_ours and helper.kind == "care" for helper in page.helpers),
            "household": by.may(Ability.SEE_HOUSEHOLD) and page.emergency is None,
            "copy": by.may(Ability.PRINT_COPY) and page.emergency is None,
            "restrict": by.may(Ability.RESTRICT),
            "purposes": len(purposes_for(by)) > 1,
        },
    }
    return render(request, "people/person.html", shown)


@require_GET
@needs(Ability.OPEN_RECORD)
@of_person
@with_purpose
def timeline(request: HttpRequest, subject: Subject, purpose: Purpose) -> HttpResponse:
    """What happened, and when? Everything across services, by kind of service and year."""
    page = timeline_page(subject, purpose, by=actor(request)).value
    view = timeline_view(page, request.GET.get("setting"), request.GET.get("year"))
    return render(request, "people/timeline.html", {"page": page, "view": view, "person_id": subject.person_id})


@require_GET
@needs(Ability.SEE_COSTS)
@of_person
@with_purpose
def costs(request: HttpRequest, subject: Subject, purpose: Purpose) -> HttpResponse:
    """What did this person's care cost, and who paid?"""
    page = costs_page(subject, purpose, by=actor(request)).value
    return render(
        request, "people/costs.html", {"page": page, "tables": cost_tables(page), "person_id": subject.person_id}
    )


@require_GET
@needs(Ability.OPEN_RECORD)
@of_person
@with_purpose
def looked(request: HttpRequest, subject: Subject, purpose: Purpose) -> HttpResponse:
    """Who looked at this record?"""
    asked = request.GET.get("page", "1")
    if not asked.isdigit():
        raise Http404("Pages have numbers.")
    page = who_looked(subject, purpose, int(asked[:9]), by=actor(request)).value
    return render(request, "people/who_looked.html", {"page": page, "person_id": subject.person_id})


@require_http_methods(["GET", "POST"])
@needs(Ability.OPEN_RECORD)
@of_person
def purpose(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Why do you open this record? Kept for this person until the user signs out."""
    by = actor(request)
    now = purpose_of(request, subject.person_id, by)
    form = PurposeForm.of(request, offered=purposes_for(by), initial={"purpose": now.value})
    if form.is_valid():
        keep_purpose(request, subject.person_id, Purpose(form.cleaned_data["purpose"]))
        return see_other("person", person_id=subject.person_id)
    return show_form(
        request, "people/purpose.html", form, question="Why do you open this record?", button="Open the record"
    )
