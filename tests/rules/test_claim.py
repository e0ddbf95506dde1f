"""A claim stands as not tested until an evaluation with a control group decides it, one way or the other."""

from __future__ import annotations

import pytest

from joinedup.rules.programme.claim import Claimed, ClaimKind, Standing, Unit, standing_of
from joinedup.rules.programme.evaluated import Change, Evaluated, read_evaluated


def falls(percent: int, outcome: str = "admissions") -> Claimed:
    return Claimed(ClaimKind.EFFECT, Unit.PERCENT, -100 * percent, outcome)


def found(value: float, low: float | None, high: float | None, level: int = 4, name: str = "study") -> Evaluated:
    return Evaluated(name, "works", level, "admissions", {"admissions": (value, low, high)}, {})


def saves(pounds: int, people: int | None = 100, *, is_cashable: bool = False) -> Claimed:
    return Claimed(
        ClaimKind.SAVING, Unit.POUNDS, 100 * pounds, people_years=people, is_cashable=is_cashable
    )  # fmt: skip


def costed(verdict: str = "works", **savings: Change) -> Evaluated:
    return Evaluated("study", verdict, 4, "admissions", {"admissions": (-8.0, -12.0, -4.0)}, savings)


def test_a_claim_that_nobody_evaluated_is_claimed_and_not_tested() -> None:
    assert standing_of(falls(35), []).standing is Standing.NOT_TESTED


@pytest.mark.parametrize(
    ("value", "low", "high", "standing", "words"),
    [
        (-4.0, -15.0, 8.0, Standing.CONTRADICTED, "as much as claimed is ruled out"),
        (-20.0, -30.0, -10.0, Standing.CONTRADICTED, "a smaller one"),
        (12.0, 5.0, 20.0, Standing.CONTRADICTED, "it went the other way"),
        (-30.0, -38.0, -21.0, Standing.SUPPORTED, "a fall of 30%"),
        (-50.0, -60.0, -40.0, Standing.SUPPORTED, "a fall of 50%"),
        (-20.0, -50.0, 10.0, Standing.UNDECIDED, "neither the claim nor no effect"),
    ],
)
def test_the_interval_decides(value: float, low: float, high: float, standing: Standing, words: str) -> None:
    judged = standing_of(falls(35), [found(value, low, high)])
    assert (judged.standing, judged.by) == (standing, "study")
    assert words in judged.because
    assert "Claimed is a fall of 35%" in judged.because


def test_a_before_and_after_comparison_tests_nothing() -> None:
    judged = standing_of(falls(35), [found(-35.0, -40.0, -30.0, level=1)])
    assert judged.standing is Standing.NOT_TESTED
    assert "without a control group" in judged.because


def test_a_low_grade_decides_nothing_but_harm() -> None:
    assert standing_of(falls(35), [found(-35.0, -40.0, -30.0, level=2)]).standing is Standing.UNDECIDED
    assert standing_of(falls(35), [found(9.0, 4.0, 14.0, level=2)]).standing is Standing.CONTRADICTED


def test_the_best_grade_that_looked_at_the_outcome_decides_and_of_several_the_last() -> None:
    weak, strong = found(-35.0, -40.0, -30.0, level=3, name="weak"), found(-4.0, -15.0, 8.0, level=4, name="strong")
    other = Evaluated("other", "works", 5, "falls", {"falls": (-9.0, -10.0, -8.0)}, {})
    assert standing_of(falls(35), [strong, other, weak]).by == "strong"
    assert standing_of(falls(35), [other]).because == "No evaluation looked at admissions."
    again = found(-33.0, -45.0, -20.0, level=4, name="again")
    assert standing_of(falls(35), [strong, again]).by == "again"


def test_without_an_interval_or_a_baseline_nothing_is_decided() -> None:
    assert standing_of(falls(35), [found(-35.0, None, None)]).standing is Standing.UNDECIDED
    counted = Claimed(ClaimKind.EFFECT, Unit.ADMISSIONS, -210_00, "admissions")
    assert "no baseline" in standing_of(counted, [found(-35.0, -40.0, -30.0)]).because


def test_a_claim_in_numbers_is_compared_by_its_baseline() -> None:
    counted = Claimed(ClaimKind.EFFECT, Unit.ADMISSIONS, -210_00, "admissions", baseline=600_00)
    assert standing_of(counted, [found(-34.0, -40.0, -28.0)]).standing is Standing.SUPPORTED


def test_what_could_not_be_evaluated_tests_nothing() -> None:
    refused = read_evaluated("study", {"verdict": "not evaluable", "grade": None, "estimates": []})
    assert standing_of(falls(35), [refused]).standing is Standing.NOT_TESTED


@pytest.mark.parametrize(
    ("pounds", "standing"),
    [(10_000, Standing.SUPPORTED), (50_000, Standing.CONTRADICTED)],
)
def test_a_saving_is_compared_a_person(pounds: int, standing: Standing) -> None:
    judged = standing_of(saves(pounds), [costed(gross=(120.0, 40.0, 200.0))])
    assert judged.standing is standing
    assert "a saving of £120 a person" in judged.because


def test_money_to_spend_is_compared_with_what_is_cashable() -> None:
    both = costed(gross=(120.0, 40.0, 200.0), cashable=(-10.0, -60.0, 40.0))
    assert standing_of(saves(10_000), [both]).standing is Standing.SUPPORTED
    assert standing_of(saves(10_000, is_cashable=True), [both]).standing is Standing.CONTRADICTED


def test_an_effect_alone_does_not_show_money() -> None:
    assert "not evaluated" in standing_of(saves(10_000), [costed()]).because
    assert standing_of(saves(10_000), [costed("harm")]).standing is Standing.CONTRADICTED
    assert "for how many people" in standing_of(saves(1, None), [costed(gross=(1.0, 0.0, 2.0))]).because


def test_ratios_become_changes_and_differences_give_way_to_per_cent() -> None:
    row = {"horizon": "all", "subgroup": "all", "low": None, "high": None}
    rows = [
        {**row, "outcome": "days", "scale": "difference", "value": -3.0},
        {**row, "outcome": "days", "scale": "percent", "value": -15.0, "low": -20.0, "high": -9.0},
        {**row, "outcome": "visits", "scale": "ratio", "value": 0.9, "low": 0.8, "high": 1.0},
        {**row, "outcome": "visits", "scale": "ratio", "value": 0.5, "horizon": "e=1"},
    ]
    cost = {"gross": {"value": 9.0, "low": 1.0, "high": 17.0}, "net": None}
    made = read_evaluated("study", {"verdict": "works", "grade": {"level": 3}, "estimates": rows, "cost": cost})
    assert (made.primary, made.level, made.savings) == ("days", 3, {"gross": (9.0, 1.0, 17.0)})
    assert made.changes["days"] == (-15.0, -20.0, -9.0)
    assert made.changes["visits"] == pytest.approx((-10.0, -20.0, 0.0))


def test_a_claim_that_came_true_in_a_scheme_that_harms_says_so() -> None:
    found = Evaluated("team", "harm", 4, "admissions", {"admissions": (-20.0, -30.0, -10.0)}, {})
    judged = standing_of(Claimed(ClaimKind.EFFECT, Unit.PERCENT, -10_00, "admissions"), [found])
    assert judged.standing is Standing.SUPPORTED
    assert judged.because.endswith("the verdict is harm: something else got worse.")
