"""Where a person was on the 91st day after a hospital discharge into reablement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Whereabouts(StrEnum):
    """Where a person was on the follow-up day; only `home` counts as success."""

    HOME = "home"  # own home, extra care, adult placement
    HOSPITAL = "hospital"
    CARE_HOME = "care_home"  # registered care home, other than brief respite
    DIED = "died"
    UNKNOWN = "unknown"  # lost to follow-up: stays in the denominator


@dataclass(frozen=True, slots=True)
class ReablementRule:
    """What counts as reablement after discharge, as data.

    Attributes:
        services: service types that are reablement or rehabilitation.
        care_homes: service types that are a registered care home.
        follow_up_days: the follow-up day, counted from the day of discharge.
        start_within_days: the service begins this many days after discharge, or fewer.
        start_before_days: or this many days before it (records that begin while the person is still in hospital).
    """

    services: tuple[str, ...]
    care_homes: tuple[str, ...]
    follow_up_days: int
    start_within_days: int
    start_before_days: int


def follow_up_day(discharge: date, days: int = 91) -> date:
    """The 91st day after discharge, which is not three months.

    Source: NHS Digital SALT guidance STS004; ASCOF 2B (D8); joinedup specification 3.2.

    >>> follow_up_day(date(2024, 10, 1))
    datetime.date(2024, 12, 31)
    """
    return discharge + timedelta(days=days)


def whereabouts(
    day: date,
    known_until: date,
    death: date | None,
    *,
    hospital: tuple[tuple[date, date | None], ...] = (),
    care_home: tuple[tuple[date, date | None], ...] = (),
    registered: bool = True,
) -> Whereabouts:
    """Where a person was on a day, by what the records show.

    Death comes first, then a hospital bed that night, then a care home place; whoever the records lose is unknown.

    Args:
        day: the follow-up day.
        known_until: first day the records do not cover; a follow-up on or after it is unknown.
        death: day of death, None when alive as far as known.
        hospital: stays (admission, discharge or None); the day of discharge is not in hospital.
        care_home: long-term places (first day, last day or None); brief respite is left out beforehand.
        registered: whether any register still holds the person on that day.

    Source: ASCOF 2B(1) definition; joinedup specification 3.2.

    >>> whereabouts(date(2024, 12, 31), date(2025, 4, 1), None, hospital=((date(2024, 12, 30), None),)).value
    'hospital'
    """
    if death is not None and death <= day:
        return Whereabouts.DIED
    if day >= known_until:
        return Whereabouts.UNKNOWN
    if any(start <= day and (end is None or day < end) for start, end in hospital):
        return Whereabouts.HOSPITAL
    if any(start <= day and (end is None or day <= end) for start, end in care_home):
        return Whereabouts.CARE_HOME
    return Whereabouts.HOME if registered else Whereabouts.UNKNOWN
