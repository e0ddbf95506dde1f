"""A sparkline: the course of a measure at the size of a word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.safestring import SafeString

from joinedup.rules.foundation.period import period_label
from joinedup.store.published import MeasurePoint
from joinedup.web.charts import svg
from joinedup.web.charts.axis import axis
from joinedup.web.charts.series import published_values, unbroken
from joinedup.web.figures import number_text

WIDTH, HEIGHT, PAD = 132, 34, 4


def sparkline(points: Sequence[MeasurePoint], unit: str, breaks: Sequence[date] = ()) -> SafeString:
    """Draw the published figures of a series; gaps stay gaps, and no line crosses a break.

    Args:
        points: one series in order of time.
        unit: the measure's unit, for the words that a screen reader says.
        breaks: days at which the definition changed.

    Returns:
        The picture; an empty text with fewer than two published figures.
    """
    shown = published_values(points)
    if len(shown) < 2:
        return SafeString("")
    scale = axis([value for _, value in shown], HEIGHT - PAD, PAD)
    step = (WIDTH - 2 * PAD) / (len(points) - 1)
    stretches = [
        [(PAD + at * step, scale.at(value)) for at, value in stretch] for stretch in unbroken(points, shown, breaks)
    ]
    last_x, last_y = stretches[-1][-1]
    drawn = [svg.path(stretch, "app-spark__line") for stretch in stretches]
    drawn.append(svg.element("circle", cx=last_x, cy=last_y, r=3, class_="app-spark__last"))
    return svg.image((WIDTH, HEIGHT), "app-spark", "Trend", _in_words(points, shown, unit), drawn)


def _in_words(points: Sequence[MeasurePoint], shown: Sequence[tuple[int, float]], unit: str) -> str:
    (first, start), (last, end) = shown[0], shown[-1]
    return (
        f"From {number_text(start, unit)} in {period_label(points[first].period)} "
        f"to {number_text(end, unit)} in {period_label(points[last].period)}"
    )
