"""Matching gives each person the nearest controls, once, in their group and within the caliper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.methods.matching import NONE, Ints, Matches, Pool, Rule, match
from joinedup.methods.nearby import match_nearby, whitened
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable


def slow_twin(pool: Pool, rule: Rule, coordinates: np.ndarray | None = None) -> Ints:
    """Greedy matching as one would do it by hand."""
    treated = sorted(np.flatnonzero(pool.treated), key=lambda i: (-pool.score[i], pool.key[i]))
    controls = np.full((len(treated), rule.ratio), NONE)
    gone: set[int] = set()
    for turn in range(rule.ratio):
        for at, i in enumerate(treated):
            own = {pool.person[c] for c in controls[at] if c != NONE} if rule.replace else gone
            best = None
            for c in np.flatnonzero(~pool.treated):
                near = abs(pool.score[c] - pool.score[i])
                if pool.person[c] in own or pool.strata[c] != pool.strata[i] or near > rule.reach:
                    continue
                gap = near if coordinates is None else ((coordinates[c] - coordinates[i]) ** 2).sum()
                if best is None or gap < best[0]:
                    best = (gap, c)
            if best is not None:
                controls[at, turn] = best[1]
                gone.add(pool.person[best[1]])
    return controls


def random_pool(seed: int, *, twins: bool = False) -> Pool:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    treated = rng.random(n) < 0.4
    treated[:2] = [True, False]
    person = rng.integers(0, max(n // 2, 2), n) + n * treated if twins else None
    return Pool.of(treated, rng.normal(size=n), rng.integers(0, 3, n), person=person)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([None, 0.2, 1.0]), st.booleans(), st.booleans())
def test_the_fast_matcher_equals_the_slow_one(
    seed: int, ratio: int, caliper: float | None, replace: bool, twins: bool
) -> None:
    pool, rule = random_pool(seed, twins=twins and not replace), Rule(ratio, caliper, replace)
    assert match(pool, rule).controls.tolist() == slow_twin(pool, rule).tolist()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([None, 0.2, 1.0]), st.booleans())
def test_matching_on_several_likenesses_equals_the_slow_one(
    seed: int, ratio: int, caliper: float | None, replace: bool
) -> None:
    pool, rule = random_pool(seed), Rule(ratio, caliper, replace)
    coordinates = np.random.default_rng(seed).normal(size=(len(pool.treated), 3))
    assert match_nearby(pool, coordinates, rule).controls.tolist() == slow_twin(pool, rule, coordinates).tolist()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_order_of_rows_never_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 30
    treated, score, key = rng.random(n) < 0.3, rng.integers(0, 5, n).astype(float), rng.permutation(n)
    treated[:2] = [True, False]
    shuffled = rng.permutation(n)

    def by_key(order: Ints) -> dict[int, list[int]]:
        found = match(Pool.of(treated[order], score[order], key=key[order]), Rule(2, 1.0))
        return {
            int(key[order][t]): [int(key[order][c]) for c in row if c != NONE]
            for t, row in zip(found.treated, found.controls, strict=True)
        }

    assert by_key(np.arange(n)) == by_key(shuffled)


def test_the_wide_search_looks_again_when_the_nearest_are_gone() -> None:
    rng = np.random.default_rng(1)
    treated = np.arange(160) < 60  # sixty people want the same few controls
    pool = Pool.of(treated, np.zeros(160))
    coordinates = np.where(treated[:, None], 0.0, rng.normal(size=(160, 2)))
    found = match_nearby(pool, coordinates, Rule())
    assert found.controls.tolist() == slow_twin(pool, Rule(), coordinates).tolist()


def test_weights_add_up_to_the_people_matched_on_both_sides() -> None:
    found = Matches(np.array([0, 1, 2]), np.array([[3, 4], [5, NONE], [NONE, NONE]]))
    assert found.weights(7).tolist() == [1, 1, 0, 0.5, 0.5, 1, 0]
    assert found.share_matched == pytest.approx(2 / 3)
    rows, sets, weight = found.long()
    assert list(zip(rows.tolist(), sets.tolist(), weight.tolist(), strict=True)) == [
        (0, 0, 1.0), (1, 1, 1.0), (3, 0, 0.5), (4, 0, 0.5), (5, 1, 1.0),
    ]  # fmt: skip


def test_whitened_distance_is_mahalanobis_distance() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)) @ np.array([[2.0, 1, 0], [0, 1, 0.5], [0, 0, 3]])
    treated = np.arange(50) < 20
    pooled = (np.cov(x[treated].T) * 19 + np.cov(x[~treated].T) * 29) / 48
    turned, gap = whitened(x, treated), x[0] - x[1]
    assert ((turned[0] - turned[1]) ** 2).sum() == pytest.approx(gap @ np.linalg.solve(pooled, gap))


def test_nobody_to_compare_with_is_not_evaluable() -> None:
    with pytest.raises(NotEvaluable, match="people who were not"):
        Pool.of(np.array([True, True]), np.zeros(2))
    with pytest.raises(NotEvaluable, match="not a number"):
        Pool.of(np.array([True, False]), np.array([np.nan, 0.0]))
    with pytest.raises(NotEvaluable, match="repeat"):
        whitened(np.ones((6, 2)), np.arange(6) < 3)


def test_an_impossible_rule_is_refused() -> None:
    with pytest.raises(DefinitionError, match="ratio of 0"):
        Rule(0)
    with pytest.raises(DefinitionError, match="caliper"):
        Rule(1, -0.1)
