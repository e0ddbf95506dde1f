"""What does joinedup hold about me? The person's own copy, in plain words, to print or hand over."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from joinedup.register.access import Subject
from joinedup.register.queries.copy import own_copy
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.views.people.record import of_person


@require_GET
@needs(Ability.PRINT_COPY)
@of_person
def copy(request: HttpRequest, subject: Subject) -> HttpResponse:
    """The copy, made now."""
    page = own_copy(subject, by=actor(request)).value
    return render(request, "people/copy.html", {"page": page, "person_id": subject.person_id})
