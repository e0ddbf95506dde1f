"""What measures count, on every engine: people, events, cubes and filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import pytest

from joinedup.evidence.measures import care, hospital, statistics
from joinedup.evidence.measures.calendar import month_number
from joinedup.evidence.measures.cube import cube
from joinedup.evidence.measures.filters import keep
from joinedup.evidence.measures.objections import not_objecting, objecting_by_source
from joinedup.evidence.measures.people import area_numbers, number_areas, people, person_months, place
from joinedup.rules.foundation.definition import DiagnosisCode, DiagnosisList, Operand
from joinedup.rules.foundation.flow import OptOut
from joinedup.rules.foundation.period import Cadence, Period
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

APRIL, JULY = month_number(date(2024, 4, 1)), month_number(date(2024, 7, 1))
YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))
Tables = Mapping[str, ir.Table]

ONE_PERSON = """
    person_id | valid_from | valid_to   | sex | birth_month | neighbourhood | council | imd_quintile
    1         | 2020-01-01 | 2200-01-01 | F   | 1950-06-01  | N1            | C1      | 2
"""
MOVER = """
    person_id | valid_from | valid_to   | birth_month | neighbourhood
    1         | 2020-01-01 | 2024-05-15 | 1950-06-01  | N1
    1         | 2024-05-15 | 2200-01-01 | 1950-06-01  | N2
    2         | 2024-05-01 | 2024-06-02 | 2024-05-01  | N1
"""
OBJECTING = """
    person_id | source   | objection
    1         | hospital | -
    2         | register | national
    2         | hospital | national
    3         | police   | both
    4         | hospital | type1
    4         | practice | type1
    5         | register | type1
"""
REACH = {"register": OptOut.NONE, "police": OptOut.NONE, "hospital": OptOut.NATIONAL, "practice": OptOut.TYPE1}
LIST = {"j": DiagnosisList("j", (DiagnosisCode("J45", "asthma"), DiagnosisCode("J20", "bronchitis", ("J44",))))}


def _months(t: Tables, *by: str) -> ir.Table:
    counted = person_months(people(t["population"]), APRIL, JULY, by)
    return counted.mutate(since=counted.month - APRIL)


def _spell_events(t: Tables) -> ir.Table:
    return hospital.stays(t["spell"], t["link"])


def _cube(t: Tables, cadence: Cadence, *by: str) -> ir.Table:
    return cube(place(hospital.admissions(_spell_events(t)), people(t["population"])), cadence, by, YEAR)


def _kept(t: Tables, **filters: object) -> ir.Table:
    """Events kept; a text table cannot hold the | between codes, so it is written /."""
    spell = t["spell"].mutate(diagnoses=t["spell"].diagnoses.replace("/", "|"))
    events = hospital.admissions(_spell_events({"spell": spell, "link": t["link"]}))
    return keep(events, Operand("admissions", "", filters), LIST)


ALIKE = "record_key | person_id | person_id_strict | person_id_loose\n1 | 1 | 1 | 1\n2 | 2 | 2 | 2"

CASES = [
    Case(
        title="People are counted on the first day of each month, where they live on it",
        call=lambda t: _months(t, "neighbourhood"),
        given={"population": MOVER},
        expect="neighbourhood | since | people\nN1 | 0 | 1\nN1 | 1 | 2\nN1 | 2 | 1\nN2 | 2 | 1\nN2 | 3 | 1",
        because="denominators are averages of the counts on the first days of months",
    ),
    Case(
        title="A person enters the next age band in the month of birth",
        call=lambda t: _months(t, "band"),
        given={
            "population": """
                person_id | valid_from | valid_to   | birth_month
                1         | 2020-01-01 | 2200-01-01 | 1934-06-01
                2         | 2020-01-01 | 2200-01-01 | -
                3         | 2020-01-01 | 2200-01-01 | 2006-07-01
            """
        },
        expect="""
            band | since | people
            85   | 0     | 1
            85   | 1     | 1
            90   | 2     | 1
            90   | 3     | 1
            -1   | 0     | 1
            -1   | 1     | 1
            -1   | 2     | 1
            -1   | 3     | 1
            15   | 0     | 1
            15   | 1     | 1
            15   | 2     | 1
            18   | 3     | 1
        """,
    ),
    Case(
        title="Where a person was is not taken from a record whose source an objection of theirs reaches",
        call=lambda t: not_objecting(t["population"], OptOut.NONE, REACH),
        given={"population": OBJECTING},
        expect="person_id | source\n1 | hospital\n2 | register\n3 | police\n4 | hospital\n5 | register",
        because="amendment 3",
    ),
    Case(
        title="A national opt-out leaves out of a figure that reads a hospital, a type 1 objection alone does not",
        call=lambda t: not_objecting(t["population"], OptOut.NATIONAL, REACH),
        given={"population": OBJECTING},
        expect="person_id | source\n1 | hospital\n4 | hospital\n5 | register",
        because="amendment 3",
    ),
    Case(
        title="Either objection leaves out of a figure that reads data of GP practices",
        call=lambda t: not_objecting(t["population"], OptOut.TYPE1, REACH),
        given={"population": OBJECTING},
        expect="person_id | source\n1 | hospital",
        because="amendment 3",
    ),
    Case(
        title="People with an objection are counted once in each source that has records of them",
        call=lambda t: objecting_by_source(t["person_record"], t["activity"], t["link"], t["population"]),
        given={
            "person_record": "record_key | source\n1 | gp\n2 | gp\n3 | gp",
            "activity": "record_key | source\n1 | gp\n4 | police\n5 | police\n5 | police",
            "link": "record_key | person_id\n1 | 1\n2 | 2\n3 | 3\n4 | 2\n5 | 4",
            "population": """
                person_id | valid_from | objection
                1         | 2020-01-01 | national
                1         | 2021-01-01 | national
                2         | 2020-01-01 | both
                3         | 2020-01-01 | -
                4         | 2020-01-01 | national
            """,
        },
        expect="""
            source | objection | people
            gp     | national  | 1
            gp     | both      | 1
            police | national  | 1
            police | both      | 1
            -      | national  | 2
            -      | both      | 1
        """,
    ),
    Case(
        title="Areas of residence are numbered in the order of their codes, people of one combination alike",
        call=lambda t: number_areas(people(t["population"]), area_numbers(people(t["population"]))),
        given={
            "population": """
                person_id | valid_from | valid_to   | neighbourhood | council
                1         | 2020-01-01 | 2200-01-01 | N2            | C1
                2         | 2020-01-01 | 2200-01-01 | N1            | C1
                3         | 2020-01-01 | 2200-01-01 | N2            | C1
                4         | 2020-01-01 | 2200-01-01 | -             | -
            """
        },
        expect="person_id | area\n1 | 2\n2 | 1\n3 | 2\n4 | 0",
    ),
    Case(
        title="An event belongs to where the person lived on the day, and for 31 days after the last known day",
        call=lambda t: place(t["events"], people(t["population"])),
        given={
            "population": MOVER,
            "events": """
                person_id:int64 | loose_id:int64 | day:date   | quantity:int64 | strict:int64 | loose:int64
                1               | 1              | 2024-05-14 | 1              | 1            | 1
                1               | 1              | 2024-05-15 | 2              | 2            | 2
                2               | 2              | 2024-06-02 | 3              | 3            | 3
                2               | 2              | 2024-07-03 | 4              | 4            | 4
                3               | 3              | 2024-05-15 | 5              | 5            | 5
            """,
        },
        expect="neighbourhood | quantity | band\nN1 | 1 | 70\nN2 | 2 | 70\nN1 | 3 | 0",
    ),
    Case(
        title="An event whose person belongs here only by a doubtful link counts as loose alone",
        call=lambda t: place(t["events"], people(t["population"])),
        given={
            "population": ONE_PERSON,
            "events": """
                person_id:int64 | loose_id:int64 | day:date   | quantity:int64 | strict:int64 | loose:int64
                1               | 1              | 2024-05-01 | 1              | 0            | 1
                9               | 1              | 2024-05-02 | 1              | 1            | 1
                9               | 9              | 2024-05-03 | 1              | 1            | 1
            """,
        },
        expect="day:date | quantity | strict | loose\n2024-05-01 | 1 | 0 | 1\n2024-05-02 | 0 | 0 | 1",
        because="linkage uncertainty is carried at a strict and a loose threshold",
    ),
    Case(
        title="A spell counts as sure only when every link of its person is",
        call=_spell_events,
        given={
            "spell": "spell_id | person_id | start\na | 1 | 2024-05-01\nb | 2 | 2024-05-01",
            "link": """
                record_key | person_id | person_id_strict | person_id_loose
                1          | 1         | 1                | 1
                2          | 1         | 7                | 1
                3          | 2         | 2                | 1
            """,
        },
        expect="spell_id | is_sure | loose_id\na | 0 | 1\nb | 1 | 1",
    ),
    Case(
        title="A readmission is the next spell, an emergency, 0 to 29 days after discharge",
        call=lambda t: hospital.discharges(_spell_events(t)).order_by("spell_id"),
        given={
            "spell": """
                spell_id | person_id | start      | end        | is_emergency
                a        | 1         | 2024-05-28 | 2024-06-01 | true
                b        | 1         | 2024-06-30 | 2024-07-01 | true
                c        | 1         | 2024-07-31 | 2024-08-01 | true
                d        | 1         | 2024-08-01 | 2024-08-02 | true
                e        | 1         | 2024-08-10 | 2024-08-11 | false
                f        | 1         | 2024-08-12 | -          | true
            """,
            "link": ALIKE,
        },
        expect="spell_id | is_readmitted\na | 1\nb | 0\nc | 1\nd | 0\ne | 1",
        because="NHS Digital I02040: discharge 1 June: 30 June counts, 1 July does not",
    ),
    Case(
        title="A readmission to a doubtful second identity counts as loose alone",
        call=lambda t: hospital.readmissions(
            place(hospital.discharges(_spell_events(t)), people(t["population"]))
        ).filter(lambda r: r.day == date(2024, 5, 2)),
        given={
            "population": ONE_PERSON,
            "spell": """
                spell_id | person_id | start      | end        | is_emergency
                a        | 1         | 2024-05-01 | 2024-05-02 | true
                b        | 2         | 2024-05-05 | 2024-05-06 | true
            """,
            "link": "record_key | person_id | person_id_strict | person_id_loose\n1 | 1 | 1 | 1\n2 | 2 | 2 | 1",
        },
        expect="quantity | strict | loose\n0 | 0 | 1",
    ),
    Case(
        title="Bed days are midnights, split at the ends of months; a stay still open runs to the end of the period",
        call=lambda t: hospital.bed_days(_spell_events(t), date(2025, 4, 1)).order_by("day"),
        given={
            "spell": """
                spell_id | person_id | start      | end
                a        | 1         | 2024-01-28 | 2024-03-02
                b        | 1         | 2024-05-05 | 2024-05-05
                c        | 1         | 2025-03-30 | -
            """,
            "link": ALIKE,
        },
        expect="""
            spell_id | day:date   | quantity
            a        | 2024-01-28 | 4
            a        | 2024-02-01 | 29
            a        | 2024-03-01 | 1
            c        | 2025-03-30 | 2
        """,
    ),
    Case(
        title="Delayed days count each midnight from the ready day, in its own month",
        call=lambda t: hospital.delayed_days(t["delay"], t["link"], date(2025, 4, 1)),
        given={
            "delay": """
                event_id | person_id | record_key | era  | start      | end
                x        | 1         | 1          | dtoc | 2016-01-28 | 2016-02-03
            """,
            "link": ALIKE,
        },
        expect="day:date | quantity | era\n2016-01-28 | 4 | dtoc\n2016-02-01 | 2 | dtoc",
        because="Monthly Delayed Transfers SitRep: ready 28 January, discharged 3 February",
    ),
    Case(
        title="Only discharges with a discharge-ready date are discharges of that era",
        call=lambda t: hospital.ready_discharges(t["delay"], t["link"]),
        given={
            "delay": """
                event_id | person_id | record_key | era  | start      | end        | days
                x        | 1         | 1          | drd  | 2024-05-01 | 2024-05-01 | 0
                y        | 1         | 1          | drd  | 2024-06-01 | -          | -
                z        | 1         | 1          | dtoc | 2016-06-01 | 2016-06-09 | 8
            """,
            "link": ALIKE,
        },
        expect="day:date | delay\n2024-05-01 | 0",
    ),
    Case(
        title="A move between care homes is no new admission",
        call=lambda t: care.care_home_admissions(t["package"], t["link"]),
        given={
            "package": """
                event_id | person_id | record_key | service     | is_long_term | start
                a        | 1         | 1          | home_care   | true         | 2023-01-01
                b        | 1         | 1          | residential | true         | 2024-05-01
                c        | 1         | 1          | nursing     | true         | 2024-09-01
                d        | 2         | 2          | residential | false        | 2024-05-01
            """,
            "link": ALIKE,
        },
        expect="person_id | day:date | quantity\n1 | 2024-05-01 | 1",
        because="ASCOF permanent admissions: new means no earlier record",
    ),
    Case(
        title="A cube keeps each person's own total squared, and counts a person once in a period",
        call=lambda t: _cube(t, Cadence.QUARTER, "neighbourhood"),
        given={
            "population": MOVER,
            "spell": """
                spell_id | person_id | start
                a        | 1         | 2024-04-10
                b        | 1         | 2024-04-20
                c        | 1         | 2024-05-20
                d        | 1         | 2024-07-01
            """,
            "link": ALIKE,
        },
        expect="""
            neighbourhood | quantity | squares | persons
            N1            | 2        | 4       | 1
            N2            | 1        | 1       | 0
            N2            | 1        | 1       | 1
        """,
    ),
    Case(
        title="A diagnosis list matches by prefix, and a code with a condition only beside its companion",
        call=lambda t: _kept(t, diagnosis="j"),
        given={
            "spell": """
                spell_id | person_id | start      | diagnosis | diagnoses
                a        | 1         | 2024-05-01 | J459      | J459
                b        | 1         | 2024-05-01 | J209      | J209/I10
                c        | 1         | 2024-05-01 | J209      | J209/J449
                d        | 1         | 2024-05-01 | I10       | I10/J459
                e        | 1         | 2024-05-01 | -         | -
            """,
            "link": ALIKE,
        },
        expect="spell_id\na\nc",
    ),
    Case(
        title="Costs of a person and year stand in one row, with each setting and payer beside the total",
        call=lambda t: care.costs(
            t["month_fact"], t["link"], {"inpatient": ("setting", "inpatient"), "nobody": ("payer", care.UNKNOWN)}
        ),
        given={
            "month_fact": """
                month      | record_key | setting      | payer | pence
                2024-04-01 | 1          | inpatient    | ICB   | 100
                2024-06-01 | 3          | primary_care | -     | 30
                2024-07-01 | 1          | inpatient    | ICB   | -
                2025-04-01 | 1          | inpatient    | ICB   | 7
            """,
            "link": """
                record_key | person_id | person_id_strict | person_id_loose
                1          | 1         | 1                | 1
                3          | 1         | 8                | 1
            """,
        },
        expect="""
            person_id | quantity | strict | loose | inpatient | nobody | day:date
            1         | 130      | 100    | 130   | 100       | 30     | 2024-06-30
            1         | 7        | 7      | 7     | 7         | 0      | 2025-04-30
        """,
        because="a missing cost is missing, never zero",
    ),
    Case(
        title="The newest vintage of a published figure counts, also when it withdraws the figure",
        call=lambda t: statistics.latest_series(t["series_value"], ["beds"], YEAR),
        given={
            "series_value": """
                series | area_type | area_code | period_start | period_end | dimension | category | value | received
                beds   | trust     | R1        | 2024-04-01   | 2024-05-01 | all       | all      | 10    | 2024-06-01
                beds   | trust     | R1        | 2024-04-01   | 2024-05-01 | all       | all      | 12    | 2024-07-01
                beds   | trust     | R1        | 2024-05-01   | 2024-06-01 | all       | all      | 11    | 2024-06-01
                beds   | trust     | R1        | 2024-05-01   | 2024-06-01 | all       | all      | -     | 2024-07-01
                other  | trust     | R1        | 2024-04-01   | 2024-05-01 | all       | all      | 1     | 2024-06-01
            """
        },
        expect="area_code | period_start:date | value:float64\nR1 | 2024-04-01 | 12\nR1 | 2024-05-01 | -",
    ),
    Case(
        title="Weights of survey answers add up, and so do their squares",
        call=lambda t: statistics.survey_cube(statistics.survey_events(t["survey_answer"]), False, ["sex"]),
        given={
            "survey_answer": """
                survey | question | answer | area_code | period_start | period_end | sex | weight
                users  | q        | yes    | C1        | 2024-04-01   | 2025-04-01 | F   | 0.5
                users  | q        | no     | C1        | 2024-04-01   | 2025-04-01 | F   | -
            """
        },
        expect="area_code | sex | quantity:float64 | squares:float64 | persons\nC1 | F | 1.5 | 1.25 | 2",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
