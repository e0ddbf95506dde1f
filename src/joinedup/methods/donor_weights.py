"""Weights of donors: a mixture of untreated units, none negative and adding to one, that resembles the treated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from joinedup.methods.effect import Floats

#: How much more the row that says "weights add to one" counts than the largest of the others.
_SUM_ROW: Final = 1e4

_Solve = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Donor weights and how much each predictor counted in choosing them.

    Attributes:
        weights: none negative, sum 1; (J,).
        importance: of each predictor, sum 1; (K,).
        loss: mean squared difference of the outcome before the start.
    """

    weights: Floats
    importance: Floats
    loss: float


def simplex_weights(target: Floats, donors: Floats, ridge: float = 0.0) -> Floats:
    """The mixture of donors nearest to the target.

    Minimises |target - donors w|² + ridge |w|² with w >= 0 and sum 1, by non-negative least squares with one further
    row that makes the weights add to one.

    Args:
        target: (K,).
        donors: (K, J).
        ridge: at least 0; spreads the weights.

    >>> simplex_weights(np.array([1.5, 3.0]), np.array([[1.0, 2.0, 9.0], [2.0, 4.0, 0.0]])).round(6).tolist()
    [0.5, 0.5, 0.0]
    """
    count = donors.shape[1]
    scale = _SUM_ROW * max(float(np.abs(donors).max(initial=0)), float(np.abs(target).max(initial=0)), 1e-12)
    rows, right = [donors, np.full((1, count), scale)], [target, np.array([scale])]
    if ridge > 0:
        rows.append(np.sqrt(ridge) * np.eye(count))
        right.append(np.zeros(count))
    weights = optimize.nnls(np.vstack(rows), np.concatenate(right), maxiter=50 * count)[0]
    made: Floats = weights / weights.sum()
    return made


def search_mixture(
    target: Floats, donors: Floats, target_outcome: Floats, donor_outcomes: Floats, *, starts: int = 4, seed: int = 1
) -> Mixture:
    """The mixture that fits the outcome before the start best among those that fit weighted predictors best.

    Inside, donor weights are chosen to match the predictors, each weighted by its importance; outside, the importances
    are searched (Nelder and Mead, from several starts) for the least squared difference of the outcome before the
    start. The outcome after the start plays no part.

    Args:
        target, donors: predictors of the treated unit (K,) and the donors (K, J).
        target_outcome, donor_outcomes: outcome before the start; (T,) and (T, J).
        starts: searches; the first from equal importance, the second from regression, further ones drawn.
        seed: of the draws.

    Source: Abadie, Diamond and Hainmueller 2010.
    """
    spread = np.column_stack([target, donors]).std(axis=1)
    used = np.where(spread > 0, spread, 1.0)
    x1, x0 = target / used, donors / used[:, None]

    rows, count = (
        np.ones((len(x1) + 1, x0.shape[1])),
        len(target_outcome),
    )  # one buffer: thousands of mixtures are tried
    right, scale = np.ones(len(x1) + 1), _SUM_ROW * max(float(np.abs(x0).max()), float(np.abs(x1).max()))

    def solve(log_importance: Floats) -> tuple[float, Floats]:
        root = np.exp((log_importance - log_importance.max()) / 2)
        np.multiply(x0, root[:, None], out=rows[:-1])
        np.multiply(x1, root, out=right[:-1])
        rows[-1], right[-1] = scale, scale
        weights = optimize.nnls(rows, right, maxiter=50 * x0.shape[1])[0]
        total = float(weights.sum())
        weights = weights / total if total > 0 else np.full(x0.shape[1], 1 / x0.shape[1])
        gap = target_outcome - donor_outcomes @ weights
        return float(gap @ gap) / count, weights

    best = min((_search(solve, start) for start in _starts(x0, donor_outcomes, starts, seed)), key=lambda item: item[0])
    importance = np.exp(best[1] - best[1].max())
    loss, weights = solve(best[1])
    return Mixture(weights, importance / importance.sum(), loss)


def _search(solve: _Solve, start: Floats) -> tuple[float, Floats]:
    if len(start) == 1:
        return solve(start)[0], start

    def loss(free: Floats) -> float:
        return solve(np.clip(np.append(free, 0.0), -25, 25))[0]

    found = optimize.minimize(
        loss, np.asarray(start[:-1] - start[-1], np.float64), method="Nelder-Mead",
        options={"maxfev": 250 * len(start), "xatol": 1e-3, "fatol": 1e-6, "adaptive": True},
    )  # fmt: skip
    return float(found.fun), np.clip(np.append(found.x, 0.0), -25, 25)


def _starts(x0: Floats, outcomes: Floats, count: int, seed: int) -> list[Floats]:
    k = len(x0)
    slope = np.linalg.lstsq(np.column_stack([np.ones(x0.shape[1]), x0.T]), outcomes.T, rcond=None)[0][1:]
    by_regression = np.log(np.maximum((slope**2).sum(axis=1), 1e-9))
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(0, 3, k) for _ in range(max(count - 2, 0))]
    return [np.zeros(k), by_regression - by_regression.mean(), *drawn][:count]
