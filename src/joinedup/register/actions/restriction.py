"""Restricted addresses: closed to all but those whose work requires them."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from joinedup.register.access import Subject, relationship_with
from joinedup.register.actions.notice import tell_teams
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import Restriction
from joinedup.rules.care.access import Relationship, Sensitivity
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: A reason shorter than this says nothing.
LEAST_REASON = 10


def restrict(*, subject: Subject, reason: str, by: Actor) -> Restriction:
    """Mark a person's address as restricted from today (PDS S-flag); their teams are told.

    Sensitive services need no mark: they are closed by their nature, whoever uses them. An address that is restricted
    already stays as it is.

    Raises:
        Refused: the role does not restrict records, or its team does not care for the person.
        Invalid: the reason.
    """
    require_tie(subject, by=by)
    _check_reason(reason)
    try:
        with transaction.atomic():
            held = _held(subject)
            if held is not None:
                return held
            restriction = Restriction.objects.create(
                person_id=subject.person_id,
                kind=Sensitivity.RESTRICTED_ADDRESS.value,
                reason=reason.strip()[:300],
                valid_from=today(),
                recorded_by_id=by.user_id,
            )
            tell_teams(subject, "The address of this person is restricted now.")
            _write_down("restriction.begun", restriction, by)
    except IntegrityError:
        held = _held(subject)  # another was first
        if held is None:
            raise
        return held
    return restriction


def lift(*, subject: Subject, restriction_id: int, reason: str, by: Actor) -> Restriction:
    """End a restriction with today; it holds until midnight. Their teams are told.

    Raises:
        Refused: the role does not restrict records, or its team does not care for the person.
        Invalid: there is none, it ended before, or no reason is given.
    """
    require_tie(subject, by=by)
    _check_reason(reason)
    with transaction.atomic():
        of_person = Restriction.objects.filter(person_id__in=subject.protected_under, valid_to__isnull=True)
        restriction = of_person.select_for_update().filter(pk=restriction_id).first()
        if restriction is None:
            raise Invalid({"": "That restriction has ended already."})
        restriction.valid_to = today()
        restriction.reason = f"{restriction.reason} | Lifted: {reason.strip()}"[:300]
        restriction.save(update_fields=["valid_to", "reason"])
        tell_teams(subject, "The address of this person is no longer restricted after today.")
        _write_down("restriction.lifted", restriction, by)
    return restriction


def require_tie(subject: Subject, *, by: Actor) -> None:
    """Go on only for a role that restricts records; one that gives care does so for people of its own team only.

    Raises:
        Refused: the role does not restrict records, or its team has no relationship with the person.
    """
    by.require(Ability.RESTRICT)
    if by.may(Ability.OPEN_RECORD) and relationship_with(subject.aliases, by=by)[0] is Relationship.NONE:
        raise Refused("Only a team that cares for a person, or a guardian, decides what of their record is restricted.")


def _held(subject: Subject) -> Restriction | None:
    kind = Sensitivity.RESTRICTED_ADDRESS.value
    return Restriction.objects.filter(person_id__in=subject.protected_under, kind=kind, valid_to__isnull=True).first()


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < LEAST_REASON:
        raise Invalid({"reason": f"Say why, in at least {LEAST_REASON} characters"})


def _write_down(action: str, restriction: Restriction, by: Actor) -> None:
    entry = Entry(
        action=action,
        subject=f"restriction/{restriction.pk}",
        people=(restriction.person_id,),
        detail={"kind": str(restriction.kind)},
    )
    audit(entry, by=by)
