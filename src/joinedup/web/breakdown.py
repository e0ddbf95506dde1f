"""The part of a measure's page that shows it for groups of people, kinds of care or payers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.rules.foundation.period import Period, period_label
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import Holdings
from joinedup.web.charts.ranking import RankingPicture, ranking_chart
from joinedup.web.selection import Selection
from joinedup.web.series import newest_groups
from joinedup.web.wording import category_words, dimension_words


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One dimension: the figure of each of its categories in the newest period with figures."""

    key: str
    dimension: str
    period: Period
    chart: SafeString
    points: tuple[MeasurePoint, ...]


def breakdowns(published: Reader, held: Holdings, selection: Selection) -> tuple[Breakdown, ...]:
    """Every dimension that an area has figures for, in the newest period that has them."""
    groups = newest_groups(published, held, selection.area_code)
    return tuple(
        Breakdown(
            f"group-{number}", dimension, points[0].period, _bars(held.info, selection, dimension, points), points
        )
        for number, (dimension, points) in enumerate(groups.items(), start=1)
    )


def _bars(info: MeasureInfo, selection: Selection, dimension: str, points: Sequence[MeasurePoint]) -> SafeString:
    when = period_label(points[0].period)
    return ranking_chart(
        RankingPicture(
            title=f"{info.label} by {dimension_words(dimension).lower()}, {selection.area_name}, {when}",
            description=f"{len(points)} groups, with 95% intervals where there are any. The table gives every figure.",
            unit=info.unit,
            disclosure=info.disclosure,
            rows=[
                (category_words(dimension, point.category), point, (dimension, point.category) == selection.who)
                for point in points
            ],
            baseline=None,
            baseline_label="",
        )
    )
