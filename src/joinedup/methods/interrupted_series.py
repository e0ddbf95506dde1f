"""Interrupted time series: does one series change level or slope when a scheme starts, beyond trend and season?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from joinedup.methods.effect import Effect, Floats, effect_of
from joinedup.rules.foundation.errors import NotEvaluable

#: Fewest periods before and after the start from which a trend is drawn.
MIN_BEFORE: Final = 6
MIN_AFTER: Final = 3


@dataclass(frozen=True, slots=True)
class InterruptedSeries:
    """What a segmented regression found.

    Attributes:
        effects: ratio and mean difference over all periods since the start against the counterfactual path; then the
            change of level at the start and of slope for each period, as ratios.
        path: what the model expects had the level and slope before gone on; (T,).
        fitted: what it expects with the change; (T,).
        dispersion: variance over mean of the counts; 1 is Poisson.
        autocorrelation: of neighbouring residuals.
        lags: periods over which errors may be correlated.
    """

    effects: tuple[Effect, ...]
    path: Floats
    fitted: Floats
    dispersion: float
    autocorrelation: float
    lags: int


def interrupted_series(
    outcome: Floats, n_before: int, *, exposure: Floats | None = None, season: int = 0, harmonics: int = 2
) -> InterruptedSeries:
    """Fit trend, season, a change of level and a change of slope to one series of counts or rates.

    Model: log(expected) = log(exposure) + a + b t + c after + d (t - start) after + pairs of sine and cosine. Variance
    is proportional to the mean (quasi-Poisson). Each error is the larger of the model's and of one that allows for
    neighbouring periods being correlated (Newey and West, 4 (T / 100)^(2/9) lags, rounded up), which alone is too
    small in short series; Student's t with T - parameters degrees of freedom.

    Args:
        outcome: not negative; (T,), evenly spaced.
        n_before: periods before the start.
        exposure: people or days at risk; (T,); None where the outcome is a rate or the population constant.
        season: periods in a year; 0 for no season. It is left out where fewer than two years lie before the start.
        harmonics: pairs of sine and cosine, fewer where the year has fewer periods.

    Raises:
        NotEvaluable: negative values, too few periods, or no events before the start.

    Source: Bernal, Cummins and Gasparrini 2017; Newey and West 1987.
    """
    _check(outcome, n_before, exposure)
    design, at_level = _design(len(outcome), n_before, season, harmonics)
    if len(outcome) < design.shape[1] + 4:
        raise NotEvaluable(
            f"{len(outcome)} periods cannot carry trend, change and season; at least {design.shape[1] + 4}"
        )
    offset = np.zeros(len(outcome)) if exposure is None else np.log(exposure)
    lags = math.ceil(4 * (len(outcome) / 100) ** (2 / 9))
    found, dispersion = _fit(outcome, design, offset, lags)
    without = design.copy()
    without[:, at_level : at_level + 2] = 0
    fitted, path = np.exp(design @ found.beta + offset), np.exp(without @ found.beta + offset)
    residual = (outcome - fitted) / np.sqrt(fitted)
    if residual.std() <= 1e-9 * np.sqrt(fitted.mean()):
        raise NotEvaluable("the series follows its trend without any error; no uncertainty can be estimated")
    unit = np.eye(design.shape[1])
    return InterruptedSeries(
        (
            *_effects_since(found, design, without, offset, n_before),
            found.ratio("level", float(found.beta[at_level]), unit[at_level]),
            found.ratio("slope", float(found.beta[at_level + 1]), unit[at_level + 1]),
        ),
        path, fitted, dispersion, float(np.corrcoef(residual[1:], residual[:-1])[0, 1]), lags,
    )  # fmt: skip


def _check(outcome: Floats, n_before: int, exposure: Floats | None) -> None:
    if (outcome < 0).any():
        raise NotEvaluable("the outcome has negative values; an interrupted series of counts or rates cannot")
    if exposure is not None and not (np.isfinite(exposure) & (exposure > 0)).all():
        raise NotEvaluable("the exposure must be known and above zero in every period")
    if n_before < MIN_BEFORE or len(outcome) - n_before < MIN_AFTER:
        raise NotEvaluable(
            f"the series has {n_before} periods before and {len(outcome) - n_before} after the start; a trend needs at "
            f"least {MIN_BEFORE} and {MIN_AFTER}"
        )
    if not outcome[:n_before].any() or not outcome[n_before:].any():
        raise NotEvaluable("nothing was counted before or after the start; a ratio cannot be estimated")


def _design(count: int, n_before: int, season: int, harmonics: int) -> tuple[Floats, int]:
    """Columns of the regression, and where the change of level stands (the change of slope follows)."""
    t = np.arange(count)
    after = (t >= n_before).astype(float)
    columns = [np.ones(count), (t - n_before) / count, after, (t - n_before) * after]
    if season > 1 and n_before >= 2 * season:
        for k in range(1, min(harmonics, season // 2) + 1):
            angle = 2 * np.pi * k * t / season
            columns.append(np.cos(angle))
            if 2 * k != season:  # the sine of the shortest wave is zero at every period
                columns.append(np.sin(angle))
    return np.column_stack(columns).astype(float), 2


def _fit(outcome: Floats, design: Floats, offset: Floats, lags: int) -> tuple[_Coefficients, float]:
    """Coefficients with both kinds of error, and the dispersion."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    model = GLM(outcome, design, family=Poisson(), offset=offset)
    plain = model.fit(scale="X2")
    robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    matrices = (np.asarray(plain.cov_params()), np.asarray(robust.cov_params()))
    made = _Coefficients(np.asarray(plain.params), matrices, len(outcome) - design.shape[1])
    return made, float(plain.scale)


@dataclass(frozen=True, slots=True)
class _Coefficients:
    """Coefficients and their covariance by quasi-Poisson variance and by Newey and West."""

    beta: Floats
    matrices: tuple[Floats, Floats]
    df: int

    def error_along(self, direction: Floats) -> float:
        """The larger of the two standard errors of a combination."""
        return math.sqrt(max(float(direction @ matrix @ direction) for matrix in self.matrices))

    def ratio(self, estimand: str, log: float, direction: Floats) -> Effect:
        """The exponential of a combination, with its interval."""
        made = effect_of(estimand, "all", log, self.error_along(direction), 1, df=self.df)
        low, high = (None if end is None else math.exp(end) for end in (made.low, made.high))
        return Effect(estimand, "all", math.exp(log), "ratio", made.se, low, high, made.p, 1)


def _effects_since(
    found: _Coefficients, design: Floats, without: Floats, offset: Floats, n_before: int
) -> tuple[Effect, Effect]:
    """Ratio and mean difference of expected with and without the change since the start (delta method)."""
    design, without, offset = design[n_before:], without[n_before:], offset[n_before:]
    fitted, path = np.exp(design @ found.beta + offset), np.exp(without @ found.beta + offset)
    total, expected = float(fitted.sum()), float(path.sum())
    with_change, no_change = fitted @ design, path @ without
    ratio = found.ratio("att", math.log(total / expected), with_change / total - no_change / expected)
    error = found.error_along((with_change - no_change) / len(fitted))
    return ratio, effect_of("att", "all", (total - expected) / len(fitted), error, 1, df=found.df)
