"""Standardised rates give the published reference values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.methods.intervals import UNDEFINED
from joinedup.methods.standardisation import direct_rate, expected_events, indirect_ratio
from joinedup.rules.foundation.errors import DefinitionError

ESP2013 = [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500]
ESP2013 += [1000]
EVENTS = [127, 25, 18, 21, 12, 27, 48, 27, 29, 32, 32, 34, 45, 65, 38, 68, 74, 82, 91]
PEOPLE = [636, 558, 609, 543, 384, 594, 669, 843, 660, 576, 606, 522, 426, 273, 300, 288, 153, 123, 207]
# people with one, two, three and four events in each band (test data of PHEindicatormethods)
ONCE = [75, 16, 11, 12, 8, 18, 26, 18, 18, 21, 21, 23, 23, 39, 25, 40, 46, 49, 56]
TWICE = [16, 3, 2, 3, 0, 3, 6, 3, 4, 4, 4, 4, 6, 8, 5, 9, 9, 10, 11]
THRICE = [4, 1, 1, 1, 0, 1, 2, 1, 1, 1, 1, 1, 2, 2, 1, 2, 2, 3, 3]
FOUR = [2, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1]


def test_dobson_gives_the_reference_rate() -> None:
    rate = direct_rate(EVENTS, PEOPLE, ESP2013)
    assert (rate.value, rate.lower, rate.upper) == pytest.approx((10430.24799, 9717.70907, 11178.94092))


def test_repeated_events_of_one_person_widen_the_interval() -> None:
    squares = np.array(ONCE) + 4 * np.array(TWICE) + 9 * np.array(THRICE) + 16 * np.array(FOUR)
    rate = direct_rate(EVENTS, PEOPLE, ESP2013, squared_events=squares)
    assert (rate.value, rate.lower, rate.upper) == pytest.approx((10430.24799147, 9532.94977862, 11373.07483298))


def test_fewer_than_ten_events_give_no_standardised_rate() -> None:
    assert direct_rate([3, 3, 3], [1000, 1000, 1000], [1, 1, 1]) == UNDEFINED


def test_a_stratum_without_people_gives_no_standardised_rate() -> None:
    assert direct_rate([20, 0], [100, 0], [1, 1]) == UNDEFINED


def test_a_stratum_without_weight_plays_no_part_in_the_rate() -> None:
    with_it, without = direct_rate([20, 30, 0], [100, 90, 0], [1, 1, 0]), direct_rate([20, 30], [100, 90], [1, 1])
    assert with_it == without


def test_squares_below_the_events_are_refused() -> None:
    with pytest.raises(DefinitionError, match="squared"):
        direct_rate([20], [100], [1], squared_events=[19])


def test_strata_of_different_length_are_refused() -> None:
    with pytest.raises(DefinitionError, match="same order"):
        direct_rate([20, 30], [100], [1, 1])


@pytest.mark.parametrize(
    ("observed", "expected", "value", "lower", "upper"),
    [
        (895, 835.8835612311743, 107.0723294, 100.1714771, 114.3233287),
        (91, 835.8835612311743, 10.8866838, 8.7650404, 13.3665763),
        (9, 835.8835612311743, 1.0767050, 0.4923381, 2.0439215),
    ],
)
def test_the_indirect_ratio_gives_the_reference_values(
    observed: int, expected: float, value: float, lower: float, upper: float
) -> None:
    ratio = indirect_ratio(observed, expected)
    assert (ratio.value, ratio.lower, ratio.upper) == pytest.approx((value, lower, upper))


def test_nothing_expected_gives_no_ratio() -> None:
    assert indirect_ratio(3, 0) == UNDEFINED
    assert indirect_ratio(3, None) == UNDEFINED


def test_the_reference_itself_is_as_expected() -> None:
    expected = expected_events(PEOPLE, EVENTS, PEOPLE)
    assert indirect_ratio(sum(EVENTS), expected).value == pytest.approx(100)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(50, 500)), min_size=2, max_size=6))
def test_equal_rates_everywhere_standardise_to_that_rate(strata: list[tuple[int, int]]) -> None:
    people = [n for _, n in strata]
    rate = direct_rate([n * 0.5 for n in people], people, [w for w, _ in strata], multiplier=1)
    assert rate.value == pytest.approx(0.5)
