"""Effects on people are those of published regressions, and planted effects come back."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from joinedup.methods.outcome import Comparison, chance_effects, count_effects, mean_effect, score_effects
from joinedup.methods.regression import Family, clustered, fit
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable


def matched(seed: int, n: int = 400, ratio: float = 0.8) -> tuple[Comparison, np.ndarray, np.ndarray]:
    """Pairs that share a frailty; people of the scheme have `ratio` times the events."""
    rng = np.random.default_rng(seed)
    frailty = np.tile(rng.gamma(2, 0.5, n), 2)
    treated = np.arange(2 * n) < n
    years = rng.uniform(0.3, 2.0, 2 * n)
    events = rng.poisson(1.2 * frailty * years * np.where(treated, ratio, 1.0)).astype(float)
    return Comparison(treated, np.ones(2 * n), np.tile(np.arange(n), 2)), events, years


@pytest.mark.filterwarnings("ignore:cov_type not fully supported")
@pytest.mark.parametrize("family", list(Family))
def test_a_weighted_clustered_regression_is_that_of_a_published_library(family: Family) -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    counts, chance = rng.poisson(2.0, 300).astype(np.float64), (rng.random(300) < 0.4).astype(np.float64)
    y = {Family.LINEAR: rng.normal(size=300), Family.COUNT: counts, Family.CHANCE: chance}[family]
    weights, sets = rng.integers(1, 4, 300).astype(np.float64), np.repeat(np.arange(100), 3)
    families = sm.families
    model = {Family.LINEAR: families.Gaussian(), Family.COUNT: families.Poisson(), Family.CHANCE: families.Binomial()}[
        family
    ]
    theirs = sm.GLM(y, x, family=model, freq_weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": sets, "use_correction": False}, tol=1e-12
    )
    ours = fit(x, y, family, weights=weights)
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert clustered(ours.influence, sets) * 99 / 100 == pytest.approx(theirs.cov_params(), rel=1e-5)


def test_a_rate_ratio_and_difference_by_hand() -> None:
    treated = np.array([True, True, False, False])
    events, years = np.array([1.0, 2, 4, 2]), np.array([1.0, 2, 1, 1])
    ratio, difference, percent = count_effects(Comparison.unmatched(treated), events, years)
    assert ratio.value == pytest.approx((3 / 3) / (6 / 2))
    assert difference.value == pytest.approx(1 - 3)
    assert percent.value == pytest.approx(-100 * 2 / 3)


def test_intervals_cover_the_planted_effect_as_often_as_they_say() -> None:
    held = [0.0, 0.0]
    for seed in range(200):
        compared, events, years = matched(seed)
        ratio, difference, _ = count_effects(compared, events, years)
        held[0] += (ratio.low or 9) <= 0.8 <= (ratio.high or 0)
        held[1] += (difference.low or 9) <= -0.24 <= (difference.high or -9)
    assert held[0] / 200 == pytest.approx(0.95, abs=3 * 0.0154)
    assert held[1] / 200 == pytest.approx(0.95, abs=3 * 0.0154)


def test_adjusting_after_matching_keeps_the_effect_and_narrows_its_interval() -> None:
    rng = np.random.default_rng(5)
    treated = np.arange(2_000) < 1_000
    prior = rng.normal(size=2_000)
    y = 3 * prior + rng.normal(size=2_000) - 0.5 * treated
    plain = mean_effect(Comparison(treated, np.ones(2_000), np.arange(2_000)), y)
    adjusted = mean_effect(Comparison(treated, np.ones(2_000), np.arange(2_000), prior[:, None]), y)
    assert (adjusted.se or 9) < 0.5 * (plain.se or 0)
    assert (adjusted.low or 0) < -0.5 < (adjusted.high or -1)


def test_adjusted_rate_differences_stay_in_rates() -> None:
    compared, events, years = matched(1)
    prior = np.random.default_rng(0).normal(size=(len(events), 1))
    adjusted = Comparison(compared.treated, compared.weights, compared.clusters, prior)
    assert count_effects(adjusted, events, years)[1].value == pytest.approx(
        count_effects(compared, events, years)[1].value, abs=0.05
    )


def test_a_covariate_that_repeats_another_among_those_matched_is_left_out() -> None:
    compared, events, _ = matched(1)
    prior = np.random.default_rng(0).poisson(1.0, len(events)).astype(float)
    once = Comparison(compared.treated, compared.weights, compared.clusters, prior[:, None])
    twice = Comparison(compared.treated, compared.weights, compared.clusters, np.column_stack([prior, 2 * prior + 1]))
    assert twice.columns.shape == once.columns.shape


def test_risks_by_hand() -> None:
    happened = np.array([1.0, 0, 0, 0, 1, 1, 0, 0])
    ratio, difference, _ = chance_effects(Comparison.unmatched(np.arange(8) < 4), happened)
    assert ratio.value == pytest.approx(0.5)
    assert difference.value == pytest.approx(-0.25)


def test_a_score_is_told_in_points_and_in_standard_deviations() -> None:
    score = np.array([5.0, 7, 9, 1, 3, 5])
    points, standard = score_effects(Comparison.unmatched(np.arange(6) < 3), score)
    assert points.value == pytest.approx(4)
    assert standard.value == pytest.approx(4 / np.std([1, 3, 5]))


def test_people_who_serve_twice_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    own, others = rng.normal(size=100), rng.normal(size=10)
    used = rng.integers(0, 10, 100)
    treated, y = np.arange(200) < 100, np.r_[own, others[used]]
    person = np.r_[np.arange(100), 100 + used]
    sets = np.tile(np.arange(100), 2)
    blind = mean_effect(Comparison(treated, np.ones(200), sets), y)
    told = mean_effect(Comparison(treated, np.ones(200), np.column_stack([person, sets])), y)
    assert (told.se or 0) > 1.5 * (blind.se or 9)


@pytest.mark.parametrize(
    ("events", "years", "message"),
    [
        ([0, 0, 0, 0], [1, 1, 1, 1], "event"),
        ([1, 2, 0, 0], [1, 1, 1, 1], "nobody compared with"),
        ([-1, 2, 3, 1], [1, 1, 1, 1], "negative"),
        ([1, np.nan, 3, 1], [1, 1, 1, 1], "missing"),
        ([1, 2, 3, 1], [0, 0, 1, 1], "followed up"),
        ([1, 2, 3, 1], [1, np.nan, 1, 1], "missing"),
    ],
)
def test_counts_that_carry_no_answer_are_not_evaluable(events: list[float], years: list[float], message: str) -> None:
    with pytest.raises(NotEvaluable, match=message):
        count_effects(Comparison.unmatched(np.arange(4) < 2), np.array(events, float), np.array(years, float))


def test_other_outcomes_that_carry_no_answer_are_not_evaluable() -> None:
    compared = Comparison.unmatched(np.arange(4) < 2)
    with pytest.raises(NotEvaluable, match="0 or 1"):
        chance_effects(compared, np.array([0, 1, 2, 0.0]))
    with pytest.raises(NotEvaluable, match="same for everybody"):
        mean_effect(compared, np.ones(4))
    with pytest.raises(NotEvaluable, match="people to compare with"):
        Comparison.unmatched(np.ones(4, bool))
    with pytest.raises(DefinitionError, match="negative"):
        Comparison(np.arange(4) < 2, -np.ones(4), np.arange(4))
