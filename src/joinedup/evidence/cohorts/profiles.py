"""Areas as they were before a scheme: how often their people came to hospital, how old and how deprived they are."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between, month_number

QUARTERS = 8
_QUARTER_DAYS = 91


def area_profiles(population: ir.Table, events: ir.Table, unit: str, day: date) -> ir.Table:
    """Areas with rates of the two years before a day, of the people who were there on it.

    Args:
        population: canonical, without people who object.
        events: from `happenings`; each kind and quarter becomes a rate.
        unit: the column of population that names the area.
        day: the first day of the scheme; nothing on or after it is read.

    Returns:
        One row an area and quarter before (1 the last): area, people, age (mean, years), deprivation (mean fifth),
        quarter, rate (events a person and year).
    """
    at = ibis.literal(day)
    there = population.filter((population.valid_from <= at) & (at < population.valid_to))
    people = there.filter(there[unit].notnull()).select(
        "person_id", area=there[unit], deprivation=there.imd_quintile.cast("float64"),
        age=((month_number(at) - month_number(there.birth_month)) / 12).cast("float64"),
    )  # fmt: skip
    areas = people.group_by("area").agg(
        people=people.count().cast("int64"), age=people.age.mean(), deprivation=people.deprivation.mean()
    )
    before = events.filter(events.day < at).select("person_id", ago=days_between(events.day, at))
    quarter = ((before.ago - 1) // _QUARTER_DAYS + 1).cast("int64")
    counted = before.mutate(quarter=quarter).filter(lambda t: t.quarter <= QUARTERS).join(people, "person_id")
    sums = counted.group_by(["area", "quarter"]).agg(events=counted.count().cast("int64"))
    quarters = ibis.range(1, QUARTERS + 1).unnest().name("quarter").as_table().cast({"quarter": "int64"})
    every = areas.cross_join(quarters).left_join(sums, ["area", "quarter"]).drop("area_right", "quarter_right")
    rate = every.events.fill_null(0).cast("float64") / every.people * (365.25 / _QUARTER_DAYS)
    return every.mutate(rate=rate).drop("events")
