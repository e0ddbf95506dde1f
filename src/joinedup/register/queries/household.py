"""The household: who lives together, which agencies are involved, and what each spends, on a recorded lawful ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.access import Subject, decide_for, open_record
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.people import people, subject_of
from joinedup.register.queries.naming import Contact, contacts
from joinedup.register.queries.person import open_whole
from joinedup.rules.care.access import Purpose
from joinedup.rules.care.household import Ground, member_words
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import HouseholdAgency, HouseholdMember, Identified


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """One member as this actor may know them.

    Attributes:
        person_id: None where the actor's team has no relationship with them, so that nothing links to their record.
        name: their name, or "Child of 8 years" where the actor may not know it.
        born: date of birth; None as the name.
    """

    person_id: int | None
    name: str
    born: date | None


@dataclass(frozen=True, slots=True, repr=False)
class HouseholdPage:
    """A household as a worker who supports it sees it.

    Attributes:
        who: the person through whom it was opened.
        ground: why it was opened.
        members: everybody who lives there; () where no household is known.
        agencies: who is involved, the costliest first where costs are shown.
        total_pence: what all of them spent in the last 12 months; None where costs are not shown or not known.
    """

    who: Identified
    ground: Ground
    members: tuple[Member, ...]
    agencies: tuple[HouseholdAgency, ...]
    organisations: dict[str, Contact]
    shows_costs: bool
    total_pence: int | None


def household_page(subject: Subject, ground: str, *, by: Actor) -> Confided[HouseholdPage]:
    """Open a household on a lawful ground; one row in the trace for each record whose name is shown.

    Args:
        subject: the person through whom it is opened.
        ground: why, from the closed list.
        by: who opens it.

    Raises:
        Refused: the role sees no households.
        Invalid: no ground was chosen.
        RecordClosed: the record does not open for household support.
    """
    by.require(Ability.SEE_HOUSEHOLD)
    if ground not in set(Ground):
        raise Invalid({"ground": "Choose why you look at this household"})
    detail = {"lawful_ground": ground}
    grant = open_whole(subject, Purpose.HOUSEHOLD_SUPPORT, "household", by=by, detail=detail)
    found = people().household(grant).value
    agencies = found.agencies if found else ()
    known = [agency.pence for agency in agencies if agency.pence is not None]
    page = HouseholdPage(
        who=people().who(grant).value,
        ground=Ground(ground),
        members=tuple(_member(member, subject, by, ground) for member in found.members) if found else (),
        agencies=agencies,
        organisations=dict(contacts(agency.organisation for agency in agencies)),
        shows_costs=grant.shows_costs,
        total_pence=sum(known) if grant.shows_costs and known else None,
    )
    return Confided(page, audit_id=grant.audit_id)


def _member(member: HouseholdMember, subject: Subject, by: Actor, ground: str) -> Member:
    """Name a member whose own record would open for this purpose, and write that down; describe any other."""
    if member.person_id in subject.aliases:
        return Member(member.person_id, member.name, member.date_of_birth)
    theirs = subject_of(member.person_id)
    if theirs is None or not decide_for(theirs, Purpose.HOUSEHOLD_SUPPORT, by=by).is_open:
        return Member(None, member_words(member.date_of_birth, False, today()), None)
    open_record(theirs, Purpose.HOUSEHOLD_SUPPORT, "household", by=by, detail={"lawful_ground": ground})
    return Member(member.person_id, member.name, member.date_of_birth)
