"""A published series as statistical process control sees it."""

from __future__ import annotations

from collections.abc import Sequence

from joinedup.methods.comparison import Polarity
from joinedup.methods.spc import Chart, xmr
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.web.charts.series import is_break
from joinedup.web.figures import released_value


def control(measure: MeasureInfo, points: Sequence[MeasurePoint], plan: float | None) -> Chart:
    """Limits, signals and assurance of a series; each break of definition begins limits of its own.

    Args:
        measure: gives the polarity and the breaks.
        points: one series in order of time; hidden and missing figures are gaps.
        plan: the plan for the newest period, in the measure's unit.
    """
    values = [released_value(point.value) for point in points]
    breaks = [at for at in range(len(points)) if is_break(points, at, measure.break_dates)]
    return xmr(values, Polarity(measure.polarity), target=plan, rebase=breaks)


def newest(points: Sequence[MeasurePoint]) -> MeasurePoint | None:
    """The newest point with a published figure; the newest of all where every figure is hidden or missing."""
    published = (point for point in reversed(points) if released_value(point.value) is not None)
    return next(published, points[-1] if points else None)
