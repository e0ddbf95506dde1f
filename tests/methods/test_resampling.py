"""Few clusters: the lot and the wild bootstrap keep their level and find what is there; overlapping schemes."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.differences import difference_in_differences
from joinedup.methods.honest_bounds import relative_magnitudes, smoothness
from joinedup.methods.resampling import is_few, randomisation, randomised_difference, wild_bootstrap
from joinedup.methods.triple_difference import triple_difference
from joinedup.rules.foundation.errors import NotEvaluable
from tests.methods.test_differences import drawn


def test_few_clusters_are_told_from_many() -> None:
    assert is_few(drawn(1, 0.0, units=40, clusters=10))
    assert not is_few(drawn(1, 0.0, units=40, clusters=40))


def test_the_lot_finds_a_large_effect_and_not_none() -> None:
    def effect(panel: object) -> float:
        return difference_in_differences(panel).effects[0].value  # type: ignore[arg-type]

    assert randomisation(drawn(2, -8.0, clusters=12), effect, draws=99).p <= 0.02
    assert randomisation(drawn(2, 0.0, clusters=12), effect, draws=99).p > 0.05


def test_the_wild_bootstrap_rejects_no_more_than_its_level() -> None:
    rejected = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        label = np.arange(36) % 9
        treated = label < 4
        outcome = rng.normal(0, 1, 9)[label] + rng.normal(0, 1, 36)
        design = np.column_stack([np.ones(36), treated])
        found = wild_bootstrap(outcome, design, 1, label, draws=199, seed=seed)
        rejected += found.p <= 0.05
        assert found.low is None or found.high is None or (found.p <= 0.06) >= (found.low > 0 or found.high < 0)
    assert rejected / 150 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_two_clusters_are_too_few() -> None:
    with pytest.raises(NotEvaluable, match="three clusters"):
        wild_bootstrap(np.arange(4.0), np.eye(4)[:, :2], 1, np.array([0, 0, 1, 1]))


def test_overlapping_schemes_are_told_apart() -> None:
    rng = np.random.default_rng(4)
    treated, other = rng.random(400) < 0.5, rng.random(400) < 0.4
    change = 1 - 2.0 * treated + 3.0 * other - 1.5 * (treated & other) + rng.normal(0, 1, 400)
    found = triple_difference(change, treated, other, np.arange(400))
    assert found.alone.value == pytest.approx(-2.0, abs=0.4)
    assert found.other_alone.value == pytest.approx(3.0, abs=0.4)
    assert found.together.value == pytest.approx(-1.5, abs=0.6)


def test_schemes_that_always_come_together_are_refused() -> None:
    treated = np.arange(20) < 10
    with pytest.raises(NotEvaluable, match="cannot be told apart"):
        triple_difference(np.arange(20.0), treated, treated, np.arange(20))


@pytest.mark.slow
def test_smooth_drift_widens_the_interval() -> None:
    events, values = np.array([-4, -3, -2, 0, 1]), np.array([0.1, -0.1, 0.0, -3.0, -3.2])
    matrix = np.eye(5) * 0.04
    straight, bent = smoothness(events, values, matrix, 0.0), smoothness(events, values, matrix, 0.5)
    assert bent[0] < straight[0] < -3.1 < straight[1] < bent[1]
    assert relative_magnitudes(events, values, matrix).breakdown is not None


def test_the_lot_keeps_its_level_and_its_interval_covers_with_few_clusters() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        treated = np.arange(9) < 4
        change = -2.0 * treated + rng.normal(0, 1, 9)
        found = randomised_difference(change, treated, np.arange(9), np.empty((9, 0)), draws=499, seed=seed)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= -2 <= found.high
    assert abs(covered / 200 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 200)
