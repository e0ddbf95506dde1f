"""Whom a team cares for, under pseudonyms: for programs that keep another system in step."""

from __future__ import annotations

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.caseload import Tie, caseload
from joinedup.rules.foundation.role import Ability


def relationships(*, by: Actor, offset: int = 0, limit: int = 50) -> tuple[Tie, ...]:
    """What ties the actor's team to people today, by pseudonym; one row in the trace names those that are shown.

    Raises:
        Refused: the role opens no records.
    """
    by.require(Ability.OPEN_RECORD)
    ties = caseload(by=by)
    shown = tuple(ties[person_id] for person_id in sorted(ties))[offset : offset + limit]
    people = tuple(tie.person_id for tie in shown)
    audit(Entry("relationships.listed", "page/api", people, detail={"shown": len(shown)}), by=by)
    return shown
