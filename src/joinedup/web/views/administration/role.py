"""Who can do what: every role in plain English."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from joinedup.register.queries.role import roles as all_roles
from joinedup.web.acting import needs
from joinedup.web.second_factor import needs_second_factor


@require_GET
@needs()
def roles(request: HttpRequest) -> HttpResponse:
    """Every role with its sentence and what it allows; open to everybody who is signed in."""
    shown = [(role, needs_second_factor(role.role)) for role in all_roles()]
    return render(request, "administration/roles.html", {"roles": shown})
