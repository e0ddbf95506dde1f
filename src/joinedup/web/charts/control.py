"""The SPC chart of a series: figures, average, process limits, plan, breaks and events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from joinedup.methods.spc import Chart, Point, Variation
from joinedup.rules.foundation.period import Period, period_label
from joinedup.store.published import MeasurePoint
from joinedup.web.charts import svg
from joinedup.web.charts.axis import Axis, axis
from joinedup.web.charts.series import is_break, published_values, unbroken
from joinedup.web.figures import number_text, released_value, tick_texts, unit_words

WIDTH, HEIGHT = 880, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 118, 22, 44


@dataclass(frozen=True, slots=True)
class ControlPicture:
    """Everything the chart draws."""

    title: str
    description: str
    points: Sequence[MeasurePoint]
    chart: Chart
    unit: str
    plan: float | None
    breaks: Sequence[date]


def control_chart(picture: ControlPicture) -> SafeString:
    """Draw the chart; a point's kind is told by its shape as well as its colour."""
    down = axis(_all_values(picture), HEIGHT - BOTTOM, TOP, steps=6)
    across = Across(len(picture.points))
    parts = [
        *_grid(down, picture.unit),
        *_months(picture.points, across),
        *_band(picture, across, down),
        *_marks(picture, across),
        *_plan(picture, down),
        *_line(picture, across, down),
        *_symbols(picture, across, down),
        *_side_labels(picture, down),
    ]
    return svg.image((WIDTH, HEIGHT), "app-chart", picture.title, picture.description, parts)


@dataclass(frozen=True, slots=True)
class Across:
    """Where each period of a series stands."""

    count: int

    @property
    def step(self) -> float:
        """Distance of two periods."""
        return (WIDTH - LEFT - RIGHT) / max(self.count, 1)

    def at(self, index: float) -> float:
        """The middle of a period."""
        return LEFT + (index + 0.5) * self.step


def symbol(variation: Variation, x: float, y: float, size: float = 5.0) -> str:
    """The mark of a point: a dot for ordinary variation, a diamond, triangle or square for a signal."""
    css = f"app-point app-point--{variation.value}"
    if variation is Variation.COMMON:
        return svg.element("circle", cx=x, cy=y, r=size * 0.7, class_=css)
    if variation is Variation.IMPROVEMENT:
        return svg.element("path", d=_polygon(x, y, [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)], size), class_=css)
    if variation is Variation.CONCERN:
        return svg.element("path", d=_polygon(x, y, [(0, -1.3), (1.25, 1), (-1.25, 1)], size), class_=css)
    return svg.element("rect", x=x - size, y=y - size, width=2 * size, height=2 * size, class_=css)


def _polygon(x: float, y: float, corners: Sequence[tuple[float, float]], size: float) -> str:
    return "M" + "L".join(f"{x + dx * size:.1f},{y + dy * size:.1f}" for dx, dy in corners) + "Z"


def _all_values(picture: ControlPicture) -> list[float]:
    values = [value for _, value in published_values(picture.points)]
    limits = [limit for point in picture.chart.points for limit in (point.lower, point.upper) if limit is not None]
    if values and min(values) >= 0:  # no limit below zero is drawn for what cannot be negative
        limits = [max(limit, 0.0) for limit in limits]
    return [*values, *limits, *([] if picture.plan is None else [picture.plan])]


def _grid(down: Axis, unit: str) -> Iterator[str]:
    for tick, label in zip(down.ticks, tick_texts(down.ticks, unit), strict=True):
        y = down.at(tick)
        yield svg.line(LEFT, y, WIDTH - RIGHT, y, "app-grid")
        yield svg.text(label, LEFT - 8, y + 4, "app-axis", "end")
    yield svg.text(unit_words(unit), 4, 11, "app-axis")


def _months(points: Sequence[MeasurePoint], across: Across) -> Iterator[str]:
    every = max(1, -(-len(points) // 8))
    for at in range(len(points) - 1, -1, -every):
        x = across.at(at)
        yield svg.line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 5, "app-tick")
        yield svg.text(short_period(points[at].period), x, HEIGHT - BOTTOM + 20, "app-axis", "middle")


def short_period(period: Period) -> str:
    """A period short enough for an axis: Apr 2024, Q1 2024-25, 2024-25."""
    label = period_label(period)
    return f"{period.start:%b %Y}" if label == f"{period.start:%B %Y}" else label


def _stretches(picture: ControlPicture) -> Iterator[tuple[int, int, Point]]:
    """Stretches of one set of limits: first and last position, and a point that carries them."""
    start = 0
    points = picture.chart.points
    for at in range(1, len(points) + 1):
        if at == len(points) or is_break(picture.points, at, picture.breaks):
            if points[start].mean is not None:
                yield start, at - 1, points[start]
            start = at


def _band(picture: ControlPicture, across: Across, down: Axis) -> Iterator[str]:
    half = across.step / 2
    for first, last, point in _stretches(picture):
        x1, x2 = across.at(first) - half, across.at(last) + half
        if point.lower is None or point.upper is None or point.mean is None:
            continue
        top, bottom = down.at(point.upper), down.at(point.lower)
        yield svg.element("rect", x=x1, y=top, width=x2 - x1, height=max(bottom - top, 0), class_="app-band")
        yield svg.line(x1, top, x2, top, "app-limit")
        if down.holds(point.lower):
            yield svg.line(x1, bottom, x2, bottom, "app-limit")
        yield svg.line(x1, down.at(point.mean), x2, down.at(point.mean), "app-mean")


def _marks(picture: ControlPicture, across: Across) -> Iterator[str]:
    for at in range(len(picture.points)):
        if is_break(picture.points, at, picture.breaks):
            yield from _upright(across.at(at) - across.step / 2, "Definition changes", "app-break")


def _upright(x: float, label: str, css: str) -> Iterator[str]:
    anchor, shift = ("end", -5) if x > WIDTH * 0.6 else ("start", 5)
    yield svg.line(x, TOP - 6, x, HEIGHT - BOTTOM, css)
    yield svg.text(label, x + shift, TOP - 9 + 12, "app-note", anchor)


def _plan(picture: ControlPicture, down: Axis) -> Iterator[str]:
    if picture.plan is not None:
        yield svg.line(LEFT, down.at(picture.plan), WIDTH - RIGHT, down.at(picture.plan), "app-plan")


def _line(picture: ControlPicture, across: Across, down: Axis) -> Iterator[str]:
    for run in unbroken(picture.points, published_values(picture.points), picture.breaks):
        yield svg.path([(across.at(at), down.at(value)) for at, value in run], "app-line")


def _symbols(picture: ControlPicture, across: Across, down: Axis) -> Iterator[str]:
    for at, (point, judged) in enumerate(zip(picture.points, picture.chart.points, strict=True)):
        value = released_value(point.value)
        if value is not None:
            yield symbol(judged.variation, across.at(at), down.at(value))


def _side_labels(picture: ControlPicture, down: Axis) -> Iterator[str]:
    """Names of the lines at their right end, moved apart where they would touch."""
    last = picture.chart.points[-1] if picture.chart.points else None
    wanted: list[tuple[float, str]] = []
    if last is not None and last.mean is not None and last.upper is not None and last.lower is not None:
        wanted.append((last.upper, f"Upper limit {number_text(last.upper, picture.unit)}"))
        wanted.append((last.mean, f"Average {number_text(last.mean, picture.unit)}"))
        if down.holds(last.lower):
            wanted.append((last.lower, f"Lower limit {number_text(last.lower, picture.unit)}"))
    if picture.plan is not None:
        wanted.append((picture.plan, f"Plan {number_text(picture.plan, picture.unit)}"))
    floor = float(TOP)
    for value, label in sorted(wanted, reverse=True):
        y = max(down.at(value) + 4, floor)
        floor = y + 14
        yield svg.text(label, WIDTH - RIGHT + 6, y, "app-side")
