"""Which submission of a council counts for which days, and which rows are its events, for whole tables.

One case at a time, and where the rules come from: `rules.care.submission`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from joinedup.rules.foundation.period import add_months

#: Client level data began in 2020 with the first voluntary councils; earlier months are never stated.
FIRST_MONTH: Final = date(2010, 1, 1)


def references(submissions: ir.Table, as_of: date) -> ir.Table:
    """For each council, the stretches of days for which one file counts.

    Args:
        submissions: council, file, received, first, last; one row a file and council.
        as_of: files received later are not known yet.

    Returns:
        council, file, reference_first, reference_last (both days in it), is_latest.
    """
    known = submissions.filter(submissions["received"] <= ibis.literal(as_of))
    months = _months(as_of)
    touching = known.join(months, [months["month"] <= known["last"], months["month_last"] >= known["first"]])
    covers = (touching["first"] <= touching["month"]) & (touching["last"] >= touching["month_last"])
    ranked = touching.mutate(
        place=ibis.row_number().over(
            group_by=["council", "month"],
            order_by=[covers.desc(), touching["received"].desc(), touching["last"].desc(), touching["file"].desc()],
        )
    )
    best = ranked.filter(ranked["place"] == 0)
    order = best["month_number"].asc()
    numbered = best.mutate(island=best["month_number"] - ibis.row_number().over(group_by=_WHOSE, order_by=order))
    found = numbered.group_by(*_WHOSE, "island").aggregate(
        reference_first=ibis.greatest(numbered["first"].max(), numbered["month"].min()),
        reference_last=ibis.least(numbered["last"].min(), numbered["month_last"].max()),
    )
    latest = found["reference_last"].max().over(group_by="council")
    return found.mutate(is_latest=found["reference_last"] == latest).drop("island")


_WHOSE: Final = ("council", "file")


def _months(as_of: date) -> ir.Table:
    """Every month that a submission known on a day may cover, a year ahead of it included."""
    rows, month, last = [], FIRST_MONTH, add_months(as_of.replace(day=1), 12)
    while month <= last:
        rows.append((month, add_months(month, 1) - timedelta(days=1), month.year * 12 + month.month))
        month = add_months(month, 1)
    columns = list(zip(*rows, strict=True))
    data = pa.table(
        {
            "month": pa.array(columns[0], pa.date32()),
            "month_last": pa.array(columns[1], pa.date32()),
            "month_number": pa.array(columns[2], pa.int64()),
        }
    )
    return ibis.memtable(data)


def unique_events(rows: ir.Table, stretches: ir.Table) -> ir.Table:
    """The events that submissions tell of, each once, open services ended with their submission.

    Args:
        rows: council, file, record, identity, detail (text), is_service, start, end, outcome_rank and anything
            more, one row a row of a submission; `end` is already corrected by death.
        stretches: from `references`.

    Returns:
        The rows that are kept, with `end` filled for services that were open, `is_clipped` and `is_latest`.
    """
    placed = rows.join(stretches, ["council", "file"])
    ended = ibis.coalesce(placed["end"], placed["start"])
    is_touching = placed["end"].isnull() | (placed["end"] >= placed["reference_first"])
    is_within = (ended >= placed["reference_first"]) & (ended <= placed["reference_last"])
    held = placed.filter(
        (placed["start"] <= placed["reference_last"]) & ibis.ifelse(placed["is_service"], is_touching, is_within)
    )
    latest = held.mutate(latest_last=held["reference_last"].max().over(group_by="identity"))
    current = latest.filter(latest["reference_last"] == latest["latest_last"])
    order = [
        current["end"].isnull().asc(),
        current["end"].desc(),
        current["outcome_rank"].asc(),
        current["record"].desc(),
        current["file"].desc(),
    ]
    ranked = current.mutate(place=ibis.row_number().over(group_by=["identity", "detail"], order_by=order))
    kept = ranked.filter(ranked["place"] == 0)
    is_open = kept["is_service"] & (kept["end"].isnull() | (kept["end"] > kept["reference_last"]))
    clipped = kept.mutate(is_clipped=is_open, end=ibis.ifelse(is_open, kept["reference_last"], kept["end"]))
    return clipped.drop("place", "latest_last", "reference_first", "reference_last")
