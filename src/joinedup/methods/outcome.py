"""Outcomes of people: what a scheme changed in how often, whether, how much; as ratio and as difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.methods.effect import Effect, effect_of
from joinedup.methods.regression import Family, Fit, clustered, fit, n_clusters, predict
from joinedup.methods.small_samples import spread
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def _nothing() -> Floats:
    return np.empty((0, 0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows compared: people of the scheme and their controls, as matched, weighted or randomised.

    Attributes:
        treated: (N,).
        weights: how much each row counts; (N,).
        clusters: rows that move together: the matched set; person and set in two columns where people serve several
            times; the area where areas were treated. (N,) or (N, 2).
        adjust: covariates adjusted for after matching; (N, K), or empty.
    """

    treated: Flags
    weights: Floats
    clusters: Ints
    adjust: Floats = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        if (self.weights < 0).any():
            raise DefinitionError("a weight is negative; weights count people")
        used = self.weights > 0
        if not (self.treated & used).any() or not (~self.treated & used).any():
            raise NotEvaluable("an effect needs people of the scheme and people to compare with")

    @classmethod
    def unmatched(cls, treated: Flags, adjust: Floats | None = None) -> Comparison:
        """Everybody once, each on their own: a randomised comparison, or a naive one."""
        rows = np.arange(len(treated))
        return cls(treated, np.ones(len(treated)), rows, _nothing() if adjust is None else adjust)

    @property
    def columns(self) -> Floats:
        """Constant, treated, and what is adjusted for, as deviations from the mean of the treated; (N, 2 + K).

        Columns that vary in nobody compared, or repeat earlier ones among those compared, are left out.
        """
        two = np.column_stack([np.ones(len(self.treated)), self.treated.astype(np.float64)])
        if not self.adjust.size:
            return two
        used = self.weights > 0
        centred = self.adjust - np.average(self.adjust[self.treated], axis=0, weights=self.weights[self.treated])
        spread = centred[used].std(axis=0)
        varies = spread > 1e-9 * (1 + np.abs(self.adjust[used]).max(axis=0))
        made = np.column_stack([two, centred[:, varies] / spread[varies]])
        new = np.abs(np.diag(np.linalg.qr(made[used], mode="r"))) > 1e-6 * np.sqrt(used.sum())
        return made[:, new | (np.arange(made.shape[1]) < 2)]

    @property
    def n(self) -> int:
        """How many rows are compared."""
        return int((self.weights > 0).sum())

    @property
    def df(self) -> float:
        """Degrees of freedom: clusters less one."""
        return n_clusters(self.clusters[self.weights > 0]) - 1

    def error(self, influence: Floats) -> tuple[float, float]:
        """The standard error of an estimate from what each row adds to it, and its degrees of freedom.

        Where whole clusters were treated or not, such as practices, each side has its own spread and few clusters
        make it uncertain (`small_samples.spread`); matched sets, which hold both sides, make one group.
        """
        used = self.weights > 0
        if self.clusters.ndim > 1:
            return math.sqrt(max(float(clustered(influence[:, None], self.clusters)[0, 0]), 0.0)), self.df
        part = influence[used, None] * used.sum()
        found = spread(part, self.clusters[used], self.treated[used])
        if not np.isfinite(found.matrix).all():
            raise NotEvaluable("there is one cluster only; an interval needs at least two")
        return float(found.errors[0]), float(found.df[0])


def count_effects(compared: Comparison, events: Floats, follow_up: Floats, horizon: str = "all") -> tuple[Effect, ...]:
    """How often something happened: rate ratio, and absolute difference for each unit of follow-up.

    Poisson regression with the logarithm of follow-up as offset; the errors are robust and clustered, so counts that
    vary more than Poisson (nearly all do) widen the interval. The difference is that between the rate of the people
    of the scheme and what the model says their rate would have been, each person weighing their follow-up.

    Args:
        compared: who.
        events: counts, whole or not, none negative; (N,).
        follow_up: time at risk, ended by death or moving away: years give a difference per person-year; (N,). Rows
            without any are left out.

    Returns:
        Ratio (its `se` is that of the natural logarithm), difference, and percent change.

    Raises:
        NotEvaluable: negative or missing counts, no event in a group, nobody followed up.

    Source: Zeger and Liang 1986 (robust errors); Steventon and others 2013 (rate ratios after matching).
    """
    if (events < 0).any() or (follow_up < 0).any():
        raise NotEvaluable("a count or a time of follow-up is negative; check what produced it")
    if not np.isfinite(follow_up).all():
        raise NotEvaluable("a time of follow-up is missing; leave the person out or complete it")
    here = follow_up > 0
    if not here[compared.treated].any() or not here[~compared.treated].any():
        raise NotEvaluable("nobody of one group was followed up")
    part = _only(compared, here)
    events, time = events[here], follow_up[here]
    _require_events(part, events)
    found = fit(part.columns, events, Family.COUNT, weights=part.weights, offset=np.log(time))
    ratio = ratio_effect(part, found, horizon)
    difference = _difference_on_treated(part, found, np.log(time), time, horizon)
    return ratio, difference, percent_of(ratio)


def chance_effects(compared: Comparison, happened: Floats, horizon: str = "all") -> tuple[Effect, ...]:
    """Whether something happened: risk ratio, and difference of risks.

    The ratio is from Poisson regression with robust errors, the difference from linear regression with robust errors.

    Args:
        happened: 0 or 1; (N,).

    Raises:
        NotEvaluable: other values, or no event in a group (the difference alone would be an answer to half the
            question).

    Source: Zou 2004 (modified Poisson); Cheung 2007 (linear for risk differences).
    """
    if not np.isin(happened, (0.0, 1.0)).all():
        raise NotEvaluable("an outcome that happened or not must be 0 or 1 for everybody")
    _require_events(compared, happened)
    found = fit(compared.columns, happened, Family.COUNT, weights=compared.weights)
    ratio = ratio_effect(compared, found, horizon)
    return ratio, mean_effect(compared, happened, horizon), percent_of(ratio)


def mean_effect(compared: Comparison, outcome: Floats, horizon: str = "all", *, pooled: bool = False) -> Effect:
    """How much: the difference of means, adjusted where the comparison says so.

    Args:
        outcome: (N,).
        pooled: one variance for everybody instead of robust clustered errors: for a randomised comparison of people,
            as its published analyses have it.

    Raises:
        NotEvaluable: missing values, or an outcome that does not vary.

    Source: Lin 2013 on adjusting randomised comparisons; LaLonde 1986 for the pooled error.
    """
    if np.isfinite(outcome).all() and np.ptp(outcome[compared.weights > 0]) == 0:
        raise NotEvaluable("the outcome is the same for everybody; nothing can be learned from it")
    x = compared.columns
    found = fit(x, outcome, Family.LINEAR, weights=compared.weights)
    if pooled:
        df = float(compared.n - x.shape[1])
        variance = float((compared.weights * (outcome - found.mean) ** 2).sum()) / df
        error = math.sqrt(variance * float(np.linalg.inv((x * compared.weights[:, None]).T @ x)[1, 1]))
    else:
        error, df = compared.error(found.jackknife[:, 1])
    return effect_of("att", horizon, float(found.coefficients[1]), error, compared.n, df=df)


def score_effects(compared: Comparison, score: Floats, horizon: str = "all") -> tuple[Effect, ...]:
    """A score of experience or quality of life: difference in points, and in standard deviations of controls.

    Returns:
        Difference, and standardised difference (Glass 1976: no scheme changes the yardstick).
    """
    points = mean_effect(compared, score, horizon)
    others = ~compared.treated
    mean = np.average(score[others], weights=compared.weights[others])
    deviation = math.sqrt(float(np.average((score[others] - mean) ** 2, weights=compared.weights[others])))
    if not deviation:
        return (points,)
    low, high, se = (None if part is None else part / deviation for part in (points.low, points.high, points.se))
    return points, Effect("att", horizon, points.value / deviation, "standardised", se, low, high, points.p, points.n)


def ratio_effect(compared: Comparison, found: Fit, horizon: str) -> Effect:
    """The ratio between treated and others that a regression with a log link found; `se` is of its logarithm."""
    error, df = compared.error(found.jackknife[:, 1])
    log, half = float(found.coefficients[1]), float(stats.t.ppf(0.975, df)) * error
    p = 2 * float(stats.t.sf(abs(log) / error, df)) if error else None
    return Effect(
        "att", horizon, math.exp(log), "ratio", error, math.exp(log - half), math.exp(log + half), p, compared.n
    )


def percent_of(ratio: Effect) -> Effect:
    """A ratio as change in percent of what would have been.

    >>> round(percent_of(Effect("att", "all", 0.9, "ratio", 0.1, 0.8, 1.0)).value, 6)
    -10.0
    """
    low, high = (None if end is None else 100 * (end - 1) for end in (ratio.low, ratio.high))
    se = None if ratio.se is None else 100 * ratio.value * ratio.se
    return Effect(ratio.estimand, ratio.horizon, 100 * (ratio.value - 1), "percent", se, low, high, ratio.p, ratio.n)


def _difference_on_treated(compared: Comparison, found: Fit, offset: Floats, time: Floats, horizon: str) -> Effect:
    """Rate with the scheme less rate without it, over the follow-up of the treated (delta method)."""
    x, own = compared.columns, compared.treated
    without = x.copy()
    without[:, 1] = 0
    share = np.where(own, compared.weights, 0.0)
    total = float((share * time).sum())
    mean_with, _ = predict(x, found.coefficients, Family.COUNT, offset)
    mean_without, _ = predict(without, found.coefficients, Family.COUNT, offset)
    value = float((share * (mean_with - mean_without)).sum()) / total
    gradient = ((share * mean_with) @ x - (share * mean_without) @ without) / total
    varies = (share * ((mean_with - mean_without) - value * time) / total) if compared.adjust.size else 0.0
    error, df = compared.error(found.jackknife @ gradient + varies)
    return effect_of("att", horizon, value, error, compared.n, df=df)


def _require_events(compared: Comparison, events: Floats) -> None:
    if not np.isfinite(events).all():
        raise NotEvaluable("an outcome is missing; a gap is not a zero: complete it or leave the person out")
    for group, name in ((compared.treated, "of the scheme"), (~compared.treated, "compared with")):
        if not (events[group] * compared.weights[group]).any():
            raise NotEvaluable(f"nobody {name} has an event; a ratio does not exist")


def _only(compared: Comparison, keep: Flags) -> Comparison:
    if keep.all():
        return compared
    adjust = compared.adjust[keep] if compared.adjust.size else compared.adjust
    return Comparison(compared.treated[keep], compared.weights[keep], compared.clusters[keep], adjust)
