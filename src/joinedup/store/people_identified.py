"""Who somebody is, out of what every source says of them, with what must stay closed left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from joinedup.rules.care.access import Sensitivity
from joinedup.rules.care.identity import BestIdentity, Identity, best_identity, latest_of
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.people_facts import PeopleFacts
from joinedup.store.people_grants import CompareGrant, PersonGrant, PersonQuery, SearchGrant
from joinedup.store.people_shown import Found, HouseholdMember, Identified


def search(facts: PeopleFacts, grant: SearchGrant, query: PersonQuery) -> tuple[Found, ...]:
    """People who fit what was asked, best first."""
    hits = facts.search.find(facts.identities, facts.release, grant, query)
    told = facts.identities.read(grant, facts.release, [person for person, _ in hits])
    closed = facts.sensitive.sources(frozenset(Sensitivity))
    return tuple(_found(facts, person, score, told[person], closed) for person, score in hits)


def names(facts: PeopleFacts, grant: SearchGrant, people: Collection[int]) -> tuple[Found, ...]:
    """Who some people of today are; somebody the release does not describe is left out."""
    told = facts.identities.read(grant, facts.release, sorted(set(people)))
    closed = facts.sensitive.sources(frozenset(Sensitivity))
    return tuple(_found(facts, person, 1.0, rows, closed) for person, rows in sorted(told.items()) if rows)


def identified(facts: PeopleFacts, grant: PersonGrant, closed: frozenset[int]) -> Identified:
    """Who the person of a grant is.

    Args:
        facts: the release.
        grant: leave to read.
        closed: records that stay closed because all they tell of is sensitive.

    Raises:
        UsageError: the release does not know them.
    """
    told = facts.identities.read(grant, facts.release, [grant.person_id])[grant.person_id]
    if not told and not facts.records_of(grant.person_id):
        raise UsageError("the current release does not know this person; look them up again")
    best = _best(facts, told, [row for row in told if not _is_closed(facts, grant, row, closed)])
    home = best.home
    hides = Sensitivity.RESTRICTED_ADDRESS in grant.hidden
    return Identified(
        person_id=grant.person_id,
        forename=best.forename,
        surname=best.surname,
        other_names=best.other_names,
        nhs_number=best.nhs_number,
        date_of_birth=best.date_of_birth,
        age=best.age_on(facts.today),
        sex=best.sex,
        ethnicity=best.ethnicity,
        address=home.address if home and not hides else None,
        postcode=home.postcode if home and not hides else None,
        date_of_death=best.date_of_death,
        practice=None if hides else best.practice,
        neighbourhood=None if hides else facts.neighbourhoods.get(best.lsoa or ""),
        has_conflicts=best.has_conflicts,
    )


def records(facts: PeopleFacts, grant: PersonGrant, closed: frozenset[int]) -> tuple[Identity, ...]:
    """Each record of the person of a grant as its source tells it, the latest version of each record first."""
    told = facts.identities.read(grant, facts.release, [grant.person_id])[grant.person_id]
    shown = [row for row in told if not _is_closed(facts, grant, row, closed)]
    if Sensitivity.RESTRICTED_ADDRESS in grant.hidden:
        shown = [_without_home(row) for row in shown]
    return tuple(sorted(shown, key=lambda row: (row.source, row.record_key, -_day_number(row))))


def members(
    facts: PeopleFacts, grant: PersonGrant, people: Sequence[int], closed: frozenset[int]
) -> tuple[HouseholdMember, ...]:
    """Names and dates of birth of the people of a household, the oldest first.

    Whoever shares a home with the person of the grant by the word of a closed record alone is left out: to name them
    would tell that the record exists, and where they are.

    Args:
        facts: the release.
        grant: leave to read the record of one of them.
        people: everybody who lives there today, by any record.
        closed: records that stay closed because all they tell of is sensitive.
    """
    told = facts.identities.read(grant, facts.release, people)
    shown = {
        person: [row for row in rows if not _is_closed(facts, grant, row, closed)] for person, rows in told.items()
    }
    homes = _homes(shown.get(grant.person_id, ()))
    found = []
    for person, rows in shown.items():
        who = _best(facts, told[person], rows)
        if who.date_of_death is None and _homes(rows) & homes:
            name = " ".join(part for part in (who.forename, who.surname) if part)
            found.append(HouseholdMember(person, name, who.date_of_birth))
    return tuple(sorted(found, key=lambda each: (each.date_of_birth or date.max, each.person_id)))


def _homes(rows: Iterable[Identity]) -> set[str]:
    return {row.postcode.replace(" ", "").upper() for row in rows if row.postcode}


def compare(facts: PeopleFacts, grant: CompareGrant, left: int, right: int) -> tuple[Identity, Identity]:
    """Two records as they describe their people now.

    Raises:
        UsageError: the release does not know one of them.
    """
    keys = [left, right]
    owner: dict[int, int] = dict(facts.of_records(["facts/link"], "record_key, person_id", keys))
    told = facts.identities.read(grant, facts.release, sorted(set(owner.values())))
    rows = [row for versions in told.values() for row in versions]
    first, second = (latest_of((row for row in rows if row.record_key == key), facts.today) for key in keys)
    if first is None or second is None:
        raise UsageError("the current release does not describe both records; they may have been withdrawn since")
    return first, second


def _found(facts: PeopleFacts, person: int, score: float, told: Sequence[Identity], closed: frozenset[str]) -> Found:
    best = _best(facts, told, [row for row in told if row.source not in closed])
    return Found(
        person_id=person,
        forename=best.forename,
        surname=best.surname,
        date_of_birth=best.date_of_birth,
        sex=best.sex,
        postcode=best.home.postcode if best.home else None,
        nhs_number=best.nhs_number,
        score=round(score, 4),
    )


def _best(facts: PeopleFacts, told: Sequence[Identity], shown: Sequence[Identity]) -> BestIdentity:
    """The best of what may be shown; somebody known to closed sources alone keeps their name but no home."""
    if shown:
        return best_identity(shown, facts.today, test_numbers=facts.test_numbers)
    bare = best_identity(told, facts.today, test_numbers=facts.test_numbers)
    return replace(bare, home=None, practice=None, lsoa=None)


def _is_closed(facts: PeopleFacts, grant: PersonGrant, row: Identity, closed: frozenset[int]) -> bool:
    return row.record_key in closed or row.source in facts.sensitive.sources(grant.hidden)


def _without_home(row: Identity) -> Identity:
    return replace(row, address=None, postcode=None, lsoa=None, practice=None)


def _day_number(row: Identity) -> int:
    since = row.valid_from or row.received
    return since.toordinal() if since else 0
