"""Prognosis: what would be expected of a person without the scheme, learned from people who never were in it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.regression import Family, fit
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: More rows than this teach nothing further to a regression of a few dozen covariates.
_ENOUGH: Final = 100_000


def prognosis(covariates: Floats, earlier_outcome: Floats, learn: Flags, family: Family) -> Floats:
    """The expected outcome of each person without the scheme, on the scale of the model's linear predictor.

    The outcome learned from must lie before the index date (last year's admissions on the covariates of the year
    before), of people who were not in the scheme: a design sees no outcome that the scheme could have changed.

    Args:
        covariates: without a constant column; (N, K).
        earlier_outcome: read where `learn` says so only; (N,).
        learn: whom to learn from; (N,). Evenly spaced rows are taken where there are very many.
        family: what kind of number the outcome is.

    Returns:
        The prognostic score of everybody; (N,).

    Raises:
        NotEvaluable: too few to learn from, or an outcome that covariates predict perfectly.

    Source: Hansen 2008; Stuart, Lee and Leacy 2013.
    """
    rows = np.flatnonzero(learn)
    if len(rows) < 10 * (covariates.shape[1] + 1):
        raise NotEvaluable(
            f"{len(rows)} people are too few to learn a prognosis from {covariates.shape[1]} covariates; "
            "match on propensity, or name fewer covariates"
        )
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _ENOUGH)).astype(np.int64)]
    centre, spread = covariates[rows].mean(axis=0), covariates[rows].std(axis=0)
    varies = spread > 1e-12 * (1 + np.abs(centre))
    x = (covariates[rows][:, varies] - centre[varies]) / spread[varies]
    found = fit(np.column_stack([np.ones(len(rows)), x]), earlier_outcome[rows], family).coefficients
    score: Floats = found[0] + (covariates[:, varies] - centre[varies]) @ (found[1:] / spread[varies])
    return score
