"""This place's own entries of the evidence base: propose, decide, correct and withdraw."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.evidence_item import (
    correct_evidence,
    decide_evidence,
    propose_evidence,
    withdraw_evidence,
)
from joinedup.register.clock import today
from joinedup.register.queries import evidence_item as query
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.evidence_item import NO_LARGER
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.views.schemes.evidence import verdict_tag
from joinedup.web.views.schemes.evidence_forms import (
    EvidenceCorrectionForm,
    EvidenceDecisionForm,
    EvidenceForm,
    EvidenceWithdrawalForm,
)

STATUS_TAGS = {"approved": "govuk-tag--green", "proposed": "govuk-tag--blue", "refused": "govuk-tag--red"}


@require_safe
@needs(Ability.SEE_SCHEMES)
def version(request: HttpRequest, entry_id: int) -> HttpResponse:
    """What does this version of the entry say?"""
    by, found = actor(request), _found(request, entry_id)
    may_write = by.may(Ability.MANAGE_EVIDENCE)
    is_own = found.proposed_by_id == by.user_id
    page = {
        "entry": found,
        "item": found.item,
        "findings": [(each, verdict_tag(each.verdict)) for each in found.item.findings],
        "tag": STATUS_TAGS.get(found.status, "govuk-tag--grey"),
        "is_own": is_own and found.status == "proposed",
        "may_decide": may_write and not is_own and found.status == "proposed",
        "may_correct": may_write and found.status == "approved",
        "may_withdraw": may_write and not is_own and found.status == "approved",
    }
    return render(request, "schemes/evidence_version.html", page)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_EVIDENCE)
def new_entry(request: HttpRequest, evaluation: str = "") -> HttpResponse:
    """What was found, and where is it told? An entry from elsewhere, or from an evaluation of this place."""
    by = actor(request)
    drafted = query.draft_of(evaluation, by) if evaluation else None
    if evaluation and drafted is None:
        raise Http404("There is no result of an evaluation with that name.")
    number = drafted.number if drafted else None
    form = EvidenceForm.of(request, initial=_of_draft(evaluation, drafted) if drafted else {})

    def do() -> dict[str, int]:
        return {"id": propose_evidence(terms=form.terms(evaluation, number), by=by).pk}

    sent = form.send("evidence.propose", do, by=by)
    if sent:
        return see_other("evidence_version", sent["id"])
    return show_form(
        request, "schemes/evidence_form.html", form,
        question="What was found, and where is it told?",
        about=f"Evaluation {evaluation}, version {number}" if evaluation else "",
        button="Propose this entry", back=reverse("evidence"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_EVIDENCE)
def correct(request: HttpRequest, entry_id: int) -> HttpResponse:
    """What is corrected? The version that stands goes on standing until another person approves the new one."""
    by, found = actor(request), _found(request, entry_id)
    form = EvidenceCorrectionForm.of(request, initial={**_of_version(found), "version": found.version})

    def do() -> dict[str, int]:
        terms = form.terms(str(found.terms["evaluation"]), _whole(found.terms["evaluation_version"]))
        reason, edited = form.cleaned_data["reason"], form.edited_version
        return {"id": correct_evidence(entry_id=entry_id, version=edited, terms=terms, reason=reason, by=by).pk}

    sent = form.send("evidence.correct", do, by=by)
    words = {"question": "What is corrected?", "button": "Propose this correction"}
    return _sent_or_shown(request, form, sent, found, words)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_EVIDENCE)
def decide(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Do you approve this entry?"""
    by, found = actor(request), _found(request, entry_id)
    form = EvidenceDecisionForm.of(request, initial={"version": found.version})

    def do() -> dict[str, int]:
        is_approved, remark = form.cleaned_data["decision"] == "approve", form.cleaned_data["remark"]
        edited = form.edited_version
        made = decide_evidence(entry_id=entry_id, version=edited, is_approved=is_approved, remark=remark, by=by)
        return {"id": made.pk}

    sent = form.send("evidence.decide", do, by=by)
    words = {"question": "Do you approve this entry?", "button": "Decide"}
    return _sent_or_shown(request, form, sent, found, words)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_EVIDENCE)
def withdraw(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Why is this entry withdrawn?"""
    by, found = actor(request), _found(request, entry_id)
    form = EvidenceWithdrawalForm.of(request, initial={"version": found.version})

    def do() -> dict[str, int]:
        edited, remark = form.edited_version, form.cleaned_data["remark"]
        return {"id": withdraw_evidence(entry_id=entry_id, version=edited, remark=remark, by=by).pk}

    sent = form.send("evidence.withdraw", do, by=by)
    words = {"question": "Why is this entry withdrawn?", "button": "Withdraw"}
    return _sent_or_shown(request, form, sent, found, words)


def _sent_or_shown(
    request: HttpRequest, form: GovForm, sent: dict[str, Any] | None, found: query.Version, words: dict[str, str]
) -> HttpResponse:
    if sent:
        return see_other("evidence_version", sent["id"])
    if form.is_conflict:
        form.compare({"Status": found.status_label}, found.version)
    return show_form(
        request, "schemes/evidence_form.html", form,
        about=f"{found.item.label}, version {found.number}", back=reverse("evidence_version", args=[found.id]), **words,
    )  # fmt: skip


def _found(request: HttpRequest, entry_id: int) -> query.Version:
    found = query.version(entry_id, actor(request))
    if found is None:
        raise Http404("There is no such entry.")
    return found


def _of_draft(evaluation: str, drafted: query.Drafted) -> dict[str, Any]:
    """What the form says at first of an evaluation of this place: its result's figures, its scheme's kind."""
    draft = drafted.draft
    verdict, ruled_out = _split(draft.verdict)
    return {
        "label": draft.label, "question": draft.question, "kind": "evaluation", "outcome": draft.outcome.value,
        "verdict": verdict, "ruled_out": ruled_out, "grade": draft.grade, "because": draft.because[:500],
        "note": draft.note, "effect": draft.effect, "low": draft.low, "high": draft.high, "people": draft.people,
        "scale": draft.scale.value if draft.scale else "", "cost": draft.cost, "cash": draft.cash.value,
        "persistence": draft.persistence.value, "replication": draft.replication.value,
        "published": today().isoformat(), "sites": "1 place: this one",
        "citation": f"Own evaluation {evaluation}, result version {drafted.number}", "where": "report, page one",
        **drafted.kind,
    }  # fmt: skip


def _of_version(found: query.Version) -> dict[str, Any]:
    verdict, ruled_out = _split(str(found.terms["verdict"]))
    return {**found.terms, "verdict": verdict, "ruled_out": ruled_out}


def _split(verdict: str) -> tuple[str, str]:
    """A verdict as the form asks it: the word of the closed list, and the effect that it rules out."""
    if verdict.startswith(NO_LARGER):
        return NO_LARGER, verdict.removeprefix(NO_LARGER).strip()
    return verdict, ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
