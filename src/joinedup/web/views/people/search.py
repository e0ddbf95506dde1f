"""Who is it? Search by number or by name; nothing that was typed stands in an address or in a log."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from joinedup.register.queries.search import Hit, find_people
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import show_form
from joinedup.web.views.people.forms import SearchForm
from joinedup.web.views.people.record import private


@require_http_methods(["GET", "POST"])
@needs(Ability.FIND_PEOPLE)
def search(request: HttpRequest) -> HttpResponse:
    """The search form, and what it found below it."""
    form = SearchForm.of(request)
    found: tuple[Hit, ...] | None = None
    if form.is_valid():
        try:
            found = find_people(form.query(), by=actor(request)).value
        except Invalid as error:
            form.refuse(error)
    answer = show_form(request, "people/search.html", form, found=found)
    private(answer)
    return answer
