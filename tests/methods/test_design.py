"""Designs are judged on how alike the groups are, on every covariate, before any outcome is seen."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from joinedup.methods.balance import balance, effective_size, overlap, shared_mass
from joinedup.methods.design import USUAL, Acceptance, Recipe, Trial, search
from joinedup.methods.distance import Candidates, Scores, match_by
from joinedup.methods.outcome import Comparison, mean_effect
from joinedup.methods.weighting import entropy_weights, odds_weights
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable
from joinedup.rules.programme.protocol import Likeness
from tests.methods import nsw


def estimate(trial: Trial, people: Candidates, outcome: np.ndarray) -> float:
    assert trial.matches is not None
    rows, sets, weight = trial.matches.long()
    return mean_effect(Comparison(people.treated[rows], weight, sets), outcome[rows]).value


def test_the_experiment_gives_its_published_effect(published_data: Path) -> None:
    _, treated, earnings = nsw.read(published_data / "evaluation" / "nsw_dw.csv")
    effect = mean_effect(Comparison.unmatched(treated), earnings, pooled=True)
    assert (round(effect.value), round(effect.se or 0)) == (1794, 633)


def test_survey_controls_taken_as_they_are_give_the_published_nonsense(published_data: Path) -> None:
    _, treated, earnings = nsw.against_survey(published_data / "evaluation")
    assert round(mean_effect(Comparison.unmatched(treated), earnings).value) == -8498


def test_every_accepted_design_agrees_with_the_experiment(published_data: Path) -> None:
    x, treated, earnings = nsw.against_survey(published_data / "evaluation")
    people = Candidates(x, treated)
    chosen, trials = search(people, Scores.of(people), nsw.COVARIATES, USUAL, Acceptance())
    accepted = [trial for trial in trials if trial.is_accepted]
    assert chosen in accepted
    assert len(accepted) >= 4
    assert all(161 < estimate(trial, people, earnings) < 3428 for trial in accepted)


@pytest.mark.parametrize("kind", ["odds", "entropy"])
def test_weighted_controls_agree_with_the_experiment(published_data: Path, kind: str) -> None:
    x, treated, earnings = nsw.against_survey(published_data / "evaluation")
    logit = Scores.of(Candidates(x, treated)).logit
    weights = odds_weights(logit, treated) if kind == "odds" else entropy_weights(x, treated)
    effect = mean_effect(Comparison(treated, weights, np.arange(len(treated))), earnings)
    assert 161 < effect.value < 3428
    assert weights[~treated].sum() == pytest.approx(treated.sum())


def test_regression_after_matching_agrees_with_the_experiment(published_data: Path) -> None:
    x, treated, earnings = nsw.against_survey(published_data / "evaluation")
    people = Candidates(x, treated)
    rows, sets, weight = match_by(people, Scores.of(people), Likeness.MAHALANOBIS).long()
    effect = mean_effect(Comparison(treated[rows], weight, sets, x[rows]), earnings[rows])
    assert 161 < effect.value < 3428


def test_entropy_weights_meet_every_mean(published_data: Path) -> None:
    x, treated, _ = nsw.against_survey(published_data / "evaluation")
    assert balance(x, treated, entropy_weights(x, treated), nsw.COVARIATES).largest < 1e-6


def test_no_design_takes_an_outcome() -> None:
    assert not {field.name for field in fields(Candidates)} & {"outcome", "outcomes", "y"}


def test_balance_by_hand() -> None:
    x = np.array([[2.0], [4.0], [1.0], [3.0], [9.0]])
    treated = np.array([True, True, False, False, False])
    found = balance(x, treated, np.array([1.0, 1, 1, 1, 0]), ["age"]).rows[0]
    assert found.smd_before == pytest.approx((3 - 13 / 3) / np.sqrt(2))
    assert found.smd_after == pytest.approx((3 - 2) / np.sqrt(2))
    assert found.variance_ratio_after == pytest.approx(1.0)


def test_one_covariate_out_of_balance_is_named_and_refuses_the_design() -> None:
    rng = np.random.default_rng(0)
    treated = np.arange(400) < 200
    x = np.column_stack(
        [rng.normal(size=400) * 0.01 + np.tile(rng.normal(size=200), 2), treated * 0.5 + rng.random(400)]
    )
    found = balance(x, treated, np.ones(400), ["age", "prior use"])
    assert found.unlike() == ("prior use",)
    assert not found.is_accepted()


def test_a_covariate_in_which_nobody_of_the_scheme_varies_still_counts() -> None:
    treated = np.array([True, True, False, False])
    found = balance(np.array([[1.0], [1.0], [0.0], [1.0]]), treated, np.ones(4), ["alone"])
    assert found.rows[0].smd_after > 0.5
    assert found.rows[0].variance_ratio_after is None


def test_effective_size_and_overlap() -> None:
    assert effective_size(np.array([2.0, 1.0, 1.0])) == pytest.approx(16 / 6)
    treated = np.arange(2_000) < 1_000
    score = np.where(treated, 10.0, 0.0) + np.linspace(0, 1, 2_000)
    assert overlap(score, treated) == 0
    assert shared_mass(score, treated) == 0


def test_groups_that_do_not_overlap_cannot_be_weighted() -> None:
    x = np.r_[np.arange(10.0) + 100, np.arange(20.0)][:, None]
    with pytest.raises(NotEvaluable, match="overlap"):
        entropy_weights(x, np.arange(30) < 10)


def test_a_prognostic_distance_without_a_prognosis_is_refused() -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    people = Candidates(x, np.arange(60) < 20)
    with pytest.raises(DefinitionError, match="earlier period"):
        match_by(people, Scores.of(people), Likeness.PROGNOSTIC)


@pytest.mark.parametrize("distance", list(Likeness))
def test_every_distance_brings_the_groups_together(distance: Likeness) -> None:
    rng = np.random.default_rng(3)
    treated = np.arange(900) < 100
    x = rng.normal(size=(900, 2)) + 0.7 * treated[:, None]
    people = Candidates(x, treated, prognosis=x[:, 0] + 0.5 * x[:, 1])
    scores = Scores.of(people)
    found = balance(x, treated, match_by(people, scores, distance).weights(900), ["a", "b"])
    assert found.largest < 0.5 * found.largest_before


def test_an_unmatchable_recipe_says_why_and_is_never_chosen() -> None:
    rng = np.random.default_rng(3)
    treated = np.arange(300) < 50
    people = Candidates(rng.normal(size=(300, 2)), treated, strata=np.where(treated, 1, 0))
    with pytest.raises(NotEvaluable, match="no design"):
        search(people, Scores.of(people), ("a", "b"), [Recipe()], Acceptance())
