"""Schemes and claims for programs: what is run, what is claimed for it, and how each claim stands."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from django.http import Http404, HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from joinedup.register.listing import Wanted
from joinedup.register.queries import claim as claim_queries
from joinedup.register.queries import scheme as scheme_queries
from joinedup.register.queries.claim import ClaimShown
from joinedup.register.queries.scheme import SchemeShown
from joinedup.register.scope import Scope
from joinedup.web.api.paging import Cursor, Limit, Page, number_in
from joinedup.web.api.tokens import acting

router: Final = Router()

Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{1,63}$", examples=["mdt_fenwick"])]
_HUNDREDTHS: Final = (
    "Whole hundredths of the unit, for pounds that is pence; below zero for falls; null where not said."
)


class VersionTold(Schema):
    """What a claim said from a day on."""

    number: int
    on: date
    planned: int = Field(description=_HUNDREDTHS)
    forecast: int | None = Field(description=_HUNDREDTHS)
    realised: int | None = Field(description="As said; see counted for what of it counts.")
    is_cancelled: bool
    reason: str


class ClaimTold(Schema):
    """A claim with every version of it."""

    id: int
    scheme: str = Field(description="Id of the scheme.")
    title: str
    kind: str = Field(description="saving or effect.")
    unit: str
    claimant: str
    measure: str
    outcome: str = Field(description="Its name in protocols; empty for what the evaluation rests on.")
    is_cashable: bool
    due: date
    standing: str = Field(description="claimed, not tested; supported; contradicted; or tested, not decided.")
    because: str = Field(description="Why it stands so, in a sentence.")
    evaluation: str = Field(description="Protocol of the evaluation that says so; empty where none does.")
    status: str = Field(description="planned, on track, at risk, realised, lost or cancelled.")
    counted: int | None = Field(description="What counts as realised: money only as far as budgets fell.")
    versions: list[VersionTold]


class PowerTold(Schema):
    """What a scheme could show at all."""

    fall_percent: float = Field(description="The smallest fall it could show.")
    can_show: bool | None = Field(description="Whether it could show what is promised; null where nothing is.")
    people_needed: int | None
    sentence: str


class SchemeTold(Schema):
    """A scheme."""

    id: str
    name: str
    type: str
    cohort: str
    pathway: str
    aim: str
    areas: list[str]
    owner: str
    begins: date
    ends: date | None
    stage: str = Field(description="planned, running or ended.")
    yearly_cost_pence: int | None
    spent_pence: int | None
    evaluations: list[str] = Field(description="Protocols of evaluations that are planned or have a result.")
    verdict: str = Field(description="Of the evaluation with the best grade; empty where none has a result.")
    grade: int | None
    power: PowerTold | None = Field(description="null where too little is recorded to say.")


@router.get("/schemes", response=Page[SchemeTold], summary="Which schemes are run?")
def list_schemes(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[SchemeTold]:
    """Every scheme, by name. Scope: schemes:read."""
    by, start = acting(request, Scope.SCHEMES_READ), number_in(cursor) or 0
    part = scheme_queries.schemes(Wanted(order="name", offset=start, limit=limit), by)
    following = str(start + limit) if start + limit < part.total else None
    return Page(items=[_scheme(each) for each in part.rows], next=following)


@router.get("/schemes/{slug}", response=SchemeTold, summary="What is this scheme?")
def read_scheme(request: HttpRequest, slug: Slug) -> SchemeTold:
    """One scheme. Scope: schemes:read."""
    found = scheme_queries.scheme(slug, by=acting(request, Scope.SCHEMES_READ))
    if found is None:
        raise Http404("There is no scheme with that id.")
    return _scheme(found)


@router.get("/claims", response=Page[ClaimTold], summary="What is claimed?")
def list_claims(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[ClaimTold]:
    """Every claim, by scheme, with its standing and its history. Scope: schemes:read."""
    by, start = acting(request, Scope.SCHEMES_READ), number_in(cursor) or 0
    part = claim_queries.claims(Wanted(order="scheme", offset=start, limit=limit), by)
    following = str(start + limit) if start + limit < part.total else None
    return Page(items=[_claim(each) for each in part.rows], next=following)


def _scheme(found: SchemeShown) -> SchemeTold:
    best = found.finding
    return SchemeTold(
        id=found.slug, name=found.name, type=found.type.label, cohort=found.cohort, pathway=found.pathway,
        aim=found.aim, areas=list(found.areas), owner=found.owner, begins=found.begins, ends=found.ends,
        stage=found.stage, yearly_cost_pence=found.yearly_cost_pence, spent_pence=found.spent_pence,
        evaluations=[each.protocol for each in found.evaluations if each.withdrawn_on is None],
        verdict=best.verdict if best else "", grade=best.level if best else None,
        power=_power(found),
    )  # fmt: skip


def _power(found: SchemeShown) -> PowerTold | None:
    power = found.power
    if power is None:
        return None
    return PowerTold(
        fall_percent=power.fall_percent, can_show=power.can_show, people_needed=power.needed, sentence=power.sentence
    )


def _claim(found: ClaimShown) -> ClaimTold:
    versions = [
        VersionTold(
            number=each.number, on=each.on, planned=each.planned, forecast=each.forecast, realised=each.realised,
            is_cancelled=each.is_cancelled, reason=each.reason,
        )
        for each in found.versions
    ]  # fmt: skip
    return ClaimTold(
        id=found.id, scheme=found.slug, title=found.title, kind=found.kind.value, unit=found.unit.value,
        claimant=found.claimant, measure=found.measure, outcome=found.outcome, is_cashable=found.is_cashable,
        due=found.due, standing=found.judged.standing.value, because=found.judged.because,
        evaluation=found.judged.by, status=found.status.value, counted=found.counted, versions=versions,
    )  # fmt: skip
