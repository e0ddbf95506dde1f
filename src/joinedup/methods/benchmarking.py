"""How strong something nobody measured would have to be, told in multiples of what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Strength:
    """How much a known covariate says of scheme and outcome beyond all other covariates.

    Attributes:
        name: of the covariate.
        scheme: share of what is left of being in the scheme that it explains (partial R2).
        outcome: share of what is left of the outcome, the scheme allowed for.
        unit: standard deviation of what is left of the outcome over that of being in the scheme: what a confounder
            that explained all of both would be worth.
    """

    name: str
    scheme: float
    outcome: float
    unit: float

    def hidden(self, times: float = 1.0) -> tuple[float, float]:
        """Partial R2 with scheme and outcome of something hidden that is so many times as strong as this.

        Source: Cinelli and Hazlett 2020, equations 13 and 14 (bounds that are never too low).
        """
        with_scheme = times * self.scheme / (1 - self.scheme)
        shared = times * self.scheme**2 / ((1 - times * self.scheme) * (1 - self.scheme))
        if not (with_scheme < 1 and 0 <= shared < 1):
            return 1.0, 1.0
        lift = (math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)
        return with_scheme, min(lift**2 * self.outcome / (1 - self.outcome), 1.0)

    def bias(self, times: float = 1.0) -> float:
        """What something hidden, so many times as strong as this, could add to or hide of a difference.

        >>> female = Strength("female", 0.0090796, 0.1109, 0.0233 * math.sqrt(783))  # Cinelli and Hazlett, Darfur
        >>> round(0.0973 - female.bias(1), 3), round(0.0973 - female.bias(3), 3)
        (0.075, 0.03)
        """
        with_scheme, with_outcome = self.hidden(times)
        if with_scheme >= 1:
            return math.inf
        return self.unit * math.sqrt(with_outcome * with_scheme / (1 - with_scheme))

    def explains(self, difference: float, se: float, times: float = 1.0) -> bool:
        """Whether something hidden, so many times as strong as this, could bring the interval to hold no effect."""
        with_scheme, with_outcome = self.hidden(times)
        if with_scheme >= 1:
            return True
        error = se * math.sqrt((1 - with_outcome) / (1 - with_scheme))
        return abs(difference) - self.bias(times) <= 1.96 * error

    def needed(self, difference: float, se: float, most: float = 10.0) -> float | None:
        """How many times as strong as this something hidden must be to explain a difference; None above `most`."""
        if self.outcome <= 0 or self.scheme <= 0 or not self.explains(difference, se, most):
            return None
        low, high = 0.0, most
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if self.explains(difference, se, middle) else (middle, high)
        return high


def strengths(
    covariates: Floats, names: Sequence[str], treated: Flags, outcome: Floats, weights: Floats
) -> tuple[Strength, ...]:
    """How strongly each covariate goes with scheme and outcome, everybody eligible taken together.

    Args:
        covariates: (N, K), known for everybody.
        outcome: (N,); of counts the rate.
        weights: how much each counts; of rates the time of follow-up.

    Returns:
        In the order of the names; covariates that do not vary are left out.

    Raises:
        NotEvaluable: the outcome does not vary, or there are too few people for the covariates.

    Source: Cinelli and Hazlett 2020.
    """
    spread = covariates.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(covariates).max(axis=0, initial=0.0))
    x = (covariates[:, varies] - covariates[:, varies].mean(axis=0)) / spread[varies]
    root, n = np.sqrt(weights / weights.mean()), len(treated)
    own = treated.astype(np.float64)
    with_scheme, left = _partial(np.column_stack([np.ones(n), x]), own, root)
    with_outcome, rest = _partial(np.column_stack([np.ones(n), x, own]), outcome, root)
    if not (left > 0 and rest > 0):
        raise NotEvaluable("nothing is left of outcome or scheme once covariates are allowed for")
    kept = [name for name, use in zip(names, varies, strict=True) if use]
    return tuple(
        Strength(name, float(with_scheme[at + 1]), float(with_outcome[at + 1]), rest / left)
        for at, name in enumerate(kept)
    )


def _partial(x: Floats, y: Floats, root: Floats) -> tuple[Floats, float]:
    """Partial R2 of each column, and the standard deviation of what is left."""
    df = len(y) - x.shape[1]
    if df < 2:
        raise NotEvaluable("too few people for so many covariates")
    weighted, target = x * root[:, None], y * root
    inverse = np.linalg.pinv(weighted.T @ weighted, rcond=1e-10, hermitian=True)
    beta = inverse @ (weighted.T @ target)
    variance = float(((target - weighted @ beta) ** 2).sum()) / df
    if not variance > 0:
        return np.zeros(len(beta)), 0.0
    t2 = np.divide(beta**2, variance * np.diag(inverse), out=np.zeros(len(beta)), where=np.diag(inverse) > 0)
    return t2 / (t2 + df), math.sqrt(variance)
