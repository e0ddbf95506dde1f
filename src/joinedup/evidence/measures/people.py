"""Who a measure is about: residents and registered people, counted month by month, and where each one belonged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import age_band_column, month_column
from joinedup.rules.foundation.definition import AGE_EDGES

#: Areas of residence, widest first, and of registration.
RESIDENT_AREAS: Final = ("system", "place", "council", "neighbourhood")
REGISTERED_AREAS: Final = ("practice",)

#: What is known of a person on a day, besides areas.
TRAITS: Final = ("sex", "band", "quintile")

#: Days after a person's last known day during which an event still belongs to where they lived.
_GRACE_DAYS: Final = 31

#: Ends of intervals from this day on mean "still".
_FAR: Final = date(2200, 1, 1)

#: An age that nobody reaches.
_OLDEST: Final = 200


def people(population: ir.Table) -> ir.Table:
    """The intervals of people whom measures may count, ready to be joined by day.

    Args:
        population: the canonical population, one row a person and interval, without the people whom their objection
            leaves out (`not_objecting`).

    Returns:
        One row a person and interval: person_id, valid_from, valid_to, until (to which day an event still belongs
        here: the last interval of a person, ended by death or leaving, keeps events of 31 more days), birth (numbered
        month), sex, quintile (0 = not known) and the codes of areas ("" = none).
    """
    kept = population
    last = kept.valid_from.lead().over(ibis.window(group_by=kept.person_id, order_by=kept.valid_from)).isnull()
    last &= kept.valid_to < ibis.literal(_FAR)
    longer = kept.valid_to + ibis.interval(days=_GRACE_DAYS)
    areas = {name: kept[name].fill_null("") for name in (*RESIDENT_AREAS, *REGISTERED_AREAS)}
    return kept.select(
        "person_id",
        "valid_from",
        "valid_to",
        until=ibis.ifelse(last, longer, kept.valid_to).cast("date"),
        birth=month_column(kept.birth_month),
        sex=kept.sex.fill_null(""),
        quintile=kept.imd_quintile.fill_null(0),
        **areas,
    )


def area_numbers(persons: ir.Table) -> ir.Table:
    """The areas of residence that occur together, numbered: one number is quicker to count by than four codes.

    Args:
        persons: from `people`.

    Returns:
        One row a combination: the resident area columns and area (0, 1, 2 ... in their order).
    """
    found = persons.select(*RESIDENT_AREAS).distinct()
    order = ibis.window(order_by=[found[name] for name in RESIDENT_AREAS])
    return found.mutate(area=ibis.row_number().over(order).cast("int64"))


def number_areas(persons: ir.Table, numbers: ir.Table) -> ir.Table:
    """Put the number of each person's areas of residence in the place of the codes.

    Args:
        persons: from `people`.
        numbers: from `area_numbers`.
    """
    codes = numbers.rename({f"of_{name}": name for name in RESIDENT_AREAS})
    joined = persons.join(codes, [persons[name] == codes[f"of_{name}"] for name in RESIDENT_AREAS])
    return joined.drop(*RESIDENT_AREAS, *(f"of_{name}" for name in RESIDENT_AREAS))


def person_months(persons: ir.Table, first: int, last: int, by: Sequence[str]) -> ir.Table:
    """How many people there were on the first day of each month.

    People are counted by the changes, not by one row a person and month: each interval, cut where the person enters
    another age band, adds one in its first month and takes one away after its last; running totals are the counts.

    Args:
        persons: from `people`.
        first: first numbered month.
        last: last numbered month.
        by: area columns and traits to count by; `band` is the age band on the first of the month.

    Returns:
        One row a cell and month with anybody: `by` columns, month, people.
    """
    intervals = _month_intervals(persons, first, last + 1)
    keys = [name for name in by if name != "band"]
    cut = _cut_by_age(intervals, keys) if "band" in by else intervals.select(*keys, "begin", "end")
    enter = cut.select(*by, month=cut.begin, change=ibis.literal(1, "int64"))
    leave = cut.select(*by, month=cut.end, change=ibis.literal(-1, "int64"))
    changes = enter.union(leave).group_by([*by, "month"]).agg(change=lambda t: t.change.sum())
    months = ibis.range(first, last + 1).unnest().name("at").as_table()
    running = changes.join(months, changes.month <= months["at"].cast("int64"))
    counted = running.group_by([*by, "at"]).agg(people=running.change.sum().cast("int64"))
    return counted.filter(counted.people > 0).rename(month="at").cast({"month": "int64"})


def _month_intervals(persons: ir.Table, start: int, end: int) -> ir.Table:
    """Intervals in months: a person is counted in a month when the interval holds its first day."""
    begin = ibis.greatest(_month_ceiling(persons.valid_from), start)
    until = ibis.least(_month_ceiling(persons.valid_to), end)
    cut = persons.mutate(begin=begin, end=until)
    return cut.filter(cut.begin < cut.end)


def _month_ceiling(day: ir.DateValue) -> ir.IntegerValue:
    return month_column(day) + (day.day() > 1).cast("int64")


def _cut_by_age(intervals: ir.Table, keys: Sequence[str]) -> ir.Table:
    ends = (*AGE_EDGES[1:], _OLDEST)
    edges = [(-1, 0, 0), *((low, 12 * low, 12 * high) for low, high in zip(AGE_EDGES, ends, strict=True))]
    bands = ibis.memtable(edges, schema={"band": "int64", "from_months": "int64", "to_months": "int64"})
    each = intervals.cross_join(bands)
    unknown = each.birth.isnull()
    begin = ibis.ifelse(
        unknown | (each.band == 0), each.begin, ibis.greatest(each.begin, each.birth + each.from_months)
    )
    end = ibis.ifelse(unknown, each.end, ibis.least(each.end, each.birth + each.to_months))
    cut = each.select(*keys, "band", begin=begin, end=end, fits=unknown == (each.band == -1))
    return cut.filter(cut.fits & (cut.begin < cut.end)).drop("fits")


def certain_links(link: ir.Table) -> ir.Table:
    """How sure the link of each record is, and whose it would be if doubtful links counted.

    Returns:
        One row a record: record_key, person_id, is_sure (the record belongs to the same person at the strict
        threshold, whose anchor keeps the id), loose_id (the person at the loose threshold).
    """
    return link.select(
        "record_key",
        "person_id",
        is_sure=(link.person_id_strict == link.person_id).fill_null(True),
        loose_id=link.person_id_loose.fill_null(link.person_id),
    )


def certain_people(link: ir.Table) -> ir.Table:
    """How sure a whole person is: results that need several records are sure when every link is.

    Returns:
        One row a person: person_id, is_sure, loose_id.
    """
    records = certain_links(link)
    return records.group_by("person_id").agg(
        is_sure=records.is_sure.cast("int64").min() == 1, loose_id=records.loose_id.min()
    )


def place(events: ir.Table, persons: ir.Table) -> ir.Table:
    """Give each event the areas and traits its person had on the day.

    An event of somebody who lived and was registered nowhere in the place on that day is not counted, in step with
    the denominators; when its person only belongs to the place through a doubtful link it counts as loose alone.

    Args:
        events: person_id, loose_id, day, quantity, strict and loose (the quantity when only sure links count, and when
            doubtful ones count too), and any further columns.
        persons: from `people`.

    Returns:
        The events with month, areas, sex, quintile, band (age band on the day) and is_extra (counts as loose alone).
    """
    default = _placed(events, persons, "person_id").mutate(is_extra=ibis.literal(False))
    doubtful = events.filter(events.loose_id != events.person_id)
    homes = persons.view()
    homeless = doubtful.anti_join(homes, _holds(doubtful, homes, "person_id"))
    extra = _placed(homeless, persons.view(), "loose_id").mutate(
        quantity=ibis.literal(0).cast(events.quantity.type()),
        strict=ibis.literal(0).cast(events.strict.type()),
        is_extra=ibis.literal(True),
    )
    return default.union(extra.select(default.columns))


def _holds(events: ir.Table, persons: ir.Table, key: str) -> list[ir.BooleanValue]:
    return [events[key] == persons.person_id, events.day >= persons.valid_from, events.day < persons.until]


def _placed(events: ir.Table, persons: ir.Table, key: str) -> ir.Table:
    homes = persons.rename(somebody="person_id")
    joined = events.join(
        homes, [events[key] == homes.somebody, events.day >= homes.valid_from, events.day < homes.until]
    )
    month = month_column(joined.day)
    return joined.mutate(month=month, band=age_band_column((month - joined.birth) // 12)).drop(
        "somebody", "valid_from", "valid_to", "until", "birth"
    )
