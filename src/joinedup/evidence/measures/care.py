"""What measures count outside hospitals: care home admissions, reablement, costs and survey answers."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import first_day_column, month_column, period_column
from joinedup.evidence.measures.people import certain_links, certain_people
from joinedup.rules.foundation.period import Cadence

#: Services that are a care home in the count of permanent admissions.
_CARE_HOMES: Final = ("residential", "nursing")


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


def costs(month_fact: ir.Table, link: ir.Table) -> ir.Table:
    """What services cost, in whole pence, one row a person, quarter, setting and payer.

    The row belongs to where the person was on the last day of the last month of the quarter with any cost. Costs that
    nobody could price are missing, not zero: the figure is of known costs.
    """
    joined = month_fact.filter(month_fact.pence.notnull()).join(certain_links(link), "record_key")
    each = joined.mutate(
        sure_pence=ibis.ifelse(joined.is_sure, joined.pence, 0),
        month_number=month_column(joined.month),
        quarter=period_column(month_column(joined.month), Cadence.QUARTER),
    )
    summed = each.group_by(["person_id", "loose_id", "quarter", "setting", "payer"]).agg(
        quantity=lambda t: t.pence.sum().cast("int64"),
        strict=lambda t: t.sure_pence.sum().cast("int64"),
        latest=lambda t: t.month_number.max(),
    )
    return summed.select(
        "person_id",
        "loose_id",
        "quantity",
        "strict",
        setting=summed.setting.fill_null("other"),
        payer=summed.payer.fill_null("not known"),
        day=(first_day_column(summed.latest + 1) - ibis.interval(days=1)).cast("date"),
        loose=summed.quantity,
    )
