"""Who a person is today when several records say it, each in its own words and of its own day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from joinedup.rules.foundation.identifier import is_acceptable
from joinedup.rules.foundation.period import age_on

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """How one version of one record describes its person, as the source tells it.

    Attributes:
        record_key: the record's pseudonym.
        source: id of the source.
        organisation: code of who holds the record.
        practice, lsoa: codes of the GP practice and of the small area of residence.
        is_verified: the holder made sure of the NHS number.
        valid_from: first day on which the record said so.
        valid_to: first day on which it no longer does; None while it does.
        received: the day it first arrived.
    """

    record_key: int
    source: str
    organisation: str | None
    nhs_number: str | None
    is_verified: bool
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    ethnicity: str | None
    postcode: str | None
    address: str | None
    lsoa: str | None
    practice: str | None
    date_of_death: date | None
    valid_from: date | None
    valid_to: date | None
    received: date | None

    def __repr__(self) -> str:
        return f"Identity(record_key={self.record_key})"

    @property
    def name(self) -> str:
        """Forename and surname as written; "" where neither is known."""
        return " ".join(part for part in (self.forename, self.surname) if part)


@dataclass(frozen=True, slots=True, repr=False)
class BestIdentity:
    """Who a person is, each thing from the record that knows it best.

    Attributes:
        other_names: other names that records give, the latest first, each once.
        home: the version that says where they live; None where none does.
        has_conflicts: records give different acceptable NHS numbers, or different dates of birth.
    """

    forename: str | None
    surname: str | None
    other_names: tuple[str, ...]
    nhs_number: str | None
    date_of_birth: date | None
    sex: str | None
    ethnicity: str | None
    home: Identity | None
    practice: str | None
    lsoa: str | None
    date_of_death: date | None
    has_conflicts: bool

    def __repr__(self) -> str:
        return "BestIdentity()"

    def age_on(self, day: date) -> int | None:
        """Whole years of age on a day, or at death where they died before."""
        if self.date_of_birth is None:
            return None
        return age_on(self.date_of_birth, min(day, self.date_of_death or day))


def best_identity(told: Iterable[Identity], today: date, *, test_numbers: bool) -> BestIdentity:
    """Choose who a person is today among what their records say.

    What still holds goes before what has ended. Who they are (name, number, birth) comes from a record with a verified
    NHS number before any other, then from the latest; where they live comes from the latest, verified or not. Each
    thing is taken from the first version that knows it, a forename and surname always together.

    Args:
        told: every version of every record of the person.
        today: the place's day.
        test_numbers: whether test NHS numbers count in this place.

    >>> def of(forename, verified, since):
    ...     return Identity(1, "gp", None, None, verified, forename, "Fenwright", None, None, None, None, None, None,
    ...                     None, None, since, None, since)
    >>> found = best_identity([of("Anna", True, date(2020, 1, 1)), of("Ann", False, date(2024, 1, 1))],
    ...                       date(2025, 1, 1), test_numbers=True)
    >>> found.forename, found.other_names
    ('Anna', ('Ann Fenwright',))
    """
    known = list(told)
    who = sorted(known, key=lambda row: (_holds(row, today), row.is_verified, *_age_of(row)), reverse=True)
    lately = sorted(known, key=lambda row: (_holds(row, today), *_age_of(row)), reverse=True)
    named = _first(who, lambda row: row if row.forename and row.surname else None) or _first(
        who, lambda row: row if row.name else None
    )
    numbered = [row for row in who if row.nhs_number and is_acceptable(row.nhs_number, test_numbers=test_numbers)]
    return BestIdentity(
        forename=named.forename if named else None,
        surname=named.surname if named else None,
        other_names=_others(lately, named),
        nhs_number=_first(sorted(numbered, key=lambda row: not row.is_verified), lambda row: row.nhs_number),
        date_of_birth=_first(who, lambda row: row.date_of_birth),
        sex=_first(who, lambda row: row.sex),
        ethnicity=_first(lately, lambda row: row.ethnicity),
        home=_first(lately, lambda row: row if row.address and row.postcode else None)
        or _first(lately, lambda row: row if row.postcode or row.address else None),
        practice=_first(lately, lambda row: row.practice),
        lsoa=_first(lately, lambda row: row.lsoa),
        date_of_death=_first(lately, lambda row: row.date_of_death),
        has_conflicts=_differ(known, numbered),
    )


def latest_of(versions: Iterable[Identity], today: date) -> Identity | None:
    """The version of one record that holds, or held last; None where there is none."""
    return max(versions, key=lambda row: (_holds(row, today), *_age_of(row)), default=None)


def _holds(row: Identity, today: date) -> bool:
    return row.valid_to is None or row.valid_to > today


def _age_of(row: Identity) -> tuple[date, date, int]:
    """What makes one version later than another, in a total order."""
    since = row.valid_from or row.received or date.min
    return since, row.received or date.min, row.record_key


def _first(rows: Iterable[Identity], get: Callable[[Identity], T | None]) -> T | None:
    return next((value for row in rows if (value := get(row)) is not None), None)


def _others(rows: Iterable[Identity], named: Identity | None) -> tuple[str, ...]:
    """Names besides the chosen one; capitals make no other name."""
    found: dict[str, str] = {}
    for row in rows:
        if row.name:
            found.setdefault(row.name.casefold(), row.name)
    if named is not None:
        found.pop(named.name.casefold(), None)
    return tuple(found.values())


def _differ(rows: Sequence[Identity], numbered: Sequence[Identity]) -> bool:
    """Whether the latest versions of the records cannot all be true."""
    latest: dict[int, Identity] = {}
    for row in sorted(rows, key=_age_of):
        latest[row.record_key] = row
    accepted = {id(row) for row in numbered}
    numbers = {row.nhs_number for row in latest.values() if id(row) in accepted}
    births = {row.date_of_birth for row in latest.values() if row.date_of_birth}
    return len(numbers) > 1 or len(births) > 1
