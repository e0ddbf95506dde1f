"""What of a person's record is restricted: the decisions, without anything of the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.access import Subject, in_force
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Restriction
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Restricted:
    """One restriction that holds today."""

    restriction_id: int
    kind: str
    reason: str
    since: date
    until: date | None


def restrictions(subject: Subject, *, by: Actor) -> tuple[Restricted, ...]:
    """Restrictions of a person's record that hold today; looking at them is written down.

    Raises:
        Refused: the role does not restrict records.
    """
    by.require(Ability.RESTRICT)
    rows = in_force(Restriction.objects.filter(person_id__in=subject.aliases))
    found = tuple(Restricted(row.pk, row.kind, row.reason, row.valid_from, row.valid_to) for row in rows)
    audit(Entry("record.restrictions_seen", "page/restrictions", people=(subject.person_id,)), by=by)
    return found
