"""Propensity: how likely a person was to be in the scheme, given what was known of them before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import expit
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: A table above this many rows is first fitted to all treated and as many controls several times over.
_WARM_ABOVE: Final = 50_000
_CONTROLS_PER_TREATED: Final = 4
#: Rows of one block: it stays in the processor's cache while it is multiplied.
_BLOCK: Final = 8_192
#: In standard deviations of a covariate: beyond this the groups do not overlap at all.
_SEPARATED: Final = 30.0


@dataclass(frozen=True, slots=True)
class Propensity:
    """How likely each person was to be treated.

    Attributes:
        coefficients: constant first, then one a covariate, in the covariates' own units; (K + 1,).
        logit: log odds of each person; (N,).
        rounds: Newton steps over all rows.
    """

    coefficients: Floats
    logit: Floats
    rounds: int

    @property
    def chance(self) -> Floats:
        """The chance of being treated; (N,)."""
        chance: Floats = expit(self.logit)
        return chance


def propensity(covariates: Floats, treated: Flags, *, ridge: float = 0.0) -> Propensity:
    """How likely each person was to be in the scheme, by logistic regression on all rows.

    In a large table the coefficients are first found on all treated and an evenly spaced part of the controls
    (whose constant is moved back by the part taken), then on all rows: the start is near, the answer is the same.

    Args:
        covariates: known before the index date, without a constant column; (N, K).
        treated: (N,).
        ridge: a pull of standardised coefficients towards zero, in rows; zero for none.

    Raises:
        NotEvaluable: nobody treated or nobody not, values that are not numbers, covariates that repeat each other,
            or that tell treated from controls perfectly.

    Source: Rosenbaum and Rubin 1983; case-control start as in Prentice and Pyke 1979.
    """
    _require_both(covariates, treated)
    table = _Table.of(covariates)
    y = treated.astype(np.float64)
    with threadpool_limits(limits=1, user_api="blas"):  # so thin a product is slower in several threads
        beta = _warm_start(table, treated, ridge) if len(y) > _WARM_ABOVE else _cold_start(table, y)
        beta, rounds = _newton(table, y, beta, ridge)
    logit = np.concatenate([block @ beta for block in table.blocks()])
    own = np.r_[beta[0] - (beta[1:] * table.centre / table.spread).sum(), beta[1:] / table.spread]
    return Propensity(own, logit, rounds)


@dataclass(frozen=True, slots=True)
class _Table:
    """Covariates, read in blocks of rows as standard deviations from their mean, after a constant."""

    covariates: Floats
    centre: Floats
    spread: Floats

    @classmethod
    def of(cls, covariates: Floats) -> _Table:
        centre = covariates.mean(axis=0)
        square = np.zeros(covariates.shape[1])
        for start in range(0, len(covariates), _BLOCK):
            square += ((covariates[start : start + _BLOCK] - centre) ** 2).sum(axis=0)
        spread = np.sqrt(square / len(covariates))
        if (spread <= 1e-12 * (1 + np.abs(centre))).any():
            raise NotEvaluable("a covariate is the same for everybody; leave it out of the protocol")
        return cls(covariates, centre, spread)

    @property
    def width(self) -> int:
        return int(self.covariates.shape[1]) + 1

    def rows(self, keep: NDArray[np.int64]) -> _Table:
        return _Table(self.covariates[keep], self.centre, self.spread)

    def blocks(self) -> Iterator[Floats]:
        for start in range(0, len(self.covariates), _BLOCK):
            part = self.covariates[start : start + _BLOCK]
            block = np.ones((len(part), self.width))
            np.divide(part - self.centre, self.spread, out=block[:, 1:])
            yield block


def caliper_width(score: Floats, treated: Flags, in_deviations: float) -> float:
    """A caliper in the units of a score: a number of its standard deviations, pooled over the two groups.

    Source: Austin 2011 (0.2 standard deviations of the logit).

    >>> score = np.array([0.0, 2.0, 1.0, 3.0])
    >>> round(caliper_width(score, np.array([True, True, False, False]), 0.2), 4)
    0.2828
    """
    if treated.sum() < 2 or (~treated).sum() < 2:
        return float(in_deviations * score.std())
    pooled = (score[treated].var(ddof=1) + score[~treated].var(ddof=1)) / 2
    return float(in_deviations * np.sqrt(pooled))


def _require_both(covariates: Floats, treated: Flags) -> None:
    if not treated.any():
        raise NotEvaluable("nobody was treated; check the column that says who was in the scheme")
    if treated.all():
        raise NotEvaluable("there are no controls: everybody was in the scheme; add people who were not")
    if not np.isfinite(covariates).all():
        bad = int((~np.isfinite(covariates)).any(axis=1).sum())
        raise NotEvaluable(f"{bad} people have a covariate that is missing; complete it or leave them out")


def _cold_start(table: _Table, y: Floats) -> Floats:
    beta = np.zeros(table.width)
    beta[0] = np.log(y.mean() / (1 - y.mean()))
    return beta


def _warm_start(table: _Table, treated: Flags, ridge: float) -> Floats:
    cases, controls = np.flatnonzero(treated), np.flatnonzero(~treated)
    take = min(len(controls), max(_CONTROLS_PER_TREATED * len(cases), _WARM_ABOVE // 2))
    picked = controls[np.linspace(0, len(controls) - 1, take).astype(np.int64)]
    rows = np.sort(np.r_[cases, picked])
    part, y = table.rows(rows), treated[rows].astype(np.float64)
    beta, _ = _newton(part, y, _cold_start(part, y), ridge, tolerance=1e-2)
    beta[0] += np.log(take / len(controls))
    return beta


def _newton(table: _Table, y: Floats, beta: Floats, ridge: float, tolerance: float = 1e-5) -> tuple[Floats, int]:
    """Newton's method; its error is the square of its last step, so a step of 1e-5 leaves some 1e-10."""
    pull = np.r_[0.0, np.full(table.width - 1, ridge)]
    best, step = -np.inf, np.zeros(table.width)
    for rounds in range(60):
        likelihood, gradient, hessian = _score(table, y, beta)
        likelihood -= float(pull @ beta**2) / 2
        if likelihood < best - 1e-9 * abs(best):  # overshot: go half the way
            step /= 2
            beta = beta - step
            continue
        if rounds and np.abs(step).max() < tolerance:
            return beta, rounds
        if np.abs(beta[1:]).max(initial=0.0) > _SEPARATED:  # where it stands, not where a first step overshot to
            break
        hessian[np.diag_indices(table.width)] += pull
        best, step = likelihood, _solve(hessian, gradient - pull * beta)
        beta = beta + step
    raise NotEvaluable("the covariates tell treated from controls perfectly; nobody is left to compare with")


def _score(table: _Table, y: Floats, beta: Floats) -> tuple[float, Floats, Floats]:
    likelihood, gradient, hessian = 0.0, np.zeros(table.width), np.zeros((table.width, table.width))
    start = 0
    for block in table.blocks():
        eta, own = block @ beta, y[start : start + len(block)]
        chance = expit(eta)
        likelihood += float(own @ eta - np.logaddexp(0.0, eta).sum())
        gradient += (own - chance) @ block
        start += len(block)
        half = block * np.sqrt(chance * (1 - chance))[:, None]
        hessian += half.T @ half
    return likelihood, gradient, hessian


def _solve(hessian: Floats, gradient: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(hessian), 1e-300))
    scaled = hessian / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e10:
        raise NotEvaluable(
            "covariates repeat each other, or tell treated from controls perfectly; leave some out of the protocol"
        )
    step: Floats = linalg.solve(scaled, gradient / scale, assume_a="pos") / scale
    return step
