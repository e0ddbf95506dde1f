"""Candidates and their histories, worked by hand, on both engines."""

from datetime import date

import pytest

from joinedup.evidence.cohorts.after import with_follow_up
from joinedup.evidence.cohorts.before import with_events, with_nights
from joinedup.evidence.cohorts.risk_set import index_dates
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

JOINED = "person_id:int64 | start:date | pence:int64\n1 | 2023-04-05 | 1\n2 | 2023-04-20 | 1\n3 | 2023-06-07 | 1"

CASES = [
    Case(
        title="Others get, in each month in which somebody joined, the day of one who did, by their pseudonym",
        call=lambda t: index_dates(t["joined"], t["people"]),
        given={"joined": JOINED, "people": "person_id:int64\n1\n2\n3\n4\n-5"},
        expect=(
            "person_id | index_date | treated\n1 | 2023-04-05 | 1\n2 | 2023-04-20 | 1\n3 | 2023-06-07 | 1\n"
            "3 | 2023-04-20 | 0\n4 | 2023-04-05 | 0\n4 | 2023-06-07 | 0\n-5 | 2023-04-20 | 0\n-5 | 2023-06-07 | 0"
        ),
        because="Li, Propert and Rosenbaum 2001",
    ),
    Case(
        title="The day before the index date is day 1, and the index date itself is not looked at",
        call=lambda t: with_events(t["candidates"], t["events"], {"year": ("a", (1, 365)), "back": ("a", (366, 730))}),
        given={
            "candidates": "person_id:int64 | index_date:date\n1 | 2023-04-05\n2 | 2023-04-05",
            "events": "person_id:int64 | kind | day:date\n1 | a | 2023-04-05\n1 | a | 2023-04-04\n1 | a | 2022-04-05\n"
            "1 | a | 2022-04-04\n1 | b | 2023-04-01\n2 | a | 2023-05-01",
        },
        expect="person_id | year | back\n1 | 2 | 1\n2 | 0 | 0",
    ),
    Case(
        title="Of a stay under way only the nights so far count",
        call=lambda t: with_nights(t["candidates"], t["spell"], {"nights": (1, 365)}),
        given={
            "candidates": "person_id:int64 | index_date:date\n1 | 2023-04-05",
            "spell": "person_id | start | end\n1 | 2023-04-01 | -\n1 | 2023-01-01 | 2023-01-03",
        },
        expect="person_id | nights\n1 | 6",
    ),
    Case(
        title="Follow-up ends with leaving, with death and with the data",
        call=lambda t: with_follow_up(
            t["candidates"], t["population"], date(2024, 4, 1), lead_in_days=10, follow_up_days=100
        ),
        given={
            "candidates": "candidate:int64 | person_id:int64 | index_date:date\n1 | 1 | 2023-04-05\n"
            "2 | 2 | 2023-04-05\n"
            "3 | 3 | 2024-03-01",
            "population": "person_id | valid_from | valid_to | death_date\n1 | 2020-01-01 | 2200-01-01 | -\n"
            "2 | 2020-01-01 | 2023-05-05 | 2023-05-05\n3 | 2020-01-01 | 2200-01-01 | -",
        },
        expect="candidate | seen_from:date | seen_to:date\n1 | 2023-04-15 | 2023-07-14\n2 | 2023-04-15 | 2023-05-05\n"
        "3 | 2024-03-11 | 2024-04-01",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
