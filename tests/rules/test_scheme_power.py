"""What a scheme could show is said before it starts, by the same formula as evaluations use."""

from __future__ import annotations

import pytest

from joinedup.methods.power import detectable_rate_ratio
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.power import Planned, people_needed, power_of, smallest_ratio


@pytest.mark.parametrize(
    ("people", "dispersion", "ratio"), [(500, 1, 0.8507), (500, 2, 0.7955), (2_000, 1, 0.922), (5_000, 1, 0.9501)]
)
def test_the_smallest_ratio_that_can_be_shown(people: int, dispersion: float, ratio: float) -> None:
    found = smallest_ratio(Planned(people, 1.2, dispersion))
    assert found == pytest.approx(ratio, abs=5e-4)
    assert found == pytest.approx(detectable_rate_ratio(people, 1.2, dispersion=dispersion), rel=1e-12)


def test_five_hundred_people_cannot_show_five_per_cent() -> None:
    found = power_of(Planned(500, 1.2), 5)
    assert found.can_show is False
    assert found.sentence == (
        "With 500 people it can only show a fall of 14.9% or more; the business case promises 5%: it cannot be shown."
        " 4,973 people would be needed."
    )


def test_as_many_as_are_needed_can_show_it() -> None:
    assert power_of(Planned(people_needed(5, 1.2, 2, 18), 1.2, 2, 18), 5).can_show is True
    assert power_of(Planned(people_needed(5, 1.2) - 1, 1.2), 5).can_show is False


def test_without_a_promise_nothing_is_set_against_it() -> None:
    found = power_of(Planned(500, 1.2))
    assert (found.can_show, found.needed) == (None, None)


@pytest.mark.parametrize("wrong", [{"people": 0}, {"rate": 0}, {"dispersion": -1}, {"months": 0}])
def test_numbers_that_are_not_above_zero_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(DefinitionError):
        Planned(**{"people": 500, "rate": 1.2, **wrong})  # type: ignore[arg-type]


def test_a_fall_of_everything_is_no_fall() -> None:
    with pytest.raises(DefinitionError):
        people_needed(100, 1.2)
