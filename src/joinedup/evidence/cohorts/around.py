"""Events before and after the index date by months of thirty days: the naive picture of those who joined alone."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between

MONTH_DAYS = 30
MONTHS = 12


def events_around(candidates: ir.Table, events: ir.Table) -> ir.Table:
    """How many events lay in each month of thirty days from twelve before the index date to twelve after.

    Args:
        candidates: person_id and index_date.
        events: from `happenings`, of one kind.

    Returns:
        One row a month with any event: month (-12 the first, 0 that which begins with the index date), events.
    """
    pairs = candidates.select("person_id", "index_date")
    found = pairs.join(events.select("person_id", "day"), "person_id")
    since = days_between(found.index_date, found.day)
    month = ((since + MONTHS * MONTH_DAYS) // MONTH_DAYS).cast("int64") - MONTHS
    rows = found.select(since=since, month=month)
    rows = rows.filter((rows.since >= -MONTHS * MONTH_DAYS) & (rows.since < MONTHS * MONTH_DAYS))
    return rows.group_by("month").agg(events=ibis._.count().cast("int64"))
