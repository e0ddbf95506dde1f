"""Events cubes: placed events summed to the finest cells that are published, with what intervals need besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import month_number, period_column
from joinedup.evidence.measures.people import REGISTERED_AREAS, RESIDENT_AREAS, TRAITS
from joinedup.rules.foundation.period import Cadence, Period

#: Columns that say where and who a person was on the day, so that one day has one value of each.
_OF_PEOPLE: Final = frozenset({"area", *RESIDENT_AREAS, *REGISTERED_AREAS, *TRAITS})


def cube(events: ir.Table, cadence: Cadence, by: Sequence[str], span: Period) -> ir.Table:
    """Sum events to cells of a period and of some columns.

    A person with events in several cells of one period (who moved, or had a birthday) is counted in the cell of the
    first event only, so that persons of cells add up to persons of areas; a person with events of several kinds (two
    reasons for delay) is counted once for each kind. Within a cell the sum of squares is of each person's own total.

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
    kinds = [each[name] for name in by if name not in _OF_PEOPLE]
    earliest = each["first"].min().over(ibis.window(group_by=[each.person_id, each.period, *kinds]))
    ranked = each.mutate(is_counted=(each["first"] == earliest).fill_null(False).cast("int64"))
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
