"""Claims as pages show them: what they said and say, how they stand, what counts as realised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db.models import QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import BudgetReduction, Claim, ClaimVersion
from joinedup.register.models.claim import ReductionStatus
from joinedup.register.queries.scheme_choice import name_of_post
from joinedup.register.queries.scheme_evaluation import evaluations_of, in_force
from joinedup.register.scheme_parts import may_decide, parts_of
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.benefit import (
    Amounts,
    AreaClaim,
    Counted,
    Profile,
    Status,
    Totals,
    count_once,
    counted,
    status_of,
    totals_of,
    unbacked,
)
from joinedup.rules.programme.claim import Claimed, ClaimKind, Judged, Unit, standing_of
from joinedup.rules.programme.evaluated import Evaluated

#: Units that count events, which two schemes could claim twice.
EVENTS = (Unit.ADMISSIONS, Unit.BED_DAYS, Unit.DAYS_DELAYED)


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version of a claim; amounts are hundredths of its unit."""

    number: int
    on: date
    planned: int
    forecast: int | None
    realised: int | None
    is_cancelled: bool
    reason: str
    said_by: str


@dataclass(frozen=True, slots=True)
class ReductionShown:
    """A budget that fell, or is said to have."""

    id: int
    claim_id: int
    claim: str
    scheme: str
    budget_line: str
    owner: str
    pence: int
    on: date
    kind: str
    reference: str
    status: str
    status_label: str
    proposed_by: str
    decided_by: str
    decided_at: datetime | None
    remark: str
    version: int
    may_decide: bool


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """A claim with how it stands today.

    Attributes:
        unit: of `rules.programme.claim`; amounts are hundredths of it.
        versions: oldest first; the last one is what it says now.
        judged: its standing by the evaluations of the scheme, and why.
        status: of a benefit.
        counted: what counts as realised.
        unbacked_pence: money called realised for which no budget fell.
        may_change: the viewer may say it anew.
    """

    id: int
    title: str
    slug: str
    scheme: str
    kind: ClaimKind
    unit: Unit
    claimant: str
    measure: str
    outcome: str
    baseline: int | None
    source: str
    is_cashable: bool
    budget_line: str
    budget_owner: str
    budget_holder: str
    begins: date
    due: date
    version: int
    versions: tuple[VersionShown, ...]
    reductions: tuple[ReductionShown, ...]
    judged: Judged
    status: Status
    counted: int | None
    unbacked_pence: int
    may_change: bool

    @property
    def now(self) -> VersionShown:
        """What it says now."""
        return self.versions[-1]

    @property
    def planned_before(self) -> tuple[int, ...]:
        """What was planned before, oldest first; steps that changed nothing left out."""
        told = [each.planned for each in self.versions]
        return tuple(one for one, following in pairwise(told) if one != following)


def claims(wanted: Wanted, by: Actor) -> Part[ClaimShown]:
    """Claims of all schemes; filters are `standing`, `status` and `cashable` ("yes" or "no").

    Raises:
        Refused: the role sees no schemes.
    """
    found = all_claims(by=by)
    for name, of in (("standing", _standing), ("status", _status), ("cashable", _cashable)):
        asked = wanted.filters.get(name, "")
        found = tuple(each for each in found if not asked or of(each) == asked)
    return part_of_rows(
        found,
        wanted,
        text=lambda each: f"{each.title} {each.scheme} {each.claimant} {each.measure}",
        orders={"title": lambda each: each.title, "scheme": lambda each: each.scheme, "due": lambda each: each.due},
    )


def all_claims(*, by: Actor) -> tuple[ClaimShown, ...]:
    """Every claim, by scheme.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    found, known = [], {}
    for row in rows():
        if row.scheme_id not in known:
            known[row.scheme_id] = in_force(evaluations_of(row.scheme.evaluations.all()))
        found.append(shown(row, known[row.scheme_id], by))
    return tuple(found)


def claim(claim_id: int, *, by: Actor) -> ClaimShown | None:
    """One claim; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = rows().filter(pk=claim_id).first()
    return shown(row, in_force(evaluations_of(row.scheme.evaluations.all())), by) if row else None


def totals(found: Sequence[ClaimShown], *, is_cashable: bool) -> Totals:
    """Sums over claims of money, either of what can be spent or of what cannot."""
    money = [each for each in found if each.unit is Unit.POUNDS and each.is_cashable == is_cashable]
    return totals_of([(_amounts(each.now), _profile(each)) for each in money])


def counted_once(*, by: Actor) -> tuple[Counted, ...]:
    """Claims on the same events in the same place, pro rata where together they claim more than there is.

    The events there are is the largest baseline that one of the claims states.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    told: list[AreaClaim] = []
    there: dict[tuple[str, str], int] = {}
    for row in rows().filter(unit__in=EVENTS):
        last = row.versions.all()[len(row.versions.all()) - 1]
        if last.is_cancelled or last.planned >= 0:
            continue
        area = " and ".join(sorted(each.name for each in row.scheme.areas.all())) or "everywhere"
        told.append(AreaClaim(row.pk, row.scheme.name, area, row.measure, -last.planned // 100, row.scheme.cohort))
        if row.baseline is not None:
            there[area, row.measure] = max(there.get((area, row.measure), 0), row.baseline // 100)
    return count_once(told, there)


def reductions_to_decide(*, by: Actor) -> tuple[ReductionShown, ...]:
    """Budgets that are said to have fallen and wait for the viewer to confirm it."""
    found = BudgetReduction.objects.filter(status=ReductionStatus.PROPOSED).select_related(
        "claim__budget_owner", "claim__scheme", "proposed_by", "decided_by"
    )
    return tuple(reduction_shown(row, by) for row in found if may_decide(row, by))


def reduction(reduction_id: int, *, by: Actor) -> ReductionShown | None:
    """One budget that fell; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    found = BudgetReduction.objects.select_related("claim__budget_owner", "claim__scheme", "proposed_by", "decided_by")
    row = found.filter(pk=reduction_id).first()
    return reduction_shown(row, by) if row else None


def rows() -> QuerySet[Claim]:
    """Claims with all that is shown of them."""
    return Claim.objects.select_related(
        "scheme__owner", "scheme__sponsor", "claimant", "budget_owner", "budget_holder__user",
        "budget_holder__organisation",
    ).prefetch_related(
        "versions__said_by", "reductions__proposed_by", "reductions__decided_by", "scheme__evaluations__planned_by",
        "scheme__areas",
    )  # fmt: skip


def shown(row: Claim, evaluations: Sequence[Evaluated], by: Actor) -> ClaimShown:
    """A claim as pages show it, judged by evaluations of its scheme."""
    versions = tuple(_version(each) for each in row.versions.all())
    reductions = tuple(reduction_shown(each, by) for each in row.reductions.all())
    amounts = _amounts(versions[-1])
    fell = sum(each.pence for each in reductions if each.status == ReductionStatus.APPROVED)
    profile = Profile(row.begins, row.due, row.is_cashable, fell)
    return ClaimShown(
        id=row.pk, title=row.title, slug=row.scheme.slug, scheme=row.scheme.name, kind=ClaimKind(row.kind),
        unit=Unit(row.unit), claimant=row.claimant.name, measure=row.measure, outcome=row.outcome,
        baseline=row.baseline, source=row.source, is_cashable=row.is_cashable, budget_line=row.budget_line,
        budget_owner=row.budget_owner.name if row.budget_owner else "",
        budget_holder=name_of_post(row.budget_holder), begins=row.begins, due=row.due, version=row.version,
        versions=versions, reductions=reductions, judged=standing_of(_claimed(row, amounts), evaluations),
        status=status_of(amounts, profile, today()), counted=counted(amounts, profile),
        unbacked_pence=unbacked(amounts, profile),
        may_change=by.may(Ability.MANAGE_SCHEMES) and by.organisation in parts_of(row),
    )  # fmt: skip


def reduction_shown(row: BudgetReduction, by: Actor) -> ReductionShown:
    """A budget that fell as pages show it."""
    owner = row.claim.budget_owner
    return ReductionShown(
        id=row.pk, claim_id=row.claim_id, claim=row.claim.title, scheme=row.claim.scheme.name,
        budget_line=row.budget_line, owner=owner.name if owner else "", pence=row.pence, on=row.on,
        kind=row.get_kind_display(), reference=row.reference, status=row.status,
        status_label=row.get_status_display(),
        proposed_by=row.proposed_by.get_username() if row.proposed_by else "",
        decided_by=row.decided_by.get_username() if row.decided_by else "", decided_at=row.decided_at,
        remark=row.remark, version=row.version,
        may_decide=row.status == ReductionStatus.PROPOSED and may_decide(row, by),
    )  # fmt: skip


def _version(row: ClaimVersion) -> VersionShown:
    return VersionShown(
        row.number, row.on, row.planned, row.forecast, row.realised, row.is_cancelled, row.reason,
        row.said_by.get_username() if row.said_by else "",
    )  # fmt: skip


def _claimed(row: Claim, amounts: Amounts) -> Claimed:
    scheme = row.scheme
    return Claimed(
        ClaimKind(row.kind), Unit(row.unit), amounts.planned, row.outcome, row.baseline, scheme.planned_people,
        scheme.follow_up_months, row.is_cashable,
    )  # fmt: skip


def _amounts(version: VersionShown) -> Amounts:
    return Amounts(version.planned, version.forecast, version.realised, version.is_cancelled)


def _profile(found: ClaimShown) -> Profile:
    fell = sum(each.pence for each in found.reductions if each.status == ReductionStatus.APPROVED)
    return Profile(found.begins, found.due, found.is_cashable, fell)


def _standing(found: ClaimShown) -> str:
    return found.judged.standing.value


def _status(found: ClaimShown) -> str:
    return found.status.value


def _cashable(found: ClaimShown) -> str:
    return "yes" if found.is_cashable else "no"


def claim_values(claim_id: int, *, by: Actor) -> dict[str, object]:
    """What a form about a claim begins with; {} when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = rows().filter(pk=claim_id).first()
    if row is None:
        return {}
    names = (
        "title", "kind", "unit", "measure", "outcome", "source", "begins", "due", "is_cashable", "budget_line",
        "version",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "baseline": None if row.baseline is None else row.baseline / 100,
        "claimant": row.claimant.code,
        "budget_owner": row.budget_owner.code if row.budget_owner else "",
        "budget_holder_id": str(row.budget_holder_id or ""),
    }
