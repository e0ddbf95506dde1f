"""The sums that a publisher's own tables promise: every one is compared, and one that fails is a problem of its file.

Councils, with residents of Wales, Scotland and beyond, must add up to the printed England row of every column; the
columns of a row must add up to its printed total; the tables of one workbook must agree with each other.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.statistics import delay_sheet, is_beds, is_england, printed_figures

#: One comparison: what the tables print against what their parts add up to.
COMPARISON: Final = {
    "file": "string",
    "period": "string",
    "sheet": "string",
    "what": "string",  # the column, row or table compared
    "rule": "string",  # id of the sum that must hold
    "printed": "float64",
    "summed": "float64",
}

#: A problem of a file as a row (see `rules.foundation.errors.Problem`).
PROBLEM: Final = {
    "source": "string",
    "file": "string",
    "record": "int64",
    "field": "string",
    "rule": "string",
    "severity": "string",
    "message": "string",
    "count": "int64",
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


def sum_problems(comparisons: ir.Table, settings: Settings) -> ir.Table:
    """The failing sums as problems of their files; figures are kept as printed, so each is a warning.

    Args:
        comparisons: every sum of a source's files.
        settings: the source.

    Returns:
        One row a failing sum, columns `PROBLEM`; the message says where it stands, what is printed and what its parts
        add up to.
    """
    failing = differing(comparisons)
    message = (
        ibis.literal("sheet ")
        + failing.sheet
        + ibis.literal(", ")
        + failing.what
        + ibis.literal(": printed ")
        + failing.printed.cast("string").fill_null("nothing")
        + ibis.literal(", its parts add up to ")
        + failing.summed.cast("string").fill_null("nothing")
        + ibis.literal("; figures are kept as printed: check the workbook against its publication page")
    )
    said = failing.mutate(
        source=ibis.literal(settings.source),
        record=ibis.literal(0),
        field=ibis.literal("printed"),
        severity=ibis.literal("warning"),
        message=message,
        count=ibis.literal(1),
    )
    return said.select(**{name: said[name].cast(kind) for name, kind in PROBLEM.items()})


def delay_problems(rows: ir.Table, settings: Settings) -> ir.Table:
    """Sums of delayed transfers workbooks that fail, as problems."""
    return sum_problems(delay_comparisons(rows), settings)


def activity_problems(rows: ir.Table, settings: Settings) -> ir.Table:
    """Sums of Monthly Activity Return workbooks that fail, as problems."""
    return sum_problems(activity_comparisons(rows), settings)


def emergency_problems(rows: ir.Table, settings: Settings) -> ir.Table:
    """Sums of the A&E time series that fail, as problems."""
    return sum_problems(emergency_comparisons(rows), settings)


def _areas_and_england(figures: ir.Table) -> ir.Table:
    marked = figures.mutate(is_total=is_england(figures))
    return (
        marked.group_by("__file", "period", "sheet", "block", "heading")
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
        marked.group_by("__file", "period", "sheet", "block", "sheet_row")
        .aggregate(
            printed=marked.figure.sum(where=marked.is_total),
            summed=marked.figure.sum(where=~marked.is_total),
        )
        .mutate(
            what=lambda t: ibis.literal("row ") + t.sheet_row.cast("string"),
            rule=ibis.literal("columns_add_up_to_total"),
        )
        .pipe(_shaped)
    )


def _tables_agree(figures: ir.Table) -> ir.Table:
    totals = figures.filter(figures.heading.lower() == "total")
    return (
        totals.group_by("__file", "period", "code", "name")
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
        england.group_by("__file", "period", "sheet", "care", "heading")
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
        printed.left_join(summed, ["__file", "period", "key"])
        .mutate(
            sheet=ibis.literal("England"),
            what=lambda t: t.key,
            rule=ibis.literal("england_sheet_agrees_with_councils"),
        )
        .pipe(_shaped)
    )


def _sum_by_key(figures: ir.Table, name: str) -> ir.Table:
    return figures.group_by("__file", "period", "key").aggregate(**{name: figures.figure.sum()})


def _parts_and_total(activity: ir.Table, total: str, parts: tuple[str, ...]) -> ir.Table:
    return (
        activity.group_by("__file", "period", "sheet")
        .aggregate(
            printed=activity.figure.sum(where=activity.heading == total),
            summed=activity.figure.sum(where=activity.heading.isin(list(parts))),
        )
        .mutate(what=ibis.literal(total), rule=ibis.literal("parts_add_up_to_total"))
        .pipe(_shaped)
    )


def _shaped(table: ir.Table) -> ir.Table:
    named = table.rename(file="__file")
    return named.select(**{name: named[name].cast(kind) for name, kind in COMPARISON.items()})


def _union(*tables: ir.Table) -> ir.Table:
    return reduce(lambda left, right: left.union(right), tables)
