"""A few cells of the simulation at 50 runs each: intervals hold the truth, nothing is praised, confounding is said."""

from __future__ import annotations

import math

import pytest
from benchmarks.simulation.cells import all_cells
from benchmarks.simulation.tally import run_cell

RUNS = 50
CELLS = {cell.name: cell for cell in all_cells()}
FAIR = (
    "people picked for recent use / matched on propensity, 1:3 / none",
    "people picked for recent use / weighting / none",
    "people chosen by lot / randomised / none",
    "15 of 40 areas, one start / difference in differences / none",
    "25 of 60 areas in three waves / staggered, never treated / none",
    "one series of 72 months, shocks that linger 0.4 / interrupted series / none",
)


def within(share: float, runs: int) -> float:
    """Three Monte Carlo errors of a share."""
    return 3 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize("name", FAIR)
def test_intervals_hold_the_truth_and_nothing_without_effect_is_praised(name: str) -> None:
    for tally in run_cell(CELLS[name], RUNS):
        assert tally.coverage is not None
        assert tally.coverage >= 0.95 - within(0.95, tally.estimated), (tally.outcome, tally.horizon)
        if tally.effect == "none":
            assert tally.favourable <= 0.025 + within(0.025, RUNS), tally.outcome


def test_a_strong_hidden_confounder_is_said_by_outcomes_that_cannot_change() -> None:
    label = "matched on propensity, 1:3, with outcomes that cannot change / none"
    strong = run_cell(CELLS[f"strong hidden confounder, 6,000 people / {label}"], 10)[0]
    assert strong.coverage is not None
    assert strong.coverage < 0.3, "the world is meant to mislead"
    assert strong.warned >= 0.7
    assert strong.praised <= 0.3


def test_before_and_after_shows_a_saving_that_is_not_there_and_praises_nobody() -> None:
    picked = run_cell(CELLS["areas picked at their worst / before after / none"], RUNS)[0]
    assert picked.coverage is not None
    assert picked.coverage < 0.6
    assert picked.favourable == 0
