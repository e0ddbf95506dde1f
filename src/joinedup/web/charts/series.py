"""A series as a chart draws it: positions of published figures, and where no line may cross."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from joinedup.store.published import MeasurePoint
from joinedup.web.figures import released_value


def published_values(points: Sequence[MeasurePoint]) -> list[tuple[int, float]]:
    """Position and value of every published figure of a series."""
    return [(at, value) for at, point in enumerate(points) if (value := released_value(point.value)) is not None]


def unbroken(
    points: Sequence[MeasurePoint], shown: Sequence[tuple[int, float]], breaks: Sequence[date]
) -> list[list[tuple[int, float]]]:
    """Runs of neighbouring published figures that no missing period and no break of definition divides."""
    runs: list[list[tuple[int, float]]] = []
    for at, value in shown:
        before = runs[-1][-1][0] if runs else None
        if before is None or at != before + 1 or is_break(points, at, breaks):
            runs.append([])
        runs[-1].append((at, value))
    return runs


def is_break(points: Sequence[MeasurePoint], at: int, breaks: Sequence[date]) -> bool:
    """Whether the definition changed between this period and the one before it."""
    return at > 0 and any(points[at - 1].period.start < day <= points[at].period.start for day in breaks)
