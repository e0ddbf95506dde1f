"""What measures count in hospitals: admissions, discharges, readmissions, bed days, A&E attendances and delays."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import first_day_column, month_column
from joinedup.evidence.measures.people import certain_links, certain_people

#: A readmission begins 0 to 29 days after the last discharge.
_READMISSION_DAYS: Final = 29


def stays(spell: ir.Table, link: ir.Table) -> ir.Table:
    """Spells with how sure their person is; shared by the functions below.

    A spell joins episodes of several records, so it is sure only when every link of its person is.
    """
    people = certain_people(link)
    joined = spell.join(people, "person_id", how="left")
    return joined.select(
        "spell_id",
        "person_id",
        "start",
        "end",
        "is_emergency",
        "diagnosis",
        "diagnoses",
        "specialty",
        destination=joined.discharge_destination,
        is_alive=~joined.died.fill_null(False),
        length_days=joined.length_of_stay_days,
        is_sure=joined.is_sure.fill_null(True).cast("int64"),
        loose_id=joined.loose_id.fill_null(joined.person_id),
    )


def admissions(spells: ir.Table) -> ir.Table:
    """Spells on the day they began, one each."""
    return _counted(spells, spells.start)


def discharges(spells: ir.Table) -> ir.Table:
    """Spells on the day they ended, each with whether an emergency admission followed within 30 days.

    The next spell of the person must be an emergency and begin 0 to 29 days after the discharge, in any hospital.
    With sure links only, the person must be sure; with doubtful links too, the next spell is sought among the spells
    of the person at the loose threshold.

    Returns:
        Events with is_readmitted and is_readmitted_loose (0 or 1).

    Source: NHS Digital, indicator specification I02040 (emergency readmissions within 30 days).
    """
    marked = spells.mutate(
        is_readmitted=_is_followed(spells, "person_id"), is_readmitted_loose=_is_followed(spells, "loose_id")
    )
    ended = marked.filter(marked.end.notnull())
    return _counted(ended, ended.end)


def readmissions(ended: ir.Table) -> ir.Table:
    """Of placed discharges, those that were followed by an emergency readmission.

    Args:
        ended: from `discharges`, placed.
    """
    return ended.mutate(
        quantity=ended.quantity * ended.is_readmitted,
        strict=ended.strict * ended.is_readmitted,
        loose=ended.loose * ended.is_readmitted_loose,
    )


def expected_readmissions(index: ir.Table) -> ir.Table:
    """Of the discharges a measure counts, how likely each was to be followed by a readmission.

    The likelihood is the share readmitted of all discharges in the place, over the whole period, of the same age band,
    sex, admission method (emergency or other) and chapter of the primary diagnosis. Its sum over an area's discharges
    is what the area would have at the place's own rates.

    Args:
        index: from `readmissions`, filtered to what the measure counts.

    Source: NHS Digital, indicator specification I02040, which standardises for the same things.
    """
    alike = ["band", "sex", "is_emergency", "chapter"]
    marked = index.mutate(
        chapter=index.diagnosis.substr(0, 1).fill_null(""), is_emergency=index.is_emergency.fill_null(False)
    )
    counts = marked.group_by(alike).agg(expected=_in_exact_steps(marked.quantity.cast("float64").mean()))
    return marked.join(counts, alike).drop("chapter", "diagnosis", "diagnoses", "spell_id", "specialty", "destination")


def _in_exact_steps(likelihood: ir.FloatingScalar) -> ir.FloatingScalar:
    """A likelihood to the nearest 2^-30: sums of such steps are exact, so they do not depend on the order of rows."""
    return (likelihood * 2**30).round().cast("float64") / 2**30


def _is_followed(spells: ir.Table, who: str) -> ir.IntegerValue:
    order = ibis.window(group_by=spells[who], order_by=[spells.start, spells.spell_id])
    gap = spells.start.lead().over(order).delta(spells.end, unit="day")
    emergency = spells.is_emergency.lead().over(order)
    return (emergency & (gap >= 0) & (gap <= _READMISSION_DAYS)).fill_null(False).cast("int64")


def bed_days(spells: ir.Table, until: date) -> ir.Table:
    """Midnights in a hospital bed, one row a spell and calendar month; the day of discharge does not count.

    Args:
        spells: from `stays`.
        until: first day after the last period; a stay still open is counted up to it.
    """
    return _by_month(spells, until)


def attendances(activity: ir.Table, link: ir.Table) -> ir.Table:
    """A&E attendances on the day of arrival, one each."""
    events = activity.filter(
        (activity.setting == "urgent_care") & (activity.unit.fill_null("attendance") == "attendance")
    )
    joined = events.join(certain_links(link), "record_key")
    return joined.select(
        "person_id",
        "loose_id",
        "diagnosis",
        "diagnoses",
        attendance=joined.method,
        day=joined.start,
        quantity=ibis.literal(1, "int64"),
        strict=joined.is_sure.cast("int64"),
        loose=ibis.literal(1, "int64"),
    )


def delayed_days(delay: ir.Table, link: ir.Table, until: date) -> ir.Table:
    """Midnights in a hospital bed after the person was ready to leave it, one row a delay and calendar month."""
    sure = certain_links(link).drop("person_id")
    joined = delay.join(sure, "record_key", how="left")
    each = joined.select(
        "person_id",
        "start",
        "end",
        "era",
        "reason",
        "responsible",
        "care",
        loose_id=joined.loose_id.fill_null(joined.person_id),
        is_sure=joined.is_sure.fill_null(True).cast("int64"),
    )
    return _by_month(each, until)


def ready_discharges(delay: ir.Table, link: ir.Table) -> ir.Table:
    """Discharges with a discharge-ready date, one each on the day of discharge, with the days between the two.

    A discharge without a date is not here: how many have one is a matter of data quality. Deaths and transfers are left
    out where delays are found.
    """
    ended = delay.filter((delay.era == "drd") & delay.end.notnull() & delay.days.notnull())
    joined = ended.join(certain_links(link).drop("person_id"), "record_key", how="left")
    return joined.select(
        "person_id",
        loose_id=joined.loose_id.fill_null(joined.person_id),
        delay=joined.days,
        day=joined.end,
        quantity=ibis.literal(1, "int64"),
        strict=joined.is_sure.fill_null(True).cast("int64"),
        loose=ibis.literal(1, "int64"),
    )


def ready_delay_days(ready: ir.Table) -> ir.Table:
    """Of placed ready discharges, the days each one waited."""
    return ready.mutate(
        quantity=ready.quantity * ready.delay, strict=ready.strict * ready.delay, loose=ready.loose * ready.delay
    )


def _counted(spells: ir.Table, day: ir.DateValue) -> ir.Table:
    return spells.mutate(
        day=day, quantity=ibis.literal(1, "int64"), strict=spells.is_sure, loose=ibis.literal(1, "int64")
    ).drop("start", "end", "is_sure")


def _by_month(intervals: ir.Table, until: date) -> ir.Table:
    """Half-open intervals cut at the ends of months; the quantity is the days of each part."""
    last = ibis.literal(until, "date")
    ends = ibis.least(intervals.end.fill_null(last), last)
    open_ = intervals.mutate(end=ends).filter(lambda t: t.start < t.end)
    months = month_column((open_.end - ibis.interval(days=1)).cast("date")) - month_column(open_.start)
    parts = open_.mutate(step=ibis.range(0, months + 1).unnest())
    month = month_column(parts.start) + parts.step.cast("int64")
    begin = ibis.greatest(parts.start, first_day_column(month))
    end = ibis.least(parts.end, first_day_column(month + 1))
    days = end.delta(begin, unit="day").cast("int64")
    return parts.mutate(
        day=begin, quantity=days, strict=days * parts.is_sure, loose=days
    ).drop("start", "end", "is_sure", "step")  # fmt: skip
