"""What works for whom: the evidence by group, pathway and outcome, and the gaps in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.register.queries import evidence_item as query
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.evidence_base import Cell, Standing
from joinedup.rules.programme.evidence_gap import untested_pairs
from joinedup.rules.programme.evidence_words import Outcome
from joinedup.rules.programme.initiative import Cohort, Pathway
from joinedup.web.acting import actor, actor_or_none, needs
from joinedup.web.evidence_picture import picture_of
from joinedup.web.forms import Choice, chosen
from joinedup.web.views.schemes.evidence import STANDING_TAGS, verdict_tag

#: Columns of the matrix: outcomes that a reader looks for together.
FAMILIES: Final[tuple[tuple[str, frozenset[Outcome]], ...]] = (
    ("Use of hospitals", frozenset({
        Outcome.EMERGENCY_ADMISSIONS, Outcome.AVOIDABLE_ADMISSIONS, Outcome.AE_ATTENDANCES, Outcome.PLANNED_ADMISSIONS,
        Outcome.OUTPATIENT, Outcome.BED_DAYS, Outcome.HOSPITAL_USE, Outcome.DELAYED_DAYS,
    })),
    ("Living at home", frozenset({Outcome.CARE_HOME_ADMISSIONS, Outcome.AT_HOME, Outcome.DEATH_AT_HOME})),
    ("People's health and experience", frozenset({
        Outcome.DEATHS, Outcome.HEALTH, Outcome.QUALITY_OF_LIFE, Outcome.CONTROL, Outcome.EXPERIENCE,
    })),
    ("Cost and savings", frozenset({Outcome.COST})),
    ("Services and lives", frozenset({
        Outcome.QUALITY, Outcome.JOINT_WORKING, Outcome.EMPLOYMENT, Outcome.REOFFENDING, Outcome.OTHER,
    })),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One group on one pathway; `columns` hold its cells by family, each with the classes of its tag."""

    cohort: Cohort
    pathway: Pathway
    columns: tuple[tuple[str, tuple[tuple[Cell, str], ...]], ...]


@require_safe
def what_works(request: HttpRequest) -> HttpResponse:
    """What works for whom?"""
    known = query.known_cells(actor_or_none(request))
    cohorts = [each for each in Cohort if any(cell.cohort is each for cell in known)]
    picked = chosen(request.GET.get("cohort"), [each.value for each in cohorts], "group", "")
    shown = [cell for cell in known if picked in ("", cell.cohort)]
    page = {
        "rows": _matrix(shown),
        "families": [name for name, _ in FAMILIES],
        "choices": [Choice("", "Everybody in the evidence base", not picked),
                    *(Choice(each.value, each.label, each == picked) for each in cohorts)],
        "counts_total": len(shown),
        "shown_to_work": sum(cell.standing is Standing.WORKS for cell in shown),
        "counts": [(standing, tag, sum(cell.standing is standing for cell in shown))
                   for standing, tag in STANDING_TAGS.items()],
    }  # fmt: skip
    return render(request, "schemes/evidence_what_works.html", page)


def _matrix(known: list[Cell]) -> list[MatrixRow]:
    pairs = dict.fromkeys((cell.cohort, cell.pathway) for cell in known)
    return [MatrixRow(cohort, pathway, _columns(known, cohort, pathway)) for cohort, pathway in pairs]


def _columns(
    known: list[Cell], cohort: Cohort, pathway: Pathway
) -> tuple[tuple[str, tuple[tuple[Cell, str], ...]], ...]:
    own = [cell for cell in known if (cell.cohort, cell.pathway) == (cohort, pathway)]
    return tuple(
        (name, tuple((cell, STANDING_TAGS[cell.standing]) for cell in own if cell.outcome in outcomes))
        for name, outcomes in FAMILIES
    )


@require_safe
def evidence_cell(request: HttpRequest, cohort: str, pathway: str, outcome: str) -> HttpResponse:
    """What is known of one outcome for one group on one pathway?"""
    asked = (cohort, pathway, outcome)
    known = query.known_cells(actor_or_none(request))
    cell = next((each for each in known if (each.cohort, each.pathway, each.outcome) == asked), None)
    if cell is None:
        raise Http404("The evidence base holds nothing on that.")
    page = {
        "cell": cell,
        "tag": STANDING_TAGS[cell.standing],
        "findings": [(each, verdict_tag(each.told.verdict)) for each in cell.findings],
        "picture": picture_of(cell),
    }
    return render(request, "schemes/evidence_cell.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def evidence_gaps(request: HttpRequest) -> HttpResponse:
    """Where do we spend without knowing?"""
    by = actor(request)
    gaps = query.evidence_gaps(by)
    page = {
        "gaps": [(each, STANDING_TAGS[each.standing]) for each in gaps],
        "blind": [each for each in gaps if each.is_blind],
        "overdue": query.not_in_evidence_base(by),
        "due_days": query.DUE_DAYS,
        "waiting": query.waiting(by),
        "untested": untested_pairs(query.known_cells(by)),
        "may_write": by.may(Ability.MANAGE_EVIDENCE),
    }
    return render(request, "schemes/evidence_gaps.html", page)
