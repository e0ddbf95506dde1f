"""Spec: published statistics on every engine."""

from __future__ import annotations

from datetime import date

import pytest

from joinedup.evidence.sources import reconciliation
from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.statistics import delayed_transfers
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

SOURCE = Settings("dtoc", "NHS England", date(2020, 3, 1))

ROWS = """
    sheet                | sheet_row:int64 | period:date | region | code | name             | area_code | care | reason | block | heading                       | printed | __file | __record:int64 | __received:date
    LA - by Type of Care | 15        | 2014-11-01 | -      | -    | England          | -         | -    | -      | -     | Acute                         | 35      | a.xls  | 1              | 2015-04-24
    LA - by Type of Care | 15        | 2014-11-01 | -      | -    | England          | -         | -    | -      | -     | Total                         | 35      | a.xls  | 2              | 2015-04-24
    LA - by Type of Care | 17        | 2014-11-01 | -      | 507  | Derby UA         | E06000015 | -    | -      | -     | Acute                         | 30      | a.xls  | 3              | 2015-04-24
    LA - by Type of Care | 17        | 2014-11-01 | -      | 507  | Derby UA         | E06000015 | -    | -      | -     | Total                         | 30      | a.xls  | 4              | 2015-04-24
    LA - by Type of Care | 18        | 2014-11-01 | -      | 9900 | Resident In Wales | 9900     | -    | -      | -     | Acute                         | 4       | a.xls  | 5              | 2015-04-24
    LA - by Type of Care | 18        | 2014-11-01 | -      | 9900 | Resident In Wales | 9900     | -    | -      | -     | Total                         | 4       | a.xls  | 6              | 2015-04-24
    LA - by reason       | 17        | 2014-11-01 | -      | 507  | Derby UA         | E06000015 | -    | -      | -     | DI) AWAITING RESIDENTIAL HOME | 30      | a.xls  | 7              | 2015-04-24
"""  # noqa: E501

CASES = [
    Case(
        title="Printed days become a series by area, dimension and category, with their vintage",
        call=lambda t: delayed_transfers(t["rows"], SOURCE)["series_value"],
        given={"rows": ROWS},
        expect="""
            series       | area_type | area_code | period_start | period_end | dimension | category | value | unit | received   | record_number
            delayed_days | nation    | E92000001 | 2014-11-01   | 2014-12-01 | care      | acute    | 35    | days | 2015-04-24 | 1
            delayed_days | nation    | E92000001 | 2014-11-01   | 2014-12-01 | all       | all      | 35    | days | 2015-04-24 | 2
            delayed_days | council   | E06000015 | 2014-11-01   | 2014-12-01 | care      | acute    | 30    | days | 2015-04-24 | 3
            delayed_days | council   | E06000015 | 2014-11-01   | 2014-12-01 | all       | all      | 30    | days | 2015-04-24 | 4
            delayed_days | other     | 9900      | 2014-11-01   | 2014-12-01 | care      | acute    | 4     | days | 2015-04-24 | 5
            delayed_days | other     | 9900      | 2014-11-01   | 2014-12-01 | all       | all      | 4     | days | 2015-04-24 | 6
            delayed_days | council   | E06000015 | 2014-11-01   | 2014-12-01 | reason    | Di       | 30    | days | 2015-04-24 | 7
        """,  # noqa: E501
        because="NHS England, Delayed Transfers of Care workbooks",
    ),
    Case(
        title="Areas and other rows that do not add up to the printed England row are found",
        call=lambda t: (
            reconciliation.differing(reconciliation.delay_comparisons(t["rows"]))
            .filter(lambda c: c.rule == "areas_add_up_to_england")
            .filter(lambda c: c.sheet == "LA - by Type of Care")
        ),
        given={"rows": ROWS},
        expect="""
            file:string | rule:string             | printed:float64 | summed:float64
            a.xls       | areas_add_up_to_england | 35              | 34
            a.xls       | areas_add_up_to_england | 35              | 34
        """,
        because="every table sums to the printed England total",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
