"""Costs on every engine: which price holds, what a line comes to, and how months and sources add up."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pytest

from joinedup.evidence.costs.cost_lines import (
    CostRule,
    event_lines,
    event_prices,
    event_things,
    package_lines,
    package_weeks,
    stay_lines,
)
from joinedup.evidence.costs.month_facts import month_facts
from joinedup.evidence.costs.reconciliation import class_shares, own_totals, package_totals, reconciliation
from joinedup.rules.foundation.period import month_of
from joinedup.rules.funds.cost import PayerRule
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

MAY = month_of(date(2024, 5, 1))
PAYERS = (
    PayerRule("social_care", "", "", "@organisation"),
    PayerRule("outpatient", "first", "", "board"),
    PayerRule("", "", "", "nhs"),
)
RULE = CostRule(PAYERS, ("21",), ("episode", "bed_day"), ("referral",), "A", "B", date(2024, 7, 1))

BOOK = """
unit_cost_id | setting:string | unit:string | service:string | currency:string | delivery:string   | provider:string | price_year:string | rank:int64 | price:decimal(18, 4) | cost_class:string
hrg          | outpatient     | attendance  |                | AA1             |                   |                 | 2024-25           | 1          | 33333.0000           | B
local        | outpatient     | attendance  |                |                 |                   | RX1             | 2024-25           | 2          | 12000.5000           | C
any          | outpatient     | attendance  |                |                 |                   |                 | 2024-25           | 3          | 10000.0000           | D
long         | inpatient      | episode     |                |                 | non_elective_long |                 | 2024-25           | 4          | 10000.0000           | C
ward         | mental_health  | bed_day     |                |                 |                   |                 | 2024-25           | 5          | 8000.2500            | C
hour         | social_care    | hour        | home_care      |                 |                   |                 | 2024-25           | 6          | 2000.0000            | D
"""


def book(t: Mapping[str, ir.Table]) -> ir.Table:
    """A text table holds null for an empty cell; the price book holds ""."""
    names = ("service", "currency", "delivery", "provider")
    return t["book"].mutate(**{name: t["book"][name].fill_null("") for name in names})


def lines(t: Mapping[str, ir.Table]) -> ir.Table:
    return event_lines(t["activity"], event_prices(event_things(t["activity"], MAY, RULE), book(t), RULE), MAY, RULE)


CASES = [
    Case(
        title="the first price in order that fits holds; without one the cost is missing and not zero",
        call=lines,
        given={
            "book": BOOK,
            "activity": """
                event_id | record_key | source | setting    | service | currency | provider | organisation | payer | start      | end        | unit       | quantity | source_cost_pence
                a        | 1          | op     | outpatient | first   | AA1      | RX1      | Q1           | -     | 2024-05-01 | 2024-05-01 | attendance | 1        | -
                b        | 1          | op     | outpatient | other   | -        | RX1      | Q1           | P9    | 2024-05-31 | 2024-05-31 | attendance | 1        | -
                c        | 1          | op     | outpatient | other   | -        | RX2      | -            | -     | 2024-05-02 | 2024-05-02 | -          | 2.5      | -
                d        | 1          | op     | outpatient | other   | -        | RX2      | -            | -     | 2024-05-02 | 2024-05-02 | attendance | -        | 777
                e        | 1          | pol    | police     | call    | -        | X        | -            | -     | 2024-05-02 | -          | incident   | 1        | -
                f        | 1          | op     | outpatient | other   | -        | RX2      | -            | -     | 2024-05-02 | 2024-05-02 | referral   | 1        | -
                g        | 1          | op     | outpatient | other   | -        | RX2      | -            | -     | 2024-06-01 | 2024-06-01 | attendance | 1        | -
                """,
        },
        expect="""
            event_id | month      | payer | quantity | pence | unit_cost_id | cost_class | price_year
            a        | 2024-05-01 | board | 1.0000   | 33333 | hrg          | B          | 2024-25
            b        | 2024-05-01 | P9    | 1.0000   | 12001 | local        | C          | 2024-25
            c        | 2024-05-01 | nhs   | 2.5000   | 25000 | any          | D          | 2024-25
            d        | 2024-05-01 | nhs   | 1.0000   | 777   | source       | A          | 2024-25
            e        | 2024-05-01 | nhs   | 1.0000   | -     | -            | -          | 2024-25
            """,
        because="order of sources; rounded half up once; missing is not zero (M5)",
    ),
    Case(
        title="a stay is spread over its months by nights, to the penny; one that has not ended has no cost yet",
        call=lambda t: stay_lines(t["activity"], book(t), RULE),
        given={
            "book": BOOK,
            "activity": """
                event_id | record_key | setting       | service      | method | start      | end        | unit    | quantity
                a        | 1          | inpatient     | non_elective | 21     | 2024-04-28 | 2024-06-03 | episode | 1
                b        | 1          | mental_health | ward         | -      | 2024-05-30 | 2024-06-02 | bed_day | 3
                c        | 1          | inpatient     | non_elective | 21     | 2024-05-30 | -          | episode | 1
                d        | 1          | inpatient     | non_elective | 21     | 2024-05-01 | 2024-05-31 | episode | 1
                """,
        },
        expect="""
            event_id | month      | begins | quantity | bed_days | pence | unit_cost_id
            a        | 2024-04-01 | true   | 1.0000   | 3        | 833   | long
            a        | 2024-05-01 | false  | 0.0000   | 31       | 8611  | long
            a        | 2024-06-01 | false  | 0.0000   | 2        | 556   | long
            b        | 2024-05-01 | true   | 2.0000   | 2        | 16001 | ward
            b        | 2024-06-01 | false  | 1.0000   | 1        | 8000  | ward
            c        | 2024-05-01 | true   | 1.0000   | 2        | -     | -
            c        | 2024-06-01 | false  | 0.0000   | 30       | -     | -
            """,
        because="largest remainder, earlier month first (amendment 1)",
    ),
    Case(
        title="a package costs a seventh of its week a day; without a price, units a week x unit cost",
        call=lambda t: package_lines(package_weeks(t["package"], book(t), RULE), MAY),
        given={
            "book": BOOK,
            "package": """
                event_id | record_key | setting     | service     | organisation | start      | end        | weekly_pence | weekly_contribution_pence | quantity | unit
                p1       | 1          | social_care | residential | E1           | 2024-01-20 | -          | 12000        | 231                       | -        | week
                p2       | 1          | social_care | home_care   | -            | 2024-05-25 | 2024-06-10 | -            | -                         | 10.5     | hour
                p3       | 1          | social_care | day_care    | E1           | 2024-05-01 | 2024-05-07 | -            | -                         | -        | week
                p4       | 1          | social_care | day_care    | E1           | 2024-04-01 | 2024-04-30 | 100          | -                         | -        | week
                """,
        },
        expect="""
            event_id | begins | quantity | pence | client_contribution_pence | unit_cost_id | cost_class | payer
            p1       | false  | 4.4286   | 53143 | 1023                      | source       | B          | E1
            p2       | true   | 1.0000   | 21000 | -                         | hour         | D          | nhs
            p3       | true   | 1.0000   | -     | -                         | -            | -          | E1
            """,
        because="amendment 7; the last day is a day of service",
    ),
    Case(
        title="month facts add up what is known and count what is missing in the month it began",
        call=lambda t: month_facts(t["cost_line"]),
        given={
            "cost_line": """
                event_id | record_key | month      | begins | setting   | payer | bed_days | pence | client_contribution_pence
                a        | 1          | 2024-05-01 | true   | inpatient | nhs   | 3        | 100   | -
                b        | 1          | 2024-05-01 | false  | inpatient | nhs   | 31       | 200   | -
                c        | 1          | 2024-05-01 | true   | inpatient | nhs   | 2        | -     | -
                d        | 1          | 2024-05-01 | true   | police    | -     | 0        | -     | -
                e        | 2          | 2024-05-01 | true   | inpatient | nhs   | 0        | 5     | 2
                """
        },
        expect="""
            month      | record_key | setting   | payer | events | bed_days | pence | client_contribution_pence | missing_cost_events
            2024-05-01 | 1          | inpatient | nhs   | 2      | 36       | 300   | -                         | 1
            2024-05-01 | 1          | police    | -     | 1      | 0        | -     | -                         | 1
            2024-05-01 | 2          | inpatient | nhs   | 1      | 0        | 5     | 2                         | 0
            """,
    ),
    Case(
        title="the share of known cost by class adds up to one in each setting",
        call=lambda t: class_shares(t["summary"]),
        given={
            "summary": """
                setting   | cost_class | pence:int64 | events:int64
                inpatient | C          | 300         | 2
                inpatient | D          | 100         | 1
                inpatient | -          | -           | 4
                """
        },
        expect="""
            setting   | cost_class | pence | share | events
            inpatient | C          | 300   | 0.75  | 2
            inpatient | D          | 100   | 0.25  | 1
            inpatient | -          | -     | -     | 4
            """,
    ),
    Case(
        title="costs taken from a source reconcile to what the source says itself",
        call=lambda t: reconciliation(
            t["summary"],
            own_totals(t["activity"]),
            package_totals(t["package"], ibis.literal(MAY.start), ibis.literal(MAY.end)),
        ),
        given={
            "summary": """
                source | unit_cost_id | events:int64 | pence:int64
                op     | source       | 1            | 777
                op     | any          | 2            | 20000
                op     | -            | 4            | -
                cld    | source       | 1            | 53143
                """,
            "activity": """
                event_id | source | start      | source_cost_pence | frequency
                d        | op     | 2024-05-02 | 777               | -
                p1       | cld    | 2024-01-20 | 52001             | monthly
                """,
            "package": "event_id | source | start | end | weekly_pence\n p1 | cld | 2024-01-20 | - | 12000",
        },
        expect="""
            source | events | missing_events | pence | from_source_pence | own_pence | difference_pence
            op     | 7      | 4              | 20777 | 777               | 777       | 0
            cld    | 1      | 0              | 53143 | 53143             | 53143     | 0
            """,
        because="totals reconcile to the source's own (M5)",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_costs(engine: Engine, case: Case) -> None:
    check(engine, case)
