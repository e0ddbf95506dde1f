"""Times to an event give the published hazard ratio and a difference in time."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.outcome import Comparison
from joinedup.methods.survival import hazard_ratio, restricted_mean
from joinedup.rules.foundation.errors import NotEvaluable

# Freireich 1963: weeks of remission of leukaemia, 6-MP against placebo; Cox 1972 analysed it.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [1] * 9 + [0] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def leukaemia() -> tuple[Comparison, np.ndarray, np.ndarray]:
    time = np.array(TREATED + PLACEBO, float)
    return Comparison.unmatched(np.arange(42) < 21), time, np.array(RELAPSED + [1] * 21, bool)


def test_the_published_hazard_ratio_is_reproduced() -> None:
    effect = hazard_ratio(*leukaemia())
    assert np.log(effect.value) == pytest.approx(-1.5721, abs=1e-3)  # R survival, Efron's ties


def test_a_planted_hazard_ratio_is_inside_its_interval_for_unequal_sets() -> None:
    rng = np.random.default_rng(1)
    sets = np.r_[np.arange(600), np.repeat(np.arange(300), 3), np.arange(300, 600)]
    treated = np.arange(len(sets)) < 600
    weights = np.r_[np.ones(600), np.full(900, 1 / 3), np.ones(300)]
    time = rng.exponential(1 / np.where(treated, 0.7, 1.0))
    effect = hazard_ratio(Comparison(treated, weights, sets), np.minimum(time, 2), time < 2)
    assert (effect.low or 9) < 0.7 < (effect.high or 0)


def test_who_left_before_the_first_event_changes_nothing() -> None:
    compared, time, happened = leukaemia()
    effect = hazard_ratio(compared, time, happened)
    more = Comparison.unmatched(np.r_[compared.treated, True, False])
    again = hazard_ratio(more, np.r_[time, 0.5, 0.5], np.r_[happened, False, False])
    assert (again.value, again.se) == pytest.approx((effect.value, effect.se))


def test_restricted_mean_time_by_hand() -> None:
    time, happened = np.array([1.0, 3, 2, 4]), np.array([True, True, True, True])
    effect = restricted_mean(Comparison.unmatched(np.arange(4) < 2), time, happened, 3)
    assert effect.value == pytest.approx((1 + 2 * 0.5) - (2 + 0.5))


def test_a_group_without_events_and_a_horizon_too_far_are_not_evaluable() -> None:
    compared, time, happened = leukaemia()
    with pytest.raises(NotEvaluable, match="event"):
        hazard_ratio(compared, time, happened & ~compared.treated)
    with pytest.raises(NotEvaluable, match="earlier horizon"):
        restricted_mean(compared, time, happened, 30)
