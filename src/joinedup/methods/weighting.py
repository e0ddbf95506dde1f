"""Weighting: controls counted so that together they look like the people of a scheme, nobody left out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Weighted means must meet the target within this, in standard deviations.
_MET: Final = 1e-6


def odds_weights(logit: Floats, treated: Flags, *, cap: float | None = None) -> Floats:
    """Weights for the effect on the treated: one for people of the scheme, the odds of being in it for controls.

    Args:
        logit: log odds of being treated; (N,).
        treated: (N,).
        cap: controls' weights above this quantile are lowered to it, so that a few people cannot decide the
            answer, at the price of balance; None for none.

    Returns:
        (N,); controls' weights add up to the number of people of the scheme.

    Source: Hirano, Imbens and Ridder 2003.

    >>> weights = odds_weights(np.log(np.array([1.0, 1.0, 3.0])), np.array([True, False, False]))
    >>> weights.round(2).tolist()
    [1.0, 0.25, 0.75]
    """
    controls = ~treated
    odds = np.exp(logit[controls] - logit[controls].max())
    if cap is not None:
        odds = np.minimum(odds, np.quantile(odds, cap))
    weights = np.ones(len(treated))
    weights[controls] = odds * treated.sum() / odds.sum()
    return weights


def entropy_weights(covariates: Floats, treated: Flags) -> Floats:
    """Weights of controls nearest to equal among those under which every covariate has the mean of the treated.

    Args:
        covariates: whose means are met exactly; squares and products may be among them; (N, K).
        treated: (N,).

    Returns:
        (N,); one for people of the scheme, and controls' weights that add up to their number.

    Raises:
        NotEvaluable: no weights meet the means: the people of the scheme lie outside what controls span.

    Source: Hainmueller 2012 (entropy balancing).
    """
    own, others = covariates[treated], covariates[~treated]
    spread = others.std(axis=0)
    varies = spread > 1e-12 * (1 + np.abs(others.mean(axis=0)))
    if (np.abs(own.mean(axis=0) - others.mean(axis=0))[~varies] > 1e-9).any():
        raise NotEvaluable("controls are all alike in a covariate in which the people of the scheme differ from them")
    gap = (others[:, varies] - own[:, varies].mean(axis=0)) / spread[varies]
    found = optimize.minimize(
        _potential, np.zeros(gap.shape[1]), args=(gap,), jac=_slope, hess=_curvature, method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 200},
    )  # fmt: skip
    share = special.softmax(gap @ found.x)
    if np.abs(share @ gap).max(initial=0.0) > _MET:
        raise NotEvaluable("no weights make controls look like the people of the scheme; the groups do not overlap")
    weights = np.ones(len(treated))
    weights[~treated] = share * treated.sum()
    return weights


def _potential(at: Floats, gap: Floats) -> float:
    return float(special.logsumexp(gap @ at))


def _slope(at: Floats, gap: Floats) -> Floats:
    slope: Floats = special.softmax(gap @ at) @ gap
    return slope


def _curvature(at: Floats, gap: Floats) -> Floats:
    share = special.softmax(gap @ at)
    mean = share @ gap
    curvature: Floats = (gap * share[:, None]).T @ gap - np.outer(mean, mean)
    return curvature
