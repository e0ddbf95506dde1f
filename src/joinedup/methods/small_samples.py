"""Errors that hold where few decided: each group of units has its own spread, and few units make it uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from joinedup.methods.effect import Floats, Ints
from joinedup.methods.panel import Flags


@dataclass(frozen=True, slots=True)
class Spread:
    """The covariance of estimates, and how well it is known.

    Attributes:
        matrix: (K, K); not a number where nothing shows a spread.
        df: degrees of freedom of each estimate's variance; (K,).
    """

    matrix: Floats
    df: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors; (K,)."""
        made: Floats = np.sqrt(np.diag(self.matrix))
        return made


def spread(influence: Floats, clusters: Ints, groups: Floats | Flags) -> Spread:
    """The covariance of estimates from what each unit contributes, each group's spread by its own degrees of freedom.

    A mean of few units lies nearer to them than to the truth, so their deviations from it are too small; each group's
    part of the variance is enlarged by C/(C-1), C its clusters (unbiased where estimates are differences of the
    groups' means). Parts known from few clusters make the whole uncertain: the degrees of freedom are Welch's,
    (sum of parts)² / sum of part² / (C-1).

    Args:
        influence: (N, K), mean zero by column; an estimate's error is the mean of its column.
        clusters: who decided together; (N,).
        groups: whose means are compared, such as each wave and those who never start; (N,). Clusters with units of
            several groups make one group of their own.

    Returns:
        Not a number where there are fewer than two clusters; a group of one cluster shows no spread and adds none.

    Source: Welch 1947; MacKinnon and White 1985 (HC2); Bell and McCaffrey 2002; Imbens and Kolesár 2016.

    >>> made = spread(np.array([[-2.0], [2.0], [0.0], [0.0]]), np.arange(4), np.array([1.0, 1, 0, 0]))
    >>> float(made.matrix[0, 0]), float(made.df[0])
    (1.0, 1.0)
    """
    _, label = np.unique(clusters, return_inverse=True)
    count = int(label.max()) + 1 if len(label) else 0
    if count < 2:
        return Spread(np.full((influence.shape[1],) * 2, np.nan), np.zeros(influence.shape[1]))
    sums = np.column_stack([np.bincount(label, column, count) for column in influence.T]) / len(label)
    matrix = np.zeros((influence.shape[1],) * 2)
    total, square = np.zeros(influence.shape[1]), np.zeros(influence.shape[1])
    of_cluster = _group_of(label, count, groups)
    for group in np.unique(of_cluster):
        part = sums[of_cluster == group]
        if len(part) < 2:
            continue
        matrix += len(part) / (len(part) - 1) * part.T @ part
        own = len(part) / (len(part) - 1) * (part**2).sum(axis=0)
        total, square = total + own, square + own**2 / (len(part) - 1)
    df: Floats = np.divide(total**2, square, out=np.zeros_like(total), where=square > 0)
    return Spread(matrix, df)


def _group_of(label: Ints, count: int, groups: Floats | Flags) -> Ints:
    """The group of each cluster, -1 for those with units of several."""
    _, group = np.unique(groups, return_inverse=True)
    least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(least, label, group)
    np.maximum.at(most, label, group)
    made: Ints = np.where(least == most, most, -1)
    return made


def joint_f_test(values: Floats, found: Spread) -> float | None:
    """The p-value of the hypothesis that all values are zero, their covariance being uncertain itself.

    Formula: Hotelling's T², (f - k + 1) / (f k) x Wald compared with F(k, f - k + 1); f is the least of the values'
    degrees of freedom. With few units a plain Wald test finds differences where there are none.

    Returns:
        None where there are too many values for what is known of their spread.

    Source: Hotelling 1931; Pustejovsky and Tipton 2018.

    >>> round(joint_f_test(np.array([2.0]), Spread(np.eye(1), np.array([10.0]))), 4)
    0.0734
    """
    count = len(values)
    if not count or not np.isfinite(found.matrix).all() or np.linalg.matrix_rank(found.matrix) < count:
        return None
    freedom = float(found.df.min())
    if freedom - count + 1 < 1:
        return None
    wald = float(values @ np.linalg.solve(found.matrix, values))
    return float(stats.f.sf((freedom - count + 1) / (freedom * count) * wald, count, freedom - count + 1))
