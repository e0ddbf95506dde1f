"""How strong something hidden would have to be, in multiples of what is known, by the published example."""

from __future__ import annotations

import math

import numpy as np
import pytest

from joinedup.methods.benchmarking import Strength, strengths
from joinedup.rules.foundation.errors import NotEvaluable

# Cinelli and Hazlett 2020: harm in Darfur and attitudes to peace, being a woman as the yardstick.
ESTIMATE, SE, DF = 0.09731582, 0.02325654, 783
WOMAN = Strength("woman", 0.00907, 0.10934, SE * math.sqrt(DF))


@pytest.mark.parametrize(
    ("times", "scheme", "outcome", "left"),
    [(1, 0.00916, 0.12464, 0.0752), (2, 0.01831, 0.24928, 0.0529), (3, 0.02747, 0.37392, 0.0304)],
)
def test_the_published_bounds_are_reproduced(times: float, scheme: float, outcome: float, left: float) -> None:
    assert WOMAN.hidden(times) == pytest.approx((scheme, outcome), rel=0.02)
    assert ESTIMATE - WOMAN.bias(times) == pytest.approx(left, abs=0.001)


def test_the_multiple_needed_is_where_the_interval_first_holds_nothing() -> None:
    needed = WOMAN.needed(ESTIMATE, SE)
    assert needed is not None
    assert WOMAN.explains(ESTIMATE, SE, needed)
    assert not WOMAN.explains(ESTIMATE, SE, needed - 0.01)
    assert 2 < needed < 3, "published: the interval at twice as strong is clear of nothing, at three times it is not"


def test_something_hidden_without_which_the_estimate_is_right_is_bounded_by_a_twin_of_it() -> None:
    rng = np.random.default_rng(3)
    seen, hidden = rng.normal(size=(2, 40_000))
    own = rng.random(40_000) < 1 / (1 + np.exp(1 - 0.5 * seen - 0.5 * hidden))
    outcome = seen + hidden + rng.normal(size=40_000)
    (known,) = strengths(seen[:, None], ["seen"], own, outcome, np.ones(40_000))
    x = np.column_stack([np.ones(40_000), own, seen])
    biased = float(np.linalg.lstsq(x, outcome, rcond=None)[0][1])
    assert 0.9 * biased < known.bias() < 1.3 * biased


def test_what_does_not_vary_is_no_yardstick() -> None:
    own = np.arange(20) % 2 == 0
    x = np.column_stack([np.ones(20), np.arange(20.0)])
    assert [item.name for item in strengths(x, ["same", "age"], own, np.arange(20.0) ** 2, np.ones(20))] == ["age"]
    with pytest.raises(NotEvaluable, match="too few people"):
        strengths(x[:4], ["same", "age"], own[:4], np.arange(4.0), np.ones(4))
