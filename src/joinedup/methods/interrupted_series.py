"""Interrupted time series: does one series change level or slope when a scheme starts, beyond trend and season?"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np

from joinedup.methods.effect import Effect, Floats, effect_of
from joinedup.rules.foundation.errors import NotEvaluable

#: Fewest periods before and after the start from which a trend is drawn.
MIN_BEFORE: Final = 6
MIN_AFTER: Final = 3
#: First-order autocorrelations tried, ascending.
_LINGERING: Final = np.linspace(0.0, 0.9, 19)


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
    is proportional to the mean (quasi-Poisson). Each error is the largest of three: the model's; one that allows for
    neighbouring periods being correlated in any way (Newey and West, 4 (T / 100)^(2/9) lags, rounded up), which alone
    is too small in short series; and one for errors that linger from period to period (first-order autocorrelation,
    freed of what fitting takes away from it). Student's t with T - parameters degrees of freedom, fewer where errors
    linger, because how long they do is itself uncertain.

    Args:
        outcome: not negative; (T,), evenly spaced.
        n_before: periods before the start.
        exposure: people or days at risk; (T,); None where the outcome is a rate or the population constant.
        season: periods in a year; 0 for no season. It is left out where fewer than two years lie before the start.
        harmonics: pairs of sine and cosine, fewer where the year has fewer periods.

    Raises:
        NotEvaluable: negative values, too few periods, or no events before the start.

    Source: Bernal, Cummins and Gasparrini 2017; Newey and West 1987; Zeger 1988 (counts with lingering errors).
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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a perfect fit, which is looked for afterwards
            plain = model.fit(scale="X2")
            robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    except (ValueError, np.linalg.LinAlgError) as exc:  # the deviance is lost
        raise NotEvaluable("no trend fits the series: it never moves, or a value lies far from all others") from exc
    mean, bread = np.asarray(plain.fittedvalues), np.asarray(plain.cov_params())
    linger, lingering = _lingering_covariance(outcome, mean, design, bread / float(plain.scale))
    matrices = (bread, np.asarray(robust.cov_params()), lingering)
    made = _Coefficients(np.asarray(plain.params), matrices, _freedom(len(outcome), design.shape[1], linger))
    return made, float(plain.scale)


def _freedom(periods: int, columns: int, linger: float) -> float:
    """Degrees of freedom of a variance whose relative error is that of its size and of its autocorrelation together.

    The error of the variance is twice that of the error, (1 + r) / (1 - r) moves by 2 / (1 - r²) with r, and r has
    variance (1 - r²) / T (Bartlett 1946); Satterthwaite's degrees of freedom follow.
    """
    plain = float(periods - columns)
    return plain if linger <= 0 else 1 / (1 / plain + 2 / ((1 - linger**2) * periods))


def _lingering_covariance(outcome: Floats, mean: Floats, design: Floats, bread: Floats) -> tuple[float, Floats]:
    """The autocorrelation, and the covariance of coefficients, when scaled errors follow a first-order autoregression.

    Fitting trend and season leaves residuals less correlated and smaller than the errors were. The autoregression is
    the one under which residuals like these are expected to be as correlated as they are, and no less than none.
    """
    residual, weighted = (outcome - mean) / np.sqrt(mean), design * np.sqrt(mean)[:, None]
    left = np.eye(len(outcome)) - weighted @ bread @ weighted.T
    distance = np.abs(np.subtract.outer(np.arange(len(outcome)), np.arange(len(outcome))))
    expected = np.array([_correlation_left(left, float(linger) ** distance) for linger in _LINGERING])
    seen = float((residual[1:] * residual[:-1]).sum() / max(float((residual**2).sum()), 1e-300))
    linger = float(np.interp(seen, expected, _LINGERING))
    correlation = linger**distance
    size = float((residual**2).sum()) / float((left * correlation).sum())
    return linger, size * bread @ weighted.T @ correlation @ weighted @ bread


def _correlation_left(left: Floats, correlation: Floats) -> float:
    """How correlated neighbouring residuals are expected to be when errors are correlated so."""
    residuals = left @ correlation @ left
    return float(np.diag(residuals, 1).sum() / np.trace(residuals))


@dataclass(frozen=True, slots=True)
class _Coefficients:
    """Coefficients and their covariance by quasi-Poisson variance, by Newey and West and by lingering errors."""

    beta: Floats
    matrices: tuple[Floats, Floats, Floats]
    df: float

    def error_along(self, direction: Floats) -> float:
        """The largest of the three standard errors of a combination."""
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
