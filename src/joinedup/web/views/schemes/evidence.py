"""The evidence base: what was tried elsewhere and here, what was found, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from joinedup.register.queries import evidence_item as query
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.evidence_base import Standing
from joinedup.rules.programme.evidence_item import HARM, NO_LARGER, OPEN, PROMISING, WORKS, EvidenceItem, plain_verdict
from joinedup.rules.programme.evidence_words import Outcome
from joinedup.rules.programme.initiative import CareModel, Cohort, Integration, Pathway
from joinedup.rules.programme.result import VERDICTS
from joinedup.web.acting import actor_or_none
from joinedup.web.lists import Column, Filter, Listing, answer_public_list

VERDICT_TAGS: Final = {
    WORKS: "govuk-tag--green", PROMISING: "govuk-tag--turquoise", OPEN: "govuk-tag--grey",
    NO_LARGER: "govuk-tag--blue", HARM: "govuk-tag--red",
}  # fmt: skip
STANDING_TAGS: Final = {
    Standing.WORKS: "govuk-tag--green", Standing.PROMISING: "govuk-tag--turquoise", Standing.MIXED: "govuk-tag--yellow",
    Standing.NOT_SHOWN: "govuk-tag--blue", Standing.HARM: "govuk-tag--red", Standing.UNTESTED: "govuk-tag--grey",
}  # fmt: skip
ORIGINS: Final = {
    "shipped": "Literature that comes with joinedup", "definition": "Definition of this place",
    "register": "Entry of this place",
}  # fmt: skip


def verdict_tag(verdict: str) -> str:
    """Classes of a verdict's tag."""
    return VERDICT_TAGS.get(plain_verdict(verdict), "govuk-tag--grey")


def _choices(kind: Iterable[StrEnum]) -> tuple[tuple[str, str], ...]:
    return (("", "All"), *((each.value, each.label) for each in kind))  # type: ignore[attr-defined]


def _grade(item: EvidenceItem) -> str:
    return "" if item.main.grade is None else str(item.main.grade)


LIST: Final = Listing(
    id="evidence",
    caption="What was tried, and what was found",
    fetch=query.evidence_list,
    order="-published",
    search="Words in the title, place or source",
    noun=("item", "items"),
    columns=(
        Column("label", "What was tried", lambda row: row.label, is_sorted=True,
               link=lambda row: reverse("evidence_item", args=[row.id])),
        Column("cohort", "For whom", lambda row: row.cohort.label),
        Column("outcome", "Main outcome", lambda row: row.main.outcome.label),
        Column("verdict", "Verdict", lambda row: row.main.verdict.capitalize(),
               tag=lambda row: verdict_tag(row.main.verdict)),
        Column("grade", "Grade", _grade, is_sorted=True),
        Column("effect", "Effect", lambda row: row.main.effect.words if row.main.effect else ""),
        Column("published", "Published", lambda row: row.published, is_sorted=True, is_whole=True),
    ),
    filters=(
        Filter("type", "Type", _choices(Integration)),
        Filter("model", "Care model", _choices(CareModel)),
        Filter("cohort", "For whom", _choices(Cohort)),
        Filter("pathway", "Where in services", _choices(Pathway)),
        Filter("outcome", "Outcome", _choices(Outcome)),
        Filter("verdict", "Verdict", (("", "All"), *((each, each.capitalize()) for each in VERDICTS))),
        Filter("grade", "Grade", (("", "All"), *((str(at), str(at)) for at in range(5, 0, -1)), ("none", "None"))),
    ),
)  # fmt: skip


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """What has been tried, and what did it do? Open to everybody; local entries where they were published."""
    by = actor_or_none(request)
    answer = answer_public_list(request, LIST, lambda wanted: query.evidence_list(wanted, by))
    if isinstance(answer, HttpResponse):
        return answer
    page = {"list": answer, "may_see_gaps": by is not None and by.may(Ability.SEE_SCHEMES)}
    page["may_write"] = by is not None and by.may(Ability.MANAGE_EVIDENCE)
    return render(request, "schemes/evidence.html", page)


@require_safe
def evidence_item(request: HttpRequest, evidence_id: str) -> HttpResponse:
    """One item: the question, what was found of each outcome, and how far it can be trusted."""
    by = actor_or_none(request)
    item = query.evidence_item(evidence_id, by)
    if item is None:
        raise Http404("There is no such item in the evidence base.")
    is_ours = by is not None and by.may(Ability.SEE_SCHEMES) and item.origin == query.REGISTER
    page = {
        "item": item,
        "origin": ORIGINS[item.origin],
        "findings": [(each, verdict_tag(each.verdict)) for each in item.findings],
        "versions": query.versions(item.id, by) if by is not None and is_ours else (),
        "may_write": by is not None and by.may(Ability.MANAGE_EVIDENCE),
    }
    return render(request, "schemes/evidence_item.html", page)
