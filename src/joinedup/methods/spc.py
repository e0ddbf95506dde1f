"""Statistical process control of a series over time: XmR limits, the four special-cause rules, and assurance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.comparison import Polarity
from joinedup.rules.foundation.errors import DefinitionError

_LIMIT: Final = 2.66  # three standard deviations in units of the mean moving range
_NEAR: Final = 2 * _LIMIT / 3
_SCREEN: Final = 3.267  # moving ranges above this many means are outliers
_RUN: Final = 7
#: With fewer points in the baseline the limits are provisional.
TRIAL_BELOW: Final = 13

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Rule(StrEnum):
    """Why a point is special cause; a point takes the first that applies, in this order."""

    ABOVE_LIMIT = "above_limit"
    BELOW_LIMIT = "below_limit"
    RISING = "rising"  # one of seven or more successive rising points
    FALLING = "falling"
    TWO_IN_THREE_ABOVE = "two_in_three_above"  # two of three points beyond the near limit, all on one side
    TWO_IN_THREE_BELOW = "two_in_three_below"
    SHIFT_ABOVE = "shift_above"  # one of seven or more successive points above the mean
    SHIFT_BELOW = "shift_below"
    COMMON = "common"


class Variation(StrEnum):
    """What a point says: ordinary variation, or a signal for better, for worse, or without polarity."""

    COMMON = "common"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    HIGH = "high"
    LOW = "low"


class Assurance(StrEnum):
    """Will the process meet its target if nothing changes."""

    CONSISTENT_PASS = "consistent_pass"  # noqa: S105 - a verdict, no password
    CONSISTENT_FAIL = "consistent_fail"
    INCONSISTENT = "inconsistent"
    NONE = "none"  # no target, no limits, or a neutral measure


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a chart; limits are None where the series is too short to have any."""

    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    near_lower: float | None
    near_upper: float | None
    rule: Rule
    variation: Variation


@dataclass(frozen=True, slots=True)
class Chart:
    """An XmR chart: its points in order, whether its last limits are trial limits, and its assurance."""

    points: tuple[Point, ...]
    is_trial: bool
    assurance: Assurance


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean and limits of one stretch between rebases."""

    mean: float
    lower: float
    upper: float
    near_lower: float
    near_upper: float


def limits(values: Sequence[float], *, screen: bool = False) -> Limits | None:
    """Mean and process limits of a baseline: mean -/+ 2.66 times the mean moving range.

    Args:
        values: baseline points in order of time.
        screen: leave out, once, moving ranges above 3.267 times their mean (NHS England's spreadsheet does not).

    Returns:
        Limits, or None with fewer than two points.

    Source: NHS England, Making Data Count; Wheeler 1993; as in NHSRplotthedots.

    >>> base = limits([52, 48, 55, 50, 47, 53, 51, 49, 54, 50])
    >>> round(base.mean, 1), round(base.lower, 3), round(base.upper, 3)
    (50.9, 39.669, 62.131)
    """
    y = np.asarray(values, dtype=np.float64)
    if y.size < 2:
        return None
    ranges = np.abs(np.diff(y))
    if screen:
        kept = ranges[ranges < _SCREEN * ranges.mean()]
        ranges = kept if kept.size else ranges
    mean, spread = float(y.mean()), float(ranges.mean())
    return Limits(
        mean, mean - _LIMIT * spread, mean + _LIMIT * spread, mean - _NEAR * spread, mean + _NEAR * spread
    )  # fmt: skip


def xmr(
    values: Sequence[float | None],
    polarity: Polarity,
    *,
    target: float | None = None,
    screen: bool = False,
    fix_after: int | None = None,
    rebase: Sequence[int] = (),
) -> Chart:
    """Which points of a series are signals, for better or worse, and will the process meet its target.

    The rules, in the order in which they name a point: beyond a limit; seven or more rising or falling; two of three
    beyond a near limit on one side; seven or more on one side of the mean. Every point of a run is marked. A missing
    point is left out of the mean and the moving ranges and ends any run.

    Args:
        values: the series in order of time; None where a period was not reported.
        polarity: which way the measure gets better.
        target: the plan, in the unit of the series.
        screen: see `limits`.
        fix_after: compute limits from this many points of each stretch only.
        rebase: positions at which a new stretch with its own limits begins; each needs a recorded reason.

    Returns:
        The chart. Points before limits can be computed are common cause without limits.

    Raises:
        DefinitionError: a rebase outside the series, or a fixed baseline shorter than two points.

    Source: NHS England, Making Data Count; as in NHSRplotthedots.

    >>> chart = xmr([52, 48, 55, 50, 47, 53, 51, 49, 54, 50, 62, 63, 61, 64], Polarity.LOWER, fix_after=10, target=70)
    >>> [str(p.rule) for p in chart.points[10:]], str(chart.assurance)
    (['two_in_three_above', 'above_limit', 'two_in_three_above', 'above_limit'], 'consistent_pass')
    """
    if any(not 0 <= at < len(values) for at in rebase):
        raise DefinitionError(f"a rebase lies outside the series of {len(values)} points: {sorted(rebase)}")
    if fix_after is not None and fix_after < 2:
        raise DefinitionError(f"a fixed baseline needs at least two points, not {fix_after}")
    cuts = sorted({0, *rebase})
    stretches = [values[start:end] for start, end in zip(cuts, [*cuts[1:], len(values)], strict=True)]
    points = [point for stretch in stretches for point in _stretch(stretch, polarity, screen, fix_after)]
    known = [value for value in stretches[-1] if value is not None][:fix_after]
    return Chart(tuple(points), len(known) < TRIAL_BELOW, _assurance(points, polarity, target))


def _stretch(
    values: Sequence[float | None], polarity: Polarity, screen: bool, fix_after: int | None
) -> list[Point]:  # fmt: skip
    known = [value for value in values if value is not None]
    base = limits(known[:fix_after], screen=screen)
    if base is None:
        return [Point(v, None, None, None, None, None, Rule.COMMON, Variation.COMMON) for v in values]
    y = np.array([math.nan if value is None else value for value in values])
    rules = _rules(y, base)
    return [
        Point(v, base.mean, base.lower, base.upper, base.near_lower, base.near_upper, rule, variation(rule, polarity))
        for v, rule in zip(values, rules, strict=True)
    ]


def _rules(y: Floats, base: Limits) -> list[Rule]:
    above, below = y > base.mean, y < base.mean
    step = np.sign(np.diff(y))
    beyond_upper, beyond_lower = y > base.upper, y < base.lower
    flags: tuple[tuple[Rule, Flags], ...] = (
        (Rule.ABOVE_LIMIT, beyond_upper),
        (Rule.BELOW_LIMIT, beyond_lower),
        (Rule.RISING, _trend(step == 1)),
        (Rule.FALLING, _trend(step == -1)),
        (Rule.TWO_IN_THREE_ABOVE, _two_in_three((y > base.near_upper) & ~beyond_upper, above)),
        (Rule.TWO_IN_THREE_BELOW, _two_in_three((y < base.near_lower) & ~beyond_lower, below)),
        (Rule.SHIFT_ABOVE, _runs(above, _RUN)),
        (Rule.SHIFT_BELOW, _runs(below, _RUN)),
    )
    return [next((rule for rule, flag in flags if flag[at]), Rule.COMMON) for at in range(y.size)]


def _runs(on: Flags, length: int) -> Flags:
    """Every point that belongs to an unbroken run of at least the given length."""
    marked = np.zeros(on.size, dtype=np.bool_)
    start = 0
    for at in range(on.size + 1):
        if at == on.size or not on[at]:
            if at - start >= length:
                marked[start:at] = True
            start = at + 1
    return marked


def _trend(steps: Flags) -> Flags:
    """Every point of seven or more that rise (or fall) one after another: six steps join seven points."""
    run = _runs(steps, _RUN - 1)
    return np.append(run, False) | np.insert(run, 0, False)


def _two_in_three(near: Flags, side: Flags) -> Flags:
    """Near-limit points of any three in a row that all lie on one side with at least two of them near the limit."""
    marked = np.zeros(near.size, dtype=np.bool_)
    for at in range(near.size - 2):
        window = slice(at, at + 3)
        if side[window].all() and near[window].sum() >= 2:
            marked[window] |= near[window]
    return marked


def variation(rule: Rule, polarity: Polarity) -> Variation:
    """What a signal means, by its direction and the measure's polarity.

    >>> str(variation(Rule.RISING, Polarity.LOWER)), str(variation(Rule.SHIFT_BELOW, Polarity.NEUTRAL))
    ('concern', 'low')
    """
    if rule is Rule.COMMON:
        return Variation.COMMON
    is_high = rule in (Rule.ABOVE_LIMIT, Rule.SHIFT_ABOVE, Rule.RISING, Rule.TWO_IN_THREE_ABOVE)
    if polarity is Polarity.NEUTRAL:
        return Variation.HIGH if is_high else Variation.LOW
    return Variation.IMPROVEMENT if is_high == (polarity is Polarity.HIGHER) else Variation.CONCERN


def _assurance(points: Sequence[Point], polarity: Polarity, target: float | None) -> Assurance:
    """Where the target lies against the last limits: beyond them on the good side the process always fails."""
    last = points[-1] if points else None
    if last is None or last.upper is None or last.lower is None or target is None or polarity is Polarity.NEUTRAL:
        return Assurance.NONE
    if last.lower <= target <= last.upper:
        return Assurance.INCONSISTENT
    fails_above = polarity is Polarity.HIGHER
    return Assurance.CONSISTENT_FAIL if (target > last.upper) == fails_above else Assurance.CONSISTENT_PASS
