"""Delays in leaving hospital, in both eras, which are never one series."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.journeys.calendar import FAR, days_between
from joinedup.rules.care.delay import DelayReason, DelayRule, Era, check_one_series

_STAY = ("person_id", "provider", "stay")


def delays(activity: ir.Table, link: ir.Table, rule: DelayRule) -> ir.Table:
    """List every stretch in which a person was ready to leave a hospital bed and still in it.

    Delayed transfers (ready before the end of that collection) are split where the reason changes; of two reasons
    given for one day the one received last holds. For discharge-ready dates the last ready date of a stay holds, as
    a person who falls ill again is ready later. The wait ends when the stay with that hospital ends. A ready date
    after discharge is an error: the row is left out here and listed by `broken_delays`.

    Args:
        activity: canonical activity; rows with a ready date are read, with the other episodes of their stay.
        link: which person a record belongs to.
        rule: last day of the first era, and destinations that discharge-ready counts leave out.

    Returns:
        DELAY; `end` and `days` are null while the person still waits. Days are midnights.

    Source: Monthly Delayed Transfers of Care SitRep definitions; NHS England discharge-ready date (D5). One case:
    rules.care.delay.
    """
    waits = _waits(activity, link, rule)
    kept = ibis.union(_reasons(waits.filter(waits.era == Era.DTOC.value)), _last_ready(waits, rule))
    whole = kept.filter(kept.end.isnull() | (kept.start <= kept.end))
    return tables.conform(whole.mutate(days=days_between(whole.start, whole.end)), tables.DELAY)


def _waits(activity: ir.Table, link: ir.Table, rule: DelayRule) -> ir.Table:
    """Rows with a ready date, with the day their stay ended."""
    beds = activity.filter(activity.ready_date.notnull() | (activity.spell_ref.notnull() & _is_bed(activity)))
    beds = beds.join(link.select("record_key", "person_id"), "record_key").mutate(stay=_stay(beds))
    ready = beds.filter(beds.ready_date.notnull())
    stays = beds.semi_join(ready, _STAY).group_by(_STAY).agg(left=_latest(beds.end))
    waits = ready.join(stays, _STAY)
    is_old = waits.ready_date < ibis.literal(rule.dtoc_until)
    is_acute = waits.setting == "inpatient"
    return waits.mutate(
        era=ibis.ifelse(is_old, Era.DTOC.value, Era.DRD.value),
        end=waits.left.nullif(ibis.literal(FAR)),
        start=waits.ready_date,
        reason=waits.delay_reason,
        responsible=waits.delay_responsible,
        care=ibis.ifelse(is_acute, "acute", "non_acute"),
    )


def _is_bed(activity: ir.Table) -> ir.BooleanValue:
    return (activity.setting == "inpatient") | activity.unit.isin(["bed_day", "episode", "spell"])


def _stay(rows: ir.Table) -> ir.StringValue:
    return rows.spell_ref.fill_null(rows.event_id)


def _latest(end: ir.DateColumn) -> ir.DateScalar:
    return end.fill_null(ibis.literal(FAR)).max()


def _reasons(waits: ir.Table) -> ir.Table:
    """One row a person, stay and reason: a later ready date of the stay ends the one before it."""
    order = [waits.received.desc(), waits.event_id.desc()]
    one_a_day = ibis.row_number().over(ibis.window(group_by=[*_STAY, "start"], order_by=order))
    days = waits.mutate(rank=one_a_day).filter(lambda t: t["rank"] == 0).drop("rank")
    following = days.start.lead().over(ibis.window(group_by=_STAY, order_by="start"))
    return days.mutate(following=following).mutate(end=lambda t: ibis.coalesce(t.following, t.end)).drop("following")


def _last_ready(waits: ir.Table, rule: DelayRule) -> ir.Table:
    """One row a stay: the last ready date, where the person left neither dead nor for another hospital."""
    late = waits.filter(waits.era == Era.DRD.value)
    order = [late.start.desc(), late.received.desc(), late.event_id.desc()]
    last = late.mutate(rank=ibis.row_number().over(ibis.window(group_by=_STAY, order_by=order)))
    kept = last.filter((last["rank"] == 0) & ~last.discharge_destination.isin(list(rule.not_delayed)).fill_null(False))
    return kept.drop("rank")


def delay_days(delay: ir.Table, months: ir.Table, eras: Sequence[Era | str], break_marked: bool = False) -> ir.Table:
    """Count the days of delay that fall in each period: the midnights on which a ready person was still in the bed.

    Args:
        delay: DELAY.
        months: period_start, period_end (exclusive); a wait without end counts to the end of the last period.
        eras: the era to count; both only where the break between them is marked.
        break_marked: whether what is drawn marks the break.

    Returns:
        The columns of DELAY with period_start, period_end and period_days (above 0), one row a delay and period.

    Raises:
        DefinitionError: both eras asked for as one series.

    Source: joinedup specification 2.1 and amendment 8.
    """
    check_one_series(eras, break_marked)
    wanted = delay.filter(delay.era.isin([str(era) for era in eras]))
    until = wanted.end.fill_null(ibis.literal(FAR))
    wanted = wanted.mutate(until=until)
    both = wanted.join(months, [wanted.start < months.period_end, months.period_start < wanted.until])
    inside = days_between(ibis.greatest(both.start, both.period_start), ibis.least(both.until, both.period_end))
    return both.mutate(period_days=inside).drop("until")


def broken_delays(activity: ir.Table, reasons: Sequence[DelayReason]) -> ir.Table:
    """List reported delays that break a rule of the collection, so that they can be shown and put right.

    Args:
        activity: canonical activity.
        reasons: the dated list of reasons and whom each may be attributed to.

    Returns:
        source, file, record_number, event_id, rule: one row a broken rule.

    Source: Monthly Delayed Transfers of Care SitRep definitions; the attribution column is marked verify. One case:
    rules.care.delay.broken_rules.
    """
    rows = activity.filter(activity.ready_date.notnull())
    known = _any([_holds(rows, reason) for reason in reasons])
    allowed = _any([_holds(rows, r) & rows.delay_responsible.isin(list(r.responsible)) for r in reasons])
    broken = {
        "ready_after_discharge": (rows.end < rows.ready_date).fill_null(False),
        "unknown_reason": rows.delay_reason.notnull() & ~known,
        "attribution_not_allowed": known & rows.delay_responsible.notnull() & ~allowed,
    }
    columns = ("source", "file", "record_number", "event_id")
    found = [rows.filter(test).select(*columns, rule=ibis.literal(name)) for name, test in broken.items()]
    return ibis.union(*found)


def _holds(rows: ir.Table, reason: DelayReason) -> ir.BooleanValue:
    holds = (rows.delay_reason == reason.code) & (rows.ready_date >= ibis.literal(reason.valid_from))
    if reason.valid_to is not None:
        holds &= rows.ready_date < ibis.literal(reason.valid_to)
    return holds.fill_null(False)


def _any(tests: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    return reduce(or_, tests, ibis.literal(False)).fill_null(False)
