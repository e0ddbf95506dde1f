"""The part of a measure's page that shows areas beside each other: funnel, ranked bars and table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.methods.comparison import Label
from joinedup.rules.foundation.period import Period, period_label
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import areas
from joinedup.web.charts.funnel import FunnelPicture, FunnelPoint, funnel_chart, sizes_for
from joinedup.web.charts.ranking import RankingPicture, ranking_chart
from joinedup.web.figures import number_text, released_value
from joinedup.web.neighbours import Neighbour, funnel_limits, neighbours
from joinedup.web.selection import Selection
from joinedup.web.series import point_of

#: Of more areas than these, only the highest are drawn; the table holds all.
MOST_BARS = 30
#: Fewer areas than these make no funnel.
FEWEST_IN_FUNNEL = 3


@dataclass(frozen=True, slots=True)
class Beside:
    """Areas of one kind in one period."""

    kind: str
    funnel: SafeString
    ranking: SafeString
    rows: tuple[Neighbour, ...]
    is_compared: bool
    drawn: int
    whole: MeasurePoint


def beside(published: Reader, info: MeasureInfo, selection: Selection, period: Period, top_code: str) -> Beside | None:
    """Compare areas with the whole; None where a measure has fewer than two areas of the chosen kind."""
    points = areas(published, info.id, selection.beside, period) if selection.beside else ()
    whole = point_of(published, info.id, top_code, period)
    if len(points) < 2 or whole is None:
        return None
    rows = neighbours(info, points, whole, selection.area_code)
    title = f"{info.label} by {selection.beside}, {period_label(period)}"
    return Beside(
        selection.beside, _funnel(info, rows, whole, title), ranking(info, rows, whole, title), rows,
        any(row.label is not Label.NOT_COMPARED for row in rows), min(len(rows), MOST_BARS), whole,
    )  # fmt: skip


def _funnel(info: MeasureInfo, rows: Sequence[Neighbour], whole: MeasurePoint, title: str) -> SafeString:
    baseline = released_value(whole.value)
    placed = [row for row in rows if row.size > 0 and row.position]
    if baseline is None or len(placed) < FEWEST_IN_FUNNEL:
        return SafeString("")
    limits = funnel_limits(info, baseline, sizes_for(max(row.size for row in placed)))
    if limits is None:
        return SafeString("")
    far = sum(row.position.startswith("far") for row in placed)
    return funnel_chart(
        FunnelPicture(
            title=f"Funnel plot: {title}",
            description=f"{len(placed)} areas around {number_text(baseline, info.unit)}; {far} lie outside the "
            "99.8% limits, further than chance alone explains. The table names them.",
            unit=info.unit,
            size_label="Effective size of the area",
            baseline_label=f"{whole.area_name} {number_text(baseline, info.unit)}",
            points=[FunnelPoint(r.point.area_name, r.point.value, r.size, r.position, r.is_chosen) for r in placed],
            limits=limits,
        )
    )


def ranking(info: MeasureInfo, rows: Sequence[Neighbour], whole: MeasurePoint, title: str) -> SafeString:
    """Bars of the areas with the highest figures, and of the chosen one."""
    shown = [*rows[:MOST_BARS], *(row for row in rows[MOST_BARS:] if row.is_chosen)]
    which = f"{len(shown)} of {len(rows)} areas" if len(shown) < len(rows) else f"{len(rows)} areas"
    return ranking_chart(
        RankingPicture(
            title=title,
            description=f"{which}, highest first, with 95% intervals where there are any.",
            unit=info.unit,
            disclosure=info.disclosure,
            rows=[(row.point.area_name, row.point, row.is_chosen) for row in shown],
            baseline=None if info.statistic == "count" else released_value(whole.value),
            baseline_label=whole.area_name,
        )
    )
