"""Whether costs add up: against what each source says itself, and how good the prices behind them are."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import FAR, days_between, plus_days
from joinedup.evidence.journeys.packages import is_package
from joinedup.evidence.whole import total

#: What a month cost, small enough to keep and explain from.
COST_SUMMARY: Final = {
    "month": "date",
    "source": "string",
    "setting": "string",
    "service": "string",
    "payer": "string",
    "unit_cost_id": "string",  # "source" for the source's own cost; null where the cost is missing
    "cost_class": "string",
    "price_year": "string",
    "lines": "int64",
    "events": "int64",
    "pence": "int64",
    "client_contribution_pence": "int64",
}


def cost_summary(lines: ir.Table) -> ir.Table:
    """Add up cost lines by source, setting, service, payer and the price they come from.

    Args:
        lines: COST_LINE.

    Returns:
        COST_SUMMARY. Lines without a price are rows without unit_cost_id; their pence are null.
    """
    keys = ["month", "source", "setting", "service", "payer", "unit_cost_id", "cost_class", "price_year"]
    found = lines.group_by(keys).agg(
        lines=lines.count().cast("int64"),
        events=total(lines.begins.cast("int64")),
        pence=total(lines.pence),
        client_contribution_pence=total(lines.client_contribution_pence),
    )
    return found.select(*COST_SUMMARY)


def class_shares(summary: ir.Table) -> ir.Table:
    """Say what share of known cost comes from prices of each class, by setting.

    Args:
        summary: COST_SUMMARY.

    Returns:
        setting, cost_class, pence, share (of the setting's known cost, 0 to 1), events; where cost_class is null the
        events had no price: their pence and share are null.

    Source: joinedup specification 1.4: the share of total cost that came from each grade.
    """
    found = summary.group_by("setting", "cost_class").agg(pence=total(summary.pence), events=total(summary.events))
    whole = found.pence.sum().over(ibis.window(group_by="setting"))
    return found.mutate(share=found.pence.cast("float64") / whole.cast("float64").nullif(0))


def own_totals(activity: ir.Table) -> ir.Table:
    """What each source says its events cost, packages apart, for the months of the rows given.

    Args:
        activity: canonical activity.

    Returns:
        source, own_events, own_pence: sums over events that carry the source's own cost.
    """
    rows = activity.filter(activity.source_cost_pence.notnull() & ~is_package(activity) & activity.start.notnull())
    return rows.group_by("source").agg(own_events=rows.count().cast("int64"), own_pence=total(rows.source_cost_pence))


def reconciliation(summary: ir.Table, own: ir.Table, packages: ir.Table) -> ir.Table:
    """Compare what the cost lines say with what each source says itself.

    A difference is shown and never hidden. It is not zero where a source costs events that are no service given, or
    where the last months of a stay lie beyond the period.

    Args:
        summary: COST_SUMMARY of the whole period.
        own: from `own_totals`, of the whole period; several rows a source are added up.
        packages: source, package_pence: what the packages of each source come to, from `package_totals`.

    Returns:
        source, events, missing_events, pence, from_source_pence, own_pence, difference_pence.

    Source: every total reconciles to the source's own (M5).
    """
    is_own = summary.unit_cost_id == "source"
    said = summary.group_by("source").agg(
        events=total(summary.events),
        missing_events=total(ibis.ifelse(summary.unit_cost_id.isnull(), summary.events, 0)),
        pence=total(summary.pence),
        from_source_pence=total(ibis.ifelse(is_own, summary.pence, ibis.null("int64"))),
    )
    told = ibis.union(own.select("source", "own_pence"), packages.select("source", own_pence="package_pence"))
    told = told.group_by("source").agg(own_pence=total(told.own_pence))
    both = said.left_join(told, "source")
    return both.select(
        "source",
        "events",
        missing_events="missing_events",
        pence="pence",
        from_source_pence="from_source_pence",
        own_pence="own_pence",
        difference_pence=both.from_source_pence.fill_null(0) - both.own_pence.fill_null(0),
    )


def package_totals(package: ir.Table, start: ir.DateValue, end: ir.DateValue) -> ir.Table:
    """What the packages of each source come to over a period: weekly price x days / 7, each rounded once.

    Args:
        package: PACKAGE.
        start: first day of the period.
        end: first day after it.

    Returns:
        source, package_pence.
    """
    until = ibis.least(plus_days(package.end, 1).fill_null(ibis.literal(FAR)), end)
    rows = package.filter(package.weekly_pence.notnull()).mutate(until=until)
    rows = rows.filter((rows.start < rows.until) & (rows.until > start))
    upto = days_between(rows.start, rows.until)
    before = ibis.greatest(days_between(rows.start, start), 0)
    pence = (2 * rows.weekly_pence * upto + 7) // 14 - (2 * rows.weekly_pence * before + 7) // 14
    return rows.mutate(pence=pence).group_by("source").agg(package_pence=lambda t: total(t.pence))
