"""Few groups: unequal ones count for fewer, the lot is drawn fast, and trends are tested where nothing else can."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.effect import largest_test
from joinedup.methods.panel import NEVER, Panel
from joinedup.methods.resampling import is_few, randomisation
from joinedup.methods.staggered import Controls, callaway_santanna
from joinedup.pipeline.evaluation.differences import _simple_from_means
from joinedup.rules.foundation.succession import units_of


def panel(units: int = 40, clusters: list[int] | None = None, seed: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    starts = np.full(units, NEVER)
    starts[:8], starts[8:15] = 5.0, 7.0
    outcome = rng.normal(10, 1, (units, 10))
    groups = np.arange(units) if clusters is None else np.array(clusters)
    return Panel(tuple(f"A{i}" for i in range(units)), np.arange(10.0), outcome, starts, groups)


def test_the_effect_from_means_is_that_of_every_wave_and_period() -> None:
    made = panel()
    for anticipation in (0, 2):
        slow = callaway_santanna(made, Controls.NEVER, anticipation=anticipation).effects[0].value
        assert _simple_from_means(made, anticipation) == pytest.approx(slow)


def test_one_large_site_among_many_counts_as_few() -> None:
    even = [*range(15), *range(15, 40)]
    one_large = [*([0] * 8), *range(8, 40)]
    assert not is_few(panel(clusters=even))
    assert is_few(panel(clusters=one_large)), "eight units that decided together weigh more than half"


def test_the_lot_says_how_far_chance_alone_spreads_an_effect() -> None:
    made = panel()
    lot = randomisation(made, lambda drawn: _simple_from_means(drawn, 0), draws=199)
    assert lot.spread == pytest.approx(callaway_santanna(made).effects[0].se, rel=0.35)


def test_the_largest_difference_rejects_as_often_as_it_should_where_figures_outnumber_groups() -> None:
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(100):
        sample = rng.standard_normal((30, 40))  # 30 groups, 40 figures of each
        matrix = np.cov(sample, rowvar=False) / len(sample)
        p = largest_test(sample.mean(axis=0), matrix, df=29, draws=2_000)
        rejected += p is not None and p < 0.05
    assert rejected / 100 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_chains_of_mergers_end_where_nobody_took_over_and_circles_end() -> None:
    assert units_of({"A": "B", "B": "C", "C": None})["A"] == "C"
    assert set(units_of({"A": "B", "B": "A"}).values()) <= {"A", "B"}
