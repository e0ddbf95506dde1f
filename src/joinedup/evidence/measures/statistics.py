"""Measures that do not come from people's records: published series, population estimates and survey answers."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from joinedup.evidence.measures.calendar import age_band_column
from joinedup.rules.foundation.period import Period


def latest_series(series_value: ir.Table, names: Sequence[str], span: Period) -> ir.Table:
    """The newest vintage of each figure of some series inside a span; earlier vintages stay in the table.

    A newer vintage without a value means that the figure was withdrawn: it is missing, not the older one.

    Returns:
        Series, area_type, area_code, area_name, period_start, period_end, dimension, category, value (float).
    """
    wanted = series_value.filter(
        series_value.series.isin(list(names))
        & (series_value.period_start >= span.start)
        & (series_value.period_end <= span.end)
    )
    keys = ["series", "area_type", "area_code", "period_start", "period_end", "dimension", "category"]
    order = [ibis.desc(wanted.received), wanted.file, wanted.record_number]
    ranked = wanted.mutate(rank=ibis.row_number().over(ibis.window(group_by=keys, order_by=order)))
    newest = ranked.filter(ranked["rank"] == 0)
    return newest.select(*keys, "area_name", value=newest.value.cast("float64"))


def area_people(area_population: ir.Table) -> ir.Table:
    """Published population estimates with ages as they were published."""
    return area_population.select(
        "area_type", "area_code", "basis", "period_start", "period_end", "sex", "age_from", "age_to", "people"
    )


def survey_events(survey_answer: ir.Table) -> ir.Table:
    """Answers to surveys as events: who answers for an area, with the survey's own weight (1 where it gives none).

    Returns:
        One row an answer: survey, question, answer, area_code, period_start, period_end, sex, band, weight, score.
    """
    return survey_answer.select(
        "survey",
        "question",
        "answer",
        "area_code",
        "period_start",
        "period_end",
        sex=survey_answer.sex.fill_null(""),
        band=age_band_column(survey_answer.age),
        weight=survey_answer.weight.cast("float64").fill_null(1.0),
        score=survey_answer.score.cast("float64"),
    )


def survey_cube(answers: ir.Table, is_score: bool, by: Sequence[str]) -> ir.Table:
    """Weighted sums of answers in each cell.

    Args:
        answers: from `survey_events`, filtered; for scores, those who have one.
        is_score: sum weight times score; else the weights.
        by: columns to sum by besides area and period.

    Returns:
        One row a cell: area_code, period_start, period_end, `by`, quantity, squares (of each answer's part), persons.
    """
    part = answers.weight * answers.score if is_score else answers.weight
    return answers.group_by(["area_code", "period_start", "period_end", *by]).agg(
        quantity=_in_exact_steps(part).sum(), squares=_in_exact_steps(part * part).sum(), persons=answers.count()
    )


def _in_exact_steps(value: ir.FloatingColumn) -> ir.FloatingColumn:
    """A number to the nearest 2^-20: sums of such steps are exact, so they do not depend on the order of rows."""
    return (value * 2**20).round().cast("float64") / 2**20
