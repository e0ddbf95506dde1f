"""Difference-in-differences: what changed in treated units over and above what changed in their controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.methods.effect import Effect, Floats, Ints, effect_of
from joinedup.methods.panel import Flags, Panel, common_start, covariates_before, require_controls
from joinedup.methods.small_samples import Spread, joint_f_test, spread
from joinedup.rules.foundation.errors import NotEvaluable


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference between treated and controls, and what each unit contributes to its error.

    Attributes:
        value: change of the treated minus change of their controls.
        influence: (N,), mean zero; the error of the value is its mean.
    """

    value: float
    influence: Floats


@dataclass(frozen=True, slots=True)
class Differences:
    """What a two-period or common-start difference-in-differences found.

    Attributes:
        effects: average over all periods since the start as difference, percent of the counterfactual and ratio of
            ratios; then one effect for each period relative to the start, e=-1 being the period compared with.
        pre_trend_p: joint test that treated and controls moved alike before the start; None where untestable.
        event_times, event_values, event_covariance: the event study without its reference, for bounds.
        counterfactual: what the treated would have had since the start, on average.
        n_clusters: groups that decided together.
    """

    effects: tuple[Effect, ...]
    pre_trend_p: float | None
    event_times: Ints
    event_values: Floats
    event_covariance: Floats
    counterfactual: float
    n_clusters: int


def contrast(change: Floats, treated: Flags, covariates: Floats | None = None) -> Contrast:
    """The difference in mean change between treated and controls, made comparable on covariates where given.

    Without covariates the plain difference in means. With covariates the doubly robust estimate: controls are
    weighted by the odds of their propensity, and their expected change is subtracted by regression; it is right when
    either model is.

    Args:
        change: change of each unit's outcome; (N,).
        treated: (N,).
        covariates: (N, K), known before the start.

    Raises:
        NotEvaluable: no treated or no control unit, or covariates that tell treated from controls perfectly.

    Source: Sant'Anna and Zhao 2020, as in the R package DRDID (function drdid_panel).

    >>> contrast(np.array([-10.0, 9.0]), np.array([True, False])).value
    -19.0
    """
    if treated.all() or not treated.any():
        raise NotEvaluable("an effect needs both treated and control units in the same periods")
    if covariates is not None and covariates.shape[1]:
        return _doubly_robust(change, treated, covariates)
    share = treated.mean()
    own, other = change[treated].mean(), change[~treated].mean()
    influence = np.where(treated, (change - own) / share, -(change - other) / (1 - share))
    return Contrast(float(own - other), influence)


def _doubly_robust(change: Floats, treated: Flags, covariates: Floats) -> Contrast:
    spread = covariates.std(axis=0)
    if (spread == 0).all():
        return contrast(change, treated)
    x = np.column_stack(
        [np.ones(len(change)), (covariates - covariates.mean(axis=0))[:, spread > 0] / spread[spread > 0]]
    )
    d = treated.astype(float)
    score, inverse_information = _propensity(x, treated)
    odds = score * (1 - d) / (1 - score)
    slope = np.linalg.lstsq(x[~treated], change[~treated], rcond=None)[0]
    residual = change - x @ slope
    gram = np.linalg.pinv(x[~treated].T @ x[~treated] / len(change))
    ols = ((1 - d) * residual)[:, None] * x @ gram
    logit = ((d - score)[:, None] * x) @ (inverse_information * len(change))
    own = (d * residual).mean() / d.mean()
    other = (odds * residual).mean() / odds.mean()
    first = (d * (residual - own) - ols @ (d[:, None] * x).mean(axis=0)) / d.mean()
    tilt = (odds * (residual - other))[:, None] * x
    second = odds * (residual - other) + logit @ tilt.mean(axis=0) - ols @ (odds[:, None] * x).mean(axis=0)
    return Contrast(float(own - other), first - second / odds.mean())


def _propensity(x: Floats, treated: Flags, limit: float = 0.999) -> tuple[Floats, Floats]:
    """Each unit's probability of being treated by logistic regression, and the inverse of the information."""
    beta, d = np.zeros(x.shape[1]), treated.astype(float)
    for _ in range(30):
        score = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        information = x.T @ (x * (score * (1 - score))[:, None])
        step = np.linalg.pinv(information) @ (x.T @ (d - score))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    if score[~treated].max() > limit or np.abs(beta).max() > 25:
        raise NotEvaluable("the predictors tell treated units from controls perfectly; no fair comparison is possible")
    inverse: Floats = np.asarray(np.linalg.pinv(information), np.float64)
    return score, inverse


def difference_in_differences(panel: Panel) -> Differences:
    """What changed in units that all started at one time, over and above the change in units that never did.

    The effect compares each unit's mean over all periods since the start with its mean over all periods before. The
    event study compares each period with the last one before the start. Errors allow units of a cluster to move
    together; Student's t with Welch's degrees of freedom (see `small_samples.spread`). The test of trends before the
    start is Hotelling's.

    Args:
        panel: predictors, if any, are used as covariates by their mean before the start.

    Raises:
        NotEvaluable: no controls, several starts, or nothing before or after the start.

    Source: joinedup specification 13; Sant'Anna and Zhao 2020.
    """
    start = common_start(panel)
    require_controls(panel)
    early = panel.times < start
    if not early.any() or early.all():
        raise NotEvaluable("an effect needs at least one period before and one after the start")
    treated, covariates = panel.is_treated, covariates_before(panel)
    mean_before, mean_after = panel.outcome[:, early].mean(axis=1), panel.outcome[:, ~early].mean(axis=1)
    overall = contrast(mean_after - mean_before, treated, covariates)
    known = spread(overall.influence[:, None], panel.clusters, treated)
    observed = float(mean_after[treated].mean())
    main = _effect("all", overall.value, known, 0, int(treated.sum()))
    events, values, errors, path = _event_study(panel, treated, covariates, int(early.sum()))
    before = events < 0
    trends = Spread(errors.matrix[np.ix_(before, before)], errors.df[before])
    return Differences(
        (main, *_relative(main, observed), *_ratio(mean_before, mean_after, treated, panel.clusters), *path),
        joint_f_test(values[before], trends),
        events, values, errors.matrix, observed - overall.value, panel.n_clusters,
    )  # fmt: skip


def _effect(horizon: str, value: float, known: Spread, at: int, n: int) -> Effect:
    return effect_of("att", horizon, value, float(known.errors[at]), n, df=float(known.df[at]))


def _event_study(
    panel: Panel, treated: Flags, covariates: Floats, n_early: int
) -> tuple[Ints, Floats, Spread, list[Effect]]:
    """Differences of each period from the last one before the start."""
    positions = [t for t in range(len(panel.times)) if t != n_early - 1]
    reference = panel.outcome[:, n_early - 1]
    found = [contrast(panel.outcome[:, t] - reference, treated, covariates) for t in positions]
    values = np.array([item.value for item in found])
    errors = spread(np.column_stack([item.influence for item in found]), panel.clusters, treated)
    events = np.array(positions) - n_early
    n = int(treated.sum())
    path = [_effect(f"e={event}", float(values[at]), errors, at, n) for at, event in enumerate(events)]
    return events, values, errors, path


def _relative(effect: Effect, observed: float) -> list[Effect]:
    """The effect in percent of what would have been, where that is positive."""
    counterfactual = observed - effect.value
    if counterfactual <= 0:
        return []
    parts = [effect.value, effect.se, effect.low, effect.high]
    value, se, low, high = (None if part is None else 100 * part / counterfactual for part in parts)
    return [Effect("att", "all", value or 0.0, "percent", se, low, high, effect.p, effect.n)]


def _ratio(before: Floats, after: Floats, treated: Flags, clusters: Ints) -> list[Effect]:
    """The ratio of ratios, with the interval of its logarithm (delta method), where all four means are positive."""
    four = [before[treated].mean(), after[treated].mean(), before[~treated].mean(), after[~treated].mean()]
    if min(four) <= 0:
        return []
    share = treated.mean()
    log = float(np.log(four[1] / four[0]) - np.log(four[3] / four[2]))
    own = (after / four[1] - before / four[0]) / share
    influence = np.where(treated, own, -(after / four[3] - before / four[2]) / (1 - share))
    made = _effect("all", log, spread(influence[:, None], clusters, treated), 0, int(treated.sum()))
    low, high = (None if end is None else float(np.exp(end)) for end in (made.low, made.high))
    return [Effect("att", "all", float(np.exp(log)), "ratio", made.se, low, high, made.p, made.n)]
