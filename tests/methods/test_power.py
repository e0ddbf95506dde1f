"""Power is said before a scheme starts, by the formulas of the specification and of published tables."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.power import (
    Ask,
    design_effect,
    detectable_between_clusters,
    detectable_difference,
    detectable_proportion,
    detectable_rate_ratio,
    power_of_rate_ratio,
    years_needed,
)
from joinedup.rules.foundation.errors import DefinitionError


@pytest.mark.parametrize(
    ("n", "phi", "ratio"), [(500, 1, 0.8507), (500, 2, 0.7955), (2_000, 1, 0.922), (5_000, 1, 0.9501)]
)
def test_the_smallest_ratio_that_can_be_shown(n: int, phi: float, ratio: float) -> None:
    assert detectable_rate_ratio(n, 1.2, dispersion=phi) == pytest.approx(ratio, abs=5e-4)


def test_more_controls_help_less_and_less() -> None:
    found = [detectable_rate_ratio(500, 1.2, control_years=500 * k) for k in (1, 3, 5, 1e9)]
    assert found == sorted(found)
    assert found[3] == pytest.approx(np.exp(-2.80158 / np.sqrt(600)), rel=1e-4)


def test_size_and_power_are_the_same_question() -> None:
    years = years_needed(0.95, 1.2, dispersion=1.5)
    assert power_of_rate_ratio(0.95, years, 1.2, dispersion=1.5) == pytest.approx(0.8, abs=1e-3)
    assert detectable_rate_ratio(years, 1.2, dispersion=1.5) == pytest.approx(0.95, abs=1e-4)


def test_a_share_so_small_that_nothing_below_it_can_be_shown() -> None:
    assert detectable_proportion(0.01, 50, 50) == 0.0


def test_clusters_treated_whole_need_a_larger_effect() -> None:
    alone = detectable_difference(1.0, 1_000, 1_000)
    whole = detectable_between_clusters(1.0, (5, 5), 200, 0.02)
    assert whole > 2 * alone
    assert detectable_difference(1.0, 1_000, 1_000, design_effect=design_effect(200, 0.02)) < whole
    assert detectable_between_clusters(1.0, (5_000, 5_000), 1, 0.0) == pytest.approx(
        detectable_difference(1.0, 5_000, 5_000), rel=1e-3
    )


def test_what_covariates_explain_sharpens_a_comparison() -> None:
    assert detectable_difference(1.0, 100, 100, explained=0.75) == pytest.approx(
        detectable_difference(1.0, 100, 100) / 2
    )


def test_impossible_questions_are_refused() -> None:
    for wrong in (lambda: detectable_rate_ratio(0, 1.2), lambda: detectable_proportion(30, 5, 5),
                  lambda: years_needed(1.0, 1.2), lambda: design_effect(10, 2.0), lambda: Ask(power=80),
                  lambda: detectable_between_clusters(1.0, (1, 9), 10, 0.1)):  # fmt: skip
        with pytest.raises(DefinitionError):
            wrong()
