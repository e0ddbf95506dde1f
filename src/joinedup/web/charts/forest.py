"""A forest: effects of several evaluations on one scale, each with its interval, and what they say together."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.web.charts import svg
from joinedup.web.charts.axis import Axis, axis

WIDTH, LEFT, RIGHT, TOP, BOTTOM, ROW = 880, 310, 190, 26, 40, 44


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One effect.

    Attributes:
        value, low, high: on the picture's scale; low and high are None where no interval was published.
        words: the effect in words, written at the end of its row.
        is_pooled: it stands for all above it.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    words: str
    is_pooled: bool = False


@dataclass(frozen=True, slots=True)
class ForestPicture:
    """Everything the chart draws.

    Attributes:
        none: the value that means no effect.
        left, right: which way is better or worse, at the ends of the axis.
    """

    title: str
    description: str
    unit: str
    rows: Sequence[ForestRow]
    left: str
    right: str
    none: float = 0.0


def forest_chart(picture: ForestPicture) -> SafeString:
    """Draw a point and its interval a row, the pooled effect as a diamond, and an upright at no effect."""
    height = TOP + len(picture.rows) * ROW + BOTTOM
    ends = [
        value for row in picture.rows for value in (row.value, row.low, row.high) if value is not None
    ]  # fmt: skip
    across = axis([*ends, picture.none], LEFT, WIDTH - RIGHT)
    parts = [
        *_grid(picture, across, height),
        *(part for at, row in enumerate(picture.rows) for part in _row(row, TOP + at * ROW + ROW / 2, across)),
    ]
    return svg.image((WIDTH, height), "app-chart", picture.title, picture.description, parts)


def _grid(picture: ForestPicture, across: Axis, height: float) -> Iterator[str]:
    bottom = height - BOTTOM
    for tick in across.ticks:
        yield svg.line(across.at(tick), TOP, across.at(tick), bottom, "app-grid")
        yield svg.text(f"{tick:g}{picture.unit}", across.at(tick), bottom + 16, "app-axis", "middle")
    yield svg.line(across.at(picture.none), TOP - 6, across.at(picture.none), bottom, "app-mean")
    yield svg.text(f"← {picture.left}", across.at(picture.none) - 8, TOP - 12, "app-note", "end")
    yield svg.text(f"{picture.right} →", across.at(picture.none) + 8, TOP - 12, "app-note")


def _row(row: ForestRow, y: float, across: Axis) -> Iterator[str]:
    css = "app-row app-row--chosen" if row.is_pooled else "app-row"
    lines = _lines(row.label)
    for at, told in enumerate(lines):
        yield svg.text(told, LEFT - 12, y + 5 + 17 * (at - (len(lines) - 1) / 2), css, "end")
    if row.low is not None and row.high is not None:
        yield svg.line(across.at(row.low), y, across.at(row.high), y, "app-whisker")
    x = across.at(row.value)
    if row.is_pooled:
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in ((x - 9, y), (x, y - 8), (x + 9, y), (x, y + 8)))
        yield svg.element("polygon", points=points, class_="app-bar app-bar--chosen")
    else:
        yield svg.element("rect", x=x - 5, y=y - 5, width=10, height=10, class_="app-bar app-bar--chosen")
    yield svg.text(row.words, WIDTH - RIGHT + 14, y + 5, css)


def _lines(name: str, most: int = 40) -> list[str]:
    """A name on one line or two, whatever is longer cut at the end."""
    told = textwrap.wrap(name, most)
    rest = " ".join(told[1:])
    return [*told[:1], *([rest if len(rest) <= most else f"{rest[: most - 1].rstrip()}…"] if rest else [])]
