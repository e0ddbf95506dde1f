"""From a partner's extract to the canonical tables, kind by kind, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import ibis.expr.types as ir
import pytest

from joinedup.evidence.sources.registry import ADAPTERS
from joinedup.evidence.sources.settings import Settings
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

SETTINGS = Settings(source="src", organisation="QZZ", as_of=date(2024, 12, 31))
HEAD = "record_key:int64 | __file | __record:int64 | __received:date"


def read(kind: str, table: str) -> Callable[[Mapping[str, ir.Table]], ir.Table]:
    """What the adapter of a kind makes of the table `extract`; lists of codes show ; because cells end at |."""

    def call(given: Mapping[str, ir.Table]) -> ir.Table:
        made = ADAPTERS[kind](given["extract"], SETTINGS)[table]
        return made.mutate(diagnoses=made["diagnoses"].replace("|", ";")) if table == "activity" else made

    return call


def extract(header: str, *rows: str) -> Mapping[str, str]:
    """Rows of one file with their record numbers; the first cell of a row is its record key."""
    lines = [
        f"| {row.partition('|')[0]} | f.csv | {number} | 2024-07-10 | {row.partition('|')[2]} |"
        for number, row in enumerate(rows, start=1)
    ]
    return {"extract": "\n".join([f"| {HEAD} | {header} |", *lines])}


CASES = [
    Case(
        title="An A&E attendance keeps its arrival time, department type and who pays",
        call=read("ecds", "activity"),
        given=extract(
            "attendance_identifier | arrival_date:date | arrival_time | department_type | attendance_category "
            "| provider_code | commissioner_code | hrg | diag_01 | diag_02 | cost:int64",
            "7 | A1 | 2024-05-01 | 2359 | 01 | 1 | rzz | qzx | VB01Z | J18.9 | I10X | 14800",
            "8 | A2 | 2024-05-02 | - | 03 | 2 | rzz | - | - | - | - | -",
        ),
        expect="""
        | event_id | setting      | service   | start_time          | currency  | payer | diagnoses | organisation |
        | src/A1   | urgent_care  | ae_type_1 | 2024-05-01 23:59:00 | VB01Z     | QZX   | J189;I10  | QZX          |
        | src/A2   | urgent_care  | ae_type_3 | -                   | ae_type_3 | -     | -         | QZZ          |
        """,
        because="NHS England, Emergency Care Data Set",
    ),
    Case(
        title="An inpatient episode carries its spell, how it was delivered and how it ended",
        call=read("apc", "activity"),
        given=extract(
            "provider_code | hospital_provider_spell_number | episode_number:int64 | admission_date:date "
            "| admission_method | patient_classification | episode_start_date:date | episode_end_date:date "
            "| discharge_date:date | discharge_method | discharge_destination | discharge_ready_date:date "
            "| delay_responsible | opertn_01 | opertn_02",
            "7 | RZZ | S1 | 1 | 2024-05-01 | 21 | 1 | 2024-05-01 | 2024-05-03 | 2024-05-09"
            " | 1 | 98 | - | - | W37.1 | -",
            "7 | RZZ | S1 | 2 | 2024-05-01 | 21 | 1 | 2024-05-03 | 2024-05-09 | 2024-05-09"
            " | 4 | 79 | 2024-05-06 | 05 | - | Z50",
            "8 | RZZ | S2 | 1 | 2024-06-01 | 11 | 2 | 2024-06-01 | 2024-06-01 | - | 8 | 98 | - | - | & | -",
        ),
        expect="""
        | event_id     | service      | spell_ref | outcome    | ready_date | delay_responsible | procedures |
        | src/RZZ/S1/1 | non_elective | RZZ/S1    | discharged | -          | -                 | W371       |
        | src/RZZ/S1/2 | non_elective | RZZ/S1    | died       | 2024-05-06 | social_care       | Z50        |
        | src/RZZ/S2/1 | day_case     | RZZ/S2    | -          | -          | -                 | -          |
        """,
        because="NHS England, Commissioning Data Set type 130",
    ),
    Case(
        title="An outpatient appointment that did not take place counts nothing and says why",
        call=read("outpatient", "activity"),
        given=extract(
            "attendance_identifier | appointment_date:date | attendance_status | first_attendance | provider_code",
            "7 | A1 | 2024-05-01 | 5 | 1 | RZZ",
            "7 | A2 | 2024-05-08 | 3 | 2 | RZZ",
            "7 | A3 | 2024-05-09 | - | 4 | RZZ",
        ),
        expect="""
        | event_id   | service              | quantity | unit           | outcome        | method    |
        | src/RZZ/A1 | outpatient_first     | 1        | attendance     | -              | -         |
        | src/RZZ/A2 | outpatient_follow_up | 0        | non_attendance | did_not_attend | -         |
        | src/RZZ/A3 | outpatient_follow_up | 1        | attendance     | -              | telephone |
        """,
        because="NHS England, Commissioning Data Set type 020",
    ),
    Case(
        title="A GP appointment says who held it and how",
        call=read("gp_contacts", "activity"),
        given=extract(
            "appointment_id | appointment_date:date | appointment_status | hcp_type | appointment_mode | practice",
            "7 | A1 | 2024-05-01 | Attended | GP | Home Visit | y00001",
            "8 | A2 | 2024-05-01 | DNA | Other Practice staff | Telephone | y00001",
        ),
        expect="""
        | event_id | service                    | method     | unit           | provider | outcome        |
        | src/A1   | gp_appointment             | home_visit | contact        | Y00001   | -              |
        | src/A2   | practice_staff_appointment | telephone  | non_attendance | Y00001   | did_not_attend |
        """,
    ),
    Case(
        title="A community contact in the patient's home is a home visit, an assessment names its domain",
        call=read("csds", "activity"),
        given=extract(
            "care_contact_id | contact_date:date | activity_type | team_type | consultation_medium | activity_location "
            "| assessment_domain | care_plan_id | service_request_id | provider_code | end_date:date",
            "7 | C1 | 2024-05-01 | - | 12 | 01 | A01 | - | P9 | R1 | RYY | -",
            "7 | C2 | 2024-05-02 | assessment | intermediate_care | 02 | - | mobility | - | R1 | RYY | -",
        ),
        expect="""
        | event_id   | service           | method     | unit       | domain   | linked_ref | end        |
        | src/RYY/C1 | district_nursing  | home_visit | contact    | -        | P9         | 2024-05-01 |
        | src/RYY/C2 | intermediate_care | telephone  | assessment | mobility | R1         | -          |
        """,
    ),
    Case(
        title="A stay on a mental health ward counts its nights once it has ended",
        call=read("mhsds", "activity"),
        given=extract(
            "activity_identifier | activity_type | start_date:date | end_date:date | hospital_provider_spell_number "
            "| consultation_medium | provider_code",
            "7 | W1 | ward_stay | 2024-05-01 | 2024-05-11 | S1 | - | RXX",
            "7 | W2 | ward_stay | 2024-06-01 | - | S2 | - | RXX",
            "7 | W3 | contact | 2024-06-01 | - | - | 11 | RXX",
        ),
        expect="""
        | event_id   | service                 | unit    | quantity | end        | spell_ref | method |
        | src/RXX/W1 | mental_health_ward      | bed_day | 10       | 2024-05-11 | RXX/S1    | -      |
        | src/RXX/W2 | mental_health_ward      | bed_day | -        | -          | RXX/S2    | -      |
        | src/RXX/W3 | mental_health_community | contact | 1        | 2024-06-01 | -         | video  |
        """,
    ),
    Case(
        title="An event of another agency counts once, a package of it stays open",
        call=read("generic_events", "activity"),
        given=extract(
            "event_id | setting | service | start_date:date | end_date:date | quantity:decimal(18,4) | unit "
            "| frequency | cost:int64 | organisation",
            "7 | E1 | police | call_out | 2024-05-01 | - | - | incident | - | 4200 | -",
            "7 | E2 | housing | temporary_accommodation | 2024-05-01 | - | - | night | weekly | 30000 | HOU",
        ),
        expect="""
        | event_id | setting | quantity | end        | frequency | source_cost_pence | organisation |
        | src/E1   | police  | 1        | 2024-05-01 | -         | 4200              | QZZ          |
        | src/E2   | housing | -        | -          | weekly    | 30000             | HOU          |
        """,
        because="M9",
    ),
    Case(
        title="The codes of sex and ethnic category become one vocabulary, and versions keep their days",
        call=read("persons", "person_record"),
        given=extract(
            "sex | ethnicity | lsoa | practice | birth_month:date | has_nhs_number:boolean | valid_from:date "
            "| valid_to:date | date_of_death:date",
            "7 | 2 | R | E01000001 | y00001 | 1950-03-01 | true | 2020-01-01 | 2021-12-31 | -",
            "7 | F | R | E01000002 | y00001 | 1950-03-01 | true | 2022-01-01 | - | -",
            "8 | 1 | White: Irish | E99999999 | - | 1960-01-01 | false | - | - | 2024-02-03",
            "9 | 0 | Z | - | - | - | false | - | - | -",
        ),
        expect="""
        | record_key | sex | ethnicity | lsoa      | valid_from | valid_to   | death_date | has_nhs_number |
        | 7          | F   | asian     | E01000001 | 2020-01-01 | 2022-01-01 | -          | true           |
        | 7          | F   | asian     | E01000002 | 2022-01-01 | -          | -          | true           |
        | 8          | M   | white     | -         | -          | -          | 2024-02-03 | false          |
        """,
        because="NHS Data Model and Dictionary; ONS five groups",
    ),
    Case(
        title="A condition on two rows is one condition since the earlier day",
        call=read("gp_conditions", "condition"),
        given=extract("condition | recorded_date:date", "7 | dm | 2015-01-01", "7 | DM | 2012-06-30", "7 | HF | -"),
        expect="""
        | record_key | condition | since      | source |
        | 7          | DM        | 2012-06-30 | src    |
        | 7          | HF        | -          | src    |
        """,
    ),
    Case(
        title="A figure of a series keeps its empty value and ends the day after its last day",
        call=read("series", "series_value"),
        given=extract(
            "series | area_type | area_code | period_start:date | period_end:date | value:decimal(20,6) | unit",
            "- | beds | trust | RZZ | 2024-04-01 | 2024-04-30 | 512 | beds",
            "- | beds | trust | RZZ | 2024-05-01 | 2024-05-31 | - | beds",
        ),
        expect="""
        | series | period_end | dimension | value | received   | record_number |
        | beds   | 2024-05-01 | all       | 512   | 2024-07-10 | 1             |
        | beds   | 2024-06-01 | all       | -     | 2024-07-10 | 2             |
        """,
    ),
    Case(
        title="An answer keeps its respondent, an anonymous one has none",
        call=read("survey_answers", "survey_answer"),
        given=extract(
            "survey | question | answer | area_code | period_start:date | period_end:date | score:decimal(18,4) | sex",
            "7 | asc_users | q1 | Very satisfied | E10000001 | 2023-04-01 | 2024-03-31 | 1 | F",
            "- | carers | q7 | No | E10000001 | 2023-04-01 | 2024-03-31 | 0 | 1",
        ),
        expect="""
        | survey    | respondent_key | score | period_end | sex |
        | asc_users | 7              | 1     | 2024-04-01 | F   |
        | carers    | -              | 0     | 2024-04-01 | M   |
        """,
    ),
    Case(
        title="The population of an area keeps its band and the exclusive end of its period",
        call=read("area_population", "area_population"),
        given=extract(
            "area_type | area_code | basis | period_start:date | period_end:date | sex | age_from:int64 | age_to:int64 "
            "| people:int64",
            "- | council | E10000001 | resident | 2024-04-01 | 2025-03-31 | 2 | 65 | 69 | 1200",
        ),
        expect="""
        | area_code | period_end | sex | age_from | age_to | people |
        | E10000001 | 2025-04-01 | F   | 65       | 69     | 1200   |
        """,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
