"""What a claim said over time: a bar for each version, with the part of it that counts as realised inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.web.charts import svg
from joinedup.web.charts.axis import Axis, axis

WIDTH, LEFT, RIGHT, TOP, BOTTOM, ROW = 880, 190, 170, 10, 12, 36


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a claim.

    Attributes:
        label: when it was said.
        planned: in the claim's unit.
        realised: in the same unit; None where nobody said.
        words: the planned amount as pages say it.
    """

    label: str
    planned: float
    realised: float | None
    words: str


def history_chart(title: str, description: str, steps: Sequence[Step]) -> SafeString:
    """Draw a bar a version from zero; a darker one inside it is what was said to be realised by then."""
    height = TOP + len(steps) * ROW + BOTTOM
    ends = [value for step in steps for value in (step.planned, step.realised) if value is not None]
    across = axis([0.0, *ends], LEFT, WIDTH - RIGHT, from_zero=True)
    zero = svg.line(across.at(0.0), TOP, across.at(0.0), height - BOTTOM, "app-mean")
    bars = [part for at, step in enumerate(steps) for part in _bar(step, TOP + at * ROW, across)]
    return svg.image((WIDTH, height), "app-chart", title, description, [*bars, zero])


def _bar(step: Step, y: float, across: Axis) -> Iterator[str]:
    yield svg.text(step.label, LEFT - 100, y + ROW / 2 + 5, "app-row", "middle")
    yield _box(step.planned, across, "app-bar", y=y + 5, height=ROW - 10)
    if step.realised:
        yield _box(step.realised, across, "app-bar app-bar--chosen", y=y + 12, height=ROW - 24)
    right = max(across.at(0.0), across.at(step.planned), across.at(step.realised or 0.0))
    yield svg.text(step.words, right + 8, y + ROW / 2 + 5, "app-row")


def _box(value: float, across: Axis, css: str, *, y: float, height: float) -> str:
    left, right = sorted((across.at(0.0), across.at(value)))
    return svg.element("rect", x=left, y=y, width=max(right - left, 1.0), height=height, class_=css)
