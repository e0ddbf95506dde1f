from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.methods.clustering import CAP, NONE, UNSEEN, Constraints, Identifiers, NodePairs, Pairs, cluster

THRESHOLDS = (1000, 425, 0)


def pairs_of(rows: list[tuple[int, int, int]]) -> Pairs:
    return Pairs(*(np.array([row[i] for row in rows], np.int64) for i in range(3)))


def node_pairs(rows: list[tuple[int, int]]) -> NodePairs:
    return NodePairs(*(np.array([row[i] for row in rows], np.int64) for i in (0, 1)))


def numbers(values: list[int], confirmed: list[bool]) -> Identifiers:
    return Identifiers(np.array(values, np.int64), np.array(confirmed, bool))


def together(labels: list[np.ndarray], level: int = 1) -> list[int]:
    return [int(label) for label in labels[level]]


def test_two_confirmed_numbers_are_never_joined_though_the_names_agree() -> None:
    rules = Constraints([numbers([7, 8], [True, True])])
    labels, _ = cluster(2, pairs_of([(0, 1, 4000)]), THRESHOLDS, rules)
    assert [together(labels, level) for level in range(3)] == [[0, 1], [0, 1], [0, 1]]


def test_two_confirmed_numbers_are_not_joined_through_a_third_record() -> None:
    rules = Constraints([numbers([7, NONE, 8], [True, False, True])])
    labels, _ = cluster(3, pairs_of([(0, 1, 2000), (1, 2, 1900), (0, 2, 1800)]), THRESHOLDS, rules)
    assert together(labels) == [0, 0, 2]


def test_a_lone_unconfirmed_number_may_join_a_confirmed_one() -> None:
    rules = Constraints([numbers([7, 8], [True, False])])
    assert together(cluster(2, pairs_of([(0, 1, 900)]), THRESHOLDS, rules)[0]) == [0, 0]
    both_lone = Constraints([numbers([7, 8], [False, False])])
    assert together(cluster(2, pairs_of([(0, 1, 900)]), THRESHOLDS, both_lone)[0]) == [0, 1]


def test_relations_are_not_chained_by_a_record_that_fits_both() -> None:
    rules = Constraints(relations=node_pairs([(0, 2)]))
    labels, _ = cluster(3, pairs_of([(0, 1, 900), (1, 2, 800)]), THRESHOLDS, rules)
    assert together(labels) == [0, 0, 2]


def test_one_likeness_does_not_chain_two_groups() -> None:
    groups = [(a, b, 1500) for four in (range(4), range(4, 8)) for a, b in combinations(four, 2)]
    labels, _ = cluster(8, pairs_of([*groups, (3, 4, 1100)]), THRESHOLDS)
    assert together(labels) == [0, 0, 0, 0, 4, 4, 4, 4]


def test_a_decision_overrides_numbers_relations_and_doubt() -> None:
    rules = Constraints([numbers([7, 8], [True, True])], relations=node_pairs([(0, 1)]), same=node_pairs([(0, 1)]))
    labels, refused = cluster(2, pairs_of([]), THRESHOLDS, rules)
    assert [together(labels, level) for level in range(3)] == [[0, 0]] * 3
    assert refused == []


def test_decided_different_wins_over_every_weight() -> None:
    rules = Constraints(different=node_pairs([(0, 1)]))
    assert together(cluster(2, pairs_of([(0, 1, 5000)]), THRESHOLDS, rules)[0]) == [0, 1]


def test_a_contradicted_decision_is_left_out_and_told() -> None:
    rules = Constraints(same=node_pairs([(0, 1), (1, 2)]), different=node_pairs([(0, 2)]))
    labels, refused = cluster(3, pairs_of([]), THRESHOLDS, rules)
    assert together(labels) == [0, 0, 2]
    assert refused == [(1, 2)]


NODES = 6
PAIR = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda p: p[0] < p[1])
WEIGHED = st.dictionaries(PAIR, st.integers(-5, 20).map(lambda w: w * 100), max_size=12)
SOME = st.sets(PAIR, max_size=2)
NUMBERS = st.lists(st.tuples(st.integers(NONE, 2), st.booleans()), min_size=NODES, max_size=NODES)


def slow_twin(
    weighed: dict[tuple[int, int], int], carried: list[tuple[int, bool]], apart: set[tuple[int, int]], threshold: int
) -> list[int]:
    """The rule said plainly: sets of nodes, looked through from the start at every pair."""
    sets = [{node} for node in range(NODES)]

    def forbidden(a: set[int], b: set[int]) -> bool:
        if any((min(x, y), max(x, y)) in apart for x in a for y in b):
            return True
        sure = [{carried[n][0] for n in each if carried[n][1]} - {NONE} for each in (a, b)]
        lone = [{carried[n][0] for n in each if not carried[n][1]} - {NONE} for each in (a, b)]
        if all(sure):
            return not sure[0] & sure[1]
        return not any(sure) and all(lone) and not lone[0] & lone[1]

    for (x, y), weight in sorted(weighed.items(), key=lambda item: (-item[1], item[0])):
        if weight < threshold:
            break
        a, b = (next(each for each in sets if node in each) for node in (x, y))
        between = [weighed.get((min(p, q), max(p, q)), UNSEEN) for p in a for q in b]
        if a is b or forbidden(a, b) or sum(max(-CAP, min(CAP, w)) for w in between) <= 0:
            continue
        sets = [each for each in sets if each not in (a, b)] + [a | b]
    return [min(next(each for each in sets if node in each)) for node in range(NODES)]


@settings(max_examples=150, deadline=None)
@given(WEIGHED, NUMBERS, SOME)
def test_clusters_are_those_of_the_plain_twin(
    weighed: dict[tuple[int, int], int], carried: list[tuple[int, bool]], apart: set[tuple[int, int]]
) -> None:
    rules = Constraints(
        [numbers([value for value, _ in carried], [sure for _, sure in carried])],
        relations=node_pairs(sorted(apart)),
    )
    labels, _ = cluster(NODES, pairs_of([(*p, w) for p, w in weighed.items()]), THRESHOLDS, rules)
    for level, threshold in enumerate(THRESHOLDS):
        assert together(labels, level) == slow_twin(weighed, carried, apart, threshold)


@settings(max_examples=60, deadline=None)
@given(WEIGHED, NUMBERS, SOME, st.randoms(use_true_random=False))
def test_the_order_of_pairs_never_matters_and_higher_thresholds_are_finer(
    weighed: dict[tuple[int, int], int], carried: list[tuple[int, bool]], apart: set[tuple[int, int]], random: object
) -> None:
    rows = [(*p, w) for p, w in weighed.items()]
    shuffled = rows[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    rules = Constraints(
        [numbers([value for value, _ in carried], [sure for _, sure in carried])], relations=node_pairs(sorted(apart))
    )
    first, _ = cluster(NODES, pairs_of(rows), THRESHOLDS, rules)
    second, _ = cluster(NODES, pairs_of(shuffled), THRESHOLDS, rules)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    for finer, coarser in ((0, 1), (1, 2)):
        assert all(
            coarse == together(first, coarser)[fine]
            for fine, coarse in zip(together(first, finer), together(first, coarser), strict=True)
        )
