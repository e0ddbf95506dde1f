"""Published statistics: from the printed figures of a workbook to series, and the sums that must hold between them.

Input is the long table that workbook readers give: one row a printed figure, all text, with file, sheet and sheet
row. A table's own England row is the national figure; nothing here adds councils up to replace it. Every sum that the
publisher's tables promise is compared, and one that does not hold is a problem of that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.tables import SERIES_VALUE, conform

ENGLAND: Final = "E92000001"

#: Sheets of the delayed transfers workbooks, by the words in their names, and the dimension each breaks days down by.
_DELAY_SHEETS: Final = {"type of care": "care", "responsible org": "responsible", "reason": "reason"}
_CARE: Final = {"acute": "acute", "non-acute": "non_acute"}
_RESPONSIBLE: Final = {"nhs": "nhs", "social care": "social_care", "both": "both"}
_REASONS: Final = {
    **{letter: letter.upper() for letter in "abcefghio"},
    "di": "Di",
    "dii": "Dii",
}

#: Second blocks (from April 2017) repeat the headings of the first: average people delayed a day, called beds.
_BEDS: Final = ("DTOC Beds", "Average Number of People Delayed per Day")

#: Columns of the Monthly Activity Return that become series. FFCE: first finished consultant episode.
_ACTIVITY: Final = {
    "Total Non-elective G&A Admissions (FFCEs)": "non_elective_admissions",
    "Elective G&A Total Admissions (FFCEs)": "elective_admissions",
    "GP Referrals Made (G&A)": "gp_referrals",
    "All 1st Outpatient Attendances (G&A)": "first_outpatient_attendances",
}

#: Commissioners of the whole nation: their activity counts towards England, but they are no area.
NATIONAL_COMMISSIONERS: Final = ("X24", "YDD82")

#: Columns of the A&E time series: series, dimension, category.
_EMERGENCY: Final = {
    "Total Attendances": ("ae_attendances", "all", "all"),
    "Type 1 Departments - Major A&E": ("ae_attendances", "department", "type_1"),
    "Type 2 Departments - Single Specialty": ("ae_attendances", "department", "type_2"),
    "Type 3 Departments - Other A&E/Minor Injury Unit": ("ae_attendances", "department", "type_3"),
    "Total Emergency Admissions": ("ae_emergency_admissions", "all", "all"),
    "Total Emergency Admissions via A&E": ("ae_emergency_admissions", "route", "via_ae"),
    "Other Emergency Admissions (i.e not via A&E)": ("ae_emergency_admissions", "route", "other"),
}

#: Kind of extract -> the series its workbooks give.
SERIES_OF_KIND: Final[Mapping[str, frozenset[str]]] = {
    "delayed_transfers_workbook": frozenset({"delayed_days", "dtoc_beds"}),
    "monthly_activity_workbook": frozenset(_ACTIVITY.values()),
    "ae_time_series_workbook": frozenset(series for series, _, _ in _EMERGENCY.values()),
}

#: What a row says about itself: text, empty where nothing is printed.
_SAID: Final = ("sheet", "region", "code", "name", "area_code", "care", "reason", "block", "heading", "printed")

_NUMBER: Final = r"^-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?$"


def delayed_transfers(rows: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Days of delayed transfers of care in a month, by council, reason, responsible organisation and kind of care.

    A delayed day is a midnight at which an adult who was ready to leave a hospital bed was still in it. Residents of
    Wales, Scotland and beyond count towards England but are no area: area type `other`. Also `dtoc_beds`, the average
    people delayed a day, where the workbook prints it (from April 2017).

    Args:
        rows: printed figures (workbook reader); grain: file, sheet, sheet row, block, heading.
        settings: the source they come from.

    Returns:
        `series_value`: series `delayed_days` (days) and `dtoc_beds` (people). A dash in a row whose total is zero is
        zero; a dash elsewhere and NA are missing. `sources.reconciliation` says which sums fail.

    Source: NHS England, Delayed Transfers of Care data collection (MSitDT); joinedup specification 2.1.
    """
    figures = printed_figures(rows)
    council = figures.filter(delay_sheet(figures.sheet).notnull())
    dimension, heading = delay_sheet(council.sheet), council.heading.lower()
    reason = _lookup(heading.re_extract(r"^([a-z]+)\)", 1), _REASONS)
    known = ibis.cases(
        (heading == "total", "all"),
        (dimension == "care", _lookup(heading, _CARE)),
        (dimension == "responsible", _lookup(heading, _RESPONSIBLE)),
        else_=reason,
    )
    category = known.fill_null(heading)  # a heading that is new keeps its own words, so that nothing is lost unseen
    named = council.mutate(category=category, of_beds=is_beds(council.block))
    # every table prints the total; one of them speaks for all, and `comparisons` says when they differ
    kept = named.filter((named.category != "all") | (delay_sheet(named.sheet) == "care"))
    return _series(
        kept,
        settings,
        series=kept.of_beds.ifelse("dtoc_beds", "delayed_days"),
        dimension=(kept.category == "all").ifelse("all", delay_sheet(kept.sheet)),
        category=kept.category,
        area_type=_area_type(kept, kept.area_code.startswith("E"), "council"),
        unit=kept.of_beds.ifelse("people", "days"),
    )


def monthly_activity(rows: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """General and acute hospital activity in a month by commissioner, as the Monthly Activity Return prints it.

    Non-elective admissions are first finished consultant episodes: one a stay, maternity left out. Commissioners are
    primary care trusts to March 2013 and clinical commissioning groups after; those of the whole nation are `other`.

    Args:
        rows: printed figures (workbook reader).
        settings: the source they come from.

    Returns:
        `series_value`: series of `_ACTIVITY`, unit `admissions`, `referrals` or `attendances`.

    Source: NHS England, Monthly Hospital Activity, Monthly Activity Return (MAR).
    """
    figures = printed_figures(rows)
    series = _lookup(figures.heading, _ACTIVITY)
    kept = figures.filter(figures.sheet == "Commissioner", series.notnull())
    return _series(
        kept,
        settings,
        series=_lookup(kept.heading, _ACTIVITY),
        dimension=ibis.literal("all"),
        category=ibis.literal("all"),
        area_type=_area_type(kept, kept.code.notin(NATIONAL_COMMISSIONERS), "commissioner"),
        unit=_lookup(
            kept.heading,
            {name: series.rsplit("_", 1)[-1].removeprefix("gp_") for name, series in _ACTIVITY.items()},
        ),
    )


def emergency_series(rows: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """A&E attendances and emergency admissions in England by month.

    Months from November 2010 to May 2015 were apportioned from weekly returns by the publisher, so they have fractions;
    they are kept as printed.

    Args:
        rows: printed figures (workbook reader).
        settings: the source they come from.

    Returns:
        `series_value`: `ae_attendances` by department type, `ae_emergency_admissions` by route, for England.

    Source: NHS England, A&E Attendances and Emergency Admissions monthly time series.
    """
    figures = printed_figures(rows)
    kept = figures.filter(figures.sheet == "Activity", figures.heading.isin(list(_EMERGENCY)))
    said = {
        name: _lookup(kept.heading, {heading: parts[i] for heading, parts in _EMERGENCY.items()})
        for i, name in enumerate(("series", "dimension", "category"))
    }
    return _series(
        kept,
        settings,
        **said,
        area_type=ibis.literal("nation"),
        unit=(said["series"] == "ae_attendances").ifelse("attendances", "admissions"),
    )


def printed_figures(rows: ir.Table) -> ir.Table:
    """Printed text as exact numbers, in a new column `figure`.

    A dash is zero where the same row prints a total of zero, else missing; NA and empty cells are missing.

    Args:
        rows: printed figures (workbook reader).
    """
    said = {name: rows[name].fill_null("") for name in _SAID if name in rows.columns}
    rows = rows.mutate(**said)
    exact = rows.printed.re_search(_NUMBER).ifelse(rows.printed, ibis.null("string")).cast("decimal(20, 6)")
    read = rows.mutate(figure=exact)
    same_row = ibis.window(group_by=[read["__file"], read.sheet, read.sheet_row, read.block])
    nothing = (read.heading.lower() == "total").ifelse(read.figure, ibis.null("decimal(20, 6)")).max().over(same_row)
    dash = (read.printed == "-") & (nothing == 0)
    return read.mutate(figure=dash.ifelse(ibis.literal(0).cast("decimal(20, 6)"), read.figure))


def _series(
    kept: ir.Table,
    settings: Settings,
    *,
    series: ir.Value,
    dimension: ir.Value,
    category: ir.Value,
    area_type: ir.StringValue,
    unit: ir.Value,
) -> dict[str, ir.Table]:
    national = area_type == "nation"
    start = kept.period.cast("date")
    made = conform(
        kept.mutate(
            series=series,
            dimension=dimension,
            category=category,
            area_type=area_type,
            area_code=national.ifelse(ENGLAND, kept.area_code),
            area_name=national.ifelse("England", kept.name),
            period_start=start,
            period_end=start + ibis.interval(months=1),
            value=kept.figure,
            unit=unit,
            received=kept["__received"].cast("date"),
            source=ibis.literal(settings.source),
            file=kept["__file"],
            record_number=kept["__record"],
        ),
        SERIES_VALUE,
    )
    return {"series_value": made}


def _area_type(kept: ir.Table, is_area: ir.BooleanValue, name: str) -> ir.StringValue:
    return is_england(kept).ifelse("nation", is_area.ifelse(name, "other"))


def is_england(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row is the publisher's own national figure, in a table of areas or of regions."""
    return (rows.name == "").ifelse(rows.region, rows.name).lower() == "england"


def delay_sheet(sheet: ir.Value) -> ir.StringValue:
    """The dimension a sheet of councils breaks days down by: care, responsible or reason; null for any other sheet."""
    name = sheet.lower()
    cases = [(name.startswith("la") & name.contains(words), dim) for words, dim in _DELAY_SHEETS.items()]
    return ibis.cases(*cases, else_=ibis.null("string"))


def is_beds(block: ir.Value) -> ir.BooleanValue:
    """Whether a figure stands in the second block: average people delayed a day, not days."""
    return block.isin(list(_BEDS))


def _lookup(value: ir.Value, known: Mapping[str, str]) -> ir.StringValue:
    return ibis.cases(*((value == key, result) for key, result in known.items()), else_=ibis.null("string"))
