"""Synthetic controls: a weighted mixture of untreated areas stands in for what would have been."""

from __future__ import annotations

from typing import Final

import numpy as np

from joinedup.methods.counterfactual import Case, Counterfactual, Estimator
from joinedup.methods.donor_weights import search_mixture, simplex_weights
from joinedup.methods.effect import Floats
from joinedup.rules.foundation.errors import NotEvaluable

#: Penalties tried for the ridge correction, as shares of the largest singular value squared.
_PENALTIES: Final = np.logspace(0, -8, 21)


def synthetic_control(starts: int = 4) -> Estimator:
    """The synthetic control: donors weighted, none negative and adding to one, to match predictors before the start.

    With predictors, their importance is searched for the best fit of the outcome before the start; without, the
    outcome in every period before the start is matched.

    Args:
        starts: searches over the importance of predictors.

    Source: Abadie, Diamond and Hainmueller 2010.
    """

    def estimate(case: Case) -> Counterfactual:
        before = case.donors[: case.n_pre]
        if len(case.target):
            mixture = search_mixture(
                case.target, case.donor_predictors, case.observed[: case.n_pre], before, starts=starts
            )
            weights, importance = mixture.weights, mixture.importance
        else:
            weights, importance = simplex_weights(case.observed[: case.n_pre], before), np.empty(0)
        return Counterfactual(case.observed, case.donors @ weights, case.n_pre, weights, importance)

    return estimate


def demeaned_synthetic_control(case: Case) -> Counterfactual:
    """The synthetic control of changes: each unit is taken less its own mean before the start.

    It serves where the treated unit lies outside the range of its donors but moves as they do.

    Source: Ferman and Pinto 2021; Doudchenko and Imbens 2016.
    """
    own, theirs = case.observed[: case.n_pre].mean(), case.donors[: case.n_pre].mean(axis=0)
    weights = simplex_weights(case.observed[: case.n_pre] - own, case.donors[: case.n_pre] - theirs)
    return Counterfactual(case.observed, own + (case.donors - theirs) @ weights, case.n_pre, weights)


def augmented_synthetic_control(penalty: float | None = None) -> Estimator:
    """The synthetic control corrected by ridge regression for what it fails to match before the start.

    Weights may become negative, by as little as the penalty allows.

    Args:
        penalty: of the ridge regression; None for the largest within one standard error of the best in
            leave-one-period-out cross-validation.

    Source: Ben-Michael, Feller and Rothstein 2021, as in the R package augsynth.
    """

    def estimate(case: Case) -> Counterfactual:
        centre = case.donors[: case.n_pre].mean(axis=1)
        target, donors = case.observed[: case.n_pre] - centre, case.donors[: case.n_pre] - centre[:, None]
        start = simplex_weights(target, donors)
        chosen = cross_validated_penalty(target, donors) if penalty is None else penalty
        weights = start + (target - donors @ start) @ np.linalg.solve(
            donors @ donors.T + chosen * np.eye(len(target)), donors
        )
        facts = (
            ("penalty", chosen),
            ("imbalance_synthetic", _norm(target - donors @ start)),
            ("imbalance", _norm(target - donors @ weights)),
        )
        return Counterfactual(case.observed, case.donors @ weights, case.n_pre, weights, facts=facts)

    return estimate


def _norm(values: Floats) -> float:
    return float(np.sqrt((values**2).sum()))


def cross_validated_penalty(target: Floats, donors: Floats) -> float:
    """The largest penalty within one standard error of the smallest error in periods left out.

    Args:
        target, donors: before the start, less the donors' mean of the period; (T,) and (T, J).
    """
    penalties = float(np.linalg.norm(donors, 2)) ** 2 * _PENALTIES
    if not penalties[-1] > 0:
        raise NotEvaluable("donors do not differ from each other before the start; nothing tells which resembles it")
    errors = np.array([_errors_without(period, target, donors, penalties) for period in range(len(target))])
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(target))
    best = int(mean.argmin())
    return float(penalties[mean <= mean[best] + error[best]].max())


def _errors_without(period: int, target: Floats, donors: Floats, penalties: Floats) -> Floats:
    """Squared error in a period left out, for each penalty; one decomposition serves them all."""
    keep = np.arange(len(target)) != period
    weights = simplex_weights(target[keep], donors[keep])
    u, s, vt = np.linalg.svd(donors[keep], full_matrices=False)
    along = ((target[keep] - donors[keep] @ weights) @ u) * s * (vt @ donors[period])
    corrections = (along / (s**2 + penalties[:, None])).sum(axis=1)
    made: Floats = (target[period] - donors[period] @ weights - corrections) ** 2
    return made
