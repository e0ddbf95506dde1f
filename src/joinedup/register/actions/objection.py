"""Objections and opt-outs: recorded for a person from a day on, ended when they change their mind."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from joinedup.register.access import Subject, relationship_with
from joinedup.register.actions.notice import tell_teams
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import Objection
from joinedup.register.models.flow import ObjectionKind
from joinedup.register.people import record_keys_of
from joinedup.register.versions import change
from joinedup.rules.care.access import Relationship
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability


def record_objection(*, subject: Subject, kind: str, since: date, remark: str, by: Actor) -> Objection:
    """Record that a person objects.

    An opt-out from planning takes effect with the next build, an objection to sharing the joined-up record at once.
    Who gives care records it for people their team cares for; an information guardian for anybody.

    Args:
        subject: the person.
        kind: national, type1 or record.
        since: the first day on which it holds; today or earlier.
        remark: how the person said so; no name or number.
        by: who.

    Raises:
        Refused: the role records no objections, or the actor's team does not care for the person.
        Invalid: the kind or the day.
        Conflict: the person objects to this already.
    """
    _allow(subject, by)
    if kind not in ObjectionKind.values:
        raise Invalid({"kind": "Choose what the person objects to"})
    if since > today():
        raise Invalid({"since": "The day must be today or earlier"})
    held = Objection.objects.filter(person_id__in=subject.aliases, kind=kind, valid_to__isnull=True)
    try:
        with transaction.atomic():
            if held.exists():
                raise Conflict("This person's objection is recorded already.")
            objection = Objection.objects.create(
                person_id=subject.person_id, kind=kind, valid_from=since, recorded_by_id=by.user_id,
                remark=remark.strip()[:300], records=[str(record) for record in record_keys_of(subject.person_id)],
            )  # fmt: skip
            tell_teams(subject, f"An objection was recorded: {objection.get_kind_display()}.")
            _write_down("objection.recorded", objection, subject, by)
    except IntegrityError as error:
        raise Conflict("Somebody else recorded this objection meanwhile.") from error
    return objection


def end_objection(*, objection_id: int, subject: Subject, last_day: date, version: int, by: Actor) -> Objection:
    """Record that a person no longer objects; figures count them again from the next build on, for all periods.

    Raises:
        Refused: as for recording one.
        Invalid: the last day lies before the first, or after today.
        Conflict: it was ended or changed meanwhile.
    """
    _allow(subject, by)
    with transaction.atomic():
        objection = Objection.objects.select_for_update().filter(pk=objection_id).first()
        if objection is None or objection.person_id not in subject.aliases:
            raise Invalid({"": "There is no such objection."})
        if objection.valid_to is not None:
            raise Conflict("This objection was ended meanwhile.")
        if not objection.valid_from <= last_day <= today():
            raise Invalid({"last_day": "The last day must lie between the first day and today"})
        change(objection, version, valid_to=last_day)
        tell_teams(subject, f"An objection was ended: {objection.get_kind_display()}.")
        _write_down("objection.ended", objection, subject, by)
    return objection


def _allow(subject: Subject, by: Actor) -> None:
    by.require(Ability.RECORD_OBJECTION)
    if by.may(Ability.MANAGE_FLOWS):
        return
    if relationship_with(subject.aliases, by=by)[0] is not Relationship.CARE:
        raise Refused("Only a team that cares for a person, or an information guardian, records their objections.")


def _write_down(action: str, objection: Objection, subject: Subject, by: Actor) -> None:
    told = {
        "kind": objection.kind,
        "from": objection.valid_from.isoformat(),
        "to": objection.valid_to.isoformat() if objection.valid_to else None,
    }
    audit(Entry(action, f"objection/{objection.pk}", people=(subject.person_id,), detail=told), by=by)
