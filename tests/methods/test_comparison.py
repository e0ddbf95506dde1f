"""An area is better or worse only when its interval lies clear of the comparator."""

from __future__ import annotations

import pytest

from joinedup.methods.comparison import Label, Polarity, compare, confidence_for, is_met, tally
from joinedup.methods.intervals import UNDEFINED, Estimate


@pytest.mark.parametrize(
    ("lower", "upper", "polarity", "label"),
    [
        (8, 9, Polarity.LOWER, Label.BETTER),
        (8, 9, Polarity.HIGHER, Label.WORSE),
        (11, 12, Polarity.LOWER, Label.WORSE),
        (11, 12, Polarity.NEUTRAL, Label.HIGHER),
        (8, 9, Polarity.NEUTRAL, Label.LOWER),
        (9, 11, Polarity.LOWER, Label.SIMILAR),
        (10, 11, Polarity.LOWER, Label.SIMILAR),
    ],
)
def test_a_label_follows_from_interval_and_polarity(
    lower: float, upper: float, polarity: Polarity, label: Label
) -> None:
    assert compare(Estimate((lower + upper) / 2, lower, upper), 10, polarity) is label


def test_nothing_is_compared_without_a_figure() -> None:
    assert compare(UNDEFINED, 10, Polarity.LOWER) is Label.NOT_COMPARED
    assert compare(Estimate(1, 0, 2), None, Polarity.LOWER) is Label.NOT_COMPARED


def test_a_list_of_areas_is_compared_at_the_stricter_level() -> None:
    assert confidence_for(150) == 0.998


def test_exceeding_a_target_may_mean_lying_below_it() -> None:
    assert is_met(628, 659, Polarity.LOWER) is True
    assert is_met(82.7, 81.9, Polarity.HIGHER) is True
    assert is_met(1, 2, Polarity.NEUTRAL) is None


def test_a_tally_names_every_label() -> None:
    assert tally([Label.BETTER])[Label.WORSE] == 0
