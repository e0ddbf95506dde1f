"""Find a person by number, or by name with date of birth or postcode; what was shown is written down at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from joinedup.register.access import has_restricted_address, in_force
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit, new_ref
from joinedup.register.models import CareRelationship
from joinedup.register.people import people
from joinedup.rules.care.access import Sensitivity
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import Invalid, UsageError
from joinedup.rules.foundation.identifier import clean_number, nhs_number_valid
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import Found, PersonQuery, SearchGrant


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """One person as a search shows them.

    Attributes:
        person_id: their pseudonym.
        forename, surname, date_of_birth, sex, nhs_number: who they are, as the best record says.
        postcode: None where the address is restricted.
        is_hidden: the address is restricted.
        is_ours: the actor's team has a relationship with them.
    """

    person_id: int
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    nhs_number: str | None
    postcode: str | None
    is_hidden: bool
    is_ours: bool

    def __repr__(self) -> str:
        return f"Hit(person_id={self.person_id})"


def find_people(query: PersonQuery, *, by: Actor) -> Confided[tuple[Hit, ...]]:
    """At most twenty people who fit, best first; one row in the trace names them all and none of the words.

    Args:
        query: an NHS number alone, or a surname with a date of birth or a postcode.
        by: who searches.

    Raises:
        Refused: the role does not find people.
        Invalid: too little to search by, or a number that is none.
    """
    by.require(Ability.FIND_PEOPLE)
    faults = faults_of(query)
    if faults:
        raise Invalid(faults)
    ref = new_ref()
    try:
        found = people().search(SearchGrant(ref), _narrowed(query)).value
    except UsageError as error:
        raise Invalid({"": str(error)[:1].upper() + str(error)[1:]}) from error
    hits = tuple(_hit(person, by) for person in found)
    entry = Entry(
        action="people.searched",
        subject="page/search",
        people=tuple(hit.person_id for hit in hits),
        ground=f"role {by.role.value.replace('_', ' ')}",
        detail={"fields": fields_used(query), "shown": len(hits)},
    )
    audit(entry, by=by, ref=ref)
    return Confided(hits, audit_id=ref)


def faults_of(query: PersonQuery) -> Mapping[str, str]:
    """What is wrong with a search, by field; nothing when it can be made.

    >>> faults_of(PersonQuery(surname="Smith"))
    {'surname': 'Enter a date of birth or a postcode with the name'}
    """
    if query.nhs_number:
        if nhs_number_valid(query.nhs_number):
            return {}
        return {"nhs_number": "Check the NHS number: it has 10 digits, and these are not a valid number"}
    if not query.surname:
        return {"nhs_number": "Enter an NHS number, or a surname with a date of birth or a postcode"}
    if query.date_of_birth is None and not query.postcode:
        return {"surname": "Enter a date of birth or a postcode with the name"}
    return {}


def fields_used(query: PersonQuery) -> list[str]:
    """Which fields a search used: what the trace keeps of it.

    >>> fields_used(PersonQuery(nhs_number="9990000018", surname="Smith"))
    ['nhs_number']
    """
    used = _narrowed(query)
    names = ("nhs_number", "forename", "surname", "date_of_birth", "postcode")
    return [name for name in names if getattr(used, name)]


def _narrowed(query: PersonQuery) -> PersonQuery:
    """A number names one person and needs nothing else; the rest of the form is left aside."""
    return PersonQuery(nhs_number=clean_number(query.nhs_number)) if query.nhs_number else query


def _hit(person: Found, by: Actor) -> Hit:
    aliases = people().aliases(person.person_id)
    ties = in_force(CareRelationship.objects.filter(person_id__in=aliases, team_id=by.team_id or 0))
    cleared = {part for parts in ties.values_list("cleared", flat=True) for part in parts}
    is_restricted = has_restricted_address(people().formers(person.person_id))
    is_hidden = is_restricted and Sensitivity.RESTRICTED_ADDRESS.value not in cleared
    return Hit(
        person_id=person.person_id,
        forename=person.forename,
        surname=person.surname,
        date_of_birth=person.date_of_birth,
        sex=person.sex,
        nhs_number=person.nhs_number,
        postcode=None if is_hidden else person.postcode,
        is_hidden=is_hidden,
        is_ours=ties.exists(),
    )
