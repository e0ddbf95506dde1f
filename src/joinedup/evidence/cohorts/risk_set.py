"""Candidates of a comparison: who joined a scheme, and who else was there on a day on which somebody joined."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import month_number


def enrolled(activity: ir.Table, link: ir.Table, method: str, *, setting: str = "", service: str = "") -> ir.Table:
    """Rows of enrolment in a scheme, with the person where the record is linked.

    Returns:
        One row an event: event_id, person_id (null where the record is of nobody known), start, pence.
    """
    wanted = (activity.method == method) & activity.start.notnull()
    if setting:
        wanted &= activity.setting == setting
    if service:
        wanted &= activity.service == service
    rows = activity.filter(wanted.fill_null(False)).select("event_id", "record_key", "start", pence="source_cost_pence")
    return rows.left_join(link.select("record_key", "person_id"), "record_key").select(
        "event_id", "person_id", "start", "pence"
    )


def joiners(rows: ir.Table) -> ir.Table:
    """Everybody known who joined, once: the first day, and what the enrolments cost together.

    Args:
        rows: from `enrolled`.

    Returns:
        person_id, start, pence.
    """
    known = rows.filter(rows.person_id.notnull())
    return known.group_by("person_id").agg(start=known.start.min(), pence=known.pence.sum())


def index_dates(joined: ir.Table, people: ir.Table, *, one_date: bool = False) -> ir.Table:
    """Who could be compared, and from which day.

    Joiners are followed from the day they joined. Everybody else gets, in every calendar month in which somebody
    joined, the day of one of those who did: the one whose turn falls on their pseudonym, so that the days of both
    groups are spread alike and chance alone decides. With one date, they get one day out of all. Who joins in a
    later month is a possible control until then; whoever joined by the end of the month is not.

    Args:
        joined: from `joiners`.
        people: person_id of everybody who may be used.
        one_date: one day for each possible control instead of one a month.

    Returns:
        person_id, index_date, period (numbered month), treated (0 or 1); one row a person and month at most.

    Source: Li, Propert and Rosenbaum 2001 (balanced risk set matching).
    """
    group = ibis.literal(0, "int64") if one_date else month_number(joined.start)
    dated = joined.select("person_id", "start", group=group)
    turn = ibis.window(group_by="group", order_by=["start", "person_id"])
    turns = dated.mutate(turn=ibis.row_number().over(turn).cast("int64")).select("group", "turn", index_date="start")
    sizes = dated.group_by("group").agg(size=dated.count().cast("int64"))
    everybody = people.select("person_id").distinct()
    drawn = everybody.cross_join(sizes)
    drawn = drawn.mutate(turn=((drawn.person_id % drawn["size"]) + drawn["size"]) % drawn["size"])
    others = drawn.join(turns, ["group", "turn"]).select("person_id", "index_date")
    own = joined.select("person_id", own_start="start")
    others = others.left_join(own, "person_id")
    joins_later = month_number(others.own_start) > month_number(others.index_date)
    others = others.filter(others.own_start.isnull() | joins_later)
    marked = others.select("person_id", "index_date", treated=ibis.literal(0, "int64"))
    theirs = joined.select("person_id", index_date="start", treated=ibis.literal(1, "int64"))
    both = ibis.union(theirs, marked)
    return both.mutate(period=month_number(both.index_date))


def numbered(candidates: ir.Table) -> ir.Table:
    """Candidates with a number of their own, in an order that is the same on every engine."""
    order = ibis.window(order_by=[candidates.period, candidates.treated.desc(), candidates.person_id])
    return candidates.mutate(candidate=ibis.row_number().over(order).cast("int64"))
