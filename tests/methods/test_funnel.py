"""Funnel limits give the published reference values."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.funnel import proportion_limits, rate_limits
from joinedup.rules.foundation.errors import DefinitionError


def test_proportion_limits_give_the_reference_values() -> None:
    limits = proportion_limits(0.80642448, [2, 7], multiplier=100)
    assert limits.lower_95 == pytest.approx([25.885383, 51.373565], abs=1e-4)
    assert limits.lower_998 == pytest.approx([0, 34.494842], abs=1e-4)
    assert limits.upper_95 == pytest.approx([100, 100])


@pytest.mark.parametrize(
    ("population", "limit", "which"),
    [
        (2072.984403, 32.15975314, "lower_95"),
        (69.49732367, 959.2695538, "upper_95"),
        (3221.906682, 20.69168143, "lower_998"),
        (13.02722321, 5117.48863, "upper_998"),
    ],
)
def test_rate_limits_give_the_reference_values_at_two_events(population: float, limit: float, which: str) -> None:
    limits = rate_limits(116.1720835, [3 * population])  # three years of data
    assert float(getattr(limits, which)[0]) == pytest.approx(limit, rel=1e-5)


def test_limits_close_in_on_the_average_as_areas_grow() -> None:
    limits = rate_limits(100, [10_000, 100_000, 10_000_000])
    assert np.all(np.diff(limits.lower_998) >= 0)
    assert np.all(np.diff(limits.upper_998) <= 0)
    assert np.all(limits.lower_998 <= limits.lower_95)
    assert np.all(limits.upper_998 >= limits.upper_95)


def test_an_area_without_people_has_no_limits() -> None:
    assert np.isnan(proportion_limits(0.5, [0]).lower_95[0])
    assert np.isnan(rate_limits(100, [0]).upper_95[0])


def test_an_average_that_is_no_proportion_is_refused() -> None:
    with pytest.raises(DefinitionError):
        proportion_limits(1.2, [5])
