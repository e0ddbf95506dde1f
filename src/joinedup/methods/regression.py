"""Weighted regression of one outcome on columns: straight, of counts, of chances; with what each row adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import expit

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]

#: Newton stops when no coefficient of a standardised column moves more than this.
TOLERANCE: Final = 1e-9
#: A chance of 1 in 10 billion, or a rate as far off: the data separate perfectly and no finite answer exists.
_BEYOND: Final = 25.0
#: A row that decides its fitted mean alone has no residual to enlarge.
_LARGEST_LEVERAGE: Final = 0.9


class Family(StrEnum):
    """What kind of number the outcome is."""

    LINEAR = "linear"  # any number; effects are differences
    COUNT = "count"  # how often something happened; effects are ratios of rates (log link)
    CHANCE = "chance"  # whether it happened; effects are ratios of odds (logit link)


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression.

    Attributes:
        coefficients: one a column; (K,).
        mean: the fitted outcome of each row; (N,).
        influence: what each row moves each coefficient by; (N, K). Its clustered square sum is the covariance.
        slope: how much the fitted mean of each row moves with its linear predictor; (N,).
        room: one less the leverage of each row; (N,).
    """

    coefficients: Floats
    mean: Floats
    influence: Floats
    slope: Floats
    room: Floats

    @property
    def jackknife(self) -> Floats:
        """What each row moves each coefficient by, compared with a model fitted without it; (N, K).

        A row that pulls the model towards itself leaves a residual that is too small, so the square sum of `influence`
        makes intervals of uneven counts and costs too short; this one's is the jackknife (HC3).

        Source: MacKinnon and White 1985; Long and Ervin 2000.
        """
        made: Floats = self.influence / self.room[:, None]
        return made


def fit(x: Floats, y: Floats, family: Family, *, weights: Floats | None = None, offset: Floats | None = None) -> Fit:
    """The coefficients that make the outcome most likely, by Newton's method.

    Args:
        x: columns, the constant among them; (N, K).
        y: the outcome; (N,).
        family: what kind of number it is.
        weights: how much each row counts; all one unless given. A row of weight zero counts nothing.
        offset: added to the linear predictor: the logarithm of follow-up for counts.

    Raises:
        NotEvaluable: values that are not numbers, or perfect prediction.

    >>> found = fit(np.ones((4, 1)), np.array([1.0, 2, 3, 6]), Family.COUNT)
    >>> round(float(np.exp(found.coefficients[0])), 9)
    3.0
    """
    w = np.ones(len(y)) if weights is None else weights
    _require_numbers(x, y, w)
    beta = np.zeros(x.shape[1])
    if family is Family.COUNT:
        beta = _start_of_counts(x, y, w, offset)
    best, step, reach = -np.inf, np.zeros(len(beta)), np.abs(x).max(axis=0)
    bread = np.zeros((len(beta), len(beta)))
    for rounds in range(80):
        likely = _likelihood(x @ beta if offset is None else x @ beta + offset, y, w, family)
        if likely < best - 1e-9 * (1 + abs(best)):  # overshot: go half the way
            step /= 2
            beta = beta - step
            continue
        if rounds and np.abs(step * reach).max() < TOLERANCE * (1 + np.abs(beta * reach).max()):
            break
        if family is not Family.LINEAR and np.abs(beta * x.std(axis=0)).max() > _BEYOND:
            raise NotEvaluable("a column predicts the outcome perfectly, or one group has no event; no ratio exists")
        mean, slope = predict(x, beta, family, offset)
        bread = _inverse((x * (w * slope)[:, None]).T @ x)
        best, step = likely, bread @ (x.T @ (w * (y - mean)))
        beta = beta + step
    else:
        raise NotEvaluable("the regression did not settle; a column predicts the outcome almost perfectly")
    mean, slope = predict(x, beta, family, offset)
    return Fit(beta, mean, (x * (w * (y - mean))[:, None]) @ bread, slope, _room(x, w * slope, bread))


def _room(x: Floats, information: Floats, bread: Floats) -> Floats:
    """How far each row is from deciding its own fitted mean: one less its leverage."""
    leverage = information * np.einsum("nk,nk->n", x @ bread, x)
    made: Floats = 1 - np.minimum(leverage, _LARGEST_LEVERAGE)
    return made


def predict(x: Floats, beta: Floats, family: Family, offset: Floats | None = None) -> tuple[Floats, Floats]:
    """The mean that coefficients give each row, and its slope in the linear predictor."""
    eta = x @ beta if offset is None else x @ beta + offset
    if family is Family.LINEAR:
        return eta, np.ones_like(eta)
    if family is Family.COUNT:
        rate = np.exp(np.minimum(eta, 50.0))
        return rate, rate
    chance = expit(eta)
    return chance, chance * (1 - chance)


def _likelihood(eta: Floats, y: Floats, w: Floats, family: Family) -> float:
    """The part of the log likelihood that depends on the coefficients."""
    if family is Family.LINEAR:
        return -float(w @ (y - eta) ** 2) / 2
    if family is Family.COUNT:
        return float(w @ (y * eta - np.exp(np.minimum(eta, 50.0))))
    return float(w @ (y * eta - np.logaddexp(0.0, eta)))


def clustered(influence: Floats, clusters: NDArray[np.int64]) -> Floats:
    """The covariance of sums of influence when rows of a cluster move together.

    Clusters in two columns (person and matched set) are combined as in Cameron, Gelbach and Miller 2011:
    first plus second minus both.

    Args:
        influence: (N, K).
        clusters: (N,) or (N, 2).

    Returns:
        (K, K), with the correction C/(C-1) for each grouping.
    """
    if clusters.ndim == 1:
        return _one_way(influence, clusters)
    first, second = clusters[:, 0], clusters[:, 1]
    both = np.unique(clusters, axis=0, return_inverse=True)[1].ravel()
    made: Floats = _one_way(influence, first) + _one_way(influence, second) - _one_way(influence, both)
    return made


def n_clusters(clusters: NDArray[np.int64]) -> int:
    """How many clusters there are; of two groupings the fewer."""
    columns = clusters[:, None] if clusters.ndim == 1 else clusters
    return min(len(np.unique(column)) for column in columns.T)


def _one_way(influence: Floats, clusters: NDArray[np.int64]) -> Floats:
    _, label = np.unique(clusters, return_inverse=True)
    count = int(label.max()) + 1
    if count < 2:
        raise NotEvaluable("there is one cluster only; an interval needs at least two")
    sums = np.column_stack([np.bincount(label, weights=column, minlength=count) for column in influence.T])
    made: Floats = count / (count - 1) * sums.T @ sums
    return made


def _start_of_counts(x: Floats, y: Floats, w: Floats, offset: Floats | None) -> Floats:
    """Coefficients that give every row the overall rate, where the columns can say so; else zeros."""
    exposure = np.ones(len(y)) if offset is None else np.exp(offset)
    rate = float((w * y).sum() / (w * exposure).sum())
    if rate <= 0:
        raise NotEvaluable("the outcome is zero for everybody; nothing can be learned from it")
    beta = np.zeros(x.shape[1])
    constant = np.flatnonzero((x == 1).all(axis=0))
    if len(constant):
        beta[constant[0]] = np.log(rate)
    return beta


def _inverse(matrix: Floats) -> Floats:
    """The inverse; along a direction that the rows say nothing of (any more) it is nothing.

    So a covariate that repeats another, or one that a single person without events alone has, does not take the
    answer on the others with it.
    """
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix / np.outer(scale, scale)
    if not np.isfinite(scaled).all():
        raise NotEvaluable("the regression did not settle; a value is far beyond all others")
    made: Floats = linalg.pinvh(scaled, rtol=1e-10) / np.outer(scale, scale)
    return made


def _require_numbers(*arrays: Floats) -> None:
    for array in arrays:
        if not np.isfinite(array).all():
            raise NotEvaluable("a value is missing or not a number; complete it or leave the row out in the protocol")
