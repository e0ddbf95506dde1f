"""The first page of the oversight room: what waits for whoever looks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.register.queries.oversight import waiting_for
from joinedup.register.queries.scheme_alert import waiting_in_schemes
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs


@require_safe
@needs(Ability.SEE_AUDIT, Ability.MANAGE_FLOWS, Ability.REVIEW_EMERGENCY)
def oversight(request: HttpRequest) -> HttpResponse:
    """What needs looking at?"""
    by = actor(request)
    page = {
        "waiting": waiting_for(by=by),
        "schemes": waiting_in_schemes(by=by),
        "sees_trace": by.may(Ability.SEE_AUDIT),
        "may_sample": by.may(Ability.SAMPLE_RECORD),
    }
    return render(request, "oversight/room.html", page)
