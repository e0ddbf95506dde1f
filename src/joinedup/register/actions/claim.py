"""Claims: made for a scheme, said anew with a reason, and realised only as far as budgets fell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from joinedup.register.actions.scheme import organisation_of, own_scheme
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import BudgetReduction, Claim, ClaimVersion, Post
from joinedup.register.models.claim import ReductionKind, ReductionStatus
from joinedup.register.scheme_parts import may_decide, parts_of
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.claim import ClaimKind, Unit


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What a claim is about; amounts are said in versions.

    Attributes:
        kind, unit: of `rules.programme.claim`.
        claimant: code of the organisation that claims.
        measure: what changes, as people call it.
        outcome: its name in protocols; "" for the primary outcome of whatever evaluates the scheme.
        baseline: hundredths of the unit without the scheme; None where nobody said.
        source: where the claim was made.
        budget_line, budget_owner, budget_holder_id: the budget that would fall, the organisation whose it is, and the
            post of the person who holds it.
        begins, due: from when and by when the benefit is to be there.
    """

    title: str
    kind: str
    unit: str
    claimant: str
    measure: str
    begins: date
    due: date
    outcome: str = ""
    baseline: int | None = None
    source: str = ""
    is_cashable: bool = False
    budget_line: str = ""
    budget_owner: str = ""
    budget_holder_id: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says; hundredths of the claim's unit, pence for pounds, below zero for falls."""

    planned: int
    reason: str
    on: date
    forecast: int | None = None
    realised: int | None = None
    is_cancelled: bool = False


def make_claim(*, slug: str, terms: ClaimTerms, said: Said, by: Actor) -> Claim:
    """Claim something for a scheme, with its first version.

    Raises:
        Refused: the role manages no schemes, or the actor's organisation has no part in this one.
        Invalid: the claim is not whole.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        scheme = own_scheme(slug, by)
        columns = _columns(terms)
        _check_said(said)
        claim = Claim.objects.create(scheme=scheme, **columns)
        _append(claim, said, by)
        _write_down("claim.made", claim, by, **_told(terms), planned=said.planned)
    return claim


def change_claim(*, claim_id: int, version: int, terms: ClaimTerms, by: Actor) -> Claim:
    """Change what a claim is about; what it said stays in its versions.

    Raises:
        Refused: the role manages no schemes, or the actor's organisation has no part in it.
        Invalid: the claim is not whole, its kind or unit would change the meaning of what it said, or its budget or the
            owner would be another while a reduction of it waits or counts.
        Conflict: somebody changed it meanwhile.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        claim = own_claim(claim_id, by)
        if (terms.kind, terms.unit) != (claim.kind, claim.unit):
            raise Invalid({"unit": "Make a new claim for another unit; the versions of this one are told in it"})
        columns = _columns(terms)
        _check_budget_stays(claim, columns)
        change(claim, version, **columns)
        _write_down("claim.changed", claim, by, **_told(terms))
    return claim


def say_version(*, claim_id: int, number: int, said: Said, by: Actor) -> ClaimVersion:
    """Say a claim anew; what it said before stays, and the reason stands beside the step.

    Args:
        number: of the version that was seen; the next one follows it.

    Raises:
        Refused: the role manages no schemes, or the actor's organisation has no part in it.
        Invalid: no reason, or a day to come or before the last version's.
        Conflict: somebody said it anew meanwhile.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        claim = own_claim(claim_id, by)
        last = claim.versions.order_by("-number").first()
        if last is None or last.number != number:
            raise Conflict("Somebody said this claim anew meanwhile. Look at their version first.")
        _check_said(said, not_before=last.on)
        row = _append(claim, said, by)
        before = {"planned": last.planned, "forecast": last.forecast, "realised": last.realised}
        after = {"planned": row.planned, "forecast": row.forecast, "realised": row.realised}
        _write_down("claim.said", claim, by, before=before, after=after, reason=row.reason)
    return row


@dataclass(frozen=True, slots=True)
class Reduction:
    """How far a budget fell, when, and where that is to be seen.

    Attributes:
        kind: a posting in the ledger, or a dated decision that moved the money.
        reference: id of the posting or the decision; the same one is never counted twice for a budget line.
    """

    pence: int
    on: date
    kind: str
    reference: str


def propose_reduction(*, claim_id: int, reduction: Reduction, by: Actor) -> BudgetReduction:
    """Say that the budget of a cashable claim fell; it counts once its owner confirms it.

    Raises:
        Refused: the role manages no schemes, or the actor's organisation has no part in it.
        Invalid: the claim is of no budget, nothing fell, or the posting is counted already.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        claim = own_claim(claim_id, by)
        _check_reduction(claim, reduction)
        row = BudgetReduction.objects.create(
            claim=claim, budget_line=claim.budget_line.strip(), pence=reduction.pence, on=reduction.on,
            kind=reduction.kind, reference=reduction.reference.strip(), proposed_by_id=by.user_id,
        )  # fmt: skip
        told = {"pence": row.pence, "on": row.on.isoformat(), "kind": row.kind, "reference": row.reference}
        _write_down("reduction.proposed", claim, by, budget_line=row.budget_line, **told)
    return row


def decide_reduction(*, reduction_id: int, version: int, is_approved: bool, remark: str, by: Actor) -> BudgetReduction:
    """Confirm or refuse that a budget fell: only the organisation whose budget it is, and never who said so.

    Raises:
        Refused: the role manages no schemes, the budget is another organisation's, or the proposal was the actor's own.
        Invalid: a refusal without a reason.
        Conflict: somebody decided it meanwhile.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        rows = BudgetReduction.objects.select_for_update(of=("self",)).select_related(
            "claim__budget_owner", "claim__scheme"
        )
        row = rows.filter(pk=reduction_id).first()
        if row is None:
            raise Invalid({"": "There is no such reduction."})
        _require_decider(row, by)
        if row.status != ReductionStatus.PROPOSED:
            raise Conflict("This was decided meanwhile.")
        if not is_approved and not remark.strip():
            raise Invalid({"remark": "Say why you refuse it"})
        status = ReductionStatus.APPROVED if is_approved else ReductionStatus.REFUSED
        decided = {"decided_by_id": by.user_id, "decided_at": now(), "remark": remark.strip()[:300]}
        change(row, version, status=status.value, **decided)
        _write_down(f"reduction.{status.value}", row.claim, by, reference=row.reference, pence=row.pence)
    return row


def own_claim(claim_id: int, by: Actor) -> Claim:
    """A claim of the actor's organisation, or for a scheme of it, its row held until the transaction ends.

    Raises:
        Invalid: there is none.
        Refused: the actor's organisation has no part in it.
    """
    rows = Claim.objects.select_for_update(of=("self",)).select_related("claimant", "scheme__owner", "scheme__sponsor")
    claim = rows.filter(pk=claim_id).first()
    if claim is None:
        raise Invalid({"": "There is no such claim."})
    if by.organisation not in parts_of(claim):
        raise Refused("Only who claims it, and the organisations that own or sponsor the scheme, may change a claim.")
    return claim


def _require_decider(row: BudgetReduction, by: Actor) -> None:
    if row.proposed_by_id == by.user_id:
        raise Refused("You said that this budget fell. Somebody else must confirm it.")
    if not may_decide(row, by):
        raise Refused("Only the organisation whose budget it is can say that it fell.")


def _append(claim: Claim, said: Said, by: Actor) -> ClaimVersion:
    last = claim.versions.aggregate(last=Max("number"))["last"] or 0
    return ClaimVersion.objects.create(
        claim=claim, number=last + 1, **{**asdict(said), "reason": said.reason.strip()[:300]}, said_by_id=by.user_id,
        said_at=now(),
    )  # fmt: skip


def _check_said(said: Said, not_before: date | None = None) -> None:
    faults = {}
    if not said.reason.strip():
        faults["reason"] = "Say why"
    if said.on > today():
        faults["on"] = "The day must not be in the future"
    if not_before is not None and said.on < not_before:
        faults["on"] = "The day must be on or after that of the version before"
    if said.planned == 0 and not_before is None:
        faults["planned"] = "Enter an amount that is not zero"
    if faults:
        raise Invalid(faults)


def _check_reduction(claim: Claim, reduction: Reduction) -> None:
    if not claim.is_cashable:
        raise Invalid({"": "This claim is not of money that somebody can spend, so no budget falls because of it."})
    faults = {}
    if reduction.pence <= 0:
        faults["pounds"] = "Enter by how much the budget fell"
    if reduction.on > today():
        faults["on"] = "The day must not be in the future"
    if reduction.kind not in ReductionKind.values:
        faults["kind"] = "Select what shows it"
    if not reduction.reference.strip():
        faults["reference"] = "Enter the id of the posting or of the decision"
    counted = BudgetReduction.objects.exclude(status=ReductionStatus.REFUSED)
    if counted.filter(
        budget_line__iexact=claim.budget_line.strip(), reference__iexact=reduction.reference.strip()
    ).exists():
        faults["reference"] = "This posting is counted for this budget already; nothing is realised twice"
    if faults:
        raise Invalid(faults)


def _check_budget_stays(claim: Claim, columns: Mapping[str, Any]) -> None:
    """Refuse to put a budget, or who confirms that it fell, in the place of the one that reductions were told of."""
    names = ("is_cashable", "budget_line", "budget_owner")
    if all(columns[name] == getattr(claim, name) for name in names):
        return
    if claim.reductions.exclude(status=ReductionStatus.REFUSED).exists():
        said = (
            "A reduction of this budget waits or counts, so the budget and its owner stay; make a new claim of another"
        )
        raise Invalid({"budget_line": said})


def _columns(terms: ClaimTerms) -> dict[str, Any]:
    """The columns of a claim's row.

    Raises:
        Invalid: by field, what is wrong.
    """
    faults = {name: "Enter this" for name in ("title", "measure") if not getattr(terms, name).strip()}
    if terms.due < terms.begins:
        faults["due"] = "The day must be on or after the first"
    if (terms.kind == ClaimKind.SAVING) != (terms.unit == Unit.POUNDS):
        faults["unit"] = "Money saved is told in pounds, and nothing else is"
    if terms.is_cashable and terms.kind != ClaimKind.SAVING:
        faults["is_cashable"] = "Only money saved can be spent"
    elif terms.is_cashable and not (terms.budget_line.strip() and terms.budget_owner):
        faults["budget_line"] = "Enter the budget line that falls, and whose it is"
    if terms.budget_holder_id is not None and not Post.objects.filter(pk=terms.budget_holder_id).exists():
        faults["budget_holder_id"] = "Select a person of the list"
    if faults:
        raise Invalid(faults)
    told = {**asdict(terms), "claimant": organisation_of(terms.claimant, "claimant")}
    told["budget_line"] = terms.budget_line.strip()
    return {**told, "budget_owner": organisation_of(terms.budget_owner, "budget_owner")}


def _told(terms: ClaimTerms) -> dict[str, Any]:
    return {**asdict(terms), "begins": terms.begins.isoformat(), "due": terms.due.isoformat()}


def _write_down(action: str, claim: Claim, by: Actor, **told: object) -> None:
    audit(Entry(action, f"claim/{claim.pk}", detail=told), by=by)
