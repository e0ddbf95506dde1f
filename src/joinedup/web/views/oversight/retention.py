"""Retention: how long things are kept, and by what right."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.retention import set_retention
from joinedup.register.queries.retention import rules
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.views.oversight.forms import RetentionForm


@require_safe
@needs(Ability.MANAGE_FLOWS, Ability.SEE_AUDIT)
def retention(request: HttpRequest) -> HttpResponse:
    """How long is what kept?"""
    page = {"rules": rules(), "may_manage": actor(request).may(Ability.MANAGE_FLOWS)}
    return render(request, "oversight/retention.html", page)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_FLOWS)
def set_rule(request: HttpRequest, subject: str) -> HttpResponse:
    """How long is it kept?"""
    by = actor(request)
    rule = next((each for each in rules() if each.subject == subject), None)
    if rule is None:
        raise Http404("There is nothing with that name to keep.")
    told = {"keep_days": rule.keep_days, "keep_releases": rule.keep_releases, "basis": rule.basis}
    form = RetentionForm.of(request, initial={**told, "version": rule.version or None})

    def do() -> dict[str, int]:
        return {"id": set_retention(subject=subject, version=form.edited_version, by=by, **form.values()).pk}

    if form.send("retention.set", do, by=by):
        return see_other("retention")
    if form.is_conflict:
        form.compare({"Kept": rule.keeps, "Basis": rule.basis}, rule.version)
    return show_form(
        request,
        "joinedup/form_page.html",
        form,
        question="How long is it kept?",
        about=rule.label,
        back=reverse("retention"),
    )
