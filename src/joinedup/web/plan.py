"""Which figure of an area is held against the plan of a measure."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import holdings, series
from joinedup.web.control import newest
from joinedup.web.figures import released_value
from joinedup.web.series import EVERYONE


@dataclass(frozen=True, slots=True)
class Held:
    """A plan and the newest figure that it can be compared with."""

    plan: float
    point: MeasurePoint


def held_against(published: Reader, measure: MeasureInfo, area_code: str) -> Held | None:
    """The newest figure of an area that the plan is about; None where there is no plan or no such figure.

    A plan for a rate or a count is one for the longest period the measure is given for: a year's rate says nothing of
    a month's. A plan for a count is one of the whole place, so its parts are not held against it.

    Args:
        published: what the place has published.
        measure: the measure; its plan is in its unit.
        area_code: the area.
    """
    if measure.plan is None:
        return None
    if measure.statistic == "count" and area_code != holdings(published, measure.id).top[0]:
        return None
    is_yearly = measure.statistic in {"count", "rate"}
    for cadence in measure.cadences[-1:] if is_yearly else measure.cadences:
        point = newest(series(published, measure.id, area_code, cadence, EVERYONE))
        if point is not None and released_value(point.value) is not None:
            return Held(measure.plan, point)
    return None
