"""What an unmeasured confounder would have to be, by the published examples of each method."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.effect import Effect
from joinedup.methods.falsification import mortality, negative_controls
from joinedup.methods.outcome import Comparison
from joinedup.methods.rosenbaum import LARGEST, mcnemar_bound, signed_rank_bound, tipping_odds
from joinedup.methods.sensitivity import Confounder, confounder_table, e_value, robustness, without
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

# Morton 1982: lead in the blood of children of exposed workers and of their matched controls (Rosenbaum 2002).
EXPOSED = [
    38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34,
    13, 73, 25, 27,
]  # fmt: skip
CONTROL = [
    16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25,
    16, 13, 11, 13,
]  # fmt: skip
LEAD = np.array(EXPOSED, float) - np.array(CONTROL)


@pytest.mark.parametrize(("odds", "p"), [(2, 0.0018), (3, 0.0136), (4, 0.0388), (4.25, 0.0468), (5, 0.0740)])
def test_the_published_bounds_of_the_lead_study_are_reproduced(odds: float, p: float) -> None:
    assert signed_rank_bound(LEAD, odds) == pytest.approx(p, abs=6e-5)


def test_odds_at_which_a_finding_falls() -> None:
    tipping = tipping_odds(lambda odds: signed_rank_bound(LEAD, odds), 0.05)
    assert 4.25 < tipping < 4.4
    assert tipping_odds(lambda odds: signed_rank_bound(-LEAD, odds)) == 1
    assert tipping_odds(lambda odds: mcnemar_bound(4000, 0, odds)) == LARGEST


@pytest.mark.parametrize(
    ("ratio", "low", "high", "value", "limit"),
    [(3.9, 1.8, 8.7, 7.26, 3.0), (1 / 3.9, 1 / 8.7, 1 / 1.8, 7.26, 3.0), (1.2, 0.9, 1.6, 1.69, 1.0), (1, 1, 1, 1, 1)],
)
def test_the_published_e_value_and_its_mirror(
    ratio: float, low: float, high: float, value: float, limit: float
) -> None:
    found = e_value(ratio, low, high)
    assert (found.value, found.limit) == pytest.approx((value, limit), abs=5e-3)


def test_an_effect_its_interval_reaches_has_no_robustness_left() -> None:
    assert robustness(0.1, 0.1, 50).limit == 0


def test_a_confounder_of_the_size_of_the_effect_explains_it_away() -> None:
    effect = Effect("att", "all", 0.5, "ratio", 0.1, 0.4, 0.6)
    hidden = Confounder(0.0, 0.5, 3.0)
    assert without(effect, hidden).value == pytest.approx(1.0)
    table = confounder_table(effect, [0.1, 0.5], [1.5, 3.0])
    assert len(table) == 4
    assert all(left.value >= effect.value for _, left in table)
    assert confounder_table(Effect("att", "all", 2.0, "ratio"), [0.5], [3.0])[0][1].value == pytest.approx(1.0)


def test_looking_at_many_negative_controls_does_not_find_one_by_chance() -> None:
    many = {f"outcome {i}": Effect("att", "all", 1.0, p=0.04 if i == 0 else 0.5) for i in range(5)}
    assert all(check.has_passed for check in negative_controls(many))
    assert not negative_controls({"alone": Effect("att", "all", 1.0, p=0.04)})[0].has_passed


def test_more_deaths_on_one_side_fail_the_mortality_check() -> None:
    treated = np.arange(4_000) < 2_000
    rng = np.random.default_rng(0)
    same, more = rng.random(4_000) < 0.1, rng.random(4_000) < np.where(treated, 0.05, 0.1)
    compared = Comparison.unmatched(treated)
    assert mortality(compared, same.astype(float), np.ones(4_000)).has_passed
    assert mortality(compared, more.astype(float), np.ones(4_000)).has_passed is False


def test_no_deaths_leave_the_mortality_check_open_and_say_why() -> None:
    check = mortality(Comparison.unmatched(np.arange(4) < 2), np.zeros(4), np.ones(4))
    assert check.has_passed is None
    assert "event" in check.why


def test_impossible_values_are_refused() -> None:
    with pytest.raises(DefinitionError):
        e_value(0.0, 0.0, 1.0)
    with pytest.raises(DefinitionError):
        robustness(1.0, 0.0, 10)
    with pytest.raises(DefinitionError):
        Confounder(1.2, 0.0, 2.0)
    with pytest.raises(DefinitionError):
        signed_rank_bound(LEAD, 0.5)
    with pytest.raises(DefinitionError):
        without(Effect("att", "all", 1.0), Confounder(0.1, 0.0, 2.0))
    with pytest.raises(NotEvaluable):
        signed_rank_bound(np.zeros(3), 1.0)
    with pytest.raises(NotEvaluable):
        mcnemar_bound(0, 0, 1.0)
