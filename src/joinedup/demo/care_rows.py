"""Client level data as each council submits it: a row an event, yearly at first and then every quarter."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from joinedup.demo import social_care as care
from joinedup.demo.areas import COUNCILS
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, Extracts, days, missing_where, table, words
from joinedup.demo.months import DAYS, MONTH_STARTS, NEVER, Bools, Ints, month_end
from joinedup.demo.needs import DEMENTIA
from joinedup.demo.records import Registrar
from joinedup.demo.social_care import CareEvents
from joinedup.demo.streams import chance

SOURCES: Final = ("social_care_fenwick", "social_care_aldmoor")
#: Last months of the submissions; each covers the twelve months up to it.
SUBMISSIONS: Final = (11, 23, 26, 29, 32, 35, 38, 41, 44, 47)
EVENT_TYPES: Final = ("Service", "Request", "Assessment", "Review")
TERMS: Final = (
    "Long term support: Nursing care", "Long term support: Residential care", "Long term support: Community",
    "Short term support: ST-Max", "Unpaid carer support: Direct to unpaid carer",
)  # fmt: skip
COMPONENTS: Final = (
    "Long term nursing care", "Long term residential care", "Home support or domiciliary care", "Direct payment",
    "Community supported living", "Day support", "Reablement", "Equipment", "Other unpaid carer support",
)  # fmt: skip
OUTCOMES: Final = (
    "Progress to assessment, review or reassessment", "NFA: Information and advice or signposting",
    "NFA: Deceased", "NFA: Support ended as planned", "Continuation of support or services",
    "Progress to support planning or services",
)  # fmt: skip
#: By kind of event: term, cost frequency (0 hourly, 1 weekly, 2 one-off, 3 session), event type.
_TERM: Final = np.array([0, 1, 2, 2, 2, 2, 3, 2, 4, -1, -1, -1, -1])
_FREQUENCY: Final = np.array([1, 1, 0, 1, 1, 3, 0, 2, 2, -1, -1, -1, -1])
_TYPE: Final = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3])
LATE_DEATH_SHARE: Final = 0.06


def write_care(cast: Cast, events: CareEvents, registrar: Registrar, numbers: Column, extracts: Extracts) -> Ints:
    """Write what both councils submit.

    Args:
        numbers: the councils' own numbers of people, both councils' after each other.

    Returns:
        Positions of the people each council knows: person + council x size, for the truth.
    """
    council = cast.council_on(events.person, np.clip(events.start, 0, DAYS - 1))
    known = np.unique(events.person + council * cast.size)
    for number in (0, 1):
        own = events.keep(council == number)
        _submit(cast, own, number, registrar, numbers, extracts=extracts)
    return known


def _submit(
    cast: Cast, events: CareEvents, council: int, registrar: Registrar, numbers: Column, *, extracts: Extracts
) -> None:
    source = SOURCES[council]
    people, position = np.unique(events.person, return_inverse=True)
    first = np.full(len(people), DAYS)
    np.minimum.at(first, position, np.clip(events.start, 0, DAYS - 1))
    cards = registrar.write(source, people, first)
    untold = _untold(cast, registrar, source)
    rows = _rows(cast, events, council, cards.take(position), numbers)
    for month in SUBMISSIONS:
        begin, end = int(MONTH_STARTS[month - 11]), int(MONTH_STARTS[month + 1]) - 1
        extracts.write(source, *submission_file(month), _submission(cast, events, rows, (begin, end), untold))


def submission_file(month: int) -> tuple[str, date]:
    """The folder and day of receipt of the submission up to a month."""
    last = month_end(month)
    received = date(last.year + (last.month == 12), last.month % 12 + 1, 18)
    return f"{last.year}-{last.month:02d}", received


def _untold(cast: Cast, registrar: Registrar, source: str) -> Bools:
    """People of whose death the council does not hear: their services stay open."""
    untold = chance(cast.stream(f"late deaths {source}"), LATE_DEATH_SHARE if registrar.faults else 0.0, cast.size)
    return untold & (cast.lives.died < DAYS)


def _submission(cast: Cast, events: CareEvents, rows: pa.Table, reported: tuple[int, int], untold: Bools) -> pa.Table:
    begin, end = reported
    ends = np.where(untold[events.person] & (events.end >= cast.lives.died[events.person]), NEVER, events.end)
    service = events.kind < care.FIRST_NON_SERVICE
    inside = np.where(service, (events.start <= end) & (ends >= begin), (events.start >= begin) & (events.start <= end))
    ends, still = ends[inside], ends[inside] > end
    died = cast.lives.died[events.person[inside]]
    told = (died <= end) & ~untold[events.person[inside]]
    part = rows.filter(inside)
    outcome = np.where(service[inside], np.where(told & (ends >= died - 1), 2, 3), events.outcome[inside])
    outcome = np.where(_TYPE[events.kind[inside]] == 2, 5, outcome)
    count = part.num_rows
    return (
        part.append_column("event_end_date", days(np.where(still, NEVER, ends)))
        .append_column("event_outcome", words(OUTCOMES, np.where(still, 4, outcome)))
        .append_column("date_of_death", days(np.where(told, died, NEVER)))
        .append_column("reporting_period_start_date", days(np.full(count, begin)))
        .append_column("reporting_period_end_date", days(np.full(count, end)))
    )


def _rows(cast: Cast, events: CareEvents, council: int, cards: pa.Table, numbers: Column) -> pa.Table:
    kind, person = events.kind, events.person
    home = kind <= care.RESIDENTIAL
    service = kind < care.FIRST_NON_SERVICE
    carer = (kind == care.CARER_SUPPORT) | (kind == care.CARER_ASSESSMENT)
    return table(
        {
            "la_code": words((COUNCILS[council][0],), np.zeros(len(kind), dtype=np.int64)),
            "local_patient_id": numbers.take(person + council * cast.size),
            **{name: cards[name] for name in _CARD},
            "practice": words(
                [code for code, _ in cast.ground.practices],
                cast.practice_on(person, np.clip(events.start, 0, DAYS - 1)),
            ),
            "client_type": words(("Service user", "Unpaid carer"), carer * 1),
            "accommodation_status": words(("Settled mainstream housing", "Care home"), home * 1),
            "dementia": words(("Yes", "No"), (cast.needs.since[person, DEMENTIA] > events.start) * 1),
            "event_type": words(EVENT_TYPES, _TYPE[kind]),
            "event_start_date": days(events.start),
            "request_route_of_access": words(
                ("Discharge from hospital", "Community / other route"), np.where(kind == care.REQUEST, person % 2, -1)
            ),
            "assessment_type": words(
                ("Long term assessment", "Unpaid carer assessment"),
                np.where(kind == care.ASSESSMENT, 0, np.where(kind == care.CARER_ASSESSMENT, 1, -1)),
            ),
            "adult_1_linked_person_id": _taken(numbers, events.other + council * cast.size, events.other < 0),
            "service_type": words(TERMS, _TERM[kind]),
            "service_component": words(COMPONENTS, np.where(service, kind, -1)),
            "delivery_mechanism": words(
                ("Direct payment", "CASSR managed personal budget"),
                np.where(kind == care.DIRECT_PAYMENT, 0, np.where(service & (kind != care.REABLEMENT), 1, -1)),
            ),
            **_provided(cast, events),
            **_priced(events),
        }
    )


def _provided(cast: Cast, events: CareEvents) -> dict[str, Column]:
    """Who provides: a care home, or an agency for care at home."""
    homes, agencies = cast.ground.homes, cast.ground.agencies
    agency = np.where(events.provider >= 0, events.provider + len(homes), -1)
    provider = np.where(events.kind <= care.RESIDENTIAL, events.provider, agency)
    return {
        "provider_cqc_location_name": words([name for _, name in (*homes, *agencies)], provider),
        "provider_cqc_location_id": words([code for code, _ in (*homes, *agencies)], provider),
    }


def _priced(events: CareEvents) -> dict[str, Column]:
    """What a service costs, how often and how much of it a week, and what the person pays."""
    priced = (events.kind < care.FIRST_NON_SERVICE) & (events.pence > 0)
    frequency = np.where(priced, _FREQUENCY[events.kind], -1)
    units = pa.array(np.round(events.units, 2))
    return {
        "unit_cost": missing_where(pounds(events.pence), ~priced),
        "cost_frequency": words(("Hourly", "Weekly", "One-off", "Per session"), frequency),
        "planned_units_per_week": missing_where(units, ~priced | (frequency == 2)),
        "client_contribution": missing_where(pounds(events.contribution), ~priced | (events.contribution <= 0)),
    }


_CARD: Final = ("nhs_number", "forename", "surname", "date_of_birth", "sex", "ethnicity", "postcode", "lsoa")


def pounds(pence: Ints) -> Column:
    """Pence written as pounds with two decimals."""
    distinct, position = np.unique(pence, return_inverse=True)
    return words([f"{value // 100}.{value % 100:02d}" for value in distinct.tolist()], position)


def _taken(column: Column, position: Ints, gone: Bools) -> Column:
    index: Any = pa.array(position, mask=gone)
    return column.take(index)
