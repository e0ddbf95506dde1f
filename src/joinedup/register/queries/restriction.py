"""What of a person's record is restricted, and which teams see sensitive parts: decisions, nothing of the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.access import Subject, decide_for, hidden_of, in_force, open_record
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Restriction
from joinedup.register.queries.person import Helper, helpers
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Restricted:
    """One restriction that holds today."""

    restriction_id: int
    kind: str
    reason: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class RestrictionPage:
    """Restrictions of one person, and the teams that care for them."""

    rows: tuple[Restricted, ...]
    teams: tuple[Helper, ...]


def restriction_page(subject: Subject, *, by: Actor) -> RestrictionPage:
    """Restrictions that hold today; looking at them leaves one row in the trace.

    A role that gives care needs a relationship with the person; a guardian, who opens no record, does not.

    Raises:
        Refused: the role does not restrict records.
        RecordClosed: the role gives care, and the record does not open to it.
    """
    by.require(Ability.RESTRICT)
    if by.may(Ability.OPEN_RECORD):
        open_record(subject, Purpose.DIRECT_CARE, "restrictions", by=by)
    else:
        audit(Entry("record.restrictions_seen", "page/restrictions", people=(subject.person_id,)), by=by)
    rows = in_force(Restriction.objects.filter(person_id__in=subject.protected_under))
    found = tuple(Restricted(row.pk, row.kind, row.reason, row.valid_from, row.valid_to) for row in rows)
    return RestrictionPage(found, helpers(subject, unnamed_to(subject, by=by), by=by))


def unnamed_to(subject: Subject, *, by: Actor) -> frozenset[Sensitivity]:
    """The sensitive parts whose teams stay unnamed to an actor who decides about them; none to a guardian."""
    if not by.may(Ability.OPEN_RECORD):
        return frozenset()
    return hidden_of(subject, Purpose.DIRECT_CARE, decide_for(subject, Purpose.DIRECT_CARE, by=by))
