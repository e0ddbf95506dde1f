"""Balance: whether people in a scheme and those compared with them were alike before it began, on every covariate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: The largest standardised difference that counts as alike.
LARGEST_DIFFERENCE: Final = 0.1
_BLOCK: Final = 8_192


@dataclass(frozen=True, slots=True)
class CovariateBalance:
    """How alike the two groups are in one covariate.

    Attributes:
        covariate: its name.
        mean_treated, mean_before, mean_after: of the matched people of the scheme, of all controls, and of the
            controls compared with.
        smd_before, smd_after: difference of means in standard deviations of all people of the scheme.
        variance_ratio_before, variance_ratio_after: variance of treated over controls; None where one does not vary.
    """

    covariate: str
    mean_treated: float
    mean_before: float
    mean_after: float
    smd_before: float
    smd_after: float
    variance_ratio_before: float | None
    variance_ratio_after: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """How alike the two groups are in every covariate.

    Attributes:
        rows: one a covariate.
        effective_treated, effective_controls: how many equally weighted people would say as much.
    """

    rows: tuple[CovariateBalance, ...]
    effective_treated: float
    effective_controls: float

    @property
    def largest(self) -> float:
        """The largest standardised difference after, of any covariate."""
        return max(abs(row.smd_after) for row in self.rows)

    @property
    def largest_before(self) -> float:
        """The largest standardised difference before, of any covariate."""
        return max(abs(row.smd_before) for row in self.rows)

    def unlike(self, limit: float = LARGEST_DIFFERENCE) -> tuple[str, ...]:
        """The covariates that are not alike: a standardised difference of the limit or more."""
        return tuple(row.covariate for row in self.rows if abs(row.smd_after) >= limit)

    def is_accepted(self, limit: float = LARGEST_DIFFERENCE) -> bool:
        """Whether the groups are alike in every covariate, none left out."""
        return not self.unlike(limit)


def balance(covariates: Floats, treated: Flags, weights: Floats, names: Sequence[str]) -> Balance:
    """Compare the two groups before and after matching or weighting.

    Formula: (mean treated - mean controls) / standard deviation of all people of the scheme, the same before and
    after so that a difference cannot shrink by its yardstick growing. Where nobody of the scheme varies, the
    deviation of the controls, or half the distance where they do not either; a covariate in which all are equal
    differs by nothing.

    Args:
        covariates: also those not matched on, prior use among them; (N, K).
        treated: (N,).
        weights: after matching or weighting, zero for people left out; (N,).
        names: one a covariate.

    Raises:
        NotEvaluable: a group is empty before or after.

    Source: Austin 2009; denominator as in MatchIt for effects on the treated.
    """
    if len(names) != covariates.shape[1]:
        raise NotEvaluable(f"{covariates.shape[1]} covariates have {len(names)} names; name each")
    if not (weights[treated].sum() > 0 and weights[~treated].sum() > 0):
        raise NotEvaluable("nobody is left on one side; widen the caliper or name fewer exact strata")
    before = _before(covariates, treated)
    used = weights > 0
    left = _Groups.of(covariates[used], treated[used], weights[used])
    rows = tuple(_row(name, k, before, left) for k, name in enumerate(names))
    return Balance(rows, effective_size(weights[treated]), effective_size(weights[~treated]))


def effective_size(weights: Floats) -> float:
    """How many equally weighted people would say as much: the squared sum over the sum of squares (Kish 1965).

    >>> effective_size(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square else 0.0


def overlap(score: Floats, treated: Flags) -> float:
    """The part of the people of the scheme whose score lies where controls are: between the 1st and 99th per mille.

    Source: Crump and others 2009 on limited overlap; trimming by quantile is a choice of ours.
    """
    low, high = np.quantile(score[~treated], [0.001, 0.999])
    return float(((score[treated] >= low) & (score[treated] <= high)).mean())


def shared_mass(score: Floats, treated: Flags, bins: int = 50) -> float:
    """The overlapping coefficient of the two distributions of a score: 1 the same, 0 apart (Weitzman 1970).

    >>> shared_mass(np.array([0.0, 1.0, 0.0, 1.0]), np.array([True, True, False, False]))
    1.0
    """
    edges = np.linspace(score.min(), score.max() + 1e-12, bins + 1)
    shares = [np.histogram(score[group], edges)[0] / group.sum() for group in (treated, ~treated)]
    return float(np.minimum(*shares).sum())


@dataclass(frozen=True, slots=True)
class _Groups:
    """Means and variances of the people of the scheme and of the others; (K,) each."""

    own_mean: Floats
    own_variance: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, x: Floats, treated: Flags, weights: Floats) -> _Groups:
        return cls(*_moments(x[treated], weights[treated]), *_moments(x[~treated], weights[~treated]))


def _moments(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    share = weights / weights.sum()
    mean = share @ x
    return mean, share @ (x - mean) ** 2


def _before(x: Floats, treated: Flags) -> _Groups:
    """The groups as they were, in blocks of rows so that no copy of the table is made."""
    centre = x.mean(axis=0)
    first, second = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for start in range(0, len(x), _BLOCK):
        gap = x[start : start + _BLOCK] - centre
        first += gap.sum(axis=0)
        second += (gap**2).sum(axis=0)
    own = x[treated] - centre
    n = len(x) - len(own)
    shift = (first - own.sum(axis=0)) / n
    spread = np.maximum(second - (own**2).sum(axis=0) - n * shift**2, 0.0) / max(n - 1, 1)
    return _Groups(own.mean(axis=0) + centre, own.var(axis=0, ddof=min(1, len(own) - 1)), shift + centre, spread)


def _row(name: str, k: int, before: _Groups, left: _Groups) -> CovariateBalance:
    first, second = float(before.own_mean[k]), float(before.mean[k])
    # two groups that hold one value each have no spread; half their distance is that of both together
    spreads = float(before.own_variance[k]), float(before.variance[k]), (first - second) ** 2 / 4
    deviation = math.sqrt(next((one for one in spreads if one > 1e-24 * (1 + first**2)), 0.0))
    scale = 1 / deviation if deviation > 1e-12 * (1 + abs(first)) else 0.0
    own, others = float(left.own_mean[k]), float(left.mean[k])
    return CovariateBalance(
        name, own, second, others, (first - second) * scale, (own - others) * scale,
        _over(float(before.own_variance[k]), float(before.variance[k])),
        _over(float(left.own_variance[k]), float(left.variance[k])),
    )  # fmt: skip


def _over(first: float, second: float) -> float | None:
    return first / second if first > 1e-24 and second > 1e-24 else None
