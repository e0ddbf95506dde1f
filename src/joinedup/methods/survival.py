"""Time to an event: hazard ratio (Cox), and how much longer people lived at home or without it (restricted mean)."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.methods.effect import Effect, effect_of
from joinedup.methods.outcome import Comparison
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def hazard_ratio(compared: Comparison, time: Floats, happened: Flags) -> Effect:
    """How the hazard of an event differs: Cox regression, errors clustered by matched set.

    Where controls count unequally (two for one person, three for another) the regression is within matched sets.

    Args:
        time: until the event or the end of follow-up; (N,).
        happened: whether it ended with the event; (N,). Death before another event ends follow-up, so the ratio is
            of cause-specific hazards.

    Returns:
        Ratio; its `se` is that of the natural logarithm.

    Raises:
        NotEvaluable: no event in a group, negative or missing times.

    Source: Cox 1972; Lin and Wei 1989; Austin 2014 on matched sets.
    """
    from statsmodels.duration.hazard_regression import PHReg

    _check(compared, time, happened)
    # who left before the first event was never at risk of one and tells nothing; their residual would be 0/0
    used = (compared.weights > 0) & (time >= time[happened & (compared.weights > 0)].min())
    sets = (compared.clusters if compared.clusters.ndim == 1 else compared.clusters[:, 1])[used]
    x = compared.columns[used][:, 1:]
    groups = [compared.weights[used & group] for group in (compared.treated, ~compared.treated)]
    equal = all(np.ptp(weights) < 1e-9 for weights in groups)
    model = PHReg(time[used], x, happened[used].astype(float), ties="efron", strata=None if equal else sets)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # sets without an event, which tell nothing; failure is looked for below
        found = model.fit(groups=sets) if equal else model.fit()
    log, error = float(found.params[0]), float(found.bse[0])
    if not math.isfinite(log) or not math.isfinite(error) or abs(log) > 15:
        raise NotEvaluable("one group has no event while the other is at risk; no ratio exists")
    half = float(stats.norm.ppf(0.975)) * error
    p = 2 * float(stats.norm.sf(abs(log) / error))
    return Effect(
        "att", "all", math.exp(log), "ratio", error, math.exp(log - half), math.exp(log + half), p, compared.n
    )


def restricted_mean(compared: Comparison, time: Floats, happened: Flags, until: float) -> Effect:
    """How much longer, up to a time, people of the scheme were without the event.

    Args:
        until: the horizon, within the follow-up of both groups, in the unit of time.

    Returns:
        Difference of areas under the two weighted survival curves.

    Raises:
        NotEvaluable: as for `hazard_ratio`, or a horizon beyond the follow-up of a group.

    Source: Royston and Parmar 2013; Kaplan and Meier 1958; errors as if the two groups were apart (Greenwood), which
    for matched sets is on the safe side.

    >>> compared = Comparison.unmatched(np.array([True, True, False, False]))
    >>> restricted_mean(compared, np.array([2.0, 4, 1, 4]), np.array([True, False, True, False]), 4).value
    0.5
    """
    _check(compared, time, happened)
    means, spread = [], 0.0
    for group in (compared.treated, ~compared.treated):
        here = group & (compared.weights > 0)
        if time[here].max() < until:
            raise NotEvaluable(f"nobody of one group was followed up to {until:g}; choose an earlier horizon")
        mean, variance = _area(time[here], happened[here], compared.weights[here], until)
        means.append(mean)
        spread += variance
    return effect_of("att", f"{until:g}", means[0] - means[1], math.sqrt(spread), compared.n)


def _area(time: Floats, happened: Flags, weights: Floats, until: float) -> tuple[float, float]:
    """Area under the weighted survival curve up to a time, and its variance."""
    moments = np.unique(time[happened & (time <= until)])
    at_risk = np.array([weights[time >= moment].sum() for moment in moments])
    squares = np.array([(weights[time >= moment] ** 2).sum() for moment in moments])
    events = np.array([weights[happened & (time == moment)].sum() for moment in moments])
    alive = np.cumprod(1 - events / at_risk)
    widths = np.diff(np.r_[0.0, moments, until])
    areas = np.r_[1.0, alive] * widths
    left = np.cumsum(areas[::-1])[::-1][1:]  # area still to come after each event
    effective = at_risk**2 / squares
    chance = events / at_risk
    keep = chance < 1
    variance = (left[keep] ** 2 * chance[keep] / ((1 - chance[keep]) * effective[keep])).sum()
    return float(areas.sum()), float(variance)


def _check(compared: Comparison, time: Floats, happened: Flags) -> None:
    if not np.isfinite(time).all() or (time < 0).any():
        raise NotEvaluable("a time to the event is missing or negative; check what produced it")
    for group in (compared.treated, ~compared.treated):
        if not happened[group & (compared.weights > 0)].any():
            raise NotEvaluable("nobody of one group has the event; a ratio does not exist")
