"""One estimated effect with its interval, the same for every design, and how estimates that move together are held."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Below this an error is rounding, not uncertainty.
TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Effect:
    """What a scheme changed, over a horizon, with a 95% interval.

    Attributes:
        estimand: what is estimated: att, simple, dynamic, group, calendar, level, slope ...
        horizon: all, e=2 (periods since the start), g=2004 (a wave) or a period.
        value: in the scale's terms; positive means more of the outcome than without the scheme.
        scale: difference (the outcome's unit), percent (of what would have been) or ratio.
        se: standard error; None where the method gives none.
        low, high: 95% interval; None where there is none.
        p: two-sided; None where there is none.
        n: units the estimate rests on.
    """

    estimand: str
    horizon: str
    value: float
    scale: str = "difference"
    se: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    n: int = 0


def effect_of(
    estimand: str, horizon: str, value: float, se: float, n: int, *, df: float = math.inf, scale: str = "difference"
) -> Effect:
    """An effect whose interval follows from its standard error.

    Args:
        df: degrees of freedom of Student's t; infinite for the normal distribution.

    Returns:
        Without interval and p-value where the standard error is not a number or zero.

    >>> made = effect_of("att", "all", -2.0, 1.0, 40)
    >>> round(made.low, 2), round(made.high, 2), round(made.p, 3)
    (-3.96, -0.04, 0.046)
    """
    if not math.isfinite(se) or se <= TINY or df < 1:
        return Effect(estimand, horizon, float(value), scale, n=n)
    half = float(stats.t.ppf(0.975, df)) * se
    p = 2 * float(stats.t.sf(abs(value) / se, df))
    return Effect(estimand, horizon, float(value), scale, float(se), float(value - half), float(value + half), p, n)


def covariance(influence: Floats, clusters: Ints) -> Floats:
    """The covariance of estimates from what each unit contributes to them, units of a cluster taken together.

    Formula: C/(C-1) x sum over clusters of s s' / N², where s sums the influence of a cluster's units.

    Args:
        influence: (N, K), mean zero by column; an estimate's error is the mean of its column.
        clusters: (N,).

    Returns:
        (K, K); not a number where there are fewer than two clusters.
    """
    _, label = np.unique(clusters, return_inverse=True)
    count = int(label.max()) + 1 if len(label) else 0
    if count < 2:
        return np.full((influence.shape[1],) * 2, np.nan)
    sums = np.zeros((count, influence.shape[1]))
    np.add.at(sums, label, influence)
    correction = count / (count - 1) if count < len(label) else 1.0
    made: Floats = correction * sums.T @ sums / len(label) ** 2
    return made


def joint_test(values: Floats, matrix: Floats) -> float | None:
    """The p-value of the hypothesis that all values are zero (Wald); None where it cannot be tested.

    A covariance without full rank, as when there are more values than clusters, cannot carry the test.

    >>> round(joint_test(np.array([1.96, 0.0]), np.eye(2)), 3)
    0.146
    """
    if not len(values) or not np.isfinite(matrix).all() or np.linalg.matrix_rank(matrix) < len(values):
        return None
    return float(stats.chi2.sf(values @ np.linalg.solve(matrix, values), len(values)))


def largest_test(
    values: Floats, matrix: Floats, *, df: float = math.inf, draws: int = 20_000, seed: int = 1
) -> float | None:
    """The p-value of the hypothesis that all values are zero, by the largest of their t-statistics.

    For where there are about as many values as groups they rest on: a covariance of so many values cannot be turned
    round with trust, and `joint_test` then rejects far too often. Only the correlations are used here.

    Args:
        df: degrees of freedom shared by all values.
        draws, seed: of samples in which nothing differs.

    Returns:
        None where there are no values or a value has no error.

    Source: Montiel Olea and Plagborg-Moller 2019 (simultaneous bands).

    >>> largest_test(np.array([0.5, -0.5]), np.eye(2)) > 0.5, largest_test(np.array([5.0, 0.0]), np.eye(2)) < 0.001
    (True, True)
    """
    spread = np.sqrt(np.diag(matrix))
    if not len(values) or not np.isfinite(matrix).all() or (spread <= TINY).any():
        return None
    size, axes = np.linalg.eigh(matrix / np.outer(spread, spread))
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((draws, len(values))) @ (axes * np.sqrt(np.clip(size, 0, None))).T
    if math.isfinite(df):
        drawn /= np.sqrt(rng.chisquare(df, draws) / df)[:, None]
    largest = float(np.abs(values / spread).max())
    return float((1 + (np.abs(drawn).max(axis=1) >= largest).sum()) / (1 + draws))
