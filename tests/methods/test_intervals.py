"""Intervals of proportions, counts and rates give the published reference values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.methods.intervals import UNDEFINED, byar, count, crude_rate, exact_poisson, wilson
from joinedup.rules.foundation.errors import DefinitionError


@pytest.mark.parametrize(
    ("events", "trials", "lower", "upper"),
    [
        (65, 100, 0.552544, 0.736358),
        (1140, 1304, 0.85513, 0.891138),
        (107, 444, 0.20354, 0.282885),
        (1045, 5000, 0.197955, 0.220491),
    ],
)
def test_wilson_gives_the_reference_interval(events: int, trials: int, lower: float, upper: float) -> None:
    share = wilson(events, trials)
    assert (share.lower, share.upper) == pytest.approx((lower, upper), abs=1e-6)


@pytest.mark.parametrize(
    ("events", "confidence", "lower", "upper"),
    [(65, 0.95, 50.163188, 82.849139), (1, 0.95, 0.013072, 5.563756), (10, 0.998, 2.916318, 24.193725)],
)
def test_byar_gives_the_reference_interval(events: int, confidence: float, lower: float, upper: float) -> None:
    interval = byar(events, confidence=confidence)
    assert (interval.lower, interval.upper) == pytest.approx((lower, upper), abs=1e-6)


def test_byar_has_no_lower_end_where_it_would_be_negative() -> None:
    assert byar(1, confidence=0.998).lower is None
    assert byar(0).lower is None


def test_no_event_has_an_exact_upper_end() -> None:
    interval = exact_poisson(0)
    assert interval.lower == 0
    assert interval.upper == pytest.approx(3.688879, abs=1e-6)


def test_a_proportion_of_nothing_is_undefined() -> None:
    assert wilson(0, 0) == UNDEFINED
    assert crude_rate(0, 0) == UNDEFINED


def test_a_numerator_above_its_denominator_is_refused() -> None:
    with pytest.raises(DefinitionError, match="part of the denominator"):
        wilson(3, 2)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_count_that_cannot_be_is_refused(bad: float) -> None:
    with pytest.raises(DefinitionError):
        count(bad)


def test_a_percentage_given_as_confidence_is_refused() -> None:
    with pytest.raises(DefinitionError, match="fraction"):
        wilson(1, 2, confidence=95)


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from([0.95, 0.998]))
def test_every_interval_holds_its_value(events: int, more: int, confidence: float) -> None:
    for estimate in (
        wilson(events, events + more, confidence=confidence),
        crude_rate(events, more, confidence=confidence),
    ):
        assert estimate.value is not None
        assert estimate.upper is not None
        assert (estimate.lower or 0) <= estimate.value + 1e-12
        assert estimate.value <= estimate.upper + 1e-12
