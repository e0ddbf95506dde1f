"""The part of a measure's page that shows it over time: the SPC chart and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.methods.spc import Chart, Variation
from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import period_label
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.web.charts.control import ControlPicture, control_chart
from joinedup.web.charts.series import published_values
from joinedup.web.figures import number_text
from joinedup.web.selection import Selection
from joinedup.web.words import rule_words


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One period in the table beside the chart."""

    point: MeasurePoint
    value: Released[float]
    signal: str


@dataclass(frozen=True, slots=True)
class OverTime:
    """The chart, its table (newest first), and the kinds of point that its legend explains."""

    chart: SafeString
    rows: tuple[SeriesRow, ...]
    has_limits: bool
    has_plan: bool
    kinds: tuple[Variation, ...]


def over_time(
    info: MeasureInfo, selection: Selection, points: Sequence[MeasurePoint], chart: Chart, plan: float | None
) -> OverTime:
    """Draw a series and list it.

    Args:
        info: the measure.
        selection: what the reader chose.
        points: the series in order of time.
        chart: what statistical process control says of it, point by point.
        plan: the plan that the series is held against.
    """
    rows = [
        SeriesRow(point, point.value, "" if judged.mean is None or judged.value is None else rule_words(judged.rule))
        for point, judged in zip(points, chart.points, strict=True)
    ]
    kinds = {judged.variation for judged in chart.points if judged.value is not None}
    return OverTime(
        chart=_drawn(info, selection, points, chart, plan),
        rows=tuple(reversed(rows)),
        has_plan=plan is not None,
        has_limits=any(judged.mean is not None for judged in chart.points),
        kinds=tuple(kind for kind in Variation if kind in kinds),
    )


def _drawn(
    info: MeasureInfo, selection: Selection, points: Sequence[MeasurePoint], chart: Chart, plan: float | None
) -> SafeString:
    if len(published_values(points)) < 2:
        return SafeString("")
    return control_chart(
        ControlPicture(
            title=f"{info.label}, {selection.area_name}, by {selection.cadence.replace('_', ' ')}",
            description=_in_words(info, points, chart),
            points=points,
            chart=chart,
            unit=info.unit,
            plan=plan,
            breaks=info.break_dates,
        )
    )


def _in_words(info: MeasureInfo, points: Sequence[MeasurePoint], chart: Chart) -> str:
    shown = published_values(points)
    (first, start), (last, end) = shown[0], shown[-1]
    said = (
        f"From {number_text(start, info.unit)} in {period_label(points[first].period)} to "
        f"{number_text(end, info.unit)} in {period_label(points[last].period)}."
    )
    judged = chart.points[last]
    if judged.mean is not None and judged.lower is not None and judged.upper is not None:
        said += (
            f" Average {number_text(judged.mean, info.unit)}, process limits {number_text(judged.lower, info.unit)} "
            f"and {number_text(judged.upper, info.unit)}. The newest figure is {rule_words(judged.rule)}."
        )
    return said + " The table gives every figure."
