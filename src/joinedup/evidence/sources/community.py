"""Community and mental health extracts: contacts, referrals, assessments and stays on mental health wards."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.activity import activity
from joinedup.evidence.sources.column import day, first_of, moment, text, translated, whole
from joinedup.evidence.sources.contact import method_of, not_held
from joinedup.evidence.sources.hospital import RESPONSIBLE, holder, upper
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings

#: Service or team types of community care -> service; words that partners write stay as they are.
TEAMS: Final = {
    "01": "appliances", "02": "clinical_psychology", "03": "community_child_health", "04": "community_dental",
    "05": "community_hospital", "06": "community_matron", "07": "continuing_care", "08": "continence",
    "09": "counselling", "10": "day_care", "12": "district_nursing", "13": "end_of_life", "14": "family_nurse",
    "15": "health_visiting", "16": "hearing", "17": "intermediate_care", "18": "looked_after_children",
    "19": "medicines_management", "20": "musculoskeletal", "21": "occupational_therapy", "22": "orthotics",
    "23": "personal_health", "24": "physiotherapy", "25": "podiatry", "26": "rapid_response", "27": "rehabilitation",
    "28": "respiratory", "29": "safeguarding", "30": "school_nursing", "31": "specialist_nursing",
    "32": "speech_and_language_therapy", "33": "tissue_viability", "34": "wheelchair", "35": "community_nursing_other",
}  # fmt: skip

KINDS: Final = {
    "contact": "contact", "referral": "referral", "assessment": "assessment", "ward_stay": "ward_stay",
}  # fmt: skip


def _unit(kind: ir.StringValue, reason: ir.StringValue) -> ir.StringValue:
    """What is counted: contact, non_attendance, referral, assessment or bed_day."""
    held = ibis.ifelse(kind == "ward_stay", ibis.literal("bed_day"), kind)
    return ibis.ifelse(reason.notnull(), ibis.literal("non_attendance"), held)


def _team(table: ir.Table) -> ir.StringValue:
    stated = text(table, "team_type").strip().lower().nullif("")
    return first_of(translated(stated, TEAMS), stated, ibis.literal("other"))


def _linked(table: ir.Table) -> ir.StringValue:
    """The care plan an event belongs to, else the referral: what makes two visits one piece of work."""
    return first_of(text(table, "care_plan_id"), text(table, "service_request_id"))


def csds(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Contacts, referrals and assessments of community services.

    Grain: one of them. `service` is the team, `method` how a contact was held, `linked_ref` the care plan or else
    the referral; a contact that did not take place has the quantity 0.

    Source: NHS England, Community Services Data Set.
    """
    kind, reason = translated(text(table, "activity_type"), KINDS, "contact"), not_held(table, "attendance_status")
    is_rehabilitation = _team(table).isin(["intermediate_care", "rehabilitation", "reablement"])
    day_held = day(table, "contact_date")
    events = activity(
        table,
        settings,
        [upper(table, "provider_code"), text(table, "care_contact_id")],
        setting="community",
        service=_team(table),
        organisation=holder(table, settings, "commissioner_code"),
        provider=upper(table, "provider_code"),
        payer=upper(table, "commissioner_code"),
        start=day_held,
        end=ibis.ifelse(is_rehabilitation, day(table, "end_date"), first_of(day(table, "end_date"), day_held)),
        start_time=moment(day_held, text(table, "contact_time")),
        method=method_of(table, "consultation_medium"),
        currency=_team(table),
        quantity=ibis.ifelse(reason.isnull(), 1, 0),
        unit=_unit(kind, reason),
        source_cost_pence=whole(table, "cost"),
        domain=text(table, "assessment_domain"),
        linked_ref=_linked(table),
        outcome=first_of(reason, text(table, "outcome")),
    )
    return {"activity": events, "person_record": person_record(table, settings, day_held)}


def mhsds(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Contacts, referrals, assessments and ward stays of mental health services.

    Grain: one of them. A ward stay has the service mental_health_ward and the unit bed_day; its quantity is the
    nights it lasted, at least one, and null while it lasts.

    Source: NHS England, Mental Health Services Data Set.
    """
    kind, reason = translated(text(table, "activity_type"), KINDS, "contact"), not_held(table, "attendance_status")
    start, end, spell = day(table, "start_date"), day(table, "end_date"), text(table, "hospital_provider_spell_number")
    is_stay = kind == "ward_stay"
    service = ibis.ifelse(is_stay, ibis.literal("mental_health_ward"), ibis.literal("mental_health_community"))
    nights = ibis.greatest(end.delta(start, unit="day"), 1)
    events = activity(
        table,
        settings,
        [upper(table, "provider_code"), text(table, "activity_identifier")],
        setting="mental_health",
        service=service,
        organisation=holder(table, settings, "commissioner_code"),
        provider=upper(table, "provider_code"),
        payer=upper(table, "commissioner_code"),
        start=start,
        end=ibis.ifelse(is_stay, end, first_of(end, start)),
        start_time=moment(start, text(table, "start_time")),
        method=ibis.ifelse(is_stay, upper(table, "admission_method"), method_of(table, "consultation_medium")),
        admission_source=upper(table, "admission_source"),
        discharge_destination=upper(table, "discharge_destination"),
        currency=service,
        diagnosis=upper(table, "primary_diagnosis").replace(".", ""),
        diagnoses=upper(table, "primary_diagnosis").replace(".", ""),
        spell_ref=upper(table, "provider_code") + ibis.literal("/") + spell,
        episode_order=whole(table, "ward_stay_number"),
        ready_date=day(table, "discharge_ready_date"),
        delay_reason=text(table, "delay_reason"),
        delay_responsible=translated(text(table, "delay_responsible"), RESPONSIBLE),
        quantity=ibis.ifelse(
            is_stay, ibis.ifelse(end.isnull(), ibis.null("int64"), nights), ibis.ifelse(reason.isnull(), 1, 0)
        ),
        unit=_unit(kind, reason),
        source_cost_pence=whole(table, "cost"),
        domain=text(table, "assessment_domain"),
        linked_ref=_linked(table),
        outcome=first_of(reason, text(table, "outcome")),
    )
    return {"activity": events, "person_record": person_record(table, settings, start)}
