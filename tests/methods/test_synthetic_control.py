"""Synthetic controls: California, Germany and Kansas as published, simulated factors, and placebos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from joinedup.methods.counterfactual import Counterfactual, Estimator, Recipe, Special, cases_of, joint_effect
from joinedup.methods.donor_weights import simplex_weights
from joinedup.methods.factor_model import generalised_synthetic_control
from joinedup.methods.panel import NEVER, Panel
from joinedup.methods.placebo import leave_one_out, placebos, scaled_interval, scaled_p
from joinedup.methods.synthetic_control import (
    augmented_synthetic_control,
    demeaned_synthetic_control,
    synthetic_control,
)
from joinedup.methods.synthetic_differences import synthetic_differences
from joinedup.rules.foundation.errors import NotEvaluable
from tests.methods.published_panels import factor_simulation, germany, kansas, proposition_99

#: The predictors of Abadie, Diamond and Hainmueller 2010.
EIGHTIES = tuple(float(year) for year in range(1980, 1989))
TOBACCO = Recipe(
    specials=(
        *(Special(name, EIGHTIES) for name in ("lnincome", "retprice", "age15to24")),
        Special("beer", EIGHTIES[4:]),
        *(Special("", (year,)) for year in (1975.0, 1980.0, 1988.0)),
    )
)


def run(panel: Panel, estimator: Estimator, recipe: Recipe = TOBACCO) -> Counterfactual:
    return estimator(cases_of(panel, recipe)[0])


def named(panel: Panel, found: Counterfactual) -> dict[str, float]:
    donors = np.array(panel.units)[~panel.is_treated]
    return dict(zip(donors.tolist(), found.weights.tolist(), strict=True))


def test_the_published_weights_and_gap_of_california_are_reproduced(published_data: Path) -> None:
    panel = proposition_99(published_data)
    found = run(panel, synthetic_control())
    weights = named(panel, found)
    published = {"Utah": 0.334, "Nevada": 0.234, "Montana": 0.199, "Colorado": 0.164, "Connecticut": 0.069}
    for state, weight in published.items():
        assert weights[state] == pytest.approx(weight, abs=0.01)
    assert found.gap[-1] == pytest.approx(-26, abs=1)
    assert found.fit < 1.8


def test_california_ranks_first_of_39(published_data: Path) -> None:
    panel = proposition_99(published_data)
    estimator = synthetic_control(starts=2)
    found = run(panel, estimator)
    tried = placebos(panel, estimator, [found], TOBACCO)
    assert (tried.rank, tried.count) == (1, 39)
    assert tried.p == pytest.approx(1 / 39)


def test_the_published_synthetic_differences_of_california_are_reproduced(published_data: Path) -> None:
    assert run(proposition_99(published_data), synthetic_differences, Recipe()).effect == pytest.approx(
        -15.604, abs=0.005
    )


def test_the_published_estimates_of_kansas_are_reproduced(published_data: Path) -> None:
    plain = run(kansas(published_data), synthetic_control(), Recipe())
    ridge = run(kansas(published_data), augmented_synthetic_control(), Recipe())
    facts = dict(ridge.facts)
    assert plain.effect == pytest.approx(-0.029, abs=5e-4)
    assert ridge.effect == pytest.approx(-0.040, abs=5e-4)
    assert facts["imbalance_synthetic"] == pytest.approx(0.083, abs=5e-4)
    assert facts["imbalance"] == pytest.approx(0.062, abs=5e-4)


def test_the_simulated_factors_and_effect_are_found_as_published(published_data: Path) -> None:
    found = run(factor_simulation(published_data), generalised_synthetic_control(), Recipe(("X1", "X2")))
    assert dict(found.facts)["factors"] == 2
    assert found.effect == pytest.approx(5.544, abs=5e-3)
    np.testing.assert_allclose(found.gap[found.n_pre :], np.arange(1, 11), atol=1.5)


def test_germany_without_its_reunion_would_have_been_richer(published_data: Path) -> None:
    panel = germany(published_data)
    found = run(panel, synthetic_control(), Recipe())
    assert found.gap[-1] == pytest.approx(-3400, abs=300)
    assert named(panel, found)["Austria"] > 0.2
    without = dict(leave_one_out(panel, synthetic_control(), [found], Recipe()))
    assert "Austria" in without
    assert max(without.values()) < 0


def simulated(seed: int, effect: float = 0.0, treated: int = 1, units: int = 25) -> Panel:
    rng = np.random.default_rng(seed)
    factors, loadings = rng.normal(0, 1, (30, 2)).cumsum(axis=0), rng.normal(0, 1, (units, 2))
    outcome = 100 + loadings @ factors.T + rng.normal(0, 0.5, (units, 30))
    starts = np.where(np.arange(units) < treated, 20.0, NEVER)
    outcome[:treated, 20:] += effect
    return Panel(tuple(f"u{i}" for i in range(units)), np.arange(30.0), outcome, starts)


ESTIMATORS = {
    "synthetic": synthetic_control(),
    "demeaned": demeaned_synthetic_control,
    "augmented": augmented_synthetic_control(),
    "generalised": generalised_synthetic_control(),
    "differences": synthetic_differences,
}


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_each_method_finds_a_planted_effect_on_average(name: str) -> None:
    found = [run(simulated(seed, -4.0, treated=3), ESTIMATORS[name], Recipe()).effect for seed in range(15)]
    assert np.mean(found) == pytest.approx(-4.0, abs=0.6)


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_the_path_never_looks_at_the_treated_after_the_start(name: str) -> None:
    calm, shaken = simulated(1), simulated(1, effect=500.0)
    np.testing.assert_allclose(
        run(calm, ESTIMATORS[name], Recipe()).path, run(shaken, ESTIMATORS[name], Recipe()).path, rtol=1e-9
    )


def test_without_a_scheme_the_placebo_interval_holds_zero_as_often_as_it_says() -> None:
    held, small = 0, 0
    for seed in range(100):
        panel = simulated(seed)
        found = run(panel, demeaned_synthetic_control, Recipe())
        tried = placebos(panel, demeaned_synthetic_control, [found], Recipe())
        interval = scaled_interval(found.effect, found.fit, tried.effects, tried.fits)
        assert interval is not None
        held += interval[0] <= 0 <= interval[1]
        small += scaled_p(found.effect, found.fit, tried.effects, tried.fits) <= 0.05
    assert held / 100 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 100)
    assert small == 100 - held, "test and interval agree"


def test_several_waves_count_each_unit_once() -> None:
    panel = simulated(3, units=30)
    starts = np.where(np.arange(30) < 2, 20.0, np.where(np.arange(30) < 3, 25.0, NEVER))
    outcome = panel.outcome - 6.0 * (panel.times >= starts[:, None])
    waves = Panel(panel.units, panel.times, outcome, starts)
    cases = cases_of(waves)
    found = [synthetic_differences(case) for case in cases]
    assert [case.size for case in cases] == [2, 1]
    assert joint_effect(found, cases) == pytest.approx((2 * found[0].effect + found[1].effect) / 3)
    tried = placebos(waves, synthetic_differences, found, Recipe(), draws=50)
    assert tried.count == 51


def test_too_few_placebos_give_no_interval() -> None:
    assert scaled_interval(1.0, 1.0, np.ones(10), np.ones(10)) is None


def test_weights_are_never_negative_and_add_to_one() -> None:
    rng = np.random.default_rng(2)
    weights = simplex_weights(rng.normal(50, 10, 8), rng.normal(50, 10, (8, 30)))
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)


def test_what_has_no_donors_or_no_past_is_refused() -> None:
    with pytest.raises(NotEvaluable, match="two units that never start"):
        cases_of(simulated(1, units=2))
    early = simulated(1)
    with pytest.raises(NotEvaluable, match="two periods before"):
        cases_of(Panel(early.units, early.times, early.outcome, np.where(early.is_treated, 1.0, NEVER)))
    with pytest.raises(NotEvaluable, match="before the start"):
        cases_of(early, Recipe(specials=(Special("", (25.0,)),)))
