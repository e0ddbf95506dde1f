"""Effects by period are held together, fading is measured, and lasting is an interval, not an impression."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.outcome import Comparison, count_effects
from joinedup.methods.period_effect import PeriodEffects, period_effects
from joinedup.methods.persistence import Sustained, after_funding, half_life, persistence
from joinedup.rules.foundation.errors import NotEvaluable


def people(seed: int, logs: np.ndarray, n: int = 3_000) -> tuple[Comparison, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    frailty = np.tile(rng.gamma(2, 0.5, n), 2)
    treated = np.arange(2 * n) < n
    rate = 0.8 * frailty[:, None] * np.exp(np.where(treated[:, None], logs, 0.0))
    return Comparison(treated, np.ones(2 * n), np.tile(np.arange(n), 2)), rng.poisson(rate) * 1.0, np.ones(rate.shape)


def by_period(values: list[float], error: float, *, is_ratio: bool = True) -> PeriodEffects:
    many = len(values)
    return PeriodEffects(tuple(range(many)), np.array(values), np.eye(many) * error**2, is_ratio, (100,) * many, 500.0)


def test_one_period_alone_is_the_effect_of_that_period() -> None:
    compared, events, years = people(1, np.array([-0.3, -0.1]))
    found = period_effects(compared, events, years, (0, 1)).effects()
    alone = count_effects(compared, events[:, 1], years[:, 1], "e=1")[0]
    assert found[1].value == pytest.approx(alone.value)
    assert found[1].se == pytest.approx(alone.se)


def test_periods_of_the_same_people_move_together() -> None:
    compared, events, years = people(1, np.zeros(2), n=800)
    alone = Comparison(compared.treated, compared.weights, np.arange(1_600))
    assert period_effects(alone, events, years, (0, 1)).covariance[0, 1] > 0


def test_periods_before_the_start_show_nothing_where_the_groups_are_alike() -> None:
    compared, events, years = people(3, np.array([0.0, 0.0, -0.4]))
    assert (period_effects(compared, events, years, (-2, -1, 0)).before_start() or 0) > 0.01
    compared, events, years = people(3, np.array([0.3, 0.3, -0.4]))
    assert (period_effects(compared, events, years, (-2, -1, 0)).before_start() or 1) < 0.001


def test_a_period_without_events_is_unknown_not_zero() -> None:
    compared, events, years = people(1, np.zeros(3), n=200)
    events[compared.treated, 1] = 0
    years[:, 2] = 0
    found = period_effects(compared, events, years, (0, 1, 2))
    assert found.periods == (0,)
    assert found.unknown == (1, 2)


def test_a_planted_half_life_comes_back() -> None:
    logs = -0.8 * 0.5 ** (np.arange(12) / 4)
    compared, events, years = people(7, logs, n=4_000)
    found = half_life(period_effects(compared, events, years, range(12)))
    assert found.low < 4 < found.high < 8


def test_an_effect_that_stays_has_no_end_to_its_half_life() -> None:
    assert half_life(by_period([-0.5, -0.52, -0.48, -0.5, -0.51, -0.49], 0.05)).high == np.inf


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([-0.3] * 8, Sustained.SUSTAINED),
        ([-0.3] * 4 + [0.0] * 4, Sustained.FADED),
        ([0.0] * 8, Sustained.NOT_SHOWN),
        ([-0.3] * 7, Sustained.TOO_SOON),
        ([-0.3] * 4 + [0.3] * 4, Sustained.FADED),
        ([0.0] * 4 + [-0.3] * 4, Sustained.SUSTAINED),
    ],
)
def test_lasting_means_that_months_13_to_24_exclude_no_effect(values: list[float], verdict: Sustained) -> None:
    assert persistence(by_period(values, 0.1), 3).verdict is verdict


def test_what_is_left_after_the_money_ends() -> None:
    found = by_period([-2.0] * 4 + [-1.0] * 4, 0.1, is_ratio=False)
    assert after_funding(found, 3).value == pytest.approx(-1.0)
    with pytest.raises(NotEvaluable, match="funding ended"):
        after_funding(found, 7)


def test_nothing_that_could_fade_is_said() -> None:
    with pytest.raises(NotEvaluable, match="no clear effect"):
        half_life(by_period([0.01, -0.02, 0.0, 0.01], 0.1))
    with pytest.raises(NotEvaluable, match="four periods"):
        half_life(by_period([-0.5, -0.4], 0.1))
    with pytest.raises(NotEvaluable, match="fill years"):
        persistence(by_period([-0.5], 0.1), 5)
