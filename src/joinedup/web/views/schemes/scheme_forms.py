"""What is recorded of a scheme, changed: the scheme itself, what it spends, its boards and its evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from joinedup.register.actions.evaluation_plan import plan_evaluation, withdraw_evaluation
from joinedup.register.actions.scheme import (
    add_line,
    add_scheme,
    change_scheme,
    end_line,
    record_report,
    record_spend,
)
from joinedup.register.clock import today
from joinedup.register.queries.scheme import line_of, plan_of, scheme_values
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.views.schemes.forms import (
    EndLineForm,
    EvaluationForm,
    LineForm,
    ReportForm,
    SchemeForm,
    SpendForm,
    WithdrawForm,
    pence_of,
)
from joinedup.web.views.schemes.schemes import found_or_404

PAGE = "joinedup/form_page.html"


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def new_scheme(request: HttpRequest) -> HttpResponse:
    """What is this scheme?"""
    by = actor(request)
    form = SchemeForm.of(request, initial={"owner": by.organisation})
    sent = form.send("scheme.add", lambda: {"slug": add_scheme(terms=form.terms(), by=by).slug}, by=by)
    if sent:
        return see_other("scheme", sent["slug"])
    return show_form(request, PAGE, form, question="What is this scheme?", back=reverse("schemes"))


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def edit_scheme(request: HttpRequest, slug: str) -> HttpResponse:
    """What has changed about this scheme?"""
    by = actor(request)
    values = scheme_values(slug, by=by)
    if values is None:
        raise Http404("There is no scheme with that id.")
    form = SchemeForm.of(request, initial=values)
    sent = form.send(
        "scheme.change",
        lambda: {"slug": change_scheme(slug=slug, version=form.edited_version, terms=form.terms(), by=by).slug},
        by=by,
    )
    if sent:
        return see_other("scheme", slug)
    if form.is_conflict:
        form.compare({"Name": str(values["name"]), "Where the money comes from": str(values["funding"])},
                     int(str(values["version"])))  # fmt: skip
    back = reverse("scheme", args=[slug])
    return show_form(request, PAGE, form, question="What has changed about this scheme?", back=back)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def spend(request: HttpRequest, slug: str) -> HttpResponse:
    """What was spent on this scheme?"""
    by = actor(request)
    form = SpendForm.of(request, initial={"on": today()})

    def do() -> dict[str, int]:
        told = form.values()
        pounds = pence_of(told.pop("pounds")) or 0
        return {"id": record_spend(slug=slug, pence=pounds, **told, by=by).pk}

    return _about(request, slug, form, "scheme.spend", do, question="What was spent on this scheme?")


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def new_line(request: HttpRequest, slug: str) -> HttpResponse:
    """To which board does this scheme report?"""
    form = LineForm.of(request, initial={"since": today()})
    return _about(
        request, slug, form, "scheme.add_line",
        lambda: {"id": add_line(slug=slug, **form.values(), by=actor(request)).pk},
        question="To which board does this scheme report?",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def report(request: HttpRequest, line_id: int) -> HttpResponse:
    """What was reported to this board?"""
    form = ReportForm.of(request, initial={"on": today()})
    return _about(
        request, _line(request, line_id)[0], form, "scheme.report",
        lambda: {"id": record_report(line_id=line_id, **form.values(), by=actor(request)).pk},
        question="What was reported to this board?",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def finish_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Does the scheme no longer report to this board?"""
    slug, version = _line(request, line_id)
    form = EndLineForm.of(request, initial={"version": version})
    return _about(
        request, slug, form, "scheme.end_line",
        lambda: {"id": end_line(line_id=line_id, version=form.edited_version, by=actor(request)).pk},
        question="Does the scheme no longer report to this board?", button="End it today",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES, Ability.MANAGE_EVIDENCE)
def new_evaluation(request: HttpRequest, slug: str) -> HttpResponse:
    """How will we know whether this scheme works?"""
    form = EvaluationForm.of(request)
    return _about(
        request, slug, form, "evaluation.plan",
        lambda: {"id": plan_evaluation(slug=slug, **form.values(), by=actor(request)).pk},
        question="How will we know whether this scheme works?",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES, Ability.MANAGE_EVIDENCE)
def withdraw(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Why is this evaluation withdrawn?"""
    by = actor(request)
    found = plan_of(plan_id, by=by)
    if found is None:
        raise Http404("There is no such plan.")
    slug, version = found
    form = WithdrawForm.of(request, initial={"version": version})
    return _about(
        request, slug, form, "evaluation.withdraw",
        lambda: {
            "id": withdraw_evaluation(plan_id=plan_id, version=form.edited_version, **form.values(), by=by).pk
        },
        question="Why is this evaluation withdrawn?", button="Withdraw it",
    )  # fmt: skip


def _line(request: HttpRequest, line_id: int) -> tuple[str, int]:
    found = line_of(line_id, by=actor(request))
    if found is None:
        raise Http404("There is no such reporting line.")
    return found


def _about(
    request: HttpRequest, slug: str, form: GovForm, action: str, do: Callable[[], dict[str, Any]], **page: object
) -> HttpResponse:
    """A form about one scheme, which leads back to its page."""
    found = found_or_404(request, slug)
    if form.send(action, do, by=actor(request)):
        return see_other("scheme", slug)
    back = reverse("scheme", args=[slug])
    return show_form(request, PAGE, form, about=found.name, back=back, **page)
