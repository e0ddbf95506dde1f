"""Studies brought together give the answers of metafor on thirteen trials of a vaccine."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.study import Studies, studies_from_counts
from joinedup.methods.synthesis import Replication, leave_one_out, replication, synthesise
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Heterogeneity, Measure

# Colditz 1994: tuberculosis among vaccinated and not (cases, others), and distance from the equator.
TRIALS = np.array([
    [4, 119, 11, 128, 44], [6, 300, 29, 274, 55], [3, 228, 11, 209, 42], [62, 13536, 248, 12619, 52],
    [33, 5036, 47, 5761, 13], [180, 1361, 372, 1079, 44], [8, 2537, 10, 619, 19], [505, 87886, 499, 87892, 13],
    [29, 7470, 45, 7232, 27], [17, 1699, 65, 1600, 42], [186, 50448, 141, 27197, 18], [5, 2493, 3, 2338, 33],
    [27, 16886, 29, 17825, 33],
], float).T  # fmt: skip


def bcg(measure: Measure = Measure.LOG_RR) -> Studies:
    names = tuple(str(i) for i in range(1, 14))
    return studies_from_counts(names, (TRIALS[0], TRIALS[1]), (TRIALS[2], TRIALS[3]), measure)


def test_the_published_pooled_effect_is_reproduced() -> None:
    found = synthesise(bcg())
    assert found.effect.value == pytest.approx(-0.7145, abs=5e-5)
    assert found.effect.se == pytest.approx(0.1798, abs=5e-5)
    assert found.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert found.i2 == pytest.approx(92.22, abs=5e-3)
    assert found.q == pytest.approx(152.2330, abs=5e-5)


@pytest.mark.parametrize(
    ("method", "tau2"),
    [
        (Heterogeneity.DERSIMONIAN_LAIRD, 0.3088), (Heterogeneity.MAXIMUM_LIKELIHOOD, 0.2800),
        (Heterogeneity.PAULE_MANDEL, 0.3181), (Heterogeneity.HEDGES, 0.3286), (Heterogeneity.SIDIK_JONKMAN, 0.3455),
        (Heterogeneity.FIXED, 0.0),
    ],
)  # fmt: skip
def test_every_estimator_gives_its_published_variance_between_studies(method: Heterogeneity, tau2: float) -> None:
    assert synthesise(bcg(), method).tau2 == pytest.approx(tau2, abs=5e-5)


def test_one_true_effect_gives_the_published_answer() -> None:
    found = synthesise(bcg(), Heterogeneity.FIXED)
    assert (found.effect.value, found.effect.se) == pytest.approx((-0.4303, 0.0405), abs=5e-5)


def test_hartung_and_knapps_interval_follows_the_spread_seen() -> None:
    found, studies = synthesise(bcg(), hartung_knapp=True), bcg()
    weights = 1 / (studies.variance + found.tau2)
    seen = (weights * (studies.effect - found.effect.value) ** 2).sum() / 12 / weights.sum()
    assert found.effect.se == pytest.approx(np.sqrt(seen))
    assert found.effect.high == pytest.approx(found.effect.value + 2.178813 * found.effect.se, rel=1e-6)


def test_the_prediction_interval_is_as_published() -> None:
    assert synthesise(bcg()).prediction == pytest.approx((-1.8667, 0.4376), abs=1e-3)


def test_distance_from_the_equator_explains_as_much_as_published() -> None:
    found = synthesise(bcg(), moderators=[("latitude", TRIALS[4])])
    assert found.coefficients[0].value == pytest.approx(0.2515, abs=5e-5)
    assert (found.coefficients[1].value, found.coefficients[1].se) == pytest.approx((-0.0291, 0.0072), abs=5e-5)
    assert found.tau2 == pytest.approx(0.0764, abs=1e-4)
    assert found.prediction is None


def test_odds_ratios_give_the_published_answer_and_risk_differences_that_by_hand() -> None:
    assert synthesise(bcg(Measure.LOG_OR)).effect.value == pytest.approx(-0.7452, abs=5e-5)
    assert bcg(Measure.RISK_DIFFERENCE).effect[0] == pytest.approx(4 / 123 - 11 / 139)


def test_leaving_out_one_site_leaves_the_others() -> None:
    left = leave_one_out(bcg())
    assert [name for name, _ in left] == list(bcg().names)
    assert left[0][1].n == 12
    assert left[0][1].effect.value == pytest.approx(synthesise(bcg().leaving_out(0)).effect.value)


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ([-0.3, -0.31, -0.29, -0.3], Replication.REPLICABLE),
        ([-0.6, -0.05, -0.5, -0.1, -0.4, -0.45], Replication.MIXED),
        ([-0.3, 0.3, 0.1, -0.1], Replication.NOT_SHOWN),
        ([-0.3, -0.3], Replication.TOO_FEW),
    ],
)
def test_an_effect_travels_when_a_new_site_would_see_it(effects: list[float], verdict: Replication) -> None:
    studies = Studies(tuple("abcdef"[: len(effects)]), np.array(effects), np.full(len(effects), 0.05**2))
    assert replication(studies)[0] is verdict


def test_studies_that_say_the_same_are_no_surer_than_their_own_errors() -> None:
    studies = Studies(tuple("abcd"), np.full(4, 1.5), np.full(4, 0.4))
    sure, plain = synthesise(studies, hartung_knapp=True).effect, synthesise(studies).effect
    assert sure.se == pytest.approx(plain.se)
    assert sure.high - sure.low > plain.high - plain.low


def test_an_empty_cell_gets_half_a_case() -> None:
    two = np.array([0.0, 5.0]), np.array([10.0, 5.0])
    made = studies_from_counts(("a", "b"), two, (np.array([5.0, 5.0]), np.array([5.0, 5.0])), Measure.LOG_RR)
    assert made.effect[0] == pytest.approx(np.log((0.5 / 11) / (5.5 / 11)))


def test_studies_that_cannot_be_pooled_say_why() -> None:
    one = np.array([0.1])
    with pytest.raises(NotEvaluable, match="at least two"):
        Studies(("a",), one, one)
    with pytest.raises(NotEvaluable, match="twice"):
        Studies(("a", "a"), np.r_[one, one], np.r_[one, one])
    with pytest.raises(NotEvaluable, match="above zero"):
        Studies(("a", "b"), np.r_[one, one], np.zeros(2))
    with pytest.raises(NotEvaluable, match="missing"):
        Studies(("a", "b"), np.array([np.nan, 1]), np.ones(2))
    with pytest.raises(NotEvaluable, match="coefficients"):
        synthesise(Studies(("a", "b"), np.ones(2), np.ones(2)), moderators=[("x", np.array([0.0, 1]))])
    with pytest.raises(NotEvaluable, match="at least three"):
        leave_one_out(Studies(("a", "b"), np.ones(2), np.ones(2)))
