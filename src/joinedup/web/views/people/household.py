"""Which agencies are round this household, and what does each spend?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from joinedup.register.access import Subject
from joinedup.register.queries.household import household_page
from joinedup.rules.care.household import GROUNDS
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import show_form
from joinedup.web.views.people.forms import HouseholdForm
from joinedup.web.views.people.record import of_person


@require_http_methods(["GET", "POST"])
@needs(Ability.SEE_HOUSEHOLD)
@of_person
def household(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Ask on which ground the household is opened, each time, and then show it."""
    form = HouseholdForm.of(request)
    if form.is_valid():
        page = household_page(subject, form.cleaned_data["ground"], by=actor(request)).value
        shown = {"page": page, "ground": GROUNDS[page.ground], "person_id": subject.person_id}
        return render(request, "people/household.html", shown)
    back = reverse("person", kwargs={"person_id": subject.person_id})
    question = "Why do you look at this household?"
    return show_form(
        request, "people/household_ground.html", form, question=question, button="Open the household", back=back
    )
