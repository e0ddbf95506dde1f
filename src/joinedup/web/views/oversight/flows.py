"""Flows of data: what each source rests on, proposals, decisions and ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.flow import FlowTerms, decide_flow, end_flow, propose_flow
from joinedup.register.clock import today
from joinedup.register.queries import flow as query
from joinedup.rules.foundation.role import Ability
from joinedup.store.flow_templates import FlowTemplate
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.views.oversight.forms import FlowDecisionForm, FlowEndForm, FlowForm

TAGS = {
    "in force": "govuk-tag--green",
    "ends soon": "govuk-tag--yellow",
    "ended": "govuk-tag--red",
    "none": "govuk-tag--red",
    "proposed": "govuk-tag--blue",
    "refused": "govuk-tag--grey",
}


@require_safe
@needs(Ability.MANAGE_FLOWS, Ability.SEE_AUDIT)
def flows(request: HttpRequest) -> HttpResponse:
    """On what basis do data flow?"""
    standings = query.source_standings()
    page = {
        "standings": [(each, TAGS[each.standing]) for each in standings],
        "urgent": sum(each.standing != "in force" for each in standings),
        "warning_days": query.WARNING_DAYS,
        "proposed": query.flows(status="proposed"),
        "past": (*query.flows(status="refused"), *query.flows(status="ended")),
        "may_manage": actor(request).may(Ability.MANAGE_FLOWS),
    }
    return render(request, "oversight/flows.html", page)


@require_safe
@needs(Ability.MANAGE_FLOWS, Ability.SEE_AUDIT)
def flow(request: HttpRequest, flow_id: int) -> HttpResponse:
    """What does this flow say?"""
    by, found = actor(request), _found(flow_id)
    page = {
        "flow": found,
        "tag": TAGS.get(found.standing or found.status, "govuk-tag--grey"),
        "may_decide": found.status == "proposed"
        and by.may(Ability.MANAGE_FLOWS)
        and found.proposed_by_id != by.user_id,
        "is_own": found.status == "proposed" and found.proposed_by_id == by.user_id,
        "may_end": found.status == "approved" and by.may(Ability.MANAGE_FLOWS),
    }
    return render(request, "oversight/flow.html", page)


@require_safe
@needs(Ability.MANAGE_FLOWS)
def choose_template(request: HttpRequest) -> HttpResponse:
    """From which example do you begin?"""
    return render(request, "oversight/flow_templates.html", {"templates": query.templates()})


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_FLOWS)
def new_flow(request: HttpRequest, template_id: str = "") -> HttpResponse:
    """On what basis do the data flow?"""
    by = actor(request)
    template = next((each for each in query.templates() if each.id == template_id), None)
    if template_id and template is None:
        raise Http404("There is no template with that name.")
    form = FlowForm.of(request, initial=_begin(template, request.GET.get("source", "")))

    def do() -> dict[str, int]:
        told = form.values()
        return {"id": propose_flow(terms=FlowTerms(**{**told, "purposes": tuple(told["purposes"])}), by=by).pk}

    sent = form.send("flow.propose", do, by=by)
    if sent:
        return see_other("flow", sent["id"])
    return show_form(
        request,
        "oversight/flow_form.html",
        form,
        question="On what basis do the data flow?",
        example=template,
        button="Propose this flow",
        back=reverse("flow_templates"),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_FLOWS)
def decide(request: HttpRequest, flow_id: int) -> HttpResponse:
    """Do you approve this flow?"""
    by, found = actor(request), _found(flow_id)
    form = FlowDecisionForm.of(request, initial={"version": found.version})

    def do() -> dict[str, int]:
        is_approved, remark = form.cleaned_data["decision"] == "approve", form.cleaned_data["remark"]
        version = form.edited_version
        return {"id": decide_flow(flow_id=flow_id, version=version, is_approved=is_approved, remark=remark, by=by).pk}

    return _sent_or_shown(request, form, form.send("flow.decide", do, by=by), found, "Do you approve this flow?")


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_FLOWS)
def end(request: HttpRequest, flow_id: int) -> HttpResponse:
    """Why does this flow end?"""
    by, found = actor(request), _found(flow_id)
    form = FlowEndForm.of(request, initial={"version": found.version})

    def do() -> dict[str, int]:
        version, remark = form.edited_version, form.cleaned_data["remark"]
        return {"id": end_flow(flow_id=flow_id, version=version, remark=remark, by=by).pk}

    return _sent_or_shown(request, form, form.send("flow.end", do, by=by), found, "Why does this flow end?")


def _sent_or_shown(
    request: HttpRequest, form: GovForm, sent: dict[str, Any] | None, found: query.FlowShown, question: str
) -> HttpResponse:
    if sent:
        return see_other("flow", found.id)
    if form.is_conflict:
        form.compare({"Status": found.status_label}, found.version)
    return show_form(
        request,
        "joinedup/form_page.html",
        form,
        question=question,
        about=f"{found.label} ({found.source}), until {found.expires:%-d %B %Y}",
        back=reverse("flow", args=[found.id]),
    )


def _found(flow_id: int) -> query.FlowShown:
    found = query.flow(flow_id)
    if found is None:
        raise Http404("There is no such flow.")
    return found


def _begin(template: FlowTemplate | None, source: str) -> dict[str, Any]:
    """What the form says at first: the example's terms, but never its controller or its last day."""
    start = {"source": source[:64], "valid_from": today(), "expires": today() + timedelta(days=365)}
    if template is None:
        return start
    told = template.flow
    return {
        **start,
        "label": template.label.partition(":")[0],
        "legal_basis": told.legal_basis,
        "purposes": sorted(use.value for use in told.purposes),
        "opt_out": told.opt_out.value,
        "template": template.id,
    }
