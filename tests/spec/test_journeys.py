"""Journeys on every engine: what a table of events says about spells, delays, packages, reablement and symptoms."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import pytest

from joinedup.evidence.journeys.circle import circle, circle_counts
from joinedup.evidence.journeys.delays import broken_delays, delay_days, delays
from joinedup.evidence.journeys.fragmentation import fragmentation, judged_months
from joinedup.evidence.journeys.packages import deaths, packages
from joinedup.evidence.journeys.population import population
from joinedup.evidence.journeys.reablement import reablement
from joinedup.evidence.journeys.spells import readmissions, spells
from joinedup.rules.care.delay import DelayReason, DelayRule
from joinedup.rules.care.fragmentation import FragmentationRule
from joinedup.rules.care.reablement import ReablementRule
from joinedup.rules.care.spell import SpellRule
from joinedup.rules.foundation.period import Period
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

SPELL = SpellRule(2, ("51", "52", "53"), ("81", "2B"), ("21", "2B"), ("79",), 29)
DELAY = DelayRule(date(2020, 3, 1), ("79", "51"))
REABLEMENT = ReablementRule(("reablement",), ("residential",), 91, 7, 1)
SYMPTOMS = FragmentationRule(
    28, (), ("home_visit",), 3, 14, ("outpatient",), ("accepted",), 7, ("camhs",), 18, 90, ("J44",), ("W1",)
)
YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))
LINK = """
record_key | person_id
1          | 10
2          | 10
3          | 30
"""


def people(t: Mapping[str, ir.Table]) -> ir.Table:
    return population(
        t["person_record"], t["link"], t["geography"], t["objections"], registers=["gp"], as_of=date(2025, 1, 1)
    )


def swap(table: ir.Table, old: str, new: str, *columns: str) -> ir.Table:
    """A bar parts the cells of a text table, so a plus stands for the bar between codes."""
    return table.mutate(**{name: table[name].cast("string").replace(old, new) for name in columns})


def judged(t: Mapping[str, ir.Table]) -> ir.Table:
    return judged_months(t["activity"], SYMPTOMS, YEAR)


def symptoms(t: Mapping[str, ir.Table]) -> ir.Table:
    tables = {**t, "spell": swap(t["spell"], "+", "|", "diagnoses")}
    return fragmentation(swap(t["activity"], "+", "|", "domain"), t["link"], tables, SYMPTOMS, YEAR)


CASES = [
    Case(
        title="a person lives where the register says, from one move to the next, up to the day of death",
        call=people,
        given={
            "person_record": """
                record_key | source   | sex | birth_month | ethnicity | lsoa | practice | death_date | valid_from | valid_to   | received
                1          | gp       | F   | 1950-03-01  | -         | L1   | P1       | -          | 2020-01-01 | -          | 2021-01-01
                1          | gp       | F   | 1950-03-01  | -         | L2   | P2       | -          | 2022-01-01 | 2022-06-01 | 2022-01-01
                2          | hospital | M   | 1951-03-01  | white     | L9   | -        | 2024-05-06 | 2020-01-01 | -          | 2023-01-01
                3          | hospital | -   | -           | -         | L2   | -        | -          | 2023-01-01 | -          | 2023-01-01
                """,
            "link": LINK,
            "geography": """
                lsoa | neighbourhood | council | place | system | imd_decile:int64
                L1   | N1            | C1      | P     | S      | 1
                L2   | N2            | C1      | P     | S      | 10
                """,
            "objections": """
                record_key:int64 | kind     | valid_from:date | valid_to:date
                3                | national | 2024-01-01      | -
                3                | type1    | -               | 2025-01-02
                1                | type1    | 2023-01-01      | 2024-01-01
                """,
        },
        expect="""
            person_id | valid_from | valid_to   | sex | birth_month | ethnicity | practice | neighbourhood | imd_quintile | source   | objection
            10        | 2020-01-01 | 2022-01-01 | F   | 1950-03-01  | white     | P1       | N1            | 1            | gp       | -
            10        | 2022-01-01 | 2022-06-01 | F   | 1950-03-01  | white     | P2       | N2            | 5            | gp       | -
            10        | 2022-06-01 | 2024-05-07 | F   | 1950-03-01  | white     | P1       | N1            | 1            | gp       | -
            30        | 2023-01-01 | 2200-01-01 | -   | -           | -         | -        | N2            | 5            | hospital | both
            """,
        because="one person once on every day; an objection that holds today is marked on all of them (amendment 3)",
    ),
    Case(
        title="episodes and transfers are one spell; its end and codes come from all of them",
        call=lambda t: swap(spells(t["activity"], t["link"], SPELL), "|", "+", "diagnoses"),
        given={
            "activity": """
                event_id | record_key | setting   | provider | spell_ref | episode_order | start      | end        | method | admission_source | discharge_destination | diagnosis | diagnoses | procedures
                e1       | 1          | inpatient | RX1      | s1        | 1             | 2024-05-01 | 2024-05-03 | 21     | 19               | -                     | J44       | J44       | -
                e2       | 1          | inpatient | RX1      | s1        | 2             | 2024-05-03 | 2024-05-05 | 21     | 19               | 51                    | I50       | I50       | K40
                e3       | 2          | inpatient | RX2      | -         | -             | 2024-05-07 | 2024-05-09 | 81     | 51               | 79                    | -         | -         | -
                e4       | 3          | inpatient | RX1      | s9        | 1             | 2024-05-03 | -          | 11     | 19               | -                     | W19       | W19       | -
                x1       | 1          | community | RX9      | -         | -             | 2024-05-03 | -          | -      | -                | -                     | -         | -         | -
                """,
            "link": LINK,
        },
        expect="""
            spell_id | person_id | start      | end        | is_emergency | discharge_destination | died  | length_of_stay_days | episodes | providers | diagnosis | diagnoses | procedures
            e1       | 10        | 2024-05-01 | 2024-05-09 | true         | 79                    | true  | 8                   | 3        | 2         | J44       | J44+I50   | K40
            e4       | 30        | 2024-05-03 | -          | false        | -                     | false | -                   | 1        | 1         | W19       | W19       | -
            """,
        because="NHS Digital provider spells methodology; Health Foundation pipeline",
    ),
    Case(
        title="an emergency 0 to 29 days after discharge is a readmission, day 30 is not",
        call=lambda t: readmissions(t["spell"], SPELL),
        given={
            "spell": """
                spell_id | person_id | start      | end        | is_emergency | died
                a        | 1         | 2024-05-30 | 2024-06-01 | true         | false
                b        | 1         | 2024-06-30 | 2024-07-01 | true         | false
                c        | 1         | 2024-07-31 | 2024-08-02 | true         | false
                d        | 1         | 2024-08-02 | 2024-08-02 | true         | true
                """
        },
        expect="""
            spell_id | is_readmitted | readmission_id | readmission_days
            a        | true          | b              | 29
            b        | false         | -              | -
            c        | true          | d              | 0
            """,
        because="NHS Digital I02040 readmissions specification",
    ),
    Case(
        title="old delays split where the reason changes; new ones keep the last ready date and leave out transfers",
        call=lambda t: delays(t["activity"], t["link"], DELAY),
        given={
            "activity": """
                event_id | record_key | setting   | provider | spell_ref | start      | end        | discharge_destination | ready_date | delay_reason | delay_responsible
                e1       | 1          | inpatient | RX1      | s1        | 2016-01-20 | 2016-01-30 | -                     | 2016-01-28 | A            | nhs
                e2       | 1          | inpatient | RX1      | s1        | 2016-01-30 | 2016-02-03 | 19                    | 2016-01-30 | E            | social_care
                e3       | 1          | inpatient | RX1      | s2        | 2024-05-01 | 2024-05-05 | -                     | 2024-05-03 | E            | nhs
                e4       | 1          | inpatient | RX1      | s2        | 2024-05-05 | 2024-05-09 | 19                    | 2024-05-07 | E            | nhs
                e5       | 3          | inpatient | RX1      | s3        | 2024-05-01 | 2024-05-05 | 51                    | 2024-05-03 | E            | nhs
                e6       | 3          | inpatient | RX1      | s4        | 2024-06-01 | 2024-06-05 | 19                    | 2024-06-07 | E            | nhs
                e7       | 3          | community | RY1      | s5        | 2024-07-01 | -          | -                     | 2024-07-07 | E            | nhs
                """,
            "link": LINK,
        },
        expect="""
            event_id | person_id | era  | start      | end        | days | reason | responsible | care
            e1       | 10        | dtoc | 2016-01-28 | 2016-01-30 | 2    | A      | nhs         | acute
            e2       | 10        | dtoc | 2016-01-30 | 2016-02-03 | 4    | E      | social_care | acute
            e4       | 10        | drd  | 2024-05-07 | 2024-05-09 | 2    | E      | nhs         | acute
            e7       | 30        | drd  | 2024-07-07 | -          | -    | E      | nhs         | non_acute
            """,
        because="SitRep definitions; joinedup specification 2.1 and 2.2",
    ),
    Case(
        title="a delay from 28 January to 3 February is 4 days and 2 days",
        call=lambda t: delay_days(t["delay"], t["months"], ["dtoc"]),
        given={
            "delay": "event_id | era | start | end\n e1 | dtoc | 2016-01-28 | 2016-02-03\n e2 | drd | 2016-01-28 | -",
            "months": """
                period_start:date | period_end:date
                2016-01-01        | 2016-02-01
                2016-02-01        | 2016-03-01
                2016-03-01        | 2016-04-01
                """,
        },
        expect="""
            event_id | period_start | period_days
            e1       | 2016-01-01   | 4
            e1       | 2016-02-01   | 2
            """,
        because="midnights in bed after the ready day (D5)",
    ),
    Case(
        title="reported delays that break a rule are listed and not dropped in silence",
        call=lambda t: broken_delays(t["activity"], [DelayReason("C", ("nhs",), date(2006, 1, 1))]),
        given={
            "activity": """
                event_id | source | record_number | ready_date | end        | delay_reason | delay_responsible
                e1       | apc    | 1             | 2016-01-03 | 2016-01-02 | C            | nhs
                e2       | apc    | 2             | 2016-01-01 | 2016-01-02 | C            | social_care
                e3       | apc    | 3             | 2016-01-01 | 2016-01-02 | Z            | nhs
                e4       | apc    | 4             | 2016-01-01 | 2016-01-02 | -            | -
                """
        },
        expect="""
            event_id | record_number | rule
            e1       | 1             | ready_after_discharge
            e2       | 2             | attribution_not_allowed
            e3       | 3             | unknown_reason
            """,
    ),
    Case(
        title="packages end with death, cost what a week costs, and are not paid after it",
        call=lambda t: packages(t["activity"], t["link"], deaths(t["population"]), ["residential"]),
        given={
            "activity": """
                event_id | record_key | setting     | service     | start      | end        | frequency | source_cost_pence | client_contribution_pence
                p1       | 1          | social_care | residential | 2024-05-01 | -          | monthly   | 52001             | 1000
                p2       | 1          | social_care | home_care   | 2024-07-01 | -          | weekly    | 100               | -
                p3       | 3          | social_care | home_care   | 2024-07-01 | 2024-08-01 | quarterly | 100               | -
                p4       | 3          | social_care | equipment   | 2024-07-01 | -          | one_off   | 100               | -
                p5       | 3          | social_care | home_care   | 2024-07-01 | -          | weekly    | -                 | -
                """,
            "link": LINK,
            "population": "person_id | death_date\n 10 | 2024-06-10\n 30 | -",
        },
        expect="""
            event_id | person_id | is_long_term | end        | weekly_pence | weekly_contribution_pence
            p1       | 10        | true         | 2024-06-10 | 12000        | 231
            p3       | 30        | false        | 2024-08-01 | 8            | -
            p5       | 30        | false        | -          | -            | -
            """,
        because="DHSC client level data costs (amendment 7)",
    ),
    Case(
        title="on the 91st day a person is at home, in hospital, in a care home, dead or unknown",
        call=lambda t: reablement(t["activity"], t["link"], dict(t), REABLEMENT, date(2024, 12, 31)),
        given={
            "activity": """
                event_id | record_key | setting     | service    | start
                r1       | 1          | social_care | reablement | 2024-05-02
                r2       | 2          | social_care | reablement | 2024-05-03
                r3       | 3          | social_care | reablement | 2024-05-01
                r4       | 4          | social_care | reablement | 2024-05-08
                r5       | 5          | social_care | reablement | 2024-10-01
                r6       | 6          | social_care | reablement | 2024-05-09
                r7       | 7          | social_care | reablement | 2024-05-01
                """,
            "link": "record_key | person_id\n 1|10\n 2|10\n 3|30\n 4|40\n 5|50\n 6|60\n 7|70",
            "spell": """
                spell_id | person_id | start      | end        | died
                a        | 10        | 2024-04-20 | 2024-05-01 | false
                b        | 30        | 2024-04-20 | 2024-05-01 | false
                c        | 30        | 2024-07-31 | -          | false
                d        | 40        | 2024-04-20 | 2024-05-01 | false
                e        | 50        | 2024-09-20 | 2024-10-01 | false
                f        | 60        | 2024-04-20 | 2024-05-01 | false
                g        | 70        | 2024-04-20 | 2024-05-01 | false
                """,
            "package": "event_id | person_id | service | start | end\n p | 40 | residential | 2024-06-01 | -",
            "population": """
                person_id | valid_from | valid_to   | death_date
                10        | 2020-01-01 | 2200-01-01 | -
                30        | 2020-01-01 | 2200-01-01 | -
                40        | 2020-01-01 | 2200-01-01 | -
                50        | 2020-01-01 | 2200-01-01 | -
                60        | 2020-01-01 | 2200-01-01 | -
                70        | 2020-01-01 | 2024-07-02 | 2024-07-01
                """,
        },
        expect="""
            event_id | person_id | follow_up  | outcome   | is_at_home
            r1       | 10        | 2024-07-31 | home      | true
            r3       | 30        | 2024-07-31 | hospital  | false
            r4       | 40        | 2024-07-31 | care_home | false
            r5       | 50        | 2024-12-31 | unknown   | false
            r7       | 70        | 2024-07-31 | died      | false
            """,
        because="ASCOF 2B; a start on the 8th day after discharge is too late",
    ),
    Case(
        title="one service from two providers is one service and two organisations",
        call=lambda t: circle_counts(circle(t["activity"], t["link"], YEAR)),
        given={
            "activity": """
                event_id | record_key | setting     | service   | provider | payer | start      | end        | frequency
                a        | 1          | community   | physio    | A        | nhs   | 2024-05-01 | 2024-05-01 | -
                b        | 2          | community   | physio    | B        | nhs   | 2024-06-01 | 2024-06-01 | -
                c        | 1          | police      | -         | P        | -     | 2024-06-01 | 2024-06-01 | -
                d        | 1          | social_care | home_care | C        | E1    | 2020-06-01 | -          | weekly
                e        | 3          | community   | physio    | A        | nhs   | 2024-03-31 | 2024-03-31 | -
                """,
            "link": LINK,
        },
        expect="person_id | services | organisations | payers | contacts\n 10 | 3 | 4 | 2 | 4",
        because="NAO 2017 paragraph 1.7 and Figure 4 (M1)",
    ),
    Case(
        title="a month says of each symptom how many events could show it, once the time to judge them has passed",
        call=judged,
        given={
            "activity": """
                event_id | setting       | service | start      | method     | unit       | domain   | diagnosis | ready_date
                a1       | community     | x       | 2024-05-01 | -          | assessment | mobility | -         | -
                a2       | community     | x       | 2024-05-31 | home_visit | assessment | mobility | -         | -
                a3       | community     | x       | 2024-03-31 | home_visit | assessment | mobility | -         | -
                o1       | outpatient    | x       | 2024-07-01 | -          | -          | -        | -         | -
                r1       | community     | x       | 2024-11-30 | -          | referral   | -        | -         | -
                c1       | mental_health | camhs   | 2024-11-01 | -          | contact    | -        | -         | -
                r2       | community     | x       | 2025-01-01 | -          | referral   | -        | -         | -
                s1       | inpatient     | x       | 2024-06-01 | -          | -          | -        | J44       | 2024-06-02
                """
        },
        expect="""
            symptom               | month      | events
            duplicate_assessment  | 2024-05-01 | 2
            uncoordinated_visits  | 2024-05-01 | 1
            repeat_hospital_trips | 2024-07-01 | 1
            unreliable_transition | 2024-11-01 | 2
            avoidable_admission   | 2024-06-01 | 1
            delayed_discharge     | 2024-06-01 | 1
            """,
        because="what nobody reported is missing, not nought",
    ),
    Case(
        title="the six symptoms are each found once, and their near misses are not",
        call=symptoms,
        given={
            "activity": """
                event_id | record_key | setting       | service | provider | start      | end        | method     | unit       | domain       | linked_ref | outcome
                a1       | 1          | community     | x       | A        | 2024-05-01 | -          | -          | assessment | mobility     | -          | -
                a2       | 2          | social_care   | x       | B        | 2024-05-29 | -          | -          | assessment | falls+mobility | -        | -
                a3       | 1          | social_care   | x       | C        | 2024-05-29 | -          | -          | assessment | finance      | -          | -
                v1       | 1          | community     | x       | A        | 2024-06-01 | -          | home_visit | contact    | -            | plan1      | -
                v2       | 2          | social_care   | x       | B        | 2024-06-01 | -          | home_visit | contact    | -            | -          | -
                v3       | 3          | community     | x       | A        | 2024-06-01 | -          | home_visit | contact    | -            | plan2      | -
                v4       | 3          | social_care   | x       | B        | 2024-06-01 | -          | home_visit | contact    | -            | plan2      | -
                o1       | 1          | outpatient    | x       | A        | 2024-07-01 | -          | -          | attendance | -            | -          | -
                o2       | 1          | outpatient    | x       | A        | 2024-07-08 | -          | -          | attendance | -            | -          | -
                o3       | 2          | outpatient    | x       | A        | 2024-07-14 | -          | -          | attendance | -            | -          | -
                o4       | 3          | outpatient    | x       | A        | 2024-07-01 | -          | -          | attendance | -            | -          | -
                o5       | 3          | outpatient    | x       | A        | 2024-07-08 | -          | -          | attendance | -            | -          | -
                o6       | 3          | outpatient    | x       | A        | 2024-07-15 | -          | -          | attendance | -            | -          | -
                r1       | 1          | community     | x       | A        | 2024-08-01 | -          | -          | referral   | -            | plan8      | -
                r2       | 1          | community     | x       | A        | 2024-08-01 | 2024-08-08 | -          | referral   | -            | -          | accepted
                r3       | 3          | community     | x       | A        | 2024-08-01 | -          | -          | referral   | -            | plan9      | -
                k3       | 3          | community     | x       | A        | 2024-08-05 | -          | -          | contact    | -            | plan9      | -
                r4       | 3          | community     | x       | A        | 2025-03-30 | -          | -          | referral   | -            | -          | -
                c1       | 1          | mental_health | camhs   | A        | 2024-03-01 | -          | -          | contact    | -            | -          | -
                """,
            "link": LINK,
            "population": "person_id | birth_month | death_date\n 10 | 2006-09-01 | -\n 30 | 2006-09-01 | -",
            "spell": """
                spell_id | person_id | start      | is_emergency | diagnosis | diagnoses
                s1       | 10        | 2024-10-01 | true         | S720      | S720+W19
                s2       | 10        | 2024-10-02 | false        | J441      | J441
                s3       | 30        | 2024-10-03 | true         | I10       | I10+J441
                """,
            "delay": "event_id | person_id | start | days\n d1 | 10 | 2024-11-01 | 3\n d2 | 10 | 2024-11-09 | 0",
        },
        expect="""
            person_id | symptom               | at         | event_id | other_event_id
            10        | duplicate_assessment  | 2024-05-29 | a2       | a1
            10        | uncoordinated_visits  | 2024-06-01 | -        | -
            10        | repeat_hospital_trips | 2024-07-14 | -        | -
            10        | unreliable_transition | 2024-08-01 | r1       | -
            10        | unreliable_transition | 2024-09-01 | -        | -
            10        | avoidable_admission   | 2024-10-01 | s1       | -
            10        | delayed_discharge     | 2024-11-01 | d1       | -
            """,
        because="NAO 2017 paragraph 1.8 (M2); joinedup specification 1.3",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_journeys(engine: Engine, case: Case) -> None:
    check(engine, case)
