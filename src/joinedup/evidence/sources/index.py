"""Extracts about people rather than events: indexes of persons, deaths, long-term conditions."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.sources.column import day, day_after, text
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings


def persons(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Versions of the records on a service's index of people, such as a GP practice's list.

    Grain: one version of one record. The file gives the last day of a version, the canonical table the day after.
    """
    last = day(table, "valid_to")
    return {"person_record": person_record(table, settings, day(table, "valid_from"), day_after(last))}


def deaths(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Registered deaths: a version of the person's record that knows the day of death.

    Grain: one record. A registration names no practice, so it places nobody on a list.

    Source: NHS England and ONS, civil registration deaths.
    """
    return {"person_record": person_record(table, settings, day(table, "date_of_death"))}


def gp_conditions(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Long-term conditions on GP registers.

    Grain: one record and condition, from the earliest day that any row gives; a day that is not known is null.

    Source: NHS England, Quality and Outcomes Framework registers.
    """
    known = table.filter(table["record_key"].notnull())
    named = known.mutate(condition=text(known, "condition").strip().upper(), since=day(known, "recorded_date"))
    rows = named.group_by("record_key", "condition").aggregate(since=named["since"].min())
    return {"condition": tables.conform(rows.mutate(source=ibis.literal(settings.source)), tables.CONDITION)}
