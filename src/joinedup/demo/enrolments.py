"""What the integrator and the NHS send about initiatives, and who objects to the use of their data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from joinedup.demo.areas import BOARD
from joinedup.demo.care_rows import pounds
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Extracts, days, table, texts, words
from joinedup.demo.initiatives import Enrolment
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import DAYS, NEVER, Ints
from joinedup.demo.numbers import NO_NUMBER
from joinedup.demo.parameters import number
from joinedup.demo.streams import chance

INITIATIVES = ("mdt_fenwick", "mdt_aldmoor", "enhanced_care_home_support")
NATIONAL_OPT_OUT, TYPE_1 = 0.054, 0.026


def write_enrolments(cast: Cast, enrolment: Enrolment, ids: LocalIds, extracts: Extracts) -> None:
    """Enrolment lists: a row a person and initiative, with the practice's number of the person."""
    team = np.flatnonzero(enrolment.team_from < NEVER)
    home = np.flatnonzero(enrolment.home_from < DAYS)
    person = np.concatenate([team, home])
    day = np.concatenate([enrolment.team_from[team], enrolment.home_from[home]])
    which = np.concatenate([enrolment.site[team], np.full(len(home), 2)])
    here = cast.lives.present(person, day)
    person, day, which = person[here], day[here], which[here]
    cost = np.where(which == 2, 0, round(number("initiatives.mdt_programme_pounds") * 100))
    same = np.zeros(len(person), dtype=np.int64)
    rows = table(
        {
            "event_id": texts("EN", (cast.chunk + 1) * 1_000_000 + np.arange(len(person)), 12),
            "local_patient_id": ids.numbers.take(person),
            "setting": words(("community",), same),
            "service": words(("case_management", "case_management", "care_home_support"), which),
            "organisation": words(("FWAINT",), same),
            "payer": words((BOARD[0],), same),
            "start_date": days(day),
            "method": words(INITIATIVES, which),
            "quantity": pa.array(same + 1),
            "unit": words(("case",), same),
            "cost": pounds(cost),
        }
    )
    extracts.write_months("initiatives", day, rows, 3)


def write_objections(cast: Cast, numbers: Ints, extracts: Extracts) -> None:
    """Opt-outs by NHS number: most from the first day, some later, a few withdrawn."""
    rng = cast.stream("objections")
    own = numbers[cast.people.first : cast.people.first + cast.size]
    for kind, share in (("national", NATIONAL_OPT_OUT), ("type1", TYPE_1)):
        who = np.flatnonzero((own != NO_NUMBER) & (cast.people.born < 0) & chance(rng, share, cast.size))
        start = np.where(chance(rng, 0.8, len(who)), -rng.integers(0, 1000, len(who)), rng.integers(0, DAYS, len(who)))
        ends = chance(rng, 0.06, len(who))
        stop = np.where(ends, np.maximum(start, 0) + rng.integers(30, 700, len(who)), NEVER)
        rows = table(
            {
                "nhs_number": texts("", own[who], 10),
                "kind": words((kind,), np.zeros(len(who), dtype=np.int64)),
                "from": days(start),
                "to": days(np.where(stop < DAYS, stop, NEVER)),
            }
        )
        extracts.write_months("objections", np.clip(start, 0, DAYS - 1), rows, 12)
