"""Care packages and placements: who receives what, from when to when, at what price a week."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.rules.care.package import WEEKLY_FACTORS


def is_package(activity: ir.Table) -> ir.BooleanValue:
    """Whether a row is a service that lasts and is paid by the period, rather than one event."""
    return activity.frequency.notnull() & (activity.frequency != "one_off") & activity.start.notnull()


def packages(activity: ir.Table, link: ir.Table, deaths: ir.Table, long_term: Sequence[str]) -> ir.Table:
    """List care packages and placements with their price a week, ended by death where the record was left open.

    A package without end is open. Nobody receives a service after death: the last day is the earlier of the recorded
    end and the day of death, and a package that began after death is left out (it is an error of the record).

    Args:
        activity: canonical activity; rows with a frequency other than one_off are packages.
        link: which person a record belongs to.
        deaths: person_id, death_date: one row a person, null when alive.
        long_term: services that are long-term support.

    Returns:
        PACKAGE; `end` is the last day of service; prices are null when the source gives none.

    Source: DHSC client level data methods (amendment 7). One case: rules.care.package.
    """
    rows = activity.filter(is_package(activity)).join(link.select("record_key", "person_id"), "record_key")
    died = deaths.select("person_id", "death_date")
    rows = rows.left_join(died, "person_id")
    rows = rows.filter(rows.death_date.isnull() | (rows.death_date >= rows.start))
    has_two = rows.end.notnull() & rows.death_date.notnull()
    return rows.mutate(
        is_long_term=rows.service.isin(list(long_term)).fill_null(False),
        end=ibis.ifelse(has_two, ibis.least(rows.end, rows.death_date), ibis.coalesce(rows.end, rows.death_date)),
        weekly_pence=weekly(rows.source_cost_pence, rows.frequency),
        weekly_contribution_pence=weekly(rows.client_contribution_pence, rows.frequency),
    ).pipe(tables.conform, tables.PACKAGE)


def weekly(cost_pence: ir.IntegerValue, frequency: ir.StringValue) -> ir.IntegerValue:
    """A cost for one period of a frequency as whole pence a week, halves up; null when the cost is not known."""
    shares = (
        (frequency == name, (2 * cost_pence * share.numerator + share.denominator) // (2 * share.denominator))
        for name, share in WEEKLY_FACTORS.items()
    )
    return ibis.cases(*shares).cast("int64")


def carer_support(activity: ir.Table, link: ir.Table, carers: Sequence[str]) -> ir.Table:
    """List support given to unpaid carers: one row an event, package or assessment in the carer's own name.

    Args:
        activity: canonical activity; setting ``carer_support``, or a service in the list.
        link: which person a record belongs to.
        carers: services that support carers, whatever their setting.

    Returns:
        event_id, person_id, service, start, end, provider, payer, organisation, unit, is_lasting.
    """
    is_support = (activity.setting == "carer_support") | activity.service.isin(list(carers)).fill_null(False)
    rows = activity.filter(is_support).mutate(is_lasting=is_package(activity))
    rows = rows.join(link.select("record_key", "person_id"), "record_key")
    return rows.select(
        "event_id", "person_id", "service", "start", "end", "provider", "payer", "organisation", "unit", "is_lasting"
    )


def deaths(population: ir.Table) -> ir.Table:
    """One row a person: the day of death, null when alive as far as known.

    Args:
        population: POPULATION.

    Returns:
        person_id, death_date.
    """
    return population.group_by("person_id").agg(death_date=population.death_date.min())
