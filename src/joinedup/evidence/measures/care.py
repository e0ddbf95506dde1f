"""What measures count outside hospitals: care home admissions, reablement, costs and survey answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import first_day_column, month_column, period_column
from joinedup.evidence.measures.people import certain_links, certain_people
from joinedup.rules.foundation.period import Cadence

#: Services that are a care home in the count of permanent admissions.
_CARE_HOMES: Final = ("residential", "nursing")

#: The category of costs whose setting or payer no record states.
UNKNOWN: Final = "not known"


def care_home_admissions(package: ir.Table, link: ir.Table) -> ir.Table:
    """People whose long-term support needs were first met by a care home, on the day it began, one each.

    New means no earlier residential or nursing placement of the person: a move between homes, or from residential to
    nursing care, is not counted again. Self-funders are invisible to councils' records.

    Source: ASCOF, permanent admissions 65+ (2A(2) to 2022-23, 2C from 2023-24); DHSC, client level data methodology.
    """
    homes = package.filter(package.is_long_term & package.service.isin(_CARE_HOMES))
    order = ibis.window(group_by=homes.person_id, order_by=[homes.start, homes.event_id])
    first = homes.mutate(rank=ibis.row_number().over(order)).filter(lambda t: t["rank"] == 0)
    joined = first.join(certain_links(link).drop("person_id"), "record_key", how="left")
    sure = joined.is_sure.fill_null(True).cast("int64")
    return joined.select(
        "person_id",
        loose_id=joined.loose_id.fill_null(joined.person_id),
        day=joined.start,
        quantity=ibis.literal(1, "int64"),
        strict=sure,
        loose=ibis.literal(1, "int64"),
    )


def reablement(episodes: ir.Table, link: ir.Table) -> ir.Table:
    """Hospital discharges into reablement, one each, with whether the person was at home on day 91.

    Lost to follow-up stays counted and is not at home. A person with two episodes counts twice.
    """
    joined = episodes.join(certain_people(link), "person_id", how="left")
    return joined.select(
        "person_id",
        "is_at_home",
        loose_id=joined.loose_id.fill_null(joined.person_id),
        day=joined.discharge,
        quantity=ibis.literal(1, "int64"),
        strict=joined.is_sure.fill_null(True).cast("int64"),
        loose=ibis.literal(1, "int64"),
    )


def symptoms(fragmentation: ir.Table, link: ir.Table) -> ir.Table:
    """Symptoms of fragmented care on the day each shows, one each; sure when every link of the person is.

    Source: NAO, Health and social care integration (2017), paragraph 1.8 (M2).
    """
    joined = fragmentation.join(certain_people(link), "person_id", how="left")
    return joined.select(
        "person_id",
        "symptom",
        loose_id=joined.loose_id.fill_null(joined.person_id),
        day=joined["at"],
        quantity=ibis.literal(1, "int64"),
        strict=joined.is_sure.fill_null(True).cast("int64"),
        loose=ibis.literal(1, "int64"),
    )


def symptom_months(judged: ir.Table, symptom: Sequence[str]) -> ir.Table:
    """How many events of each month could show a symptom.

    Args:
        judged: SYMPTOM_MONTH.
        symptom: of several symptoms, the months in which any can be judged; none is all of them.

    Returns:
        One row a month with any: month (numbered), events.
    """
    wanted = judged.filter(judged.symptom.isin(list(symptom))) if symptom else judged
    return wanted.group_by(month=month_column(wanted.month)).agg(events=wanted.events.sum().cast("int64"))


def cost_kinds(month_fact: ir.Table) -> ir.Table:
    """The settings and payers that occur together, each pair once: the categories of `costs`.

    Returns:
        One row a pair: setting, payer (null where no record says).
    """
    return month_fact.select("setting", "payer").distinct()


def cost_months(month_fact: ir.Table) -> ir.Table:
    """How many facts each month holds.

    Returns:
        One row a month: month (numbered), events.
    """
    facts = month_fact.select(month=month_column(month_fact.month))
    return facts.group_by("month").agg(events=facts.count())


def costs(month_fact: ir.Table, link: ir.Table, categories: Mapping[str, tuple[str, str]]) -> ir.Table:
    """What services cost in whole pence, one row a person and financial year, with each category's part beside it.

    The row belongs to where the person was on the last day of the last month of the year with any cost. Costs that
    nobody could price are missing, not zero: the figure is of known costs.

    Args:
        month_fact: canonical month facts.
        link: which person a record belongs to.
        categories: name of a column to add -> (setting or payer, its value).
    """
    known = month_fact.filter(month_fact.pence.notnull())
    joined = known.join(certain_links(link), "record_key")
    month = month_column(joined.month)
    parts = {name: _is_kind(joined, *kind) for name, kind in categories.items()} | {"strict": joined.is_sure}
    summed = joined.group_by(joined.person_id, year=period_column(month, Cadence.FINANCIAL_YEAR)).agg(
        loose_id=joined.loose_id.min(),
        quantity=joined.pence.sum().cast("int64"),
        latest=month.max(),
        # a condition inside the sum is three times as quick as a filter beside it
        **{name: ibis.ifelse(part, joined.pence, 0).sum().cast("int64") for name, part in parts.items()},
    )
    last_day = (first_day_column(summed.latest + 1) - ibis.interval(days=1)).cast("date")
    return summed.mutate(day=last_day, loose=summed.quantity).drop("year", "latest")


def _is_kind(facts: ir.Table, column: str, value: str) -> ir.BooleanValue:
    return facts[column].isnull() if value == UNKNOWN else facts[column] == value


def cost_cube(events: ir.Table, by: Sequence[str], categories: Sequence[str]) -> ir.Table:
    """Sum placed costs to cells; a person has one row a year, so rows are people.

    Returns:
        One row a financial year and cell: period, `by`, quantity, squares, persons, strict, loose; and for each
        category its sum, <name>_squares and <name>_persons (people with any).
    """
    dated = events.mutate(period=period_column(events.month, Cadence.FINANCIAL_YEAR))
    return dated.group_by(["period", *by]).agg(
        quantity=dated.quantity.sum().cast("int64"),
        squares=_squares(dated.quantity).sum().cast("float64"),
        persons=(dated.quantity != 0).cast("int64").sum().cast("int64"),
        strict=dated.strict.sum().cast("int64"),
        loose=dated.loose.sum().cast("int64"),
        **{name: dated[name].sum(where=~dated.is_extra).fill_null(0).cast("int64") for name in categories},
        **{f"{name}_squares": _squares(dated[name]).sum(where=~dated.is_extra).cast("float64") for name in categories},
        **{f"{name}_persons": ((dated[name] != 0) & ~dated.is_extra).cast("int64").sum() for name in categories},
    )


def _squares(pence: ir.Column) -> ir.DecimalColumn:
    """Squares as decimals: their sums pass what a float holds exactly, and must not depend on the order of rows."""
    return (pence.cast("int64") * pence.cast("int64")).cast("decimal(38, 0)")
