"""Cost and effect are resampled together, and money is told apart from capacity."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.cost_effect import CostEffect, Costs, cost_effect
from joinedup.methods.outcome import Comparison
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable


def evaluated(seed: int = 0, *, n: int = 300, saving: float = 100_00.0, programme: float = 50_00.0) -> CostEffect:
    """Pairs in which the scheme saves the hospital's payer money and costs the council a tenth of that."""
    rng = np.random.default_rng(seed)
    treated = np.arange(2 * n) < n
    shared = np.tile(rng.gamma(2, 500_00, n), 2)
    hospital = shared + rng.normal(0, 100_00, 2 * n) - saving * treated
    council = rng.normal(200_00, 20_00, 2 * n) + saving / 10 * treated
    gain = rng.normal(0, 0.1, 2 * n) + 0.05 * treated
    costs = Costs(("nhs", "council"), np.column_stack([hospital, council]), programme, 0.0, (0.2, 1.0))
    return cost_effect(Comparison(treated, np.ones(2 * n), np.tile(np.arange(n), 2)), costs, gain, seed=seed, draws=400)


def test_savings_add_up_over_payers_and_net_is_after_what_the_scheme_cost() -> None:
    found = evaluated()
    assert sum(effect.value for _, effect in found.by_payer) == pytest.approx(found.gross.value)
    assert found.net.value == pytest.approx(found.gross.value - 50_00)
    nhs, council = (effect.value for _, effect in found.by_payer)
    assert nhs > 0 > council
    assert found.cashable.value == pytest.approx(0.2 * nhs + council - 50_00)


def test_intervals_hold_what_was_planted_as_often_as_they_say() -> None:
    held = 0
    for seed in range(100):
        found = evaluated(seed, n=150)
        held += (found.gross.low or 1e9) <= 90_00 <= (found.gross.high or -1e9)
    assert held / 100 == pytest.approx(0.95, abs=3 * 0.022)


def test_pairs_are_resampled_whole() -> None:
    spread = evaluated().gross.se or 0
    assert spread == pytest.approx(100_00 * np.sqrt(2 / 300), rel=0.2)  # not the spread of people's own cost


def test_the_same_seed_gives_the_same_answer() -> None:
    assert (evaluated(3).draws == evaluated(3).draws).all()


def test_a_ratio_is_told_only_where_it_means_something() -> None:
    dominant = evaluated()
    assert dominant.position == "cheaper and better"
    assert dominant.icer is None
    dear = evaluated(programme=500_00.0)
    assert dear.icer == pytest.approx(dear.net_cost / dear.effect.value)


def test_the_curve_rises_with_what_a_gain_is_worth() -> None:
    dear = evaluated(programme=500_00.0)
    chances = [chance for _, chance in dear.acceptability([0.0, 5_000_00.0, 20_000_00.0, 100_000_00.0])]
    assert chances == sorted(chances)
    assert (chances[0], chances[-1]) == (0.0, 1.0)
    benefit = dear.net_benefit(20_000_00.0)
    assert benefit.value == pytest.approx(20_000_00.0 * dear.effect.value - dear.net_cost)


def test_costs_that_carry_no_answer_are_refused() -> None:
    compared = Comparison(np.arange(8) < 4, np.ones(8), np.tile(np.arange(4), 2))
    costs = Costs(("nhs",), np.ones((8, 1)), 0.0, 0.0, (1.0,))
    with pytest.raises(NotEvaluable, match="fewer than ten"):
        cost_effect(compared, costs, np.zeros(8), seed=1)
    with pytest.raises(NotEvaluable, match="missing"):
        cost_effect(compared, costs, np.full(8, np.nan), seed=1)
    with pytest.raises(DefinitionError, match="fraction"):
        Costs(("nhs",), np.ones((8, 1)), 0.0, 0.0, (20.0,))
    with pytest.raises(DefinitionError, match="each payer"):
        Costs(("nhs", "council"), np.ones((8, 1)), 0.0, 0.0, (1.0, 1.0))
