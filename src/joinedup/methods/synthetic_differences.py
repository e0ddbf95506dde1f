"""Synthetic difference-in-differences: weights on donors and on periods, and only changes are compared."""

from __future__ import annotations

import numpy as np

from joinedup.methods.counterfactual import Case, Counterfactual
from joinedup.methods.donor_weights import simplex_weights
from joinedup.methods.effect import Floats


def synthetic_differences(case: Case) -> Counterfactual:
    """The path of synthetic difference-in-differences.

    Donor weights (spread by a ridge penalty, with an own level) make donors move like the treated before the start;
    period weights make the periods before resemble those after among donors. The effect is the weighted difference
    in differences, so constant differences between areas and between periods cancel.

    Source: Arkhangelsky and others 2021, as in the R package synthdid; the weights are solved exactly.
    """
    before, after = case.donors[: case.n_pre], case.donors[case.n_pre :]
    noise = float(np.diff(before, axis=0).std(ddof=1)) if case.n_pre > 2 else 0.0
    n_post = len(after)
    zeta = (case.size * n_post) ** 0.25 * noise
    donor = _with_level(case.observed[: case.n_pre], before, zeta**2 * case.n_pre)
    period = _with_level(after.mean(axis=0), before.T, (1e-6 * noise) ** 2 * before.shape[1])
    synthetic = case.donors @ donor
    level = float(period @ (case.observed - synthetic)[: case.n_pre])
    return Counterfactual(case.observed, synthetic + level, case.n_pre, donor, period, (("zeta", zeta),))


def _with_level(target: Floats, columns: Floats, ridge: float) -> Floats:
    """Weights that match the target up to a constant."""
    return simplex_weights(target - target.mean(), columns - columns.mean(axis=0), ridge)
