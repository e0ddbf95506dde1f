"""Which plan an area's figure is held against."""

from __future__ import annotations

from joinedup.store.published import MeasureInfo


def plan_for(measure: MeasureInfo, cadence: str, *, is_whole: bool) -> float | None:
    """The plan of a measure where it can be compared with a series.

    A plan for a count is one of the whole place, so its parts are not held against it. A plan for a rate is one for
    the longest period the measure is given for: a year's rate says nothing of a month's.

    Args:
        measure: the measure; its plan is in its unit.
        cadence: of the series.
        is_whole: whether the series is of the area that holds all others.

    Returns:
        The plan, or None where there is none to compare with.
    """
    if measure.statistic == "count" and not is_whole:
        return None
    if measure.statistic in {"count", "rate"} and cadence != measure.cadences[-1]:
        return None
    return measure.plan
