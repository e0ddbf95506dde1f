"""Which series of a measure a page shows first, and single points of it."""

from __future__ import annotations

from functools import lru_cache

from joinedup.rules.foundation.period import Period
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import Holdings, Points, holdings, point, series
from joinedup.web.charts.series import published_values

#: The group of a total.
EVERYONE = ("all", "all")


def main_series(published: Reader, measure: MeasureInfo, area_code: str) -> tuple[str, tuple[MeasurePoint, ...]]:
    """The series of the finest cadence in which at least half of an area's figures are shown.

    Small areas have most months hidden and yet whole years to show.

    Args:
        published: what the place has published.
        measure: gives the cadences, finest first.
        area_code: the area.

    Returns:
        The cadence, and the series in order of time: of the coarsest cadence where most figures are hidden in each,
        empty where the area has none.
    """
    found: tuple[str, tuple[MeasurePoint, ...]] = (measure.cadences[0], ())
    for cadence in measure.cadences:
        points = series(published, measure.id, area_code, cadence, EVERYONE)
        if points and 2 * len(published_values(points)) >= len(points):
            return cadence, points
        found = (cadence, points) if points else found
    return found


def newest_groups(published: Reader, held: Holdings, area_code: str) -> dict[str, Points]:
    """By dimension, an area's figures of the newest period that has any; the longest periods are looked at first.

    Groups are smaller than the whole, so longer periods hide less.
    """
    return _newest_groups(published, published.release().id, held.info.id, area_code)


@lru_cache(maxsize=256)
def _newest_groups(published: Reader, release: str, measure_id: str, area_code: str) -> dict[str, Points]:
    held = holdings(published, measure_id)
    spans = [period for periods in reversed(held.periods.values()) for period in periods[:-4:-1]]
    found: dict[str, Points] = {}
    for dimension in held.dimensions:
        tried = (published.breakdown(measure_id, area_code, period, dimension) for period in spans)
        points = next((points for points in tried if points), ())
        if points:
            found[dimension] = points
    return found


def point_of(
    published: Reader, measure_id: str, area_code: str, period: Period, who: tuple[str, str] = EVERYONE
) -> MeasurePoint | None:
    """One area's figure in one period; None where nothing was published."""
    dimension, category = who
    try:
        return point(published, f"{measure_id}/{area_code}/{period.start}/{period.last_day}/{dimension}/{category}")
    except KeyError:
        return None
