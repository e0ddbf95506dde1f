"""The sums that a publisher's own tables promise: every one is compared, and one that fails is a problem of its file.

Councils, with residents of Wales, Scotland and beyond, must add up to the printed England row of every column; the
columns of a row must add up to its printed total; the tables of one workbook must agree with each other.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.statistics import delay_sheet, is_beds, is_england, printed_figures

#: One comparison: what the tables print against what their parts add up to.
COMPARISON: Final = {
    "source": "string",
    "file": "string",
    "period": "string",
    "sheet": "string",
    "what": "string",  # the column, row or table compared
    "rule": "string",  # id of the sum that must hold
    "printed": "float64",
    "summed": "float64",
}

#: Figures printed with fractions (apportioned months, averages a day) add up to within this share of one.
TOLERANCE: Final = 0.005

_TOTALS: Final = {  # A&E time series: printed total -> its parts
    "Total Attendances": (
        "Type 1 Departments - Major A&E",
        "Type 2 Departments - Single Specialty",
        "Type 3 Departments - Other A&E/Minor Injury Unit",
    ),
    "Total Emergency Admissions via A&E": (
        "Emergency Admissions via Type 1 A&E",
        "Emergency Admissions via Type 2 A&E",
        "Emergency Admissions via Type 3 and 4 A&E",
    ),
    "Total Emergency Admissions": (
        "Total Emergency Admissions via A&E",
        "Other Emergency Admissions (i.e not via A&E)",
    ),
}


def delay_comparisons(rows: ir.Table) -> ir.Table:
    """Every sum that the tables of a delayed transfers workbook promise.

    Five rules: areas add up to England in each column; the columns of a row add up to its total; an area's total is
    the same in all three tables; the England sheet's acute and non-acute lines are the sums of their reasons; and the
    England sheet gives the same days by care, responsible organisation and reason as the tables of councils.

    Args:
        rows: printed figures of workbooks (workbook reader).

    Returns:
        One row a comparison, equal or not; columns `COMPARISON`.
    """
    figures = printed_figures(rows)
    councils = figures.filter(delay_sheet(figures.sheet).notnull())
    return _union(
        _areas_and_england(councils),
        _columns_and_total(councils),
        _tables_agree(councils.filter(~is_beds(councils.block))),
        _england_lines(figures),
        _england_sheet(figures, councils.filter(~is_beds(councils.block))),
    )


def activity_comparisons(rows: ir.Table) -> ir.Table:
    """Commissioners, and regions, against the printed England row in every column of a Monthly Activity Return.

    Args:
        rows: printed figures of workbooks (workbook reader).

    Returns:
        One row a comparison, equal or not; columns `COMPARISON`.
    """
    figures = printed_figures(rows)
    return _areas_and_england(figures.filter(figures.heading.endswith(")")))


def emergency_comparisons(rows: ir.Table) -> ir.Table:
    """Department types against attendances, and routes against emergency admissions, in every month of the A&E series.

    Args:
        rows: printed figures of the workbook (workbook reader).

    Returns:
        One row a comparison, equal or not; columns `COMPARISON`.
    """
    activity = printed_figures(rows)
    activity = activity.filter(activity.sheet == "Activity")
    return _union(*(_parts_and_total(activity, total, parts) for total, parts in _TOTALS.items()))


def differing(comparisons: ir.Table) -> ir.Table:
    """The comparisons that fail: printed and summed differ, or one of them is missing."""
    apart = (comparisons.printed - comparisons.summed).abs() > TOLERANCE
    return comparisons.filter(apart | comparisons.printed.isnull() | comparisons.summed.isnull())


def _areas_and_england(figures: ir.Table) -> ir.Table:
    marked = figures.mutate(is_total=is_england(figures))
    return (
        marked.group_by("source", "file", "period", "sheet", "block", "heading")
        .aggregate(
            printed=marked.figure.sum(where=marked.is_total),
            summed=marked.figure.sum(where=~marked.is_total),
        )
        .mutate(what=lambda t: t.block + " " + t.heading, rule=ibis.literal("areas_add_up_to_england"))
        .pipe(_shaped)
    )


def _columns_and_total(figures: ir.Table) -> ir.Table:
    marked = figures.mutate(is_total=figures.heading.lower() == "total")
    return (
        marked.group_by("source", "file", "period", "sheet", "block", "sheet_row")
        .aggregate(
            printed=marked.figure.sum(where=marked.is_total),
            summed=marked.figure.sum(where=~marked.is_total),
        )
        .mutate(what=lambda t: ibis.literal("row ") + t.sheet_row, rule=ibis.literal("columns_add_up_to_total"))
        .pipe(_shaped)
    )


def _tables_agree(figures: ir.Table) -> ir.Table:
    totals = figures.filter(figures.heading.lower() == "total")
    return (
        totals.group_by("source", "file", "period", "code", "name")
        .aggregate(printed=totals.figure.min(), summed=totals.figure.max())
        .mutate(
            sheet=ibis.literal("every table of councils"),
            what=lambda t: ibis.literal("total of ") + t.name,
            rule=ibis.literal("tables_agree"),
        )
        .pipe(_shaped)
    )


def _england_lines(figures: ir.Table) -> ir.Table:
    england = figures.filter(figures.sheet == "England")
    by_reason = england.reason != "-"
    return (
        england.group_by("source", "file", "period", "sheet", "care", "heading")
        .aggregate(printed=england.figure.sum(where=~by_reason), summed=england.figure.sum(where=by_reason))
        .mutate(
            what=lambda t: t.care + " " + t.heading,
            rule=ibis.literal("reasons_add_up_to_england_line"),
        )
        .pipe(_shaped)
    )


def _england_sheet(figures: ir.Table, councils: ir.Table) -> ir.Table:
    """Care, responsible organisation and reason: the England row of the councils' tables against the England sheet."""
    england = figures.filter(figures.sheet == "England", figures.reason != "-")
    letter = england.reason.lower().re_extract(r"^([a-z]+)\)", 1)
    ways = [england.mutate(key=key) for key in (england.care.lower(), england.heading.lower(), letter)]
    summed = _sum_by_key(_union(*ways), "summed")
    printed_rows = councils.filter(is_england(councils), councils.heading.lower() != "total")
    heading = printed_rows.heading.lower()
    reason = delay_sheet(printed_rows.sheet) == "reason"
    printed = _sum_by_key(
        printed_rows.mutate(key=reason.ifelse(heading.re_extract(r"^([a-z]+)\)", 1), heading)), "printed"
    )
    return (
        printed.left_join(summed, ["source", "file", "period", "key"])
        .mutate(
            sheet=ibis.literal("England"),
            what=lambda t: t.key,
            rule=ibis.literal("england_sheet_agrees_with_councils"),
        )
        .pipe(_shaped)
    )


def _sum_by_key(figures: ir.Table, name: str) -> ir.Table:
    return figures.group_by("source", "file", "period", "key").aggregate(**{name: figures.figure.sum()})


def _parts_and_total(activity: ir.Table, total: str, parts: tuple[str, ...]) -> ir.Table:
    return (
        activity.group_by("source", "file", "period", "sheet")
        .aggregate(
            printed=activity.figure.sum(where=activity.heading == total),
            summed=activity.figure.sum(where=activity.heading.isin(list(parts))),
        )
        .mutate(what=ibis.literal(total), rule=ibis.literal("parts_add_up_to_total"))
        .pipe(_shaped)
    )


def _shaped(table: ir.Table) -> ir.Table:
    return table.select(**{name: table[name].cast(kind) for name, kind in COMPARISON.items()})


def _union(*tables: ir.Table) -> ir.Table:
    return reduce(lambda left, right: left.union(right), tables)
