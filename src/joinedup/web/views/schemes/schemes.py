"""The schemes of a place, and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from joinedup.register.queries.evidence_item import known_of
from joinedup.register.queries.scheme import SchemeShown, scheme, schemes
from joinedup.register.queries.scheme_alert import alerts, waiting_in_schemes
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.claim import Standing
from joinedup.rules.programme.initiative import Cohort
from joinedup.rules.programme.oversight import AlertKind
from joinedup.web.acting import actor, needs
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.schemes.evidence import STANDING_TAGS

STAGES = {
    "planned": ("Not begun", "govuk-tag--blue"),
    "running": ("Running", "govuk-tag--green"),
    "ended": ("Ended", "govuk-tag--grey"),
}
#: What is said on a scheme's own page; the rest is about its board.
OF_A_SCHEME = frozenset(AlertKind) - {AlertKind.ONE_SIDED_BOARD}


def finding_words(found: SchemeShown) -> str:
    """What evaluations of a scheme found, in a few words."""
    best = found.finding
    if best is not None:
        return f"{best.verdict.capitalize()}{f', grade {best.level}' if best.level else ''}"
    return "Planned, no result yet" if found.is_evaluated else "None planned"


def claims_words(found: SchemeShown) -> str:
    """How the claims for a scheme stand, in a few words."""
    standings = [each.judged.standing for each in found.claims]
    told = [(standings.count(each), each.value) for each in Standing]
    return "; ".join(f"{count} {words}" for count, words in told if count) or "Nothing is claimed"


def _cost(found: SchemeShown) -> int | None:
    return None if found.yearly_cost_pence is None else round(found.yearly_cost_pence / 100)


LIST = Listing(
    id="schemes",
    caption="Schemes",
    fetch=schemes,
    order="name",
    search="Scheme, place or organisation",
    noun=("scheme", "schemes"),
    columns=(
        Column("name", "Scheme", lambda row: row.name, link=lambda row: reverse("scheme", args=[row.slug]),
               is_sorted=True),
        Column("stage", "State", lambda row: STAGES[row.stage][0], tag=lambda row: STAGES[row.stage][1]),
        Column("areas", "Where", lambda row: ", ".join(row.areas)),
        Column("cohort", "For whom", lambda row: row.cohort),
        Column("owner", "Answers for it", lambda row: row.owner),
        Column("cost", "Cost a year, £", _cost, is_sorted=True, is_number=True),
        Column("claims", "Claims", claims_words),
        Column("evaluation", "What evaluation found", finding_words),
        Column("begins", "First day", lambda row: row.begins, is_sorted=True),
    ),
    filters=(
        Filter("stage", "State", (("", "All"), *((key, text) for key, (text, _) in STAGES.items()))),
        Filter("evaluation", "Evaluation",
               (("", "All"), ("found", "With a result"), ("planned", "Planned, no result yet"),
                ("none", "None planned"))),
        Filter("cohort", "For whom", (("", "Everybody named here"), *((each.label, each.label) for each in Cohort))),
    ),
)  # fmt: skip


@require_safe
@needs(Ability.SEE_SCHEMES)
def scheme_list(request: HttpRequest) -> HttpResponse:
    """Which schemes do we run, and what is claimed for them?"""
    by = actor(request)
    answer = answer_list(request, LIST, by=by)
    if isinstance(answer, HttpResponse):
        return answer
    page = {"list": answer, "waiting": waiting_in_schemes(by=by), "may_manage": by.may(Ability.MANAGE_SCHEMES)}
    return render(request, "schemes/schemes.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def scheme_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What is this scheme, and does it do what is claimed?"""
    found = found_or_404(request, slug)
    stage, tag = STAGES[found.stage]
    heard, known = alerts(by=actor(request)).alerts, known_of(slug, actor(request))
    page = {
        "scheme": found, "stage": stage, "stage_tag": tag, "finding": found.finding,
        "known": known, "known_tag": STANDING_TAGS[known.standing] if known else "",
        "alerts": [each for each in heard if slug in each.slugs and each.kind in OF_A_SCHEME],
    }  # fmt: skip
    return render(request, "schemes/scheme.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def scheme_alerts(request: HttpRequest) -> HttpResponse:
    """What should the board hear of our schemes?"""
    found = alerts(by=actor(request))
    parts = [(kind, [each for each in found.alerts if each.kind is kind]) for kind in AlertKind]
    page = {"parts": [part for part in parts if part[1]], "found": found}
    return render(request, "schemes/alerts.html", page)


def found_or_404(request: HttpRequest, slug: str) -> SchemeShown:
    """A scheme by its id.

    Raises:
        Http404: there is none.
    """
    found = scheme(slug, by=actor(request))
    if found is None:
        raise Http404("There is no scheme with that id.")
    return found
