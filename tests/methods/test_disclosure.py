"""Columns pass the same gate as single figures, and nothing hidden can be worked out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.methods.disclosure import ReleasedColumn, derive, release_costs, release_counts, secondary
from joinedup.rules.foundation.disclosure import Policy, Released, Status, release_count, release_derived
from joinedup.rules.foundation.errors import DefinitionError, DisclosureError

NONE = np.array([np.nan])


@given(st.sampled_from([Policy.HES, Policy.SMALL5, Policy.EXACT]), st.lists(st.integers(0, 2000), min_size=1))
def test_a_column_is_released_as_its_figures_would_be(policy: Policy, counts: list[int]) -> None:
    column = release_counts(policy, np.array(counts, float), np.full(len(counts), np.nan))
    for value, hidden, count in zip(column.values, column.hidden, counts, strict=True):
        one = release_count(policy, count)
        assert hidden == (one.status is Status.SUPPRESSED)
        assert one.value is None or value == one.value


def test_hospital_counts_follow_the_published_example() -> None:
    counts = np.array([0, 3, 7, 8, 12, 13, 1048, 1091], float)
    column = release_counts(Policy.HES, counts, np.full(8, np.nan))
    assert column.hidden.tolist() == [False, True, True, False, False, False, False, False]
    assert column.values[[0, 3, 4, 5, 6, 7]].tolist() == [0, 10, 10, 15, 1050, 1090]


def test_many_events_of_few_people_are_hidden() -> None:
    assert release_counts(Policy.HES, np.array([40.0]), np.array([3.0])).hidden.all()


def test_money_about_few_people_is_hidden_and_the_rest_rounded_to_100_pounds() -> None:
    column = release_costs(np.array([1_234_567.0, 500_000.0]), np.array([20.0, 7.0]))
    assert column.values[0] == 1_230_000
    assert column.hidden.tolist() == [False, True]


def test_a_rate_is_hidden_when_a_count_behind_it_is() -> None:
    count = release_counts(Policy.HES, np.array([3.0, 40.0]), np.array([np.nan, np.nan]))
    rate = derive(np.array([1.0, 2.0]), count)
    assert rate.hidden.tolist() == [True, False]
    assert np.isnan(rate.values[0])


def test_a_column_cannot_be_released_past_the_gate() -> None:
    with pytest.raises(DisclosureError):
        ReleasedColumn(np.array([3.0]), np.array([False]), gate=None)
    with pytest.raises(DisclosureError):
        derive(np.array([3.0]))


def test_a_figure_cannot_be_released_past_the_gate() -> None:
    with pytest.raises(DisclosureError):
        Released(3, Status.PUBLISHED, gate=None)
    with pytest.raises(DisclosureError):
        release_derived(0.3)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(DefinitionError):
        release_counts(Policy.HES, np.array([-1.0]), NONE)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=40))
def test_no_group_is_left_with_one_hidden_cell_and_others_shown_above_zero(cells: list[tuple[int, int]]) -> None:
    groups = np.array([group for group, _ in cells])
    counts = np.array([count for _, count in cells], float)
    hidden = secondary(groups, counts, (counts > 0) & (counts < 5))
    for group in set(groups.tolist()):
        inside = groups == group
        others = inside & ~hidden & (counts > 0)
        assert hidden[inside].sum() != 1 or not others.any()
