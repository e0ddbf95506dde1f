"""Marks with intervals: one below another (forest), and side by side over time (event study)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from joinedup.pipeline.report.drawing import Axis, axis_of, dot, element, every, line, path, picture, shortened, text
from joinedup.pipeline.report.figures import signed

WIDTH: Final = 720
_ROW: Final = 22


@dataclass(frozen=True, slots=True)
class Mark:
    """One value with its interval.

    Attributes:
        low, high: None where there is no interval.
        is_whole: the answer over all, drawn as a diamond.
        words: the value in words.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    words: str = ""
    is_whole: bool = False


def forest(title: str, description: str, marks: Sequence[Mark], none: float = 0.0) -> str:
    """Values below one another, with a line at no effect."""
    axis, bottom = axis_of([*_reach(marks), none], 230, 530), 14 + _ROW * len(marks)
    content = [line(axis.at(none), 4, axis.at(none), bottom, "zero"), *_foot(axis, bottom)]
    for i, mark in enumerate(marks):
        y = 4 + _ROW * (i + 0.5)
        content += [text(shortened(mark.label, 34), 0, y + 4), *_across(mark, axis, y)]
        content.append(text(shortened(mark.words or signed(mark.value), 28), 545, y + 4))
    return picture(WIDTH, bottom + 24, title, description, content)


def over_time(title: str, description: str, marks: Sequence[Mark], none: float, start: int | None = None) -> str:
    """Values side by side in the order of time; a dashed line before the mark at which the scheme started."""
    up = axis_of([*_reach(marks), none], 230, 12)
    wide = (WIDTH - 70) / max(len(marks), 1)
    places = [60 + wide * (i + 0.5) for i in range(len(marks))]
    content = [line(56, up.at(none), WIDTH, up.at(none), "zero")]
    for tick in up.ticks:
        content += [
            line(56, up.at(tick), WIDTH, up.at(tick), "grid"),
            text(signed(tick), 50, up.at(tick) + 4, anchor="end"),
        ]
    if start is not None:
        x = places[start] - wide / 2
        content += [line(x, 8, x, 230, "start"), text("start", x + 4, 16, "small")]
    step = every(len(marks), 12)
    for i, (x, mark) in enumerate(zip(places, marks, strict=True)):
        content += _upright(mark, up, x)
        if i % step == 0:
            content.append(text(shortened(mark.label, 12), x, 248, anchor="middle"))
    return picture(WIDTH, 256, title, description, content)


def _reach(marks: Sequence[Mark]) -> list[float]:
    return [end for mark in marks for end in (mark.value, mark.low, mark.high) if end is not None]


def _foot(axis: Axis, y: float) -> list[str]:
    made = [line(axis.start, y, axis.end, y, "axis")]
    for tick in axis.ticks:
        made += [
            line(axis.at(tick), y, axis.at(tick), y + 4, "axis"),
            text(signed(tick), axis.at(tick), y + 18, anchor="middle"),
        ]
    return made


def _across(mark: Mark, axis: Axis, y: float) -> list[str]:
    x = axis.at(mark.value)
    if mark.is_whole and mark.low is not None and mark.high is not None:
        corners = [(axis.at(mark.low), y), (x, y - 7), (axis.at(mark.high), y), (x, y + 7)]
        return [element("polygon", points=" ".join(f"{a:.2f},{b:.2f}" for a, b in corners), class_="mark")]
    made = [dot(x, y, "mark")]
    if mark.low is not None and mark.high is not None:
        made.insert(0, line(axis.at(mark.low), y, axis.at(mark.high), y, "range"))
    return made


def _upright(mark: Mark, up: Axis, x: float) -> list[str]:
    y, made = up.at(mark.value), []
    if mark.low is not None and mark.high is not None:
        made.append(path([(x, up.at(mark.low)), (x, up.at(mark.high))], "range"))
    return [*made, dot(x, y, "mark")]
