"""Difference-in-differences: the published vectors, planted effects, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.differences import contrast, difference_in_differences
from joinedup.methods.panel import NEVER, Panel, set_aside_always_treated
from joinedup.rules.foundation.errors import NotEvaluable


def panel(outcome: list[list[float]], starts: list[float]) -> Panel:
    rows = np.array(outcome, float)
    names = tuple(f"u{i}" for i in range(len(rows)))
    return Panel(names, np.arange(rows.shape[1], dtype=float), rows, np.array(starts, float))


def drawn(seed: int, effect: float, units: int = 40, clusters: int = 40) -> Panel:
    rng = np.random.default_rng(seed)
    label = np.arange(units) % clusters
    starts = np.where(label < clusters // 2, 4.0, NEVER)
    shocks = rng.normal(0, 1, (clusters, 8))[label] + rng.normal(0, 1, (units, 8)) + rng.normal(0, 5, (units, 1))
    outcome = 50 + np.arange(8) + shocks + effect * (np.arange(8) >= 4) * np.isfinite(starts)[:, None]
    return Panel(tuple(map(str, range(units))), np.arange(8.0), outcome, starts, label)


def test_the_worked_example_of_the_specification_is_reproduced() -> None:
    found = difference_in_differences(panel([[220, 210], [205, 214]], [1, NEVER]))
    value = {effect.scale: effect.value for effect in found.effects[:3]}
    assert value["difference"] == pytest.approx(-19.0)
    assert value["percent"] == pytest.approx(-8.30, abs=0.005)
    assert value["ratio"] == pytest.approx(0.914, abs=0.0005)
    assert found.counterfactual == pytest.approx(229)
    assert found.effects[0].low is None, "two units carry no interval"


def test_the_interval_covers_a_planted_effect_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(200):
        effect = difference_in_differences(drawn(seed, -3.0, units=60, clusters=30)).effects[0]
        assert effect.low is not None
        assert effect.high is not None
        hits += effect.low <= -3.0 <= effect.high
    assert abs(hits / 200 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 200)


def test_a_trend_that_parts_before_the_start_is_noticed() -> None:
    made = drawn(3, 0.0)
    tilted = made.outcome + 2.0 * np.arange(8) * made.is_treated[:, None]
    parted = Panel(made.units, made.times, tilted, made.first_treated)
    alike, unlike = difference_in_differences(made).pre_trend_p, difference_in_differences(parted).pre_trend_p
    assert alike is not None
    assert unlike is not None
    assert alike > 0.05 > unlike


def test_covariates_remove_a_difference_that_they_explain() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, 600)
    treated = rng.random(600) < 1 / (1 + np.exp(-x))
    change = 4 * x + 2.0 * treated + rng.normal(0, 1, 600)
    assert contrast(change, treated).value > 4
    assert contrast(change, treated, x[:, None]).value == pytest.approx(2.0, abs=0.3)


def test_covariates_that_tell_the_groups_apart_perfectly_are_refused() -> None:
    treated = np.arange(40) < 20
    with pytest.raises(NotEvaluable, match="perfectly"):
        contrast(np.arange(40.0), treated, treated[:, None].astype(float))


@pytest.mark.parametrize(
    ("outcome", "starts", "words"),
    [
        ([[1, 2], [1, 2]], [1, 1], "no controls"),
        ([[1, 2, 3], [1, 2, 3], [1, 2, 3]], [1, 2, NEVER], "different times"),
        ([[1, np.nan], [1, 2]], [1, NEVER], "gap is not a zero"),
        ([[0, 0], [0, 0]], [1, NEVER], "zero for every unit"),
        ([[1], [2]], [0, NEVER], "one period"),
        ([[1, 2], [1, 2]], [NEVER, NEVER], "ever treated"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_its_reason(
    outcome: list[list[float]], starts: list[float], words: str
) -> None:
    with pytest.raises(NotEvaluable, match=words):
        difference_in_differences(panel(outcome, starts))


def test_a_unit_treated_before_the_data_begin_is_set_aside() -> None:
    kept, aside = set_aside_always_treated(panel([[1, 2], [1, 2], [1, 3]], [0, 1, NEVER]))
    assert (kept.units, aside) == (("u1", "u2"), ("u0",))
    with pytest.raises(NotEvaluable, match="before the data begin"):
        set_aside_always_treated(panel([[1, 2], [1, 3]], [0, NEVER]))
