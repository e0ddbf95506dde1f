"""Client level data: from a council's submissions to packages, assessments and reviews, on both engines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import pytest

from joinedup.evidence.sources.registry import ADAPTERS
from joinedup.evidence.sources.settings import Settings
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

SETTINGS = Settings(source="cld", organisation=None, as_of=date(2024, 12, 31))
HEAD = (
    "record_key:int64 | __file | __received:date | reporting_period_start_date:date "
    "| reporting_period_end_date:date | la_code | __record:int64"
)
Q1 = "q1.csv | 2024-07-10 | 2024-04-01 | 2024-06-30 | E10"
Q2 = "q2.csv | 2024-10-09 | 2024-07-01 | 2024-09-30 | E10"


def activity(given: Mapping[str, ir.Table]) -> ir.Table:
    return ADAPTERS["cld"](given["cld"], SETTINGS)["activity"]


def submissions(header: str, *rows: tuple[str, int, str]) -> Mapping[str, str]:
    """Rows of submissions: which one, whose, and the rest; records are numbered over all of them."""
    lines = [f"| {key} | {file} | {number} | {rest} |" for number, (file, key, rest) in enumerate(rows, start=1)]
    return {"cld": "\n".join([f"| {HEAD} | {header} |", *lines])}


COLUMNS = (
    "client_type | event_type | event_start_date:date | event_end_date:date | service_type | service_component "
    "| unit_cost:int64 | cost_frequency | planned_units_per_week:decimal(18,4) | date_of_death:date"
)
HOME = "Long term support: Community | Home support or domiciliary care"
NURSING = "Long Term Support: Nursing Care"
ROUTE = "Discharge from hospital"
CASES = [
    Case(
        title="A package submitted in two quarters is one package, open ones end with the last submission",
        call=activity,
        given=submissions(
            COLUMNS,
            (Q1, 7, f"Service User | Service | 2024-01-05 | - | {HOME} | 2150 | Hourly | 10.5 | -"),
            (Q2, 7, f"Service user | Service | 2024-01-05 | - | {HOME} | 2200 | Hourly | 10.5 | -"),
            (Q1, 8, f"Service User | Service | 2024-05-01 | - | {NURSING} | - | 90000 | Weekly | - | -"),
            (Q2, 9, f"Service user | Service | 2024-08-01 | - | {HOME} | 2200 | Hourly | - | 2024-08-20"),
        ),
        expect="""
        | record_key | service   | start      | end        | outcome         | frequency | source_cost_pence | unit |
        | 7          | home_care | 2024-01-05 | 2024-09-30 | ongoing         | weekly    | 23100             | hour |
        | 8          | nursing   | 2024-05-01 | 2024-06-30 | not_resubmitted | weekly    | 90000             | week |
        | 9          | home_care | 2024-08-01 | 2024-08-20 | -               | weekly    | -                 | hour |
        """,
        because="DHSC, client level data main tables methodology",
    ),
    Case(
        title="Assessments, reviews and requests are single events; those of carers are carers' support",
        call=activity,
        given=submissions(
            "client_type | event_type | event_start_date:date | event_end_date:date | assessment_type | event_outcome "
            "| request_route_of_access",
            (Q1, 7, f"Service User | Request | 2024-04-02 | 2024-04-03 | - | NFA - Other | {ROUTE}"),
            (Q1, 7, f"Service User | Request | 2024-04-02 | 2024-04-03 | - | Progress to Assessment | {ROUTE}"),
            (Q1, 7, "Service user | Assessment | 2024-04-10 | 2024-05-01 | Long term assessment | - | -"),
            (Q1, 8, "Unpaid carer | Assessment | 2024-04-10 | 2024-05-01 | Unpaid carer assessment | - | -"),
            (Q1, 8, "Unpaid carer known by association | - | - | - | - | - | -"),
            (Q1, 7, "Service user | Review | 2024-07-02 | 2024-07-02 | - | - | -"),
        ),
        expect="""
        | record_key | setting       | service    | unit       | domain      | outcome    | frequency | quantity |
        | 7          | social_care   | request    | request    | -           | assessment | -         | 1        |
        | 7          | social_care   | assessment | assessment | care_needs  | -          | -         | 1        |
        | 8          | carer_support | assessment | assessment | carer_needs | -          | -         | 1        |
        """,
        because="DHSC, ASC CLD specification",
    ),
    Case(
        title="Two carers at once stay two rows, a repeated row is one",
        call=activity,
        given=submissions(
            COLUMNS,
            (Q1, 7, f"Service User | Service | 2024-04-05 | 2024-06-01 | {HOME} | 2150 | Hourly | 7 | -"),
            (Q1, 7, f"Service User | Service | 2024-04-05 | 2024-06-01 | {HOME} | 2150 | Hourly | 14 | -"),
            (Q1, 7, f"Service User | Service | 2024-04-05 | 2024-06-01 | {HOME} | 2150 | Hourly | 14 | -"),
            (Q1, 7, f"Service User | Service | 2024-06-10 | 2024-06-01 | {HOME} | -5000 | 4-weekly | - | 2024-06-05"),
        ),
        expect="""
        | event_id                                                                  | quantity |
        | cld/E10/7/service_user/service/2024-04-05/home_care-long_term_community/1 | 14       |
        | cld/E10/7/service_user/service/2024-04-05/home_care-long_term_community/2 | 7        |
        """,
        because="DHSC, client level data main tables methodology, step 3",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
