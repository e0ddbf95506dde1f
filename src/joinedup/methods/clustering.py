"""Records put together into people: strongest evidence first, and never two who are known to be different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Carried = tuple[frozenset[int], frozenset[int]]

NONE = -1
#: What a pair that was never weighed, or far below even odds, counts when two clusters are put together.
UNSEEN = -200
#: The most that one pair can say for or against putting two clusters together.
CAP = 1500


def _no_ints() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Weighed pairs of nodes, by position in the list of nodes; `left` < `right`, no pair twice.

    Attributes:
        weight: hundredths of a bit.
    """

    left: Ints
    right: Ints
    weight: Ints


@dataclass(frozen=True, slots=True)
class NodePairs:
    """Pairs of nodes without a weight."""

    left: Ints = field(default_factory=_no_ints)
    right: Ints = field(default_factory=_no_ints)

    def within(self, keep: Flags) -> NodePairs:
        """Only the pairs marked."""
        return NodePairs(self.left[keep], self.right[keep])

    def sorted_pairs(self) -> list[tuple[int, int]]:
        """The pairs in order of left, then right."""
        return sorted(zip(self.left.tolist(), self.right.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What each node carries in one system of identifiers (NHS number, pseudonym).

    Attributes:
        value: a code of the identifier, NONE where the node has none.
        is_confirmed: verified, or confirmed by another node. Two clusters with different confirmed values never
            join, nor two with different unconfirmed values; a cluster with a confirmed value may take in a node
            whose different value nothing confirms, because that is how a mistyped number looks.
    """

    value: Ints
    is_confirmed: Flags


@dataclass(frozen=True, slots=True)
class Constraints:
    """What binds beside the weights.

    Attributes:
        identifiers: one for each system of identifiers.
        relations: pairs told apart as twins, father and son and so on; a decision can override them.
        same: pairs that people decided to be one person; they override identifiers and relations.
        different: pairs that people decided to be two; nothing overrides them.
    """

    identifiers: Sequence[Identifiers] = ()
    relations: NodePairs = field(default_factory=NodePairs)
    same: NodePairs = field(default_factory=NodePairs)
    different: NodePairs = field(default_factory=NodePairs)


def cluster(
    n: int, pairs: Pairs, thresholds: Sequence[int], constraints: Constraints | None = None
) -> tuple[list[Ints], list[tuple[int, int]]]:
    """The clusters that stand at each threshold.

    Decided pairs are taken first, then weighed pairs by descending weight, ties by the position of left, then
    right. A pair joins two clusters unless that would break a constraint, or the pairs between the two speak against
    it on the whole: their weights, each at most `CAP` either way and `UNSEEN` where a pair was never weighed, must
    sum to more than zero, so that one likeness does not chain two groups of people together. The clusters at a
    threshold are those that stand when every pair at or above it has been taken: a higher threshold always gives
    finer clusters. The result depends on the sets given, never on their order, and in each connected group on that
    group alone.

    Args:
        n: number of nodes, 0 to n - 1.
        pairs: weighed pairs; those below the lowest threshold join nothing but count in the sums.
        thresholds: descending.
        constraints: what binds beside the weights.

    Returns:
        For each threshold the label of every node (the lowest position in its cluster), and the pairs decided to be
        the same that were left out because they contradict pairs decided to be different.
    """
    rules = constraints or Constraints()
    keep = pairs.weight >= thresholds[-1]
    lefts, rights = np.r_[pairs.left[keep], rules.same.left], np.r_[pairs.right[keep], rules.same.right]
    groups = components(n, lefts, rights)
    held = _groups_in_conflict(groups, rules) | _groups_in_doubt(groups, pairs, rules)
    free, same_free = keep & ~held[groups[pairs.left]], ~held[groups[rules.same.left]]
    labels = []
    for threshold in thresholds:
        use = free & (pairs.weight >= threshold)
        lefts = np.r_[pairs.left[use], rules.same.left[same_free]]
        labels.append(components(n, lefts, np.r_[pairs.right[use], rules.same.right[same_free]]))
    inside = (groups[pairs.left] == groups[pairs.right]) & held[groups[pairs.left]]
    refused = _take_one_by_one(
        labels, Pairs(pairs.left[inside], pairs.right[inside], pairs.weight[inside]), thresholds,
        Constraints(
            rules.identifiers, rules.relations.within(_inside(rules.relations, groups)),
            rules.same.within(~same_free), rules.different.within(_inside(rules.different, groups)),
        ),
    )  # fmt: skip
    return labels, refused


def _groups_in_doubt(groups: Ints, pairs: Pairs, rules: Constraints) -> Flags:
    """Which components hold a pair that nothing speaks for; by label. In the others every join is plain."""
    good = pairs.weight > 0
    left, right = pairs.left[good], pairs.right[good]
    inside = groups[left] == groups[right]
    told = np.bincount(groups[left[inside]], minlength=len(groups))
    size = np.bincount(groups, minlength=len(groups))
    doubt: Flags = told < size * (size - 1) // 2
    doubt[groups[rules.same.left]] |= size[groups[rules.same.left]] > 2
    return doubt


def components(n: int, left: Ints, right: Ints) -> Ints:
    """The lowest position in each node's connected component.

    Args:
        n: number of nodes.
        left, right: positions of the two ends of each pair.

    >>> components(4, np.array([0, 1]), np.array([3, 3])).tolist()
    [0, 0, 2, 0]
    """
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    found = connected_components(graph, directed=False)[1].astype(np.int64)
    lowest = np.empty(n, np.int64)
    lowest[found[::-1]] = np.arange(n)[::-1]  # of several values for one place the last stays: the lowest node
    labels: Ints = lowest[found]
    return labels


def _inside(pairs: NodePairs, groups: Ints) -> Flags:
    inside: Flags = groups[pairs.left] == groups[pairs.right]
    return inside


def _groups_in_conflict(groups: Ints, rules: Constraints) -> Flags:
    """Which components hold two different identifiers of one system, or a forbidden pair; by label."""
    held = np.zeros(len(groups), bool)
    for each in rules.identifiers:
        has = np.flatnonzero(each.value != NONE)
        order = has[np.lexsort((each.value[has], groups[has]))]
        same_group = groups[order[1:]] == groups[order[:-1]]
        differs = each.value[order[1:]] != each.value[order[:-1]]
        held[groups[order[1:]][same_group & differs]] = True
    for forbidden in (rules.relations, rules.different):
        held[groups[forbidden.left[_inside(forbidden, groups)]]] = True
    return held


def _take_one_by_one(
    labels: list[Ints], pairs: Pairs, thresholds: Sequence[int], rules: Constraints
) -> list[tuple[int, int]]:
    """Take the pairs of components in conflict one by one, and write their labels at each threshold."""
    clusters = _Clusters(rules.identifiers, pairs)
    clusters.forbid(rules.different)
    refused = [pair for pair in rules.same.sorted_pairs() if not clusters.join(*pair, is_decided=True)]
    clusters.forbid(rules.relations)
    order = np.lexsort((pairs.right, pairs.left, -pairs.weight))
    lefts, rights, weights = pairs.left[order].tolist(), pairs.right[order].tolist(), pairs.weight[order].tolist()
    nodes = np.unique(np.r_[pairs.left, pairs.right, rules.same.left, rules.same.right])
    at = 0
    for labelled, threshold in zip(labels, thresholds, strict=True):
        while at < len(weights) and weights[at] >= threshold:
            clusters.join(lefts[at], rights[at])
            at += 1
        labelled[nodes] = [clusters.find(node) for node in nodes.tolist()]
    return refused


class _Clusters:
    """Union-find in which each cluster knows its identifiers, what binds it to others, and whom it may not join."""

    def __init__(self, identifiers: Sequence[Identifiers], pairs: Pairs) -> None:
        self.identifiers = identifiers
        self.size: dict[int, int] = {}
        self.bonds: dict[int, dict[int, int]] = {}
        for a, b, weight in zip(pairs.left.tolist(), pairs.right.tolist(), pairs.weight.tolist(), strict=True):
            bond = max(-CAP, min(CAP, weight)) - UNSEEN
            self.bonds.setdefault(a, {})[b] = bond
            self.bonds.setdefault(b, {})[a] = bond
        self.parent: dict[int, int] = {}
        self.carried: dict[int, tuple[Carried, ...]] = {}
        self.foes: dict[int, set[int]] = {}

    def forbid(self, pairs: NodePairs) -> None:
        """Bind pairs apart, except those already in one cluster."""
        for left, right in pairs.sorted_pairs():
            a, b = self.find(left), self.find(right)
            if a != b:
                self.foes.setdefault(a, set()).add(b)
                self.foes.setdefault(b, set()).add(a)

    def find(self, node: int) -> int:
        """The lowest node of a node's cluster."""
        root = node
        while (up := self.parent.get(root, root)) != root:
            root = up
        while node != root:
            self.parent[node], node = root, self.parent[node]
        return root

    def join(self, left: int, right: int, *, is_decided: bool = False) -> bool:
        """Join the clusters of two nodes unless a constraint forbids it; whether they are one now."""
        a, b = sorted((self.find(left), self.find(right)))
        if a == b:
            return True
        ours, theirs = self._carried(a), self._carried(b)
        if b in self.foes.get(a, ()):
            return False
        if not is_decided and not (all(map(_may_meet, ours, theirs)) and self._gain(a, b) > 0):
            return False
        self.parent[b] = a
        self._merge_bonds(a, b)
        self.carried[a] = tuple((x[0] | y[0], x[1] | y[1]) for x, y in zip(ours, theirs, strict=True))
        for foe in self.foes.pop(b, set()):
            self.foes[foe].discard(b)
            self.foes[foe].add(a)
            self.foes.setdefault(a, set()).add(foe)
        return True

    def _gain(self, a: int, b: int) -> int:
        """What the pairs between two clusters say on the whole."""
        return self.bonds.get(a, {}).get(b, 0) + UNSEEN * self.size.get(a, 1) * self.size.get(b, 1)

    def _merge_bonds(self, a: int, b: int) -> None:
        self.size[a] = self.size.get(a, 1) + self.size.pop(b, 1)
        ours = self.bonds.setdefault(a, {})
        ours.pop(b, None)
        for other, bond in self.bonds.pop(b, {}).items():
            if other != a:
                ours[other] = ours.get(other, 0) + bond
                self.bonds[other][a] = ours[other]
                self.bonds[other].pop(b)

    def _carried(self, root: int) -> tuple[Carried, ...]:
        found = self.carried.get(root)
        return found if found is not None else tuple(_own(each, root) for each in self.identifiers)


def _own(identifiers: Identifiers, node: int) -> Carried:
    """A node's confirmed and unconfirmed identifiers."""
    value = int(identifiers.value[node])
    own = frozenset() if value == NONE else frozenset({value})
    return (own, frozenset()) if identifiers.is_confirmed[node] else (frozenset(), own)


def _may_meet(ours: Carried, theirs: Carried) -> bool:
    """Whether two clusters' identifiers in one system let them be one person."""
    for mine, other in zip(ours, theirs, strict=True):
        if mine and other:
            return bool(mine & other)
        if mine or other:
            break
    return True
