"""Names of people that a team cares for, many at once: one row in the trace names all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from joinedup.register.access import RefusedInTrace
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit, new_ref
from joinedup.register.caseload import Tie, caseload, is_in_caseload
from joinedup.register.people import people
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.disclosure import Confided
from joinedup.store.people import Found, SearchGrant

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Who somebody is, as short as a list says it."""

    person_id: int
    forename: str
    surname: str
    date_of_birth: date | None
    nhs_number: str | None

    @property
    def name(self) -> str:
        """Surname first, as lists of people are sorted."""
        return ", ".join(part for part in (self.surname, self.forename) if part) or "name not known"

    def __repr__(self) -> str:
        return f"Named(person_id={self.person_id})"


@dataclass(frozen=True, slots=True, repr=False)
class TeamPeople:
    """The people of a team, by name where their record opens to it.

    Attributes:
        ties: what ties the team to each person today.
        names: by pseudonym of today.
    """

    ties: Mapping[int, Tie]
    names: Mapping[int, Named]

    def today(self, person_id: int) -> int:
        """The pseudonym that stands for somebody today, where it is one."""
        now = people().current(person_id)
        return now[0] if len(now) == 1 else person_id

    def of(self, person_id: int) -> Named | None:
        """Who it is; None where the team does not care for them (any more), or they object to sharing their record."""
        return self.names.get(self.today(person_id))


def by_name(person_id: int, named: Named | None) -> tuple[bool, str, str, int]:
    """The order of people by surname and forename; those without a name come last."""
    if named is None:
        return (True, "", "", person_id)
    return (False, named.surname.casefold(), named.forename.casefold(), person_id)


def with_names(
    page: str, make: Callable[[TeamPeople], tuple[T, Iterable[int]]], *, by: Actor, among: Iterable[int] | None = None
) -> Confided[T]:
    """Make a page that names people of the actor's team, and write down whom it names.

    Args:
        page: what shows them, for example "caseload".
        make: builds what is shown, and says which people it shows.
        by: who looks.
        among: the people who may be on the page; the whole caseload where not given.
    """
    ties, ref = caseload(by=by), new_ref()
    open_today = frozenset(person for person, tie in ties.items() if tie.is_open)
    wanted = open_today if among is None else open_today & {now for each in among for now in people().current(each)}
    found = people().names(SearchGrant(ref), wanted).value if wanted else ()
    team = TeamPeople(ties, {each.person_id: _named(each) for each in found})
    shown, on_page = make(team)
    entry = Entry(
        action="people.named",
        subject=f"page/{page}",
        people=tuple({team.today(person) for person in on_page} & team.names.keys()),
        purpose=Purpose.DIRECT_CARE.value,
        ground="the team has a relationship with each of them",
    )
    audit(entry, by=by, ref=ref)
    return Confided(shown, audit_id=ref)


def team_person(person_id: int, page: str, *, by: Actor) -> Confided[Named | None]:
    """One person of the actor's caseload, for a form about them; None inside where the record does not open.

    Raises:
        Refused: the team has no relationship with them; that is written down.
    """
    if not is_in_caseload(person_id, by=by):
        ground = "the team has no relationship with this person"
        audit(Entry("people.refused", subject=f"page/{page}", people=(person_id,), ground=ground), by=by)
        raise RefusedInTrace("Your team has no recorded relationship with this person.")
    return with_names(page, lambda team: (team.of(person_id), [person_id]), by=by, among=[person_id])


def _named(found: Found) -> Named:
    return Named(found.person_id, found.forename or "", found.surname or "", found.date_of_birth, found.nhs_number)
