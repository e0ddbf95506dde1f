"""Appointments with general practices and hospital clinics."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo.areas import ACUTE, DISTANT
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import days, table, texts, words
from joinedup.demo.inpatients import commissioners
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import Ints
from joinedup.demo.parameters import number
from joinedup.demo.rates import NOT_SERVED, draw_events, growing, log_need, on_working_days, referred, scaled
from joinedup.demo.streams import choose

STATUS: Final = ("Attended", "DNA", "Unknown")
STAFF: Final = ("GP", "Other Practice staff")
MODES: Final = ("Face-to-Face", "Telephone", "Home Visit", "Video Conference/Online")
CATEGORIES: Final = (
    "General Consultation Acute", "General Consultation Routine", "Planned Clinics", "Clinical Triage",
    "Planned Clinical Procedure", "Structured Medication Review",
)  # fmt: skip
SPECIALTIES: Final = (
    "110", "130", "320", "300", "502", "330", "120", "101", "340", "301", "420", "410", "307", "400", "430", "650",
)  # fmt: skip
_SPECIALTY_WEIGHTS: Final = np.array([13, 12, 8, 7, 8, 9, 7, 6, 5, 5, 5, 4, 4, 4, 2, 9.0])


def general_practice_rows(cast: Cast, ids: LocalIds) -> tuple[Ints, Ints, pa.Table]:
    """Appointments in general practice: who, when, and the rows."""
    rng = cast.stream("general practice")
    log_rate = log_need(cast, "primary_care", 0.25, 0.05, 0.06)
    log_rate = log_rate + 0.25 * (~cast.people.male & (cast.ages[:, 1] > 15) & (cast.ages[:, 1] < 55))[:, None]
    rate = scaled(cast, log_rate, growing("primary_care"), number("primary_care.ltc_share"))
    person, day = draw_events(rng, cast, rate)
    day = np.maximum(on_working_days(day), np.maximum(cast.lives.arrives[person], 0))
    count = len(person)
    staff = (rng.random(count) < 0.53).astype(np.int64)
    rows = table(
        {
            "appointment_id": texts("GP", (cast.chunk + 1) * 100_000_000 + np.arange(count), 14),
            "local_patient_id": ids.on(person, day),
            "appointment_date": days(day),
            "appointment_status": words(STATUS, choose(rng, np.array([0.90, 0.055, 0.045]), count)),
            "hcp_type": words(STAFF, staff),
            "appointment_mode": words(MODES, choose(rng, np.array([0.66, 0.29, 0.015, 0.035]), count)),
            "national_category": words(CATEGORIES, choose(rng, np.array([28, 36, 14, 10, 9, 3.0]), count)),
            "duration_minutes": np.minimum(rng.geometric(0.085, count), 60),
            "provider_code": words([code for code, _ in cast.ground.practices], cast.practice_on(person, day)),
        }
    )
    return person, day, rows


def outpatient_rows(cast: Cast, ids: LocalIds) -> tuple[Ints, Ints, pa.Table]:
    """Outpatient appointments: who, when, and the rows."""
    rng = cast.stream("outpatients")
    # Appointments come in courses: most people have none for years.
    log_rate = log_need(cast, "outpatient", 0.15, -0.01, 0.02) + rng.normal(0, 0.9, cast.size)[:, None]
    log_rate = np.where(referred(cast)[:, None], log_rate, NOT_SERVED)
    rate = scaled(cast, log_rate, growing("outpatient"), number("outpatient.ltc_share"))
    person, day = draw_events(rng, cast, rate)
    day = np.maximum(on_working_days(day), np.maximum(cast.lives.arrives[person], 0))
    return person, day, _clinic_rows(rng, cast, person, day, ids)


def _clinic_rows(rng: np.random.Generator, cast: Cast, person: Ints, day: Ints, ids: LocalIds) -> pa.Table:
    count = len(person)
    attended = np.where(rng.random(count) < number("outpatient.not_attended"), 1, 0)
    follow_up = rng.random(count) < 0.66
    remote = rng.random(count) < 0.22
    # National cost collection currencies: multi-professional apart, first or follow-up, face to face or not.
    groups = ("WF01B", "WF01A", "WF01D", "WF01C")
    return table(
        {
            "attendance_identifier": texts("OP", (cast.chunk + 1) * 100_000_000 + np.arange(count), 14),
            "local_patient_id": ids.on(person, day),
            "appointment_date": days(day),
            "attendance_status": words(("5", "3"), attended),
            "first_attendance": words(("1", "2", "3", "4"), follow_up + 2 * remote),
            "consultation_medium": words(("01", "02"), remote.astype(np.int64)),
            "attendance_outcome": words(("1", "2", "3"), choose(rng, np.array([0.3, 0.45, 0.25]), count)),
            "treatment_function": words(SPECIALTIES, choose(rng, _SPECIALTY_WEIGHTS, count)),
            "hrg": words(groups, follow_up + 2 * remote),
            "provider_code": words((ACUTE[0], DISTANT[0]), (rng.random(count) < 0.05).astype(np.int64)),
            "commissioner_code": commissioners(day),
        }
    )
