"""The evidence base for programs: what was tried and found, open to everybody, local entries where they are public."""

from __future__ import annotations

from typing import Annotated, Final

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from joinedup.register.queries import evidence_item as query
from joinedup.rules.programme.evidence_item import EvidenceItem, Reported
from joinedup.rules.programme.evidence_words import Kind, Outcome
from joinedup.rules.programme.initiative import Cohort, Pathway
from joinedup.web.api.paging import Cursor, Limit, Page, page_of

router: Final = Router(auth=None)

EvidenceId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,80}$", examples=["care_homes_rushcliffe_2017"])]


class EvidenceFinding(Schema):
    """What an item found of one outcome."""

    outcome: Outcome
    cohort: Cohort
    verdict: str = Field(
        description="works, promising, no conclusive evidence, no effect larger than X, harm or not evaluable."
    )
    grade: int | None = Field(description="1 to 5 on the Maryland scale; null where nothing was evaluated.")
    because: str
    effect: float | None
    low: float | None = Field(description="Lower end of the 95% interval; null where none was published.")
    high: float | None
    scale: str = Field(description="percent, ratio, difference, points or standardised; empty without a figure.")
    unit: str
    note: str


class EvidenceSource(Schema):
    """Where it is told."""

    citation: str
    where: str
    link: str


class Evidence(Schema):
    """One item of the evidence base."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "example_2020",
                    "label": "Enhanced support in care homes",
                    "question": "Does enhanced support keep residents of care homes out of hospital?",
                    "kind": "evaluation",
                    "type": "Horizontal, service level: Enhanced health in care homes",
                    "cohort": "care_home",
                    "pathway": "residential",
                    "sites": "23 care homes",
                    "context": "Compared with residents alike.",
                    "published": "2017-03",
                    "findings": [],
                    "cost": "",
                    "cash": "unknown",
                    "persistence": "unknown",
                    "replication": "mixed",
                    "sources": [],
                    "is_unchecked": False,
                    "origin": "shipped",
                }
            ]
        }
    )
    id: str
    label: str
    question: str
    kind: Kind
    type: str
    cohort: Cohort
    pathway: Pathway
    sites: str
    context: str
    published: str = Field(description="A year, a month or a day.")
    findings: list[EvidenceFinding]
    cost: str
    cash: str
    persistence: str
    replication: str
    sources: list[EvidenceSource]
    is_unchecked: bool = Field(description="A figure could not be held against its source.")
    origin: str = Field(description="shipped with joinedup, definition of this place, or entry of its register.")


class EvidenceWanted(Schema):
    """Which items: those with a finding that fits."""

    cohort: Cohort | None = None
    outcome: Outcome | None = None


@router.get("", response=Page[Evidence], summary="What was tried, and what was found?")
def list_evidence(
    request: HttpRequest, wanted: Query[EvidenceWanted], limit: Limit = 50, cursor: Cursor = ""
) -> Page[Evidence]:
    """Every item that is public, by id; nulls and claims that nobody tested among them."""
    kept = [each for each in query.evidence(None) if each.id > cursor and _fits(each, wanted)]
    return page_of(kept[: limit + 1], limit, _told, lambda item: item.id)


@router.get("/{evidence_id}", response=Evidence, summary="What did one item find?")
def read_evidence(request: HttpRequest, evidence_id: EvidenceId) -> Evidence:
    """One item."""
    found = query.evidence_item(evidence_id, None)
    if found is None:
        raise Http404("There is no such item in the evidence base.")
    return _told(found)


def _fits(item: EvidenceItem, wanted: EvidenceWanted) -> bool:
    return any(
        wanted.cohort in (None, told.cohort or item.cohort) and wanted.outcome in (None, told.outcome)
        for told in item.findings
    )


def _told(item: EvidenceItem) -> Evidence:
    return Evidence(
        id=item.id, label=item.label, question=item.question, kind=item.kind, type=item.type.label,
        cohort=item.cohort, pathway=item.pathway, sites=item.sites, context=item.context, published=item.published,
        findings=[_finding(item, each) for each in item.findings], cost=item.cost, cash=item.cash.value,
        persistence=item.persistence.value, replication=item.replication.value,
        sources=[EvidenceSource(citation=each.citation, where=each.where, link=each.link) for each in item.sources],
        is_unchecked=item.is_unchecked, origin=item.origin,
    )  # fmt: skip


def _finding(item: EvidenceItem, told: Reported) -> EvidenceFinding:
    effect = told.effect
    return EvidenceFinding(
        outcome=told.outcome, cohort=told.cohort or item.cohort, verdict=told.verdict, grade=told.grade,
        because=told.because, note=told.note, effect=effect.value if effect else None,
        low=effect.low if effect else None, high=effect.high if effect else None,
        scale=effect.scale.value if effect else "", unit=effect.unit if effect else "",
    )  # fmt: skip
