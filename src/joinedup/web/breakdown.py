"""The part of a measure's page that shows it for groups of people, kinds of care or payers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.rules.foundation.period import period_label
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.charts.ranking import RankingPicture, ranking_chart
from joinedup.web.selection import Selection


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One dimension: the figure of each of its categories in one period."""

    key: str
    dimension: str
    chart: SafeString
    points: tuple[MeasurePoint, ...]


def breakdowns(
    published: Reader, info: MeasureInfo, selection: Selection, latest: MeasurePoint
) -> tuple[Breakdown, ...]:
    """Every dimension that an area has figures for in the period of the newest figure."""
    return tuple(_found(published, info, selection, latest))


def _found(published: Reader, info: MeasureInfo, selection: Selection, latest: MeasurePoint) -> Iterator[Breakdown]:
    for number, dimension in enumerate(published.dimensions(info.id), start=1):
        points = published.breakdown(info.id, selection.area_code, latest.period, dimension)
        if points:
            chart = _bars(info, selection, latest, dimension, points)
            yield Breakdown(f"group-{number}", dimension, chart, points)


def _bars(
    info: MeasureInfo, selection: Selection, latest: MeasurePoint, dimension: str, points: Sequence[MeasurePoint]
) -> SafeString:
    name = dimension.replace("_", " ")
    return ranking_chart(
        RankingPicture(
            title=f"{info.label} by {name}, {selection.area_name}, {period_label(latest.period)}",
            description=f"{len(points)} groups, with 95% intervals where there are any. The table gives every figure.",
            unit=info.unit,
            disclosure=info.disclosure,
            rows=[(point.category.replace("_", " "), point, point.category == selection.who[1]) for point in points],
            baseline=None,
            baseline_label="",
        )
    )
