"""Bars with intervals, ranked or in their natural order: areas side by side, or groups of people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.store.published import MeasurePoint
from joinedup.web.charts import svg
from joinedup.web.charts.axis import Axis, axis
from joinedup.web.figures import figure_text, released_value, tick_texts

WIDTH, LEFT, RIGHT, TOP, BOTTOM, ROW = 880, 286, 140, 10, 34, 30


@dataclass(frozen=True, slots=True)
class RankingPicture:
    """Everything the chart draws."""

    title: str
    description: str
    unit: str
    disclosure: str
    rows: Sequence[tuple[str, MeasurePoint, bool]]  # name, figure, is it the chosen one
    baseline: float | None
    baseline_label: str


def ranking_chart(picture: RankingPicture) -> SafeString:
    """Draw a bar a row from zero, with its interval as a thin line and the average of all as an upright."""
    height = TOP + len(picture.rows) * ROW + BOTTOM
    ends = [
        value
        for _, point, _ in picture.rows
        for value in (released_value(point.value), released_value(point.upper), released_value(point.lower))
        if value is not None
    ]
    across = axis(
        [*ends, *([] if picture.baseline is None else [picture.baseline])], LEFT, WIDTH - RIGHT, from_zero=True
    )
    parts = [
        *_grid(across, height, picture.unit),
        *(part for at, row in enumerate(picture.rows) for part in _bar(picture, row, TOP + at * ROW, across)),
        *_baseline(picture, across, height),
    ]
    return svg.image((WIDTH, height), "app-chart", picture.title, picture.description, parts)


def _grid(across: Axis, height: float, unit: str) -> Iterator[str]:
    for tick, label in zip(across.ticks, tick_texts(across.ticks, unit), strict=True):
        yield svg.line(across.at(tick), TOP, across.at(tick), height - BOTTOM, "app-grid")
        yield svg.text(label, across.at(tick), height - BOTTOM + 18, "app-axis", "middle")


def _bar(picture: RankingPicture, row: tuple[str, MeasurePoint, bool], y: float, across: Axis) -> Iterator[str]:
    name, point, is_chosen = row
    middle = y + ROW / 2
    yield svg.text(_short(name), LEFT - 10, middle + 5, "app-row app-row--chosen" if is_chosen else "app-row", "end")
    value = released_value(point.value)
    words = figure_text(point.value, picture.unit, picture.disclosure)
    if value is None:
        yield svg.text(words, LEFT + 8, middle + 5, "app-absent")
        return
    css = "app-bar app-bar--chosen" if is_chosen else "app-bar"
    zero, end = across.at(0.0), across.at(value)
    yield svg.element("rect", x=min(zero, end), y=y + 6, width=abs(end - zero), height=ROW - 12, class_=css)
    lower, upper = released_value(point.lower), released_value(point.upper)
    if lower is not None and upper is not None:
        yield svg.line(across.at(lower), middle, across.at(upper), middle, "app-whisker")
    right = end if upper is None else max(end, across.at(upper))
    yield svg.text(words, right + 8, middle + 5, "app-row")


def _baseline(picture: RankingPicture, across: Axis, height: float) -> Iterator[str]:
    if picture.baseline is not None:
        x = across.at(picture.baseline)
        yield svg.line(x, TOP - 4, x, height - BOTTOM, "app-mean")
        yield svg.text(picture.baseline_label, x, height - 2, "app-note", "middle")


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"
