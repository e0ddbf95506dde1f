"""Whom a team cares for: the people that its relationships in force stand for today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from joinedup.register.access import in_force
from joinedup.register.actor import Actor
from joinedup.register.models import CareRelationship, Objection
from joinedup.register.people import people
from joinedup.rules.care.access import Case, Purpose, Relationship, decide


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties a team to one person.

    Attributes:
        person_id: the pseudonym that stands for them today.
        kind: "care" or "referred".
        since: first day of the earliest relationship in force.
        lead_id: the post that leads their care; None where nobody is named.
        is_open: the person's record opens to the actor for direct care; False where they object to sharing it.
    """

    person_id: int
    kind: str
    since: date
    lead_id: int | None
    is_open: bool


def caseload(*, by: Actor) -> Mapping[int, Tie]:
    """The people that the actor's team has a relationship with today, by pseudonym of today.

    A pseudonym that stands for several people after a split names none of them until somebody decides which.
    """
    rows = in_force(CareRelationship.objects.filter(team_id=by.team_id or 0)).order_by("valid_from", "id")
    reader, ties = people(), dict[int, Tie]()
    objecting = _objecting()
    for row in rows:
        today = reader.current(row.person_id)
        if len(today) != 1:
            continue
        person_id = today[0]
        earlier = ties.get(person_id)
        kind = Relationship.CARE if earlier and earlier.kind == Relationship.CARE.value else Relationship(row.kind)
        ties[person_id] = Tie(
            person_id=person_id,
            kind=kind.value,
            since=earlier.since if earlier else row.valid_from,
            lead_id=(earlier.lead_id if earlier else None) or row.lead_id,
            is_open=decide(Case(by.role, kind, Purpose.DIRECT_CARE, objects=person_id in objecting)).is_open,
        )
    return ties


def is_in_caseload(person_id: int, *, by: Actor) -> bool:
    """Whether the actor's team has a relationship with a person today."""
    aliases = people().aliases(person_id)
    return in_force(CareRelationship.objects.filter(team_id=by.team_id or 0, person_id__in=aliases)).exists()


def _objecting() -> frozenset[int]:
    """People of today who object to sharing their record for care."""
    rows = in_force(Objection.objects.filter(kind="record")).values_list("person_id", flat=True)
    return frozenset(person for row in rows for person in people().current(row))
