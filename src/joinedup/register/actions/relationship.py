"""Ties between teams and people: begun, referred, cleared for sensitive parts, and ended, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from joinedup.register.access import Subject, in_force, relationship_with
from joinedup.register.actions.notice import tell, tell_teams
from joinedup.register.actions.restriction import require_tie
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import CareRelationship, Team
from joinedup.register.models.relationship import RelationshipKind
from joinedup.register.sensitive import is_sensitive_team
from joinedup.register.versions import change
from joinedup.rules.care.access import Relationship, Sensitivity
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: A reason shorter than this says nothing that another team could judge.
LEAST_REASON = 10


def begin_relationship(*, subject: Subject, reason: str, by: Actor) -> CareRelationship:
    """Record that the actor's own team now cares for a person; the other teams of that person are told.

    A team that cares for the person already keeps its relationship as it is.

    Raises:
        Refused: the role finds no people, or the post has no team.
        Invalid: the reason.
    """
    by.require(Ability.FIND_PEOPLE)
    by.require(Ability.OPEN_RECORD)
    team = _own_team(by)
    _check_reason(reason)
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)  # two colleagues at once begin one relationship
        held = _held(subject, team.pk, RelationshipKind.CARE)
        if held is not None:
            return held
        relationship = _record(subject, team, RelationshipKind.CARE, reason, by)
        who = "Another team" if is_sensitive_team(team.service) else f"{team} ({by.organisation})"
        told = tell_teams(subject, f"{who} now cares for this person too.", but=(team.pk,))
        _write_down("relationship.begun", relationship, by, teams_told=list(told))
    return relationship


def refer(*, subject: Subject, team_id: int, reason: str, by: Actor) -> CareRelationship:
    """Refer a person to another team's service, which may then open their record for direct care.

    Raises:
        Refused: the actor's own team does not care for the person.
        Invalid: the reason, or the team.
    """
    by.require(Ability.OPEN_RECORD)
    if relationship_with(subject.aliases, by=by)[0] is not Relationship.CARE:
        raise Refused("Only a team that cares for a person refers them to another.")
    _check_reason(reason)
    team = Team.objects.select_related("organisation").filter(pk=team_id).exclude(pk=by.team_id or 0).first()
    if team is None:
        raise Invalid({"team_id": "Choose the team that you refer the person to"})
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        held = _held(subject, team.pk, RelationshipKind.REFERRED) or _held(subject, team.pk, RelationshipKind.CARE)
        if held is not None:
            return held
        relationship = _record(subject, team, RelationshipKind.REFERRED, reason, by)
        tell((team.pk,), subject, f"This person was referred to you by {_own_team(by)} ({by.organisation}): {reason}")
        _write_down("relationship.referred", relationship, by)
    return relationship


def end_relationship(*, relationship_id: int, last_day: date, reason: str, version: int, by: Actor) -> CareRelationship:
    """End the actor's own team's relationship with a person; its team's access ends with its last day.

    Raises:
        Refused: it is another team's.
        Invalid: the day or the reason; or it ended before.
        Conflict: a colleague changed it meanwhile.
    """
    by.require(Ability.OPEN_RECORD)
    _check_reason(reason)
    with transaction.atomic():
        relationship = _of_own_team(relationship_id, by)
        if not relationship.valid_from <= last_day <= today():
            raise Invalid({"last_day": "The last day lies between the first day of the care and today"})
        change(relationship, version, valid_to=last_day, reason=_joined(relationship.reason, "Ended", reason))
        _write_down("relationship.ended", relationship, by, last_day=last_day.isoformat())
    return relationship


def clear_parts(
    *, subject: Subject, relationship_id: int, parts: Iterable[str], reason: str, version: int, by: Actor
) -> CareRelationship:
    """Record which sensitive parts of a record a team's care needs; whoever recorded the relationship may not.

    Raises:
        Refused: the role does not restrict records, its team does not care for the person, or the actor recorded the
            relationship.
        Invalid: a part that is none, the reason, or a relationship of somebody else.
        Conflict: somebody changed it meanwhile.
    """
    require_tie(subject, by=by)
    _check_reason(reason)
    wanted = sorted(set(parts))
    if not set(wanted) <= {kind.value for kind in Sensitivity}:
        raise Invalid({"parts": "Choose among the sensitive parts that are listed"})
    with transaction.atomic():
        relationship = _found(relationship_id)
        if relationship.person_id not in subject.aliases:
            raise Invalid({"": "That relationship is with another person."})
        if relationship.recorded_by_id == by.user_id:
            raise Refused("You recorded this relationship; somebody else decides which sensitive parts it needs.")
        before = list(relationship.cleared)
        change(relationship, version, cleared=wanted, reason=_joined(relationship.reason, "Cleared", reason))
        _write_down("relationship.cleared", relationship, by, before=before, after=wanted)
    return relationship


def _record(subject: Subject, team: Team, kind: RelationshipKind, reason: str, by: Actor) -> CareRelationship:
    is_own = team.pk == by.team_id
    return CareRelationship.objects.create(
        person_id=subject.person_id,
        team=team,
        kind=kind,
        lead_id=by.post_id if is_own else None,
        reason=reason.strip()[:300],
        valid_from=today(),
        recorded_by_id=by.user_id,
    )


def _held(subject: Subject, team_id: int, kind: RelationshipKind) -> CareRelationship | None:
    found = CareRelationship.objects.filter(person_id__in=subject.aliases, team_id=team_id, kind=kind)
    return in_force(found.filter(valid_to__isnull=True)).first()


def _own_team(by: Actor) -> Team:
    team = Team.objects.filter(pk=by.team_id or 0).first()
    if team is None:
        raise Refused("Your post belongs to no team, and people are cared for by teams. Ask your administrator.")
    return team


def _found(relationship_id: int) -> CareRelationship:
    found = CareRelationship.objects.select_related("team").filter(pk=relationship_id).first()
    if found is None or found.valid_to is not None:
        raise Invalid({"": "That relationship has ended already."})
    return found


def _of_own_team(relationship_id: int, by: Actor) -> CareRelationship:
    found = _found(relationship_id)
    if found.team_id != by.team_id:
        raise Refused("That relationship is another team's; only they end it.")
    return found


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < LEAST_REASON:
        raise Invalid({"reason": f"Say why, in at least {LEAST_REASON} characters"})


def _joined(before: str, what: str, reason: str) -> str:
    return " | ".join(part for part in (before, f"{what}: {reason.strip()}") if part)[:300]


def _write_down(action: str, relationship: CareRelationship, by: Actor, **detail: object) -> None:
    entry = Entry(
        action=action,
        subject=f"relationship/{relationship.pk}",
        people=(relationship.person_id,),
        detail={"team": relationship.team_id, "kind": str(relationship.kind), **detail},
    )
    audit(entry, by=by)
