"""Heterogeneity: how much true effects differ between studies, beyond chance."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Heterogeneity

Floats = NDArray[np.float64]

_ROUNDS: Final = 500


def between_variance(y: Floats, v: Floats, x: Floats, method: Heterogeneity) -> float:
    """The variance of true effects between studies, tau squared; never negative.

    Args:
        y: each study's effect; (K,).
        v: its variance; (K,).
        x: constant and moderators; (K, P).
        method: the estimator.

    Raises:
        NotEvaluable: an estimator that does not settle.

    Source: Viechtbauer 2005 (REML, ML, HE, SJ); DerSimonian and Laird 1986; Paule and Mandel 1982.
    """
    if method is Heterogeneity.FIXED or len(y) == x.shape[1]:
        return 0.0
    closed = {
        Heterogeneity.DERSIMONIAN_LAIRD: _dersimonian_laird,
        Heterogeneity.HEDGES: _hedges,
        Heterogeneity.SIDIK_JONKMAN: _sidik_jonkman,
        Heterogeneity.PAULE_MANDEL: _paule_mandel,
    }
    if method in closed:
        return max(closed[method](y, v, x), 0.0)
    return _likeliest(y, v, x, is_restricted=method is Heterogeneity.REML)


def projection(weights: Floats, x: Floats) -> Floats:
    """The matrix that turns effects into weighted residuals: W - W X (X'WX)^-1 X'W; (K, K)."""
    wx = weights[:, None] * x
    made: Floats = np.diag(weights) - wx @ np.linalg.solve(x.T @ wx, wx.T)
    return made


def typical_variance(v: Floats, x: Floats) -> float:
    """The variance within a typical study, against which tau squared is weighed in I² (Higgins and Thompson 2002)."""
    return float((len(v) - x.shape[1]) / np.trace(projection(1 / v, x)))


def _excess(tau2: float, y: Floats, v: Floats, x: Floats) -> float:
    """Weighted squared residuals less their expectation."""
    return float(y @ projection(1 / (v + tau2), x) @ y) - _left(y, x)


def _left(y: Floats, x: Floats) -> int:
    """Degrees of freedom left after the coefficients."""
    return len(y) - int(x.shape[1])


def _dersimonian_laird(y: Floats, v: Floats, x: Floats) -> float:
    expected: float = np.trace(projection(1 / v, x)).item()
    return _excess(0.0, y, v, x) / expected


def _hedges(y: Floats, v: Floats, x: Floats) -> float:
    p = projection(np.ones(len(y)), x)
    residuals = float(y @ p @ y - np.trace(p @ np.diag(v)))
    return residuals / _left(y, x)


def _sidik_jonkman(y: Floats, v: Floats, x: Floats) -> float:
    start = float(y.var())
    if not start:
        return 0.0
    return start * float(y @ projection(1 / (v + start), x) @ y) / _left(y, x)


def _paule_mandel(y: Floats, v: Floats, x: Floats) -> float:
    if _excess(0.0, y, v, x) <= 0:
        return 0.0
    high = max(float(y.var()), float(v.max())) * 2
    while _excess(high, y, v, x) > 0:
        high *= 2
    return float(optimize.brentq(_excess, 0.0, high, args=(y, v, x), xtol=1e-12))


def _likeliest(y: Floats, v: Floats, x: Floats, *, is_restricted: bool) -> float:
    """Fisher scoring, kept at zero or above."""
    tau2 = max(_hedges(y, v, x), 0.0)
    for _ in range(_ROUNDS):
        weights = 1 / (v + tau2)
        p = projection(weights, x)
        spent = float(np.trace(p)) if is_restricted else float(weights.sum())
        information = float((p * p.T).sum()) if is_restricted else float((weights**2).sum())
        step = (float(y @ p @ p @ y) - spent) / information
        moved = max(tau2 + step, 0.0)
        if abs(moved - tau2) < 1e-10 * (1 + tau2):
            return moved
        tau2 = moved
    raise NotEvaluable("the variance between studies did not settle; use tau2 = 'dl'")
