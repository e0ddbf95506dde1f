"""Six symptoms of fragmented care round one person, each found from linked events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from joinedup.rules.foundation.errors import DefinitionError


class Symptom(StrEnum):
    """The six symptoms that the National Audit Office lists."""

    DUPLICATE_ASSESSMENT = "duplicate_assessment"
    UNCOORDINATED_VISITS = "uncoordinated_visits"
    REPEAT_HOSPITAL_TRIPS = "repeat_hospital_trips"
    UNRELIABLE_TRANSITION = "unreliable_transition"
    AVOIDABLE_ADMISSION = "avoidable_admission"
    DELAYED_DISCHARGE = "delayed_discharge"


@dataclass(frozen=True, slots=True)
class FragmentationRule:
    """The windows and codes by which a symptom is found, as data.

    Attributes:
        assessment_days: two assessments of one domain this many days apart, or fewer, are duplicates.
        not_completed: outcomes of an assessment that was not completed; such assessments are left out.
        visit_methods: contact kinds that are a visit to the person's home.
        trips: this many separate dates in hospital for tests or clinics ...
        trip_days: ... within this many days are repeated trips.
        trip_settings: settings whose dates are hospital trips.
        accepted: outcomes that mean a referral was accepted.
        referral_days: a referral must be accepted within this many days.
        child_services: services for children from which a person should pass to adult services.
        adult_age: birthday of the passage.
        transition_days: an adult service must be seen within this many days of the birthday.
        avoidable_codes: beginnings of primary diagnosis codes of admissions that good care could have avoided.
        fall_codes: beginnings of any diagnosis code that mean a fall.
    """

    assessment_days: int
    not_completed: tuple[str, ...]
    visit_methods: tuple[str, ...]
    trips: int
    trip_days: int
    trip_settings: tuple[str, ...]
    accepted: tuple[str, ...]
    referral_days: int
    child_services: tuple[str, ...]
    adult_age: int
    transition_days: int
    avoidable_codes: tuple[str, ...]
    fall_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """One completed assessment of one or more domains."""

    event_id: str
    day: date
    organisation: str
    domains: frozenset[str]
    linked_ref: str | None = None


def duplicate_assessments(
    assessments: Sequence[Assessment], rule: FragmentationRule
) -> tuple[tuple[Assessment, Assessment], ...]:
    """Pairs of assessments of overlapping domain by different organisations, the second not linked to the first.

    Source: NAO 2017 paragraph 1.8 (M2); joinedup specification 1.3.
    """
    ordered = sorted(assessments, key=lambda a: (a.day, a.event_id))
    return tuple(
        (first, second)
        for i, first in enumerate(ordered)
        for second in ordered[i + 1 :]
        if (second.day - first.day).days <= rule.assessment_days
        and first.organisation != second.organisation
        and first.domains & second.domains
        and second.linked_ref != first.event_id
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a person's home; `plan` is the shared plan it says it belongs to."""

    day: date
    organisation: str
    plan: str | None = None


def uncoordinated_days(visits: Sequence[Visit]) -> tuple[date, ...]:
    """Days on which two or more organisations visited the home without one shared plan.

    >>> uncoordinated_days([Visit(date(2024, 5, 1), "A"), Visit(date(2024, 5, 1), "B", "plan 1")])
    (datetime.date(2024, 5, 1),)
    >>> uncoordinated_days([Visit(date(2024, 5, 1), "A", "plan 1"), Visit(date(2024, 5, 1), "B", "plan 1")])
    ()
    """
    found = []
    for day in sorted({visit.day for visit in visits}):
        same = [visit for visit in visits if visit.day == day]
        shared = len({visit.plan for visit in same}) == 1 and same[0].plan is not None
        if len({visit.organisation for visit in same}) >= 2 and not shared:
            found.append(day)
    return tuple(found)


def repeat_trips(days: Sequence[date], rule: FragmentationRule) -> tuple[date, ...]:
    """The first day of each run in which a person came to hospital on too many separate days in a short time.

    A day completes a cluster when it and the days before it make up the number of trips within the window; clusters
    that follow on from each other are one run and counted once.

    Returns:
        The day that completed the first cluster of each run.
    """
    ordered = sorted(set(days))
    back = rule.trips - 1
    completes = [i >= back and (day - ordered[i - back]).days < rule.trip_days for i, day in enumerate(ordered)]
    return tuple(day for i, day in enumerate(ordered) if completes[i] and not (i and completes[i - 1]))


def is_unaccepted_referral(referred: date, accepted: date | None, known_until: date, rule: FragmentationRule) -> bool:
    """Whether a handover was not accepted in time; one still within its time is not judged.

    Args:
        referred: day of the referral.
        accepted: earliest day it was accepted, None when it was not.
        known_until: first day the records do not cover.
        rule: days allowed.
    """
    last = referred + timedelta(days=rule.referral_days)
    return last < known_until and (accepted is None or accepted > last)


def is_lost_at_transition(
    birthday: date, child_days: Sequence[date], adult_days: Sequence[date], known_until: date, rule: FragmentationRule
) -> bool:
    """Whether a young person known to a children's service was not seen by adults' services after the birthday.

    Args:
        birthday: the birthday of the passage.
        child_days: days of contact with children's services.
        adult_days: days of contact with the adult service of the same setting.
        known_until: first day the records do not cover.
        rule: days allowed; known to the children's service means a contact in the year before the birthday.
    """
    last = birthday + timedelta(days=rule.transition_days)
    known = any(birthday - timedelta(days=365) <= day < birthday for day in child_days)
    return known and last < known_until and not any(birthday <= day <= last for day in adult_days)


def is_avoidable(diagnoses: Sequence[str], rule: FragmentationRule) -> bool:
    """Whether an emergency admission was for a condition that good care could have avoided, or for a fall.

    Args:
        diagnoses: ICD-10 codes without the dot, primary first.
        rule: beginnings of codes.
    """
    return bool(diagnoses) and (
        diagnoses[0].startswith(rule.avoidable_codes) or any(code.startswith(rule.fall_codes) for code in diagnoses)
    )


def rate_per_1000(symptoms: int, people: int) -> Decimal:
    """Symptoms per 1,000 people.

    Raises:
        DefinitionError: a negative count or no people.

    >>> rate_per_1000(12, 4000)
    Decimal('3')
    """
    if symptoms < 0 or people <= 0:
        raise DefinitionError("a rate per 1,000 needs a count of 0 or more and people above 0")
    return Decimal(symptoms) * 1000 / people
