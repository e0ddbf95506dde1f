"""Evaluations planned for schemes, with the newest result of each as the place keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from joinedup.register.models import EvaluationPlan
from joinedup.rules.foundation.errors import ReleaseError
from joinedup.rules.programme.evaluated import Evaluated, read_evaluated
from joinedup.store.evaluation_results import EvaluationResults, Kept


@dataclass(frozen=True, slots=True)
class EvaluationShown:
    """One evaluation planned for a scheme.

    Attributes:
        result: number of its newest version; None where there is none yet.
        verdict: of that version; "" where there is none.
        level: its grade; None where there is none.
        title: of the protocol, once it has a result.
        fault: why a result cannot be read; "" where it can, or there is none.
        withdrawn_on: the plan was withdrawn, and why.
    """

    id: int
    protocol: str
    question: str
    due: date | None
    planned_by: str
    planned_on: date
    withdrawn_on: date | None
    reason: str
    version: int
    result: int | None
    run_at: str
    title: str
    verdict: str
    level: int | None
    fault: str
    found: Evaluated | None


def evaluations_of(plans: Iterable[EvaluationPlan]) -> tuple[EvaluationShown, ...]:
    """Plans with what each found; a result that was altered is not shown, and that is said."""
    folder: Path | None = settings.JOINEDUP_PLACE
    results = EvaluationResults(folder) if folder is not None else None
    return tuple(_shown(plan, results) for plan in plans)


def in_force(evaluations: Iterable[EvaluationShown]) -> tuple[Evaluated, ...]:
    """What the evaluations that were not withdrawn found, in the order in which they were planned."""
    return tuple(each.found for each in evaluations if each.found is not None and each.withdrawn_on is None)


def _shown(plan: EvaluationPlan, results: EvaluationResults | None) -> EvaluationShown:
    kept, fault = _newest(plan.protocol, results)
    found = read_evaluated(plan.protocol, kept.result) if kept else None
    return EvaluationShown(
        id=plan.pk,
        protocol=plan.protocol,
        question=plan.question,
        due=plan.due,
        planned_by=plan.planned_by.get_username() if plan.planned_by else "",
        planned_on=plan.planned_on,
        withdrawn_on=plan.withdrawn_on,
        reason=plan.reason,
        version=plan.version,
        result=kept.number if kept else None,
        run_at=kept.run_at if kept else "",
        title=str(kept.result.get("title", "")) if kept else "",
        verdict=found.verdict if found else "",
        level=found.level if found else None,
        fault=fault,
        found=found,
    )


def _newest(protocol: str, results: EvaluationResults | None) -> tuple[Kept | None, str]:
    if results is None:
        return None, ""
    try:
        return results.latest(protocol), ""
    except ReleaseError:
        return None, "Its result was altered or cannot be read, so it is not shown."
