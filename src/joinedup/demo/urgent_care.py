"""A&E attendances: those that end in a bed and the many more that do not."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo import spells as stays
from joinedup.demo.areas import ACUTE, COMMUNITY
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import days, table, texts, words
from joinedup.demo.initiatives import Effects
from joinedup.demo.inpatients import commissioners
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import Bools, Floats, Ints
from joinedup.demo.parameters import log_by_age, number
from joinedup.demo.rates import WINTER, draw_events, growing, log_need, scaled
from joinedup.demo.spells import Spells
from joinedup.demo.streams import choose, choose_by_group

GROUPS: Final = ("VB01Z", "VB02Z", "VB03Z", "VB04Z", "VB05Z", "VB06Z", "VB07Z", "VB08Z", "VB09Z", "VB11Z")
_ADMITTED: Final = np.array([0.03, 0.10, 0.14, 0.25, 0.08, 0.05, 0.15, 0.12, 0.06, 0.02])
_SENT_HOME: Final = np.array([0.002, 0.02, 0.03, 0.10, 0.05, 0.04, 0.16, 0.26, 0.16, 0.178])
DIAGNOSES: Final = ("S610", "S934", "R104", "R074", "J069", "B349", "R51X", "S008", "L089", "M545", "F419", "T784")
_DIAGNOSIS_WEIGHTS: Final = np.array([12, 12, 13, 9, 11, 8, 6, 10, 5, 6, 4, 4.0])
#: SNOMED CT codes of the emergency care discharge destination: ward, home, left before treatment.
DESTINATIONS: Final = ("306706006", "306689006", "1066301000000103")


def attendance_rate(cast: Cast) -> Floats:
    """True rate of attendances that do not end in a bed, person by year."""
    log_rate = log_by_age("urgent", cast.ages) + log_need(cast, "urgent", 0.35, 0.14, 0.05) * 0.5
    # Some people go often and many never do.
    log_rate += cast.stream("attenders").normal(0, 1.3, cast.size)[:, None]
    log_rate += (0.5 * number("emergency.tail_log") * cast.needs.comes_again)[:, None]
    return scaled(cast, log_rate, growing("urgent"), number("urgent.ltc_share"))


def attendance_rows(cast: Cast, spells: Spells, effects: Effects, ids: LocalIds) -> tuple[Ints, Ints, pa.Table]:
    """Attendances: who, when, and the rows."""
    rng = cast.stream("urgent care")
    into_bed = (spells.kind == stays.EMERGENCY) & ~spells.prevented & np.isin(spells.method, (0, 4))
    person, day = draw_events(rng, cast, attendance_rate(cast), (WINTER + 1) / 2)
    happens = ~effects.prevents_attendance(person, day)
    person = np.concatenate([spells.person[into_bed], person[happens]])
    day = np.concatenate([spells.start[into_bed], day[happens]])
    admitted = np.arange(len(person)) < int(into_bed.sum())
    return person, day, _rows(rng, cast, person, day, admitted=admitted, ids=ids)


def _rows(rng: np.random.Generator, cast: Cast, person: Ints, day: Ints, *, admitted: Bools, ids: LocalIds) -> pa.Table:
    count = len(person)
    minor = ~admitted & (rng.random(count) < 0.31)
    group = choose_by_group(rng, np.stack([_SENT_HOME, _ADMITTED]), admitted.astype(np.int64))
    hour = choose(rng, np.array([2, 2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 7, 7, 7, 7, 7, 7, 7, 6, 5, 4, 3, 3.0]), count)
    minute = rng.integers(0, 60, count)
    clock = [f"{i // 60:02d}:{i % 60:02d}" for i in range(1440)]
    fate = np.where(admitted, 0, np.where(rng.random(count) < 0.05, 2, 1))
    return table(
        {
            "attendance_identifier": texts("AE", (cast.chunk + 1) * 100_000_000 + np.arange(count), 14),
            "local_patient_id": ids.on(person, day),
            "arrival_date": days(day),
            "arrival_time": words(clock, hour * 60 + minute),
            "attendance_category": words(("1", "2"), (rng.random(count) < 0.015).astype(np.int64)),
            "department_type": words(("01", "03"), minor.astype(np.int64)),
            "departure_date": days(day + ((hour >= 21) & (rng.random(count) < 0.5))),
            "discharge_destination": words(DESTINATIONS, fate),
            "diag_01": words(DIAGNOSES, choose(rng, _DIAGNOSIS_WEIGHTS, count)),
            "hrg": words(GROUPS, np.where(minor, len(GROUPS) - 1, group)),
            "provider_code": words((ACUTE[0], COMMUNITY[0]), minor.astype(np.int64)),
            "commissioner_code": commissioners(day),
        }
    )
