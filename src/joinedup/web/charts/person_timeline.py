"""One person's timeline across services: a lane for each setting, bars for what lasts, points for single days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from joinedup.rules.foundation.period import Period
from joinedup.web.charts import svg

WIDTH, LEFT, RIGHT, TOP, BOTTOM, LANE = 880, 150, 20, 10, 34, 34

#: Windows longer than this have a tick a quarter, and longer than the second a tick a year.
_MONTHLY_DAYS, _QUARTERLY_DAYS = 400, 1200
_LEAST_BAR = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: a single day, or days from the first to the last."""

    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the picture."""

    label: str
    marks: tuple[Mark, ...]


def person_timeline(lanes: Sequence[Lane], window: Period, title: str, description: str) -> SafeString:
    """Draw lanes over a window of days; what lies outside is cut off.

    Args:
        lanes: rows from the top.
        window: the days drawn.
        title: what it shows.
        description: what a reader learns from it.
    """
    height = TOP + len(lanes) * LANE + BOTTOM
    parts = [*_grid(window, height), *(part for at, lane in enumerate(lanes) for part in _lane(lane, at, window))]
    return svg.image((WIDTH, height), "app-chart", title, description, parts)


def _grid(window: Period, height: float) -> Iterator[str]:
    bottom = height - BOTTOM
    for day, label in _ticks(window):
        x = _x(day, window)
        yield svg.line(x, TOP, x, bottom, "app-grid")
        yield svg.text(label, x, bottom + 18, "app-axis", "middle")
    yield svg.line(LEFT, bottom, WIDTH - RIGHT, bottom, "app-tick")


def _lane(lane: Lane, at: int, window: Period) -> Iterator[str]:
    middle = TOP + at * LANE + LANE / 2
    yield svg.text(lane.label, LEFT - 12, middle + 5, "app-row", "end")
    yield svg.line(LEFT, middle, WIDTH - RIGHT, middle, "app-grid")
    for mark in lane.marks:
        last = mark.end or mark.start
        if last < window.start or mark.start >= window.end:
            continue
        x1, x2 = _x(max(mark.start, window.start), window), _x(min(last, window.end - _DAY) + _DAY, window)
        if last > mark.start:
            width = max(x2 - x1, _LEAST_BAR)
            yield svg.element("rect", x=x1, y=middle - 8, width=width, height=16, class_="app-bar app-bar--chosen")
        else:
            yield svg.element("circle", cx=x1, cy=middle, r=4, class_="app-point app-point--low")


def _x(day: date, window: Period) -> float:
    return LEFT + (day - window.start).days / window.days * (WIDTH - LEFT - RIGHT)


def _ticks(window: Period) -> list[tuple[date, str]]:
    """First days of months, quarters or years within the window, with what stands below them."""
    step = 1 if window.days <= _MONTHLY_DAYS else 3 if window.days <= _QUARTERLY_DAYS else 12
    day, found = window.start.replace(day=1), []
    while day < window.end:
        if day >= window.start and (day.month - 1) % step == 0:
            found.append((day, f"{day:%Y}" if step == 12 else f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


_DAY = timedelta(days=1)
