"""Emergency access: begun with a reason and for a time, known at once to the person's teams, reviewed by another."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from joinedup.register.access import Subject, emergency_of
from joinedup.register.actions.notice import tell_teams
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.models import EmergencyAccess, Post
from joinedup.register.models.relationship import ReviewOutcome
from joinedup.rules.care.access import Purpose
from joinedup.rules.care.emergency import USUAL_HOURS, Scope, Use, faults_of_request, lasts, why_not_reviewer
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import ROLES, Ability


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody says when they need a record in an emergency.

    Attributes:
        reason: why now; at least 20 characters.
        scope: how much of the record.
        hours: for how long, 1 to 12.
    """

    reason: str
    scope: str = Scope.RECORD.value
    hours: int = USUAL_HOURS


def begin_emergency(*, subject: Subject, request: Request, by: Actor) -> EmergencyAccess:
    """Open one person's record to one user for a while, without a relationship.

    Every team that cares for the person is told at once. Where the user's access is open already it is returned as it
    is: asking again neither prolongs nor widens it.

    Raises:
        Refused: the role has no emergency access.
        Invalid: the reason, scope or time.
    """
    by.require(Ability.EMERGENCY)
    faults = faults_of_request(request.reason, request.scope, request.hours)
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        Post.objects.select_for_update().get(pk=by.post_id)  # two requests at once open one access
        running = emergency_of(subject.aliases, by=by)
        if running is not None:
            return running
        begun = now()
        access = EmergencyAccess.objects.create(
            person_id=subject.person_id,
            post_id=by.post_id,
            user_id=by.user_id,
            reason=request.reason.strip()[:500],
            scope=request.scope,
            granted_at=begun,
            expires_at=begun + lasts(request.hours),
        )
        told = tell_teams(subject, _notice(access, by))
        entry = Entry(
            action="emergency.begun",
            subject=f"emergency/{access.pk}",
            people=(subject.person_id,),
            purpose=Purpose.DIRECT_CARE.value,
            ground="emergency access, which will be reviewed",
            detail={"scope": request.scope, "hours": request.hours, "teams_told": list(told)},
        )
        audit(entry, by=by)
    return access


def end_emergency(*, access_id: int, by: Actor) -> EmergencyAccess:
    """Close one's own emergency access before its time ends; nothing happens when it is over already.

    Raises:
        Refused: it is somebody else's.
    """
    with transaction.atomic():
        access = _locked(access_id)
        if access.user_id != by.user_id:
            raise Refused("That emergency access is not yours to end.")
        if access.ended_at is not None or access.expires_at <= now():
            return access
        access.ended_at = now()
        access.save(update_fields=["ended_at"])
        audit(Entry("emergency.ended", f"emergency/{access.pk}", people=(access.person_id,)), by=by)
    return access


def review_emergency(*, access_id: int, outcome: str, remark: str, by: Actor) -> EmergencyAccess:
    """Judge one use of emergency access once it is over; the judgement is final.

    Raises:
        Refused: the reviewer's role does not review, or they stand too close to the user who used it.
        Invalid: no outcome, or no remark.
        Conflict: it is still open, or somebody reviewed it meanwhile.
    """
    by.require(Ability.REVIEW_EMERGENCY)
    with transaction.atomic():
        access = _locked(access_id)
        _keep_apart(access, by)
        _check_review(access, outcome, remark)
        access.reviewed_by_id, access.reviewed_at = by.user_id, now()
        access.outcome, access.remark = outcome, remark.strip()[:500]
        access.save(update_fields=["reviewed_by", "reviewed_at", "outcome", "remark"])
        entry = Entry(
            action="emergency.reviewed",
            subject=f"emergency/{access.pk}",
            people=(access.person_id,),
            detail={"outcome": outcome, "used_by": access.user_id},
        )
        audit(entry, by=by)
    return access


def _locked(access_id: int) -> EmergencyAccess:
    found = EmergencyAccess.objects.select_for_update(of=("self",)).select_related("post").filter(pk=access_id).first()
    if found is None:
        raise Invalid({"": "There is no such emergency access."})
    return found


def _keep_apart(access: EmergencyAccess, by: Actor) -> None:
    """Nobody reviews themselves, their own team, or the post they gave."""
    teams = Post.objects.filter(Q(user_id=by.user_id), team__isnull=False).values_list("team_id", flat=True)
    use = Use(access.user_id, access.post.team_id, access.post.granted_by_id)
    why = why_not_reviewer(use, by.user_id, frozenset(team for team in teams if team is not None))
    if why:
        raise Refused(why)


def _check_review(access: EmergencyAccess, outcome: str, remark: str) -> None:
    if access.reviewed_at is not None:
        raise Conflict("Somebody else reviewed this emergency access while you had it open.")
    if access.ended_at is None and access.expires_at > now():
        raise Conflict("This emergency access is still open. Review it when it has ended.")
    faults = {}
    if outcome not in ReviewOutcome.values:
        faults["outcome"] = "Choose whether the access was justified"
    if not remark.strip():
        faults["remark"] = "Say what your judgement rests on"
    if faults:
        raise Invalid(faults)


def _notice(access: EmergencyAccess, by: Actor) -> str:
    until = timezone.localtime(access.expires_at)
    role = ROLES[by.role].label.lower()
    return (
        f"{by.account}, {role} at {by.organisation}, opened this record as an emergency until "
        f"{until:%H:%M} on {until.day} {until:%B %Y}. Reason given: {access.reason}"
    )
