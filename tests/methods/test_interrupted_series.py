"""Interrupted series and before-and-after: planted changes are found, trend and season are not taken for effects."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.before_after import WARNING, before_after
from joinedup.methods.effect import Effect
from joinedup.methods.interrupted_series import InterruptedSeries, interrupted_series
from joinedup.rules.foundation.errors import NotEvaluable


def counts(seed: int, level: float = 0.0, slope: float = 0.0, periods: int = 72, start: int = 48) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(periods)
    log = 6 + 0.004 * t + 0.15 * np.cos(2 * np.pi * t / 12) + (t >= start) * (level + slope * (t - start))
    return rng.negative_binomial(60, 60 / (60 + np.exp(log))).astype(float)


def by_name(found: InterruptedSeries) -> dict[tuple[str, str], Effect]:
    return {(effect.estimand, effect.scale): effect for effect in found.effects}


def test_a_change_of_level_and_of_slope_are_told_apart() -> None:
    drawn = [by_name(interrupted_series(counts(s, level=-0.2, slope=-0.01), 48, season=12)) for s in range(10)]
    assert np.mean([found["level", "ratio"].value for found in drawn]) == pytest.approx(np.exp(-0.2), abs=0.06)
    assert np.mean([found["slope", "ratio"].value for found in drawn]) == pytest.approx(np.exp(-0.01), abs=0.004)
    assert all((found["att", "ratio"].high or 9) < 1 for found in drawn)


def test_intervals_cover_as_often_as_they_say_under_trend_and_season() -> None:
    covered = 0
    for seed in range(150):
        effect = by_name(interrupted_series(counts(seed), 48, season=12))["att", "ratio"]
        assert effect.low is not None
        assert effect.high is not None
        covered += effect.low <= 1 <= effect.high
    assert covered / 150 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150)


def test_the_counterfactual_path_goes_on_as_before() -> None:
    series = counts(2, level=-0.5)
    found = interrupted_series(series, 48, season=12)
    np.testing.assert_allclose(found.path[:48], found.fitted[:48])
    assert found.path[48:].mean() > 1.3 * series[48:].mean()
    assert found.dispersion > 1
    assert abs(found.autocorrelation) < 0.4


def test_an_exposure_that_grows_is_no_effect() -> None:
    people = np.where(np.arange(72) < 48, 1000.0, 2000.0)
    series = np.random.default_rng(3).poisson(0.3 * people).astype(float)
    effect = by_name(interrupted_series(series, 48, exposure=people))["att", "ratio"]
    assert effect.value == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("series", "before", "words"),
    [
        ([5.0, -1] * 10, 10, "negative"),
        ([5.0] * 8, 2, "at least"),
        ([0.0] * 10 + [4.0] * 10, 10, "nothing was counted"),
        ([1.0] * 40, 15, "no trend fits"),
    ],
)
def test_series_that_carry_no_estimate_are_refused(series: list[float], before: int, words: str) -> None:
    with pytest.raises(NotEvaluable, match=words):
        interrupted_series(np.array(series), before)


def test_before_and_after_always_carries_its_warning() -> None:
    found = before_after(np.array([[10.0, 11, 8, 7]]), np.array([2]), np.zeros(1, np.int64))
    assert found.warning == WARNING
    assert "no control" in WARNING


def test_before_and_after_takes_a_fall_back_for_an_effect() -> None:
    rng = np.random.default_rng(5)
    usual = rng.gamma(2, 1, 5000)
    years = rng.poisson(usual[:, None], (5000, 2)).astype(float)
    high = years[:, 0] >= 6
    found = before_after(years[high], np.ones(high.sum(), np.int64), np.arange(high.sum()))
    assert (found.effects[0].high or 1) < -1, "nothing was done, yet it looks like a large saving"
