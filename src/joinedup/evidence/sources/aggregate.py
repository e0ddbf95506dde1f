"""Extracts that are not about one person's care: survey answers, local series, populations of areas."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.sources.column import amount, day, day_after, text, whole
from joinedup.evidence.sources.person import sex_of
from joinedup.evidence.sources.settings import Settings


def survey_answers(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Answers to surveys of users, carers and patients.

    Grain: one answer to one question. The respondent is a record like any other, or null for an anonymous survey.
    """
    rows = table.mutate(
        survey=text(table, "survey"),
        respondent_key=table["record_key"],
        period_start=day(table, "period_start"),
        period_end=day_after(day(table, "period_end")),
        sex=sex_of(table),
        age=whole(table, "age"),
        score=amount(table, "score"),
        weight=amount(table, "weight"),
        source=ibis.literal(settings.source),
        file=table["__file"],
        record_number=table["__record"],
    )
    return {"survey_answer": tables.conform(rows, tables.SURVEY_ANSWER)}


def series(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Figures of a local or published series, such as workforce and beds.

    Grain: one figure. An empty value stays empty: not reported is not zero.
    """
    rows = table.mutate(
        period_start=day(table, "period_start"),
        period_end=day_after(day(table, "period_end")),
        dimension=text(table, "dimension").fill_null("all"),
        category=text(table, "category").fill_null("all"),
        received=table["__received"],
        source=ibis.literal(settings.source),
        file=table["__file"],
        record_number=table["__record"],
    )
    return {"series_value": tables.conform(rows, tables.SERIES_VALUE)}


def area_population(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """People in areas by sex and age band, for denominators that no record gives.

    Grain: one area, period, sex and age band; sex and ages are null where the figure is for all. The source's
    name decides nothing here: later files have replaced earlier ones at landing.
    """
    rows = table.mutate(
        period_start=day(table, "period_start"), period_end=day_after(day(table, "period_end")), sex=sex_of(table)
    )
    return {"area_population": tables.conform(rows, tables.AREA_POPULATION)}
