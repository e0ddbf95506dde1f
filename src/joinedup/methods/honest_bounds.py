"""How far an effect survives if treated and controls would not have moved alike: bounds after Rambachan and Roth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from joinedup.methods.effect import Floats, Ints
from joinedup.rules.foundation.errors import NotEvaluable

#: Multiples of the largest change before the start that are tried.
MULTIPLES: Final = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Bound:
    """The average effect since the start if trends part by at most a multiple of what was seen before.

    Attributes:
        multiple: how many times the largest change between two periods before the start the trends may part, period
            by period, after it; 0 is parallel trends.
        lowest, highest: effects that fit the estimates.
        low, high: 95% interval of those.
    """

    multiple: float
    lowest: float
    highest: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether an effect is shown even so."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class HonestBounds:
    """Bounds for several multiples.

    Attributes:
        breakdown: the largest multiple, to a hundredth, at which zero is still excluded; None where it never is.
    """

    bounds: tuple[Bound, ...]
    breakdown: float | None


def relative_magnitudes(
    events: Ints, values: Floats, matrix: Floats, multiples: Sequence[float] = MULTIPLES
) -> HonestBounds:
    """Bound the mean effect since the start by how unlike the groups moved before it.

    If from one period to the next the difference between the groups may drift by at most M times the largest drift
    seen before the start, then the mean over periods 0 to h is off by at most M x largest x mean(1 .. h + 1). The
    interval covers the uncertainty of the drift too: it is the union, over every earlier drift taken as the largest
    and either sign, of the interval of effect plus drift, and so errs on the wide side.

    Args:
        events: periods since the start, -1 (the reference) left out; consecutive otherwise.
        values: effects; (K,).
        matrix: their covariance; (K, K).
        multiples: M, each at least 0.

    Raises:
        NotEvaluable: fewer than two periods before the start, periods left out, or no uncertainty known.

    Source: Rambachan and Roth 2023, restriction of relative magnitudes (Delta RM).

    >>> events, values = np.array([-3, -2, 0, 1]), np.array([0.0, 1.0, -5.0, -6.0])
    >>> found = relative_magnitudes(events, values, np.eye(4) * 1e-6, (0.0, 1.0)).bounds
    >>> [(round(b.lowest, 3), round(b.highest, 3)) for b in found]
    [(-5.5, -5.5), (-7.0, -4.0)]
    """
    drifts, post = _drifts(events, matrix)
    return HonestBounds(
        tuple(_bound(multiple, drifts, post, values, matrix) for multiple in multiples),
        _breakdown(drifts, post, values, matrix),
    )


def _drifts(events: Ints, matrix: Floats) -> tuple[Floats, Floats]:
    """Each drift before the start, and the weights of the mean after it, as combinations of the estimates."""
    full = np.sort(np.append(events, -1))
    n_before, n_after = int((events < 0).sum()), int((events >= 0).sum())
    if n_before < 1 or n_after < 1 or (np.diff(full) != 1).any():
        raise NotEvaluable("bounds need at least two consecutive periods before the start, and one after it")
    if not np.isfinite(matrix).all() or (np.diag(matrix) <= 0).any():
        raise NotEvaluable("bounds need the uncertainty of every period's effect")
    position = {int(event): at for at, event in enumerate(events)}
    drifts = np.zeros((n_before, len(events)))
    for row, event in enumerate(full[:n_before]):
        drifts[row, position[int(event)]] = -1
        if int(event) + 1 in position and event + 1 < 0:
            drifts[row, position[int(event) + 1]] = 1
    return drifts, np.where(events >= 0, 1 / n_after, 0.0)


def _bound(multiple: float, drifts: Floats, post: Floats, values: Floats, matrix: Floats) -> Bound:
    n_after = int((post > 0).sum())
    reach = multiple * (n_after + 1) / 2
    combined = np.vstack([post + reach * drifts, post - reach * drifts])
    centre = combined @ values
    half = stats.norm.ppf(0.975) * np.sqrt(np.einsum("ij,jk,ik->i", combined, matrix, combined))
    return Bound(
        multiple, float(centre.min()), float(centre.max()), float((centre - half).min()), float((centre + half).max())
    )


def _breakdown(drifts: Floats, post: Floats, values: Floats, matrix: Floats, largest: int = 500) -> float | None:
    """By halving: the interval only widens with the multiple."""
    if not _bound(0.0, drifts, post, values, matrix).excludes_zero:
        return None
    low, high = 0, largest
    while low < high:
        middle = (low + high + 1) // 2
        holds = _bound(middle / 100, drifts, post, values, matrix).excludes_zero
        low, high = (middle, high) if holds else (low, middle - 1)
    return low / 100


def smoothness(events: Ints, values: Floats, matrix: Floats, curvature: float) -> tuple[float, float]:
    """The 95% interval of the mean effect since the start if trends may part along a nearly straight line.

    The difference between the groups may change its slope by at most `curvature` from one period to the next; 0
    continues the line seen before the start. Computed by diff-diff (optimal fixed-length interval), which is loaded
    only here because that takes seconds.

    Args:
        events, values, matrix: as for `relative_magnitudes`.
        curvature: in the outcome's unit by period, at least 0.

    Raises:
        NotEvaluable: as for `relative_magnitudes`.

    Source: Rambachan and Roth 2023, restriction of smoothness (Delta SD).
    """
    _drifts(events, matrix)
    from diff_diff.honest_did import HonestDiD

    found = HonestDiD(method="smoothness", M=curvature).fit(_as_surface(events, values, matrix))
    return float(found.ci_lb), float(found.ci_ub)


def _as_surface(events: Ints, values: Floats, matrix: Floats) -> object:
    """The event study in the container that diff-diff reads."""
    from diff_diff.results_base import EventStudyResults

    full = np.sort(np.append(events, -1))
    is_reference = full == -1
    spread = np.full(len(full), np.nan)
    spread[~is_reference] = np.sqrt(np.diag(matrix))
    att = np.zeros(len(full))
    att[~is_reference] = values
    nothing = np.full(len(full), np.nan)
    half = stats.norm.ppf(0.975) * spread
    return EventStudyResults(
        event_time=full, att=att, se=spread, t_stat=nothing, p_value=nothing, conf_int_lower=att - half,
        conf_int_upper=att + half, is_reference=is_reference, n=nothing, n_kind="groups", reference_period=-1,
        time_scale="relative", event_time_convention="e0_first_treated", vcov=matrix, vcov_index=events, alpha=0.05,
        source="CallawaySantAnnaResults", base_period="universal", anticipation=0, reference_event_times=(-1,),
    )  # fmt: skip
