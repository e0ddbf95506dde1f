"""Decisions on which records are one person: by a linkage officer, with a reason, and by a second one where asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from joinedup.register.access import Subject
from joinedup.register.actions.notice import tell_teams
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.models import IdentityReview
from joinedup.register.models.identity_review import IdentityDecision
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: A reason shorter than this says nothing that another officer could judge.
LEAST_REASON = 10
LONGEST_REASON = 255

_NOTICES: Final[Mapping[str, str]] = {
    IdentityDecision.SAME: (
        "A linkage officer found that two records belong to one person. From the next release on they are shown "
        "together: check plans and messages that rest on either."
    ),
    IdentityDecision.DIFFERENT: (
        "A linkage officer found that two records belong to different people. From the next release on they are "
        "shown apart: check plans and messages that rest on either."
    ),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records whose person is in question, the smaller key first.

    Attributes:
        record_l: the smaller record key.
        record_r: the larger one.
        people: the people whose records these are today, for the trace and for the teams that care for them.
    """

    record_l: int
    record_r: int
    people: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What an officer finds.

    Attributes:
        decision: same, different or not_sure.
        reason: why; 10 to 255 characters.
        wants_second: another officer must find the same or something else before it counts.
    """

    decision: str
    reason: str
    wants_second: bool = False


def pair_of(one: int, other: int, people: tuple[Subject, ...] = ()) -> Pair:
    """The pair of two records, whichever was named first.

    Raises:
        Invalid: it is one record.
    """
    if one == other:
        raise Invalid({"": "Choose two records; this is one and the same."})
    return Pair(min(one, other), max(one, other), people)


def decide_pair(*, pair: Pair, finding: Finding, by: Actor) -> IdentityReview:
    """Decide whether two records are one person; it counts from the next build on.

    A pair that linking found uncertain and a pair that an officer chose by hand are decided alike: "same" merges, and
    "different" splits. Who is not sure always asks for a second opinion.

    Raises:
        Refused: the role decides no identities.
        Invalid: no decision, or no reason.
        Conflict: another officer decided this pair meanwhile.
    """
    by.require(Ability.DECIDE_IDENTITY)
    _check(finding)
    needs_second = finding.wants_second or finding.decision == IdentityDecision.NOT_SURE
    try:
        with transaction.atomic():
            review = IdentityReview.objects.create(
                record_l=pair.record_l,
                record_r=pair.record_r,
                decision=finding.decision,
                reason=finding.reason.strip(),
                decided_by_id=by.user_id,
                decided_at=now(),
                needs_second=needs_second,
            )
            detail = {"decision": finding.decision, "needs_second": needs_second}
            if not needs_second:
                _tell(pair, finding.decision)
            _write_down("identity.decided", review, pair, detail, by)
    except IntegrityError as error:
        raise Conflict("Another officer decided this pair meanwhile. Look at that decision first.") from error
    return review


def give_second_opinion(*, review_id: int, version: int, pair: Pair, finding: Finding, by: Actor) -> IdentityReview:
    """Decide a pair for which the first officer asked a second opinion; this decision is the final one.

    Raises:
        Refused: the role decides no identities, or the first decision was the actor's own.
        Invalid: no decision, or no reason, or nobody asked.
        Conflict: somebody else was faster.
    """
    by.require(Ability.DECIDE_IDENTITY)
    _check(finding)
    with transaction.atomic():
        review = _open(review_id)
        if review.decided_by_id == by.user_id:
            raise Refused("The first decision on this pair was yours. The second opinion must be somebody else's.")
        if not review.needs_second:
            raise Invalid({"": "Nobody asked for a second opinion on this pair."})
        if review.second_by_id is not None:
            raise Conflict("Another officer gave the second opinion meanwhile.")
        change(
            review,
            version,
            final=finding.decision,
            second_reason=finding.reason.strip(),
            second_by_id=by.user_id,
            second_at=now(),
        )
        detail = {"first": review.decision, "final": finding.decision}
        _tell(pair, finding.decision)
        _write_down("identity.second_opinion", review, pair, detail, by)
    return review


def withdraw_decision(*, review_id: int, version: int, pair: Pair, reason: str, by: Actor) -> IdentityReview:
    """Take a decision back: from the next build on, linking decides the pair by itself, and officers may look again.

    Raises:
        Refused: the role decides no identities.
        Invalid: no reason.
        Conflict: somebody changed or withdrew it meanwhile.
    """
    by.require(Ability.DECIDE_IDENTITY)
    _check_reason(reason)
    with transaction.atomic():
        review = _open(review_id)
        stood = review.final or review.decision
        change(review, version, withdrawn_at=now(), withdrawn_by_id=by.user_id, withdrawn_reason=reason.strip())
        _write_down("identity.withdrawn", review, pair, {"decision": stood}, by)
    return review


def _open(review_id: int) -> IdentityReview:
    found = IdentityReview.objects.select_for_update().filter(pk=review_id).first()
    if found is None:
        raise Invalid({"": "There is no such decision."})
    if found.withdrawn_at is not None:
        raise Conflict("This decision was withdrawn meanwhile. The pair waits to be looked at again.")
    return found


def _check(finding: Finding) -> None:
    if finding.decision not in IdentityDecision.values:
        raise Invalid({"decision": "Choose whether the two records are one person"})
    _check_reason(finding.reason)


def _check_reason(reason: str) -> None:
    length = len(reason.strip())
    if length < LEAST_REASON:
        raise Invalid({"reason": f"Say why, in {LEAST_REASON} characters or more"})
    if length > LONGEST_REASON:
        raise Invalid({"reason": f"Say why in {LONGEST_REASON} characters or fewer; you wrote {length}"})


def _tell(pair: Pair, decision: str) -> None:
    """Tell the teams of everybody whom a decision may merge or split; it takes effect with the next build."""
    if decision in _NOTICES:
        for subject in pair.people:
            tell_teams(subject, _NOTICES[decision])


def _write_down(action: str, review: IdentityReview, pair: Pair, told: Mapping[str, object], by: Actor) -> None:
    people = tuple(subject.person_id for subject in pair.people)
    records = [str(review.record_l), str(review.record_r)]
    entry = Entry(action, f"identity_review/{review.pk}", people=people, detail={"records": records, **told})
    audit(entry, by=by)
