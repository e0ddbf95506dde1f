"""Areas beside each other: how each compares with the whole, given how much chance alone can explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from joinedup.methods.comparison import Label, Polarity, compare
from joinedup.methods.funnel import FunnelLimits, proportion_limits, rate_limits
from joinedup.methods.intervals import Estimate
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.web.figures import released_value

#: Standard deviations to either end of a 95% interval.
Z95 = 1.959964

#: With this many areas or more, chance alone makes some differ; funnel limits at 99.8% then decide.
MANY = 10


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One area in the list of areas.

    Attributes:
        point: its figure.
        size: its effective size, see `funnel_size`; 0 where not known.
        position: where it lies on the funnel: inside, high, low, far_high, far_low, or "" without a funnel.
        label: better, similar, worse and so on than the whole.
        is_chosen: whether the page is about it.
    """

    point: MeasurePoint
    size: float
    position: str
    label: Label
    is_chosen: bool


def neighbours(
    measure: MeasureInfo, points: Sequence[MeasurePoint], whole: MeasurePoint | None, chosen: str
) -> tuple[Neighbour, ...]:
    """Areas of one kind in one period, highest figure first, those without a figure last.

    Args:
        measure: gives unit and polarity.
        points: one point an area.
        whole: the area that holds them all, in the same period.
        chosen: code of the area the page is about.
    """
    baseline = released_value(whole.value) if whole else None
    sizes = [funnel_size(measure, point) for point in points]
    positions = _positions(measure, points, sizes, baseline)
    many = len(points) >= MANY and any(positions)
    found = [
        Neighbour(
            point, size, position, _label(measure, point, position if many else "", baseline), point.area_code == chosen
        )
        for point, size, position in zip(points, sizes, positions, strict=True)
    ]
    return tuple(sorted(found, key=_rank))


def _rank(row: Neighbour) -> tuple[bool, float, str]:
    value = released_value(row.point.value)
    return value is None, -(value or 0.0), row.point.area_name


def funnel_size(measure: MeasureInfo, point: MeasurePoint) -> float:
    """The effective size of an area: how many people (or cases) would give an interval as wide as the published one.

    Repeated events of one person, standardisation and survey weights widen intervals, and so make areas smaller here
    than they are. 0 without an interval: then nothing says how far chance may move the figure.
    """
    value, low, high = (released_value(figure) for figure in (point.value, point.lower, point.upper))
    if value is None or low is None or high is None or high <= low or not (_is_rate(measure) or _is_share(measure)):
        return 0.0
    error = (high - low) / (2 * Z95)
    unexplained = value * (measure.per - value) if _is_share(measure) else value * measure.per
    return unexplained / error**2 if unexplained > 0 else float(released_value(point.denominator) or 0)


def funnel_limits(measure: MeasureInfo, baseline: float, sizes: Sequence[float]) -> FunnelLimits | None:
    """Limits around the whole's figure; None for measures that are neither a share nor a rate of events."""
    try:
        if _is_share(measure):
            return proportion_limits(baseline / measure.per, sizes, multiplier=measure.per)
        return rate_limits(baseline, sizes, multiplier=measure.per) if _is_rate(measure) else None
    except DefinitionError:  # a share above 100% or a negative rate has no funnel
        return None


def _is_rate(measure: MeasureInfo) -> bool:
    return measure.statistic == "rate" and not measure.unit.startswith("£")


def _is_share(measure: MeasureInfo) -> bool:
    return measure.statistic == "proportion"


def _positions(
    measure: MeasureInfo, points: Sequence[MeasurePoint], sizes: Sequence[float], baseline: float | None
) -> list[str]:
    limits = funnel_limits(measure, baseline, sizes) if baseline is not None and any(sizes) else None
    if limits is None:
        return ["" for _ in points]
    return [_position(released_value(point.value), limits, at) for at, point in enumerate(points)]


def _position(value: float | None, limits: FunnelLimits, at: int) -> str:
    if value is None:
        return ""
    if value > limits.upper_998[at]:
        return "far_high"
    if value < limits.lower_998[at]:
        return "far_low"
    if value > limits.upper_95[at]:
        return "high"
    return "low" if value < limits.lower_95[at] else "inside"


def _label(measure: MeasureInfo, point: MeasurePoint, position: str, baseline: float | None) -> Label:
    polarity = Polarity(measure.polarity)
    if position:
        return _label_of_position(position, polarity)
    value, low, high = (released_value(figure) for figure in (point.value, point.lower, point.upper))
    if value is None or low is None or high is None:
        return Label.NOT_COMPARED
    return compare(Estimate(value, low, high), baseline, polarity)


def _label_of_position(position: str, polarity: Polarity) -> Label:
    if not position.startswith("far"):
        return Label.SIMILAR
    is_high = position == "far_high"
    if polarity is Polarity.NEUTRAL:
        return Label.HIGHER if is_high else Label.LOWER
    return Label.BETTER if is_high == (polarity is Polarity.HIGHER) else Label.WORSE
