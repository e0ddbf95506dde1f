"""Experience scores, time to an event, models of cost, and what a gain is worth, in evaluations of people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from joinedup.rules.programme.result import Result
from tests.pipeline.test_evaluation_people import people, run

SCORE = """
[[outcomes]]
name = "listened"
kind = "continuous"
role = "experience"
polarity = "{polarity}"
positive_from = {limit}
"""
COST = """
[[outcomes]]
name = "nhs_cost"
kind = "cost"
role = "secondary"
polarity = "lower"
[costs]
programme_cost = 80000.00
performance_payments = 20000.00
cashable_share = 0.2
"""


def evaluated(folder: Path, columns: dict[str, object], more: str, method: str = "matched_cohort") -> Result:
    design = "caliper = 0.2" if method == "matched_cohort" else ""
    return run(folder, columns, method, design=design, more=more)


def test_experience_is_told_in_points_deviations_and_positive_answers(tmp_path: Path) -> None:
    columns, rng = people(), np.random.default_rng(3)
    own = columns["in_scheme"] == 1
    columns["listened"] = np.clip(rng.integers(1, 6, 4_000) + (own & (rng.random(4_000) < 0.5)), 1, 5)
    result = evaluated(tmp_path, columns, SCORE.format(polarity="higher", limit=4))
    found = {(e.estimand, e.scale): e for e in result.estimates if e.outcome == "listened" and e.subgroup == "all"}
    assert set(found) == {("att", "difference"), ("att", "standardised"), ("share_positive", "difference")}
    share = found["share_positive", "difference"]
    assert share.low is not None
    assert share.high is not None
    assert share.low < 0.1 < share.high, "one in ten more answers 4 or 5: half of a fifth"
    row = next(row for row in result.diagnostics["groups"] if row["outcome"] == "listened")
    assert row["mean_low_treated"] < row["mean_treated"] < row["mean_high_treated"]


def test_where_lower_is_better_answers_up_to_the_limit_are_positive(tmp_path: Path) -> None:
    columns, rng = people(), np.random.default_rng(3)
    columns["listened"] = rng.integers(1, 6, 4_000) - 1 * (columns["in_scheme"] == 1)
    result = evaluated(tmp_path, columns, SCORE.format(polarity="lower", limit=2))
    share = next(e for e in result.estimates if e.estimand == "share_positive")
    assert share.value > 0.1
    everybody = evaluated(tmp_path, columns, SCORE.format(polarity="lower", limit=9))
    assert not [e for e in everybody.estimates if e.estimand == "share_positive"], "nothing differs"


@pytest.mark.parametrize("method", ["matched_cohort", "weighting", "regression", "randomised"])
def test_cost_and_effect_are_told_by_every_design_that_compares_people(tmp_path: Path, method: str) -> None:
    columns = people()
    if method == "randomised":
        columns["in_scheme"] = np.random.default_rng(7).integers(0, 2, 4_000)
        columns["age"], columns["prior"] = np.full(4_000, 75.0), np.full(4_000, 1.0)
    cost = evaluated(tmp_path, columns, COST, method).cost
    assert cost["gross"]["low"] < cost["gross"]["value"] < cost["gross"]["high"]
    assert cost["net_of_programme"]["value"] > cost["net"]["value"] > cost["cashable"]["value"] - 1_000
    if method != "randomised":
        assert cost["gross"]["value"] > 0, "fewer admissions at 2,500 pounds each"
        assert cost["gross"]["low"] < 2_500 * 0.4 * 0.9 < 3 * cost["gross"]["high"]


def test_the_worth_of_a_gain_moves_its_chance_and_its_net_benefit(tmp_path: Path) -> None:
    rows = evaluated(tmp_path, people(), COST).cost["acceptability"]
    chances = [row["chance"] for row in rows]
    assert chances == sorted(chances)
    assert rows[-1]["net_benefit"] > rows[0]["net_benefit"]
    for row in rows:
        assert row["low"] <= row["net_benefit"] <= row["high"]


def test_time_to_an_event_holds_those_who_left_early(tmp_path: Path) -> None:
    columns, rng = people(), np.random.default_rng(5)
    own = columns["in_scheme"] == 1
    moved, left = rng.exponential(np.where(own, 4.0, 2.0)), rng.uniform(0.2, 2.0, 4_000)
    columns["in_care_home"], columns["time_home"] = (moved < left).astype(int), np.minimum(moved, left)
    more = '[[outcomes]]\nname = "in_care_home"\nkind = "time_to_event"\nrole = "secondary"\ntime = "time_home"\n'
    result = evaluated(tmp_path, columns, more)
    found = {e.scale: e for e in result.estimates if e.outcome == "in_care_home" and e.subgroup == "all"}
    ratio, gained = found["ratio"], found["difference"]
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < 0.5 < ratio.high, "half the hazard, though most were not followed to the end"
    assert gained.value > 0
