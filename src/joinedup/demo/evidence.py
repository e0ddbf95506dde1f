"""Entries of the evidence base that the demonstration's analysts write from its own evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from joinedup.register.actions.evidence_item import EvidenceTerms, decide_evidence, propose_evidence
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.queries.evidence_item import Drafted, draft_of

#: Evaluations that are told, and whether the second analyst has decided; others stay to be found among the gaps.
TOLD: Final[tuple[tuple[str, bool], ...]] = (("care-homes", True), ("team-fenwick", True), ("team-both-sites", False))

_KIND: Final = {"integration": "horizontal", "cohort": "high_risk", "pathway": "community"}


def fill_evidence(actors: Mapping[str, Actor]) -> None:
    """Propose an entry from each evaluation that has a result; all but the last are approved by a second analyst."""
    first, second = actors["analyst"], actors["analyst.second"]
    for name, is_decided in TOLD:
        drafted = draft_of(name, first)
        if drafted is None:
            continue
        row = propose_evidence(terms=_terms(name, drafted), by=first)
        if is_decided:
            remark = "Read beside the report"
            decide_evidence(entry_id=row.pk, version=row.version, is_approved=True, remark=remark, by=second)


def _terms(name: str, drafted: Drafted) -> EvidenceTerms:
    draft, kind = drafted.draft, {**_KIND, **drafted.kind}
    return EvidenceTerms(
        label=draft.label, question=draft.question or f"{draft.label}: did it work?", kind="evaluation",
        integration=kind["integration"], level=kind.get("level", ""), model=kind.get("model", ""),
        cohort=kind["cohort"], pathway=kind["pathway"], sites="This demonstration, where everybody is invented",
        context="Invented people: read it for how an entry looks, not for what works.", outcome=draft.outcome.value,
        verdict=draft.verdict, grade=draft.grade, because=draft.because[:500], note=draft.note[:500],
        effect=draft.effect, low=draft.low, high=draft.high, scale=draft.scale.value if draft.scale else "",
        people=draft.people, cost=draft.cost, cash=draft.cash.value, persistence=draft.persistence.value,
        replication=draft.replication.value, published=today().isoformat(),
        citation=f"Own evaluation {name}, result version {drafted.number}", where="report, page one", is_public=True,
        evaluation=name, evaluation_version=drafted.number,
    )  # fmt: skip
