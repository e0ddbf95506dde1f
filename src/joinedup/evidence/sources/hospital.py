"""Hospital extracts: A&E attendances (ECDS), inpatient episodes and outpatient appointments (SUS)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.activity import activity
from joinedup.evidence.sources.clinical import every_code, primary_code
from joinedup.evidence.sources.column import day, first_of, is_one_of, moment, text, translated, whole
from joinedup.evidence.sources.contact import method_of, not_held
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings

#: Methods of admission that are emergencies. Source: HES admitted patient care data dictionary, ADMIMETH.
EMERGENCY: Final = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D")
MATERNITY: Final = ("31", "32", "82", "83")

#: Emergency department type -> service.
DEPARTMENTS: Final = {
    "01": "ae_type_1", "1": "ae_type_1", "02": "ae_type_2", "2": "ae_type_2", "03": "ae_type_3", "3": "ae_type_3",
    "04": "ae_type_4", "4": "ae_type_4", "05": "same_day_emergency_care", "5": "same_day_emergency_care",
}  # fmt: skip

#: Words and codes for who is responsible for a discharge delay.
RESPONSIBLE: Final = {
    "nhs": "nhs", "04": "nhs", "a": "nhs", "social_care": "social_care", "05": "social_care", "b": "social_care",
    "both": "both", "06": "both", "c": "both", "housing": "housing", "07": "housing", "other": "other",
}  # fmt: skip

ALIVE_METHODS: Final = ("1", "2", "3", "6", "7")
DIED_METHODS: Final = ("4", "5")
DIED_DESTINATION: Final = "79"


def upper(table: ir.Table, name: str) -> ir.StringValue:
    """A code in capitals without outer spaces; null when empty."""
    return text(table, name).strip().upper().nullif("")


def holder(table: ir.Table, settings: Settings, *names: str) -> ir.StringValue:
    """The organisation responsible: the first of the columns that says so, else the source's own."""
    return first_of(*(upper(table, name) for name in names), ibis.literal(settings.organisation, "string"))


def ecds(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """A&E attendances of every type of department.

    Grain: one attendance. `service` is the type of department, `currency` the HRG or else that type, `method` the
    attendance category.

    Source: NHS England, Emergency Care Data Set.
    """
    service = translated(text(table, "department_type"), DEPARTMENTS, "ae_type_unknown")
    events = activity(
        table,
        settings,
        [text(table, "attendance_identifier")],
        setting="urgent_care",
        service=service,
        organisation=holder(table, settings, "commissioner_code"),
        provider=upper(table, "provider_code"),
        payer=upper(table, "commissioner_code"),
        start=day(table, "arrival_date"),
        end=first_of(day(table, "departure_date"), day(table, "arrival_date")),
        start_time=moment(day(table, "arrival_date"), text(table, "arrival_time")),
        method=text(table, "attendance_category"),
        admission_source=text(table, "attendance_source"),
        discharge_destination=text(table, "discharge_destination"),
        currency=first_of(upper(table, "hrg"), service),
        diagnosis=primary_code(table, "diag"),
        diagnoses=every_code(table, "diag", 12),
        quantity=1,
        unit="attendance",
        source_cost_pence=whole(table, "cost"),
        outcome=text(table, "discharge_status"),
    )
    return {"activity": events, "person_record": person_record(table, settings, day(table, "arrival_date"))}


def point_of_delivery(classification: ir.StringValue, method: ir.StringValue) -> ir.StringValue:
    """How a hospital stay was delivered: day_case, regular_attender, maternity, non_elective or elective."""
    return ibis.cases(
        (is_one_of(classification, ["2"]), "day_case"),
        (is_one_of(classification, ["3", "4"]), "regular_attender"),
        (is_one_of(method, EMERGENCY), "non_elective"),
        (is_one_of(method, MATERNITY) | is_one_of(classification, ["5"]), "maternity"),
        else_="elective",
    )


def ended_how(method: ir.StringValue, destination: ir.StringValue, discharge: ir.DateValue) -> ir.StringValue:
    """Whether a person died or was discharged; null while they are still in hospital.

    The method of discharge decides; the destination only where no method is given.
    """
    is_alive = is_one_of(method, ALIVE_METHODS)
    died = is_one_of(method, DIED_METHODS) | (is_one_of(destination, [DIED_DESTINATION]) & ~is_alive)
    return ibis.cases((died, "died"), (discharge.notnull(), "discharged"), else_=ibis.null("string"))


def apc(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Consultant episodes of inpatients.

    Grain: one episode; `spell_ref` is provider and spell number, so that episodes become spells. `service` is
    how the stay was delivered and `currency` the HRG or else that. The organisation is the council that the
    extract names as responsible for the delay, else the commissioner.

    Source: NHS England, Commissioning Data Set type 130.
    """
    key = (upper(table, "provider_code"), text(table, "hospital_provider_spell_number"), whole(table, "episode_number"))
    return inpatient(table, settings, key)


def inpatient(table: ir.Table, settings: Settings, key: Sequence[ir.Value]) -> dict[str, ir.Table]:
    """As `apc`, with the event's key given by the caller."""
    provider, method = upper(table, "provider_code"), upper(table, "admission_method")
    delivery = point_of_delivery(text(table, "patient_classification"), method)
    destination = upper(table, "discharge_destination")
    spell = text(table, "hospital_provider_spell_number")
    events = activity(
        table,
        settings,
        key,
        setting="inpatient",
        service=delivery,
        organisation=holder(table, settings, "responsible_council", "commissioner_code"),
        provider=provider,
        payer=upper(table, "commissioner_code"),
        start=day(table, "episode_start_date"),
        end=day(table, "episode_end_date"),
        start_time=moment(day(table, "admission_date"), text(table, "admission_time")),
        method=method,
        admission_source=upper(table, "admission_source"),
        discharge_destination=destination,
        specialty=first_of(upper(table, "treatment_function"), upper(table, "main_specialty")),
        currency=first_of(upper(table, "hrg"), delivery),
        diagnosis=primary_code(table, "diag"),
        diagnoses=every_code(table, "diag", 20),
        procedures=every_code(table, "opertn", 24),
        spell_ref=provider + ibis.literal("/") + spell,
        episode_order=whole(table, "episode_number"),
        ready_date=day(table, "discharge_ready_date"),
        delay_reason=text(table, "delay_reason"),
        delay_responsible=translated(text(table, "delay_responsible"), RESPONSIBLE),
        quantity=1,
        unit="episode",
        source_cost_pence=whole(table, "cost"),
        outcome=ended_how(text(table, "discharge_method"), destination, day(table, "discharge_date")),
    )
    return {"activity": events, "person_record": person_record(table, settings, day(table, "admission_date"))}


def outpatient(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Outpatient appointments.

    Grain: one appointment. One that did not take place has the unit non_attendance, the quantity 0 and the reason
    as its outcome.

    Source: NHS England, Commissioning Data Set type 020.
    """
    stage = translated(
        text(table, "first_attendance"),
        {"1": "outpatient_first", "3": "outpatient_first", "2": "outpatient_follow_up", "4": "outpatient_follow_up"},
        "outpatient",
    )
    reason = not_held(table, "attendance_status")
    remote = is_one_of(text(table, "first_attendance"), ["3", "4"]) & text(table, "consultation_medium").isnull()
    events = activity(
        table,
        settings,
        [upper(table, "provider_code"), text(table, "attendance_identifier")],
        setting="outpatient",
        service=stage,
        organisation=holder(table, settings, "commissioner_code"),
        provider=upper(table, "provider_code"),
        payer=upper(table, "commissioner_code"),
        start=day(table, "appointment_date"),
        end=day(table, "appointment_date"),
        start_time=moment(day(table, "appointment_date"), text(table, "appointment_time")),
        method=ibis.ifelse(remote, ibis.literal("telephone"), method_of(table, "consultation_medium")),
        specialty=first_of(upper(table, "treatment_function"), upper(table, "main_specialty")),
        currency=first_of(upper(table, "hrg"), stage),
        diagnosis=primary_code(table, "diag"),
        diagnoses=every_code(table, "diag", 12),
        procedures=every_code(table, "opertn", 12),
        quantity=ibis.ifelse(reason.isnull(), 1, 0),
        unit=ibis.ifelse(reason.isnull(), "attendance", "non_attendance"),
        source_cost_pence=whole(table, "cost"),
        outcome=first_of(reason, text(table, "attendance_outcome")),
    )
    return {"activity": events, "person_record": person_record(table, settings, day(table, "appointment_date"))}
