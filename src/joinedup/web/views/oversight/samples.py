"""Samples: auditors look at identified records that chance picked, and leave a row for each."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.audit_sample import Draw, draw_sample
from joinedup.register.clock import today
from joinedup.register.queries import audit_sample as query
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.views.oversight.forms import SampleForm


@require_safe
@needs(Ability.SEE_AUDIT)
def samples(request: HttpRequest) -> HttpResponse:
    """Which records were sampled?"""
    by = actor(request)
    page = {"samples": query.samples(by=by), "may_draw": by.may(Ability.SAMPLE_RECORD)}
    return render(request, "oversight/samples.html", page)


@require_http_methods(["GET", "POST"])
@needs(Ability.SAMPLE_RECORD)
def new_sample(request: HttpRequest) -> HttpResponse:
    """Whose records do you want to look at?"""
    by = actor(request)
    period = {"opened_from": today() - timedelta(days=30), "opened_to": today()}
    form = SampleForm.of(request, initial={**period, "size": 5})
    sent = form.send("sample.draw", lambda: {"id": draw_sample(draw=Draw(**form.values()), by=by).pk}, by=by)
    if sent:
        return see_other("sample", sent["id"])
    return show_form(
        request,
        "oversight/sample_form.html",
        form,
        question="From which period do you draw a sample?",
        button="Draw the sample",
        back=reverse("samples"),
    )


@require_safe
@needs(Ability.SEE_AUDIT)
def sample(request: HttpRequest, sample_id: int) -> HttpResponse:
    """Who was drawn?"""
    by = actor(request)
    found = query.sample(sample_id, by=by)
    if found is None:
        raise Http404("There is no such sample.")
    may_open = found.is_own and by.may(Ability.SAMPLE_RECORD)
    return render(request, "oversight/sample.html", {"sample": found, "may_open": may_open})


@require_safe
@needs(Ability.SAMPLE_RECORD)
def sampled_record(request: HttpRequest, sample_id: int, person_id: int) -> HttpResponse:
    """Was this record opened rightly?"""
    found = query.sampled_record(sample_id, person_id, by=actor(request))
    if found is None:
        raise Http404("This person was not drawn into this sample, or nobody goes by this pseudonym today.")
    page = {"record": found, "sample_id": sample_id, "person_id": person_id}
    return render(request, "oversight/sampled_record.html", page)
