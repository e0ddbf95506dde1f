"""Events cubes: placed events summed to the finest cells that are published, with what intervals need besides."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import month_number, period_column
from joinedup.rules.foundation.period import Cadence, Period


def cube(events: ir.Table, cadence: Cadence, by: Sequence[str], span: Period) -> ir.Table:
    """Sum events to cells of a period and of some columns.

    A person with events in several cells of one period (who moved, or had a birthday) is counted in the cell of the
    first event only, so that persons of cells add up to persons of areas; within a cell the sum of squares is of each
    person's own total. What is not people (events, squares) adds up over cells.

    Args:
        events: placed events; a column `expected` is summed as well.
        cadence: length of the periods.
        by: columns to sum by.
        span: days to count; the first of a period.

    Returns:
        One row a period and cell: period (numbered month it begins in), `by`, quantity, squares (sum over people of
        their quantity squared), persons, strict, loose and, where the events have it, expected.
    """
    start, end = month_number(span.start), month_number(span.last_day)
    inside = events.filter((events.month >= start) & (events.month <= end))
    known = {name: inside[name].fill_null("not known") for name in by if inside[name].type().is_string()}
    dated = inside.mutate(period=period_column(inside.month, cadence), **known)
    keys = ["person_id", "period", *by]
    each = dated.group_by(keys).agg(
        quantity=dated.quantity.sum().cast("int64"),
        strict=dated.strict.sum().cast("int64"),
        loose=dated.loose.sum().cast("int64"),
        first=ibis.ifelse(dated.quantity > 0, dated.day, ibis.null("date")).min(),
        **_expected(dated),
    )
    order = [ibis.asc(each["first"], nulls_first=False), *(each[name] for name in by)]
    rank = ibis.row_number().over(ibis.window(group_by=[each.person_id, each.period], order_by=order))
    ranked = each.mutate(is_counted=((rank == 0) & each["first"].notnull()).cast("int64"))
    size = ranked.quantity.cast("float64")
    return ranked.group_by(["period", *by]).agg(
        quantity=ranked.quantity.sum().cast("int64"),
        squares=(size * size).sum(),
        persons=ranked.is_counted.sum().cast("int64"),
        strict=ranked.strict.sum().cast("int64"),
        loose=ranked.loose.sum().cast("int64"),
        **_expected(ranked),
    )


def _expected(table: ir.Table) -> dict[str, ir.FloatingScalar]:
    return {"expected": table.expected.sum()} if "expected" in table.columns else {}


def reported_months(events: ir.Table) -> ir.Table:
    """How many events each month holds; a month without any was perhaps not reported, which is not zero.

    Returns:
        One row a month with any: month (numbered), events.
    """
    return events.group_by("month").agg(events=events.count())
