"""Inference when few units decided: assign the scheme by lot again, or redraw the signs of whole clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import optimize

from joinedup.methods.effect import Floats, Ints
from joinedup.methods.panel import Flags, Panel
from joinedup.rules.foundation.errors import NotEvaluable

#: Below this many clusters, or half as many treated ones, errors by formula are not to be trusted.
FEW_CLUSTERS: Final = 20

#: Webb's six weights: with few clusters they give more different draws than two signs do.
WEBB: Final = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])


@dataclass(frozen=True, slots=True)
class Resampled:
    """What resampling says of an effect.

    Attributes:
        p: two-sided.
        low, high: 95% interval; None where the method gives none.
        draws: how often was drawn.
        spread: standard deviation of the effect over the draws; None where the method gives none.
    """

    p: float
    low: float | None
    high: float | None
    draws: int
    spread: float | None = None


def is_few(panel: Panel) -> bool:
    """Whether formula errors are not to be trusted: below 20 clusters, or below 10 that are treated.

    Treated clusters of unequal size count for fewer: the square of the number of their units over the sum of the
    squares. One that holds half of all treated units decides half of the effect, however many others there are.

    Choice: the first bound is the specification's, the second half of it.

    Source: Kish 1965; Carter, Schnepel and Steigerwald 2017 (effective number of clusters).
    """
    sizes = np.unique(panel.clusters[panel.is_treated], return_counts=True)[1].astype(float)
    effective = sizes.sum() ** 2 / (sizes**2).sum()
    return panel.n_clusters < FEW_CLUSTERS or effective < FEW_CLUSTERS / 2


def randomisation(panel: Panel, statistic: Callable[[Panel], float], *, draws: int = 999, seed: int = 1) -> Resampled:
    """How rare an effect so large would be had the starts been given out by lot among the clusters.

    Args:
        panel: units of a cluster start together.
        statistic: the effect of a panel.
        draws: assignments drawn.
        seed: of the draws.

    Returns:
        p = (1 + draws at least as large) / (1 + draws); the smallest p that few clusters allow is coarse.

    Raises:
        NotEvaluable: units of one cluster start at different times.

    Source: Fisher 1935; Young 2019.
    """
    names, label = np.unique(panel.clusters, return_inverse=True)
    starts = np.array([panel.first_treated[label == c][0] for c in range(len(names))])
    if (starts[label] != panel.first_treated).any():
        raise NotEvaluable("units of one cluster start at different times; the lot cannot be drawn by cluster")
    rng, observed, found = np.random.default_rng(seed), abs(statistic(panel)), np.empty(draws)
    for at in range(draws):
        drawn = Panel(
            panel.units, panel.times, panel.outcome, rng.permutation(starts)[label], panel.clusters, panel.predictors
        )
        found[at] = statistic(drawn)
    extreme = int((np.abs(found) >= observed * (1 - 1e-9)).sum())
    return Resampled((1 + extreme) / (1 + draws), None, None, draws, float(found.std()))


def randomised_difference(
    change: Floats, treated: Flags, clusters: Ints, covariates: Floats, *, draws: int = 1999, seed: int = 1
) -> Resampled:
    """Test and interval of a difference in mean change, had the scheme been given out by lot among the clusters.

    The interval holds every effect that, taken away from the treated, leaves a difference that the lot gives in more
    than 5% of draws.

    Args:
        change: (N,).
        treated: the same in all units of a cluster; (N,).
        covariates: (N, K); what they explain of the change is taken out first.

    Returns:
        No interval where so few assignments differ that none could be rejected at 5%.

    Source: Fisher 1935; Rosenbaum 2002.
    """
    names, label = np.unique(clusters, return_inverse=True)
    of_cluster = np.array([treated[label == c][0] for c in range(len(names))])
    if (of_cluster[label] != treated).any():
        raise NotEvaluable("units of one cluster differ in treatment; the lot cannot be drawn by cluster")
    columns = np.column_stack([np.ones(len(change)), covariates])
    left = change - columns @ np.linalg.lstsq(columns, change, rcond=None)[0]
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.permutation(of_cluster)[label] for _ in range(draws)], float)
    contrasts = drawn / drawn.sum(axis=1, keepdims=True) - (1 - drawn) / (1 - drawn).sum(axis=1, keepdims=True)
    own = treated / treated.sum() - ~treated / (~treated).sum()
    estimate, without, shift = float(own @ left), contrasts @ left, contrasts @ treated.astype(float)

    def p_of(effect: float) -> float:
        as_large = np.abs(without - effect * shift) >= abs(estimate - effect) * (1 - 1e-9)
        return float((1 + as_large.sum()) / (1 + draws))

    far = 4 * float(left.std()) + abs(estimate)
    return Resampled(p_of(0.0), _edge(p_of, estimate, -far / 8), _edge(p_of, estimate, far / 8), draws)


def widest(first: Resampled, second: Resampled) -> tuple[float | None, float | None]:
    """The interval that holds both; open where either is."""
    low = None if first.low is None or second.low is None else min(first.low, second.low)
    high = None if first.high is None or second.high is None else max(first.high, second.high)
    return (low, high) if low is not None and high is not None else (None, None)


def wild_bootstrap(
    outcome: Floats, design: Floats, column: int, clusters: Ints, *, draws: int = 999, seed: int = 1
) -> Resampled:
    """Test and interval of one coefficient of a regression with few clusters.

    The t-statistic is compared with those of samples in which the residuals of the model without the effect are
    multiplied, cluster by cluster, by a weight drawn at random (Webb's six points). The interval holds every value
    that the test does not reject at 5%.

    Args:
        outcome: (N,).
        design: (N, K) with an intercept.
        column: the coefficient tested.
        clusters: (N,).

    Raises:
        NotEvaluable: fewer than three clusters.

    Source: Cameron, Gelbach and Miller 2008 (null imposed); Webb 2014.
    """
    names, label = np.unique(clusters, return_inverse=True)
    if len(names) < 3:
        raise NotEvaluable("fewer than three clusters; no uncertainty can be estimated from them")
    weights = np.random.default_rng(seed).choice(WEBB, size=(draws, len(names)))[:, label]
    test = _WildTest(outcome, design, column, label, weights)
    estimate, error = test.estimate, test.error
    if error <= 0:
        raise NotEvaluable("the outcome follows the design without any error; no uncertainty can be estimated")
    return Resampled(
        test.p_of(0.0), _edge(test.p_of, estimate, -error), _edge(test.p_of, estimate, error), draws
    )  # fmt: skip


class _WildTest:
    """The bootstrapped test of any value of one coefficient, over one set of draws."""

    def __init__(self, outcome: Floats, design: Floats, column: int, label: Ints, weights: Floats) -> None:
        self.outcome, self.weights, self.label = outcome, weights, label
        self.tested, self.others = design[:, column], np.delete(design, column, axis=1)
        self.inverse = np.linalg.pinv(design)
        self.design, self.row = design, self.inverse[column]
        value, error = self._fit(outcome[None, :])
        self.estimate, self.error = float(value[0]), float(error[0])

    def _fit(self, outcomes: Floats) -> tuple[Floats, Floats]:
        """Coefficient and clustered error of each row of outcomes."""
        residual = outcomes - outcomes @ self.inverse.T @ self.design.T
        scores = residual * self.row
        sums = np.zeros((len(outcomes), int(self.label.max()) + 1))
        np.add.at(sums.T, self.label, scores.T)
        return outcomes @ self.row, np.sqrt((sums**2).sum(axis=1))

    def p_of(self, null: float) -> float:
        """The p-value of the coefficient being `null`."""
        left = self.outcome - null * self.tested
        fitted = self.others @ np.linalg.lstsq(self.others, left, rcond=None)[0]
        drawn = fitted + (left - fitted) * self.weights
        value, error = self._fit(drawn)
        t = abs(self.estimate - null) / self.error
        return float((np.abs(value) >= t * np.maximum(error, 1e-300)).mean())


def _edge(p_of: Callable[[float], float], estimate: float, step: float) -> float | None:
    """Where the p-value falls below 5% on one side; None where it does not within 50 errors."""
    far = 1.0
    while p_of(estimate + far * step) > 0.05:
        far *= 2
        if far > 50:
            return None
    return (
        float(optimize.bisect(lambda k: p_of(estimate + k * step) - 0.05, 0, far, xtol=0.01, maxiter=20, disp=False))
        * (step)
        + estimate
    )
