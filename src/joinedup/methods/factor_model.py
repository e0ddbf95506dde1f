"""Generalised synthetic control: unseen common shocks are learned from the controls and applied to the treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.methods.counterfactual import Case, Counterfactual, Estimator
from joinedup.methods.effect import Floats, Ints
from joinedup.rules.foundation.errors import NotEvaluable


@dataclass(frozen=True, slots=True)
class Factors:
    """Interactive fixed effects of the controls.

    Attributes:
        slopes: of the covariates; (C,).
        by_time: an effect of each period beside a constant; (T,).
        factors: (T, R).
    """

    slopes: Floats
    by_time: Floats
    factors: Floats


def generalised_synthetic_control(count: int | None = None) -> Estimator:
    """The path from a model of interactive fixed effects: unit, period, and factors with a loading for each unit.

    Controls give period effects, factors and slopes of covariates; each treated unit's level and loadings follow from
    its periods before the start.

    Args:
        count: number of factors; None for the number (0 to 5) with the least error in predicting each period before
            the start of each treated unit from the other periods before.

    Source: Xu 2017, as in the R package gsynth.
    """

    def estimate(case: Case) -> Counterfactual:
        if not (np.isfinite(case.covariates).all() and np.isfinite(case.donor_covariates).all()):
            raise NotEvaluable(
                "a covariate has missing values; a generalised synthetic control needs it in every period"
            )
        most = max(0, min(5, case.n_pre - 2, case.donors.shape[1] - 1))
        counts = range(most + 1) if count is None else (min(count, most),)
        models = [fit_factors(case.donors, case.donor_covariates, number) for number in counts]
        errors = [_prediction_error(case, model) for model in models]
        best = int(np.argmin(errors))
        path = _predict(case, models[best], np.arange(case.n_pre)).mean(axis=1)
        facts = (("factors", float(counts[best])), ("prediction_error", errors[best]))
        return Counterfactual(case.observed, path, case.n_pre, facts=facts)

    return estimate


def fit_factors(
    outcome: Floats, covariates: Floats, count: int, *, rounds: int = 500, tolerance: float = 1e-8
) -> Factors:
    """Fit outcome = covariates x slopes + unit + period + factors x loadings by alternating least squares.

    Args:
        outcome: of the controls; (T, J).
        covariates: (T, J, C).
        count: number of factors.
    """
    flat = _two_way(covariates).reshape(outcome.size, covariates.shape[2])
    slopes: Floats = np.zeros(covariates.shape[2])
    common, factors = np.zeros_like(outcome), np.empty((len(outcome), 0))
    for _ in range(rounds):
        before = slopes
        if len(slopes):
            slopes = np.asarray(np.linalg.lstsq(flat, (_two_way(outcome) - common).ravel(), rcond=None)[0], np.float64)
        left = _two_way(outcome - covariates @ slopes)
        if count:
            u, s, vt = np.linalg.svd(left, full_matrices=False)
            factors, common = u[:, :count], (u[:, :count] * s[:count]) @ vt[:count]
        if np.abs(slopes - before).max(initial=0.0) < tolerance:
            break
    return Factors(slopes, (outcome - covariates @ slopes).mean(axis=1), factors)


def _two_way(values: Floats) -> Floats:
    """Values less their means by unit and by period; (T, J) or (T, J, C)."""
    made: Floats = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean(axis=(0, 1))
    return made


def _predict(case: Case, model: Factors, learn: Ints) -> Floats:
    """The path of each treated unit in all periods, its level and loadings learned in some of them; (T, M)."""
    known = model.by_time[:, None] + case.covariates @ model.slopes
    design = np.column_stack([np.ones(len(known)), model.factors])
    loadings = np.linalg.lstsq(design[learn], (case.treated - known)[learn], rcond=None)[0]
    path: Floats = known + design @ loadings
    return path


def _prediction_error(case: Case, model: Factors) -> float:
    """Mean squared error of each period before the start predicted from the others."""
    if case.n_pre <= model.factors.shape[1] + 1:
        return float("inf")
    pre = np.arange(case.n_pre)
    return float(np.mean([(case.treated[t] - _predict(case, model, pre[pre != t])[t]) ** 2 for t in pre]))
