"""Events of any other agency, by the columns that every agency can give."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.activity import activity
from joinedup.evidence.sources.column import amount, day, first_of, moment, text, whole
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings


def generic_events(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Events of police, housing, benefits, voluntary organisations and any other agency.

    Grain: one event. The columns have the canonical names already; a place maps its own onto them. An event
    without a quantity counts once. An event with a frequency is a package: its cost is for one period, its
    quantity the units a week, and it stays open while it has no end; any other event without an end is one day.

    Source: M9 (web of agencies round a family or household).
    """
    start = day(table, "start_date")
    is_package = text(table, "frequency").notnull()
    as_they_come = ("service", "payer", "method", "currency", "unit", "frequency", "domain", "linked_ref", "outcome")
    events = activity(
        table,
        settings,
        [text(table, "event_id")],
        setting=text(table, "setting"),
        organisation=first_of(text(table, "organisation"), ibis.literal(settings.organisation, "string")),
        provider=first_of(text(table, "provider"), text(table, "organisation")),
        start=start,
        end=ibis.ifelse(is_package, day(table, "end_date"), first_of(day(table, "end_date"), start)),
        start_time=moment(start, text(table, "start_time")),
        diagnosis=text(table, "diagnosis"),
        quantity=ibis.ifelse(
            is_package, amount(table, "quantity"), first_of(amount(table, "quantity"), ibis.literal(1))
        ),
        source_cost_pence=whole(table, "cost"),
        client_contribution_pence=whole(table, "client_contribution"),
        **{name: text(table, name) for name in as_they_come},
    )
    return {"activity": events, "person_record": person_record(table, settings, start)}
