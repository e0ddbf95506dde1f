"""Propensity is the answer of a full logistic regression, however it is started; prognosis never sees the scheme."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from joinedup.methods import propensity as module
from joinedup.methods.prognosis import prognosis
from joinedup.methods.propensity import propensity
from joinedup.methods.regression import Family
from joinedup.rules.foundation.errors import NotEvaluable


def people(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(50, 20, n), rng.poisson(1.0, n), rng.random(n) < 0.3]).astype(float)
    return x, rng.random(n) < expit(-4 + 0.02 * x[:, 0] + 0.5 * x[:, 1])


def test_propensity_is_that_of_a_published_library() -> None:
    x, treated = people(4_000)
    theirs = sm.Logit(treated.astype(float), sm.add_constant(x)).fit(disp=False)
    ours = propensity(x, treated)
    assert ours.coefficients == pytest.approx(theirs.params, rel=1e-6)
    assert ours.chance == pytest.approx(theirs.predict(), rel=1e-6)


def test_a_first_step_too_far_is_taken_back() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        use = rng.poisson(rng.gamma(0.5, 2.0, 2_000)).astype(float)
        x = np.column_stack([use, np.minimum(use, 4), rng.normal(size=2_000)])
        treated = rng.random(2_000) < expit(-5 + 1.2 * x[:, 1])
        found = propensity(x, treated)
        assert found.chance.sum() == pytest.approx(treated.sum(), rel=1e-6)  # what the likeliest answer always does


def test_a_warm_start_gives_the_same_answer_as_a_cold_one(monkeypatch: pytest.MonkeyPatch) -> None:
    x, treated = people(80_000)
    warm = propensity(x, treated)
    monkeypatch.setattr(module, "_WARM_ABOVE", 10**9)
    cold = propensity(x, treated)
    assert warm.rounds < cold.rounds
    assert warm.coefficients == pytest.approx(cold.coefficients, rel=1e-7)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.c_[np.arange(40.0)], "perfectly"),
        (np.c_[np.ones(40)], "same for everybody"),
        (np.c_[np.r_[np.nan, np.arange(39.0)]], "missing"),
        (np.c_[np.sin(np.arange(40)), 2 * np.sin(np.arange(40))], "repeat"),
    ],
)
def test_what_cannot_be_fitted_is_said(x: np.ndarray, message: str) -> None:
    with pytest.raises(NotEvaluable, match=message):
        propensity(x, np.arange(40) >= 20)


@pytest.mark.parametrize("everybody", [True, False])
def test_one_group_alone_is_not_evaluable(everybody: bool) -> None:
    with pytest.raises(NotEvaluable):
        propensity(np.c_[np.arange(5.0)], np.full(5, everybody))


def test_prognosis_ignores_outcomes_it_may_not_learn_from() -> None:
    x, treated = people(3_000)
    outcome = np.random.default_rng(1).poisson(np.exp(-1 + 0.01 * x[:, 0])).astype(float)
    blinded = np.where(treated, np.nan, outcome)
    score = prognosis(x, blinded, ~treated, Family.COUNT)
    assert np.corrcoef(score, x[:, 0])[0, 1] > 0.9


def test_too_few_to_learn_a_prognosis_from_is_said() -> None:
    x, treated = people(30)
    with pytest.raises(NotEvaluable, match="too few"):
        prognosis(x, np.zeros(30), ~treated, Family.COUNT)
