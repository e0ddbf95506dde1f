"""Appointments in general practice."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.activity import activity
from joinedup.evidence.sources.column import day, first_of, moment, text, translated, whole
from joinedup.evidence.sources.contact import method_of, not_held
from joinedup.evidence.sources.hospital import holder, upper
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings


def gp_contacts(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Appointments in general practice.

    Grain: one appointment. `service` and `currency` say who held it: gp_appointment or practice_staff_appointment.
    One that did not take place has the unit non_attendance, the quantity 0 and the reason as its outcome; one of
    unknown status counts as held (Choice: practices leave past appointments unmarked).

    Source: NHS England, Appointments in General Practice.
    """
    staff = translated(text(table, "hcp_type"), {"gp": "gp_appointment"}, "practice_staff_appointment")
    reason, held_by = not_held(table, "appointment_status"), upper(table, "provider_code")
    events = activity(
        table,
        settings,
        [text(table, "appointment_id")],
        setting="primary_care",
        service=staff,
        organisation=holder(table, settings),
        provider=first_of(held_by, upper(table, "practice"), ibis.literal(settings.organisation, "string")),
        start=day(table, "appointment_date"),
        end=day(table, "appointment_date"),
        start_time=moment(day(table, "appointment_date"), text(table, "appointment_time")),
        method=method_of(table, "appointment_mode"),
        currency=staff,
        quantity=ibis.ifelse(reason.isnull(), 1, 0),
        unit=ibis.ifelse(reason.isnull(), "contact", "non_attendance"),
        source_cost_pence=whole(table, "cost"),
        outcome=reason,
    )
    return {"activity": events, "person_record": person_record(table, settings, day(table, "appointment_date"))}
