"""The funnel plot: every area's figure against its size, with the limits within which chance alone would keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString

from joinedup.methods.funnel import FunnelLimits
from joinedup.rules.foundation.disclosure import Released
from joinedup.web.charts import svg
from joinedup.web.charts.axis import Axis, axis
from joinedup.web.figures import number_text, released_value, tick_texts, unit_words

WIDTH, HEIGHT = 880, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 24, 52
STEPS = 60


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One area on a funnel."""

    name: str
    value: Released[float]
    size: float
    position: str  # inside | high | low | far_high | far_low
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FunnelPicture:
    """Everything the chart draws."""

    title: str
    description: str
    unit: str
    size_label: str
    baseline_label: str
    points: Sequence[FunnelPoint]
    limits: FunnelLimits  # at the sizes of `sizes_for`


def sizes_for(largest: float) -> list[float]:
    """Sizes at which limits are drawn, closer together where the funnel is narrow in size and wide in value."""
    return [float(size) for size in largest * 1.06 * (np.arange(1, STEPS + 1) / STEPS) ** 2]


def funnel_chart(picture: FunnelPicture) -> SafeString:
    """Draw the chart; an area outside the limits is a filled shape with its name beside it."""
    values = [value for point in picture.points if (value := released_value(point.value)) is not None]
    smallest = min((point.size for point in picture.points), default=0.0)
    near = picture.limits.sizes >= smallest * 0.6
    limits = [float(v) for line in _lines(picture.limits) for v in line[near] if np.isfinite(v)]
    down = axis([*values, *limits], HEIGHT - BOTTOM, TOP, steps=6)
    across = axis([0, float(picture.limits.sizes[-1])], LEFT, WIDTH - RIGHT, steps=6, from_zero=True)
    parts = [
        *_grid(picture, across, down),
        *_limits(picture, across, down),
        *_areas(picture, across, down),
    ]
    return svg.image((WIDTH, HEIGHT), "app-chart", picture.title, picture.description, parts)


def _lines(limits: FunnelLimits) -> tuple[np.ndarray, ...]:
    return limits.lower_95, limits.upper_95, limits.lower_998, limits.upper_998


def _grid(picture: FunnelPicture, across: Axis, down: Axis) -> Iterator[str]:
    for tick, label in zip(down.ticks, tick_texts(down.ticks, picture.unit), strict=True):
        yield svg.line(LEFT, down.at(tick), WIDTH - RIGHT, down.at(tick), "app-grid")
        yield svg.text(label, LEFT - 8, down.at(tick) + 4, "app-axis", "end")
    for tick, label in zip(across.ticks, tick_texts(across.ticks), strict=True):
        yield svg.line(across.at(tick), HEIGHT - BOTTOM, across.at(tick), HEIGHT - BOTTOM + 5, "app-tick")
        yield svg.text(label, across.at(tick), HEIGHT - BOTTOM + 20, "app-axis", "middle")
    yield svg.text(picture.size_label, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "app-axis", "middle")
    yield svg.text(unit_words(picture.unit), 4, 11, "app-axis")


def _limits(picture: FunnelPicture, across: Axis, down: Axis) -> Iterator[str]:
    limits = picture.limits
    for values, css, label in (
        (limits.lower_95, "app-funnel-95", ""),
        (limits.upper_95, "app-funnel-95", "95% limit"),
        (limits.lower_998, "app-funnel-998", ""),
        (limits.upper_998, "app-funnel-998", "99.8% limit"),
    ):
        inside = [
            (across.at(float(size)), down.at(float(value)))
            for size, value in zip(limits.sizes, values, strict=True)
            if np.isfinite(value) and down.holds(float(value))
        ]
        yield svg.path(inside, css)
        if label and inside:
            yield svg.text(label, inside[-1][0] + 6, inside[-1][1] + (2 if "998" in css else 10), "app-side")
    y = down.at(limits.baseline)
    yield svg.line(LEFT, y, WIDTH - RIGHT, y, "app-mean")
    yield svg.text(picture.baseline_label, LEFT + 6, y - 6, "app-note")


def _areas(picture: FunnelPicture, across: Axis, down: Axis) -> Iterator[str]:
    named = sum(point.position.startswith("far") for point in picture.points) <= 8
    for point in sorted(picture.points, key=lambda p: (p.is_chosen, p.position != "inside")):
        value = released_value(point.value)
        if value is None:
            continue
        x, y = across.at(point.size), down.at(value)
        hint = svg.element("title", escape(f"{point.name}: {number_text(value, picture.unit)}"))
        css = f"app-area app-area--{point.position}" + (" app-area--chosen" if point.is_chosen else "")
        yield svg.element("circle", hint, cx=x, cy=y, r=7 if point.is_chosen else 5, class_=css)
        if point.is_chosen or (named and point.position.startswith("far")):
            anchor, shift = ("end", -10) if x > WIDTH * 0.65 else ("start", 10)
            yield svg.text(point.name, x + shift, y + 4, "app-note", anchor)
