"""Errors with few units in a group: as wide as they must be, and a test of trends that does not cry wolf."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from joinedup.methods.small_samples import joint_f_test, spread


def test_two_groups_are_compared_as_by_welch() -> None:
    rng = np.random.default_rng(1)
    own, others = rng.normal(0, 3, 5), rng.normal(0, 1, 12)
    n = len(own) + len(others)
    influence = np.r_[(own - own.mean()) * n / 5, -(others - others.mean()) * n / 12]
    found = spread(influence[:, None], np.arange(n), np.repeat([1.0, 0.0], [5, 12]))
    welch = stats.ttest_ind(own, others, equal_var=False)
    assert found.df[0] == pytest.approx(welch.df)
    assert (own.mean() - others.mean()) / found.errors[0] == pytest.approx(welch.statistic)


def test_a_cluster_counts_once() -> None:
    influence = np.array([-2.0, -2, 2, 2, -1, 1])
    twice = spread(influence[:, None], np.array([0, 0, 1, 1, 2, 3]), np.array([1.0, 1, 1, 1, 0, 0]))
    once = spread(np.array([-4.0, 4, -1, 1])[:, None] * 4 / 6, np.arange(4), np.array([1.0, 1, 0, 0]))
    assert twice.matrix[0, 0] == pytest.approx(once.matrix[0, 0])
    assert twice.df[0] == pytest.approx(once.df[0])


def test_five_periods_before_are_tested_at_their_level_with_ten_units_a_side() -> None:
    rng, fired, runs = np.random.default_rng(2), 0, 400
    groups = np.repeat([1.0, 0.0], 10)
    for _ in range(runs):
        drawn = rng.normal(0, 1, (20, 5))
        own, others = drawn[:10].mean(axis=0), drawn[10:].mean(axis=0)
        influence = np.r_[2 * (drawn[:10] - own), -2 * (drawn[10:] - others)]
        p = joint_f_test(own - others, spread(influence, np.arange(20), groups))
        assert p is not None
        fired += p < 0.05
    assert fired / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_what_cannot_be_tested_has_no_p() -> None:
    found = spread(np.eye(4) - 0.25, np.arange(4), np.array([1.0, 1, 0, 0]))
    assert joint_f_test(np.ones(4), found) is None
