"""What a release holds of each measure, remembered while the release is current: nothing in a release ever changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from joinedup.rules.foundation.period import Period
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is published of one measure.

    Attributes:
        top: code and name of the area that holds all others.
        areas: kind and name of each area by its code, widest kinds first.
        kinds: kinds of area, widest first.
        dimensions: ways the measure is broken down.
        periods: by cadence, oldest first.
    """

    info: MeasureInfo
    top: tuple[str, str]
    areas: dict[str, tuple[str, str]]
    kinds: tuple[str, ...]
    dimensions: tuple[str, ...]
    periods: dict[str, tuple[Period, ...]]


def holdings(published: Reader, measure_id: str) -> Holdings:
    """What the current release holds of a measure.

    Raises:
        KeyError: the release has no such measure, or no figure of it.
    """
    return _holdings(published, published.release().id, measure_id)


def series(published: Reader, measure_id: str, area_code: str, cadence: str, who: tuple[str, str]) -> Points:
    """One area's figures over time for a group, oldest first; empty where there are none."""
    return _series(published, published.release().id, (measure_id, area_code, cadence, *who))


Points = tuple[MeasurePoint, ...]


@lru_cache(maxsize=512)
def _holdings(published: Reader, release: str, measure_id: str) -> Holdings:
    info = published.measure(measure_id)
    return Holdings(
        info=info,
        top=published.top_area(measure_id),
        areas={code: (kind, name) for kind, code, name in published.area_names(measure_id)},
        kinds=published.area_types(measure_id),
        dimensions=published.dimensions(measure_id),
        periods={cadence: published.periods(measure_id, cadence) for cadence in info.cadences},
    )


@lru_cache(maxsize=256)
def _series(published: Reader, release: str, key: tuple[str, str, str, str, str]) -> Points:
    return published.series(*key)


def areas(published: Reader, measure_id: str, kind: str, period: Period) -> Points:
    """Every area of a kind in one period, by name."""
    return _areas(published, published.release().id, (measure_id, kind, period))


@lru_cache(maxsize=128)
def _areas(published: Reader, release: str, key: tuple[str, str, Period]) -> Points:
    return published.areas(*key)


def point(published: Reader, cell_id: str) -> MeasurePoint:
    """One published cell by its id.

    Raises:
        KeyError: no such cell in this release.
    """
    return _point(published, published.release().id, cell_id)


@lru_cache(maxsize=1024)
def _point(published: Reader, release: str, cell_id: str) -> MeasurePoint:
    return published.point(cell_id)
