"""Contacts of community and mental health services, with their referrals, assessments and ward stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo.areas import COMMUNITY, MENTAL_HEALTH
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import days, table, texts, words
from joinedup.demo.inpatients import commissioners
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import DAYS, NEVER, Ints
from joinedup.demo.needs import CONDITIONS
from joinedup.demo.parameters import number
from joinedup.demo.rates import caseload, draw_events, growing, log_need, scaled
from joinedup.demo.streams import choose, choose_by_group

#: Team types: health visiting, community child health, nursing, physiotherapy and others.
TEAMS: Final = ("15", "03", "32", "12", "24", "25", "21", "06", "26", "17", "31", "13")
_TEAMS_BY_AGE: Final = np.array(
    [
        [52, 22, 14, 1, 4, 0, 5, 0, 0, 0, 2, 0],
        [0, 0, 3, 18, 38, 9, 10, 3, 1, 2, 15, 1],
        [0, 0, 2, 52, 10, 9, 7, 8, 3, 4, 3, 2.0],
    ]
)
AT_HOME: Final = ("12", "06", "26", "13", "17")
KINDS: Final = ("contact", "referral", "assessment")
DOMAINS: Final = ("nursing", "mobility", "comprehensive", "falls", "continence", "skin")
WARD_STAYS_PER_1000: Final = 2.1


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts with their referral and assessment, in order of person and day."""

    person: Ints
    day: Ints
    kind: Ints
    referral: Ints


def _with_beginnings(rng: np.random.Generator, cast: Cast, person: Ints, day: Ints) -> Contacts:
    """A referral before the first contact of each course of contacts and an assessment at it.

    A course ends when nothing happens for four months.
    """
    fresh = np.ones(len(person), dtype=np.bool_)
    fresh[1:] = (person[1:] != person[:-1]) | (day[1:] - day[:-1] > 120)
    course = np.cumsum(fresh)
    begins = np.flatnonzero(fresh)
    before = np.maximum(
        day[begins] - rng.integers(2, 15, len(begins)), np.maximum(cast.lives.arrives[person[begins]], 0)
    )
    joined = Contacts(
        person=np.concatenate([person, person[begins], person[begins]]),
        day=np.concatenate([day, before, day[begins]]),
        kind=np.repeat([0, 1, 2], [len(person), len(begins), len(begins)]),
        referral=np.concatenate([course, course[begins], course[begins]]),
    )
    order = np.lexsort((joined.kind, joined.day, joined.person))
    return Contacts(joined.person[order], joined.day[order], joined.kind[order], joined.referral[order])


def community_rows(cast: Cast, ids: LocalIds) -> tuple[Ints, Ints, pa.Table]:
    """Community services: who, when, and the rows."""
    rng = cast.stream("community")
    log_rate = caseload(cast, rng, log_need(cast, "community", 0.5, 0.05, 0.10), number("community.caseload"))
    rate = scaled(cast, log_rate, growing("community"), number("community.ltc_share"))
    person, day = draw_events(rng, cast, rate)
    contacts = _with_beginnings(rng, cast, person, day)
    return contacts.person, contacts.day, _community_table(rng, cast, contacts, ids)


def _community_table(rng: np.random.Generator, cast: Cast, contacts: Contacts, ids: LocalIds) -> pa.Table:
    person, day, count = contacts.person, contacts.day, len(contacts.person)
    # One team for a course of contacts, most often.
    band = np.digitize(cast.age_on(person, day), [12, 65])
    by_course = choose_by_group(rng, _TEAMS_BY_AGE, band)
    first = np.unique(contacts.referral, return_index=True)[1]
    whole = np.zeros(int(contacts.referral.max(initial=0)) + 1, dtype=np.int64)
    whole[contacts.referral[first]] = by_course[first]
    team = np.where(rng.random(count) < 0.9, whole[contacts.referral], by_course)
    home = np.isin(team, [TEAMS.index(code) for code in AT_HOME]) & (rng.random(count) < 0.93)
    status = np.where(contacts.kind == 0, choose(rng, np.array([0.94, 0.03, 0.03]), count), 0)
    return table(
        {
            "care_contact_id": texts("CS", (cast.chunk + 1) * 100_000_000 + np.arange(count), 14),
            "local_patient_id": ids.on(person, day),
            "contact_date": days(day),
            "activity_type": words(KINDS, contacts.kind),
            "service_request_id": texts("SR", (cast.chunk + 1) * 100_000_000 + contacts.referral, 14),
            "team_type": words(TEAMS, team),
            "consultation_medium": words(("01", "02"), (~home & (rng.random(count) < 0.2)) * 1),
            "activity_location": words(("A01", "B01", "G02"), np.where(home, 0, 1)),
            "attendance_status": words(("5", "3", "4"), status),
            "duration_minutes": 10 + np.minimum(rng.geometric(0.05, count), 110),
            "assessment_domain": words(
                DOMAINS, np.where(contacts.kind == 2, choose(rng, np.array([5, 2, 3, 1.5, 1, 1]), count), -1)
            ),
            "outcome": words(("accepted",), np.where((contacts.kind == 1) & (rng.random(count) < 0.93), 0, -1)),
            "provider_code": words((COMMUNITY[0],), np.zeros(count, dtype=np.int64)),
            "commissioner_code": commissioners(day),
        }
    )


def mental_health_rows(cast: Cast, ids: LocalIds) -> tuple[Ints, Ints, pa.Table]:
    """Mental health services: who, when, and the rows."""
    rng = cast.stream("mental health")
    ill = (cast.needs.since[:, [CONDITIONS.index("MH"), CONDITIONS.index("DEM")]] < DAYS) @ np.array([2.6, 1.0])
    low = 0.9 * (cast.needs.since[:, CONDITIONS.index("DEP")] < DAYS)
    log_rate = log_need(cast, "mental_health", 0.25, 0.16, 0.0) + (ill + low)[:, None]
    log_rate = caseload(cast, rng, log_rate, number("mental_health.caseload"))
    rate = scaled(cast, log_rate, growing("mental_health"), number("mental_health.ltc_share"))
    person, day = draw_events(rng, cast, rate)
    contacts = _with_beginnings(rng, cast, person, day)
    stays = draw_events(rng, cast, scaled(cast, log_rate, np.full(4, WARD_STAYS_PER_1000), 0.55))
    return _mental_health_table(rng, cast, contacts, stays, ids)


def _mental_health_table(
    rng: np.random.Generator, cast: Cast, contacts: Contacts, stays: tuple[Ints, Ints], ids: LocalIds
) -> tuple[Ints, Ints, pa.Table]:
    met, wards = len(contacts.person), len(stays[0])
    person, day = np.concatenate([contacts.person, stays[0]]), np.concatenate([contacts.day, stays[1]])
    count = met + wards
    kind = np.concatenate([contacts.kind, np.full(wards, 3)])
    ward = kind == 3
    nights = np.minimum(np.ceil(np.exp(rng.normal(3.0, 0.9, count))), 200).astype(np.int64)
    end = np.minimum(day + nights, cast.lives.leaves[person])
    diagnosis = np.where(ward, choose(rng, np.array([4, 5, 3, 2.0]), count), -1)
    rows = table(
        {
            "activity_identifier": texts("MH", (cast.chunk + 1) * 100_000_000 + np.arange(count), 14),
            "local_patient_id": ids.on(person, day),
            "activity_type": words((*KINDS, "ward_stay"), kind),
            "start_date": days(day),
            "end_date": days(np.where(ward & (end < DAYS), end, NEVER)),
            "hospital_provider_spell_number": words(
                [f"MW{cast.chunk + 1:04d}{i:08d}" for i in range(wards)], np.where(ward, np.arange(count) - met, -1)
            ),
            "ward_stay_number": pa.array(np.ones(count, dtype=np.int64), mask=~ward),
            "service_request_id": texts(
                "MR", (cast.chunk + 1) * 100_000_000 + np.concatenate([contacts.referral, np.arange(wards)]), 14
            ),
            "consultation_medium": words(
                ("01", "02", "11"), np.where(ward, -1, choose(rng, np.array([6, 3, 1.0]), count))
            ),
            "attendance_status": words(("5", "3"), np.where(kind == 0, (rng.random(count) < 0.09) * 1, -1)),
            "admission_method": words(
                ("21", "11", "2D"), np.where(ward, choose(rng, np.array([6, 1, 3.0]), count), -1)
            ),
            "admission_source": words(("19",), np.where(ward, 0, -1)),
            "discharge_destination": words(
                ("19", "56"), np.where(ward & (end < DAYS), (rng.random(count) < 0.06) * 1, -1)
            ),
            "primary_diagnosis": words(("F20", "F32", "F60", "F03"), diagnosis),
            "assessment_domain": words(("mental_health",), np.where(kind == 2, 0, -1)),
            "outcome": words(("accepted",), np.where((kind == 1) & (rng.random(count) < 0.92), 0, -1)),
            "provider_code": words((MENTAL_HEALTH[0],), np.zeros(count, dtype=np.int64)),
            "commissioner_code": commissioners(day),
        }
    )
    return person, day, rows
