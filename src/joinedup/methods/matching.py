"""Matching: for each person in the scheme the most similar people who were not, each decided once and for all.

Greedy nearest neighbour on one score, within a caliper and exact groups. People of the scheme choose one after the
other, those with the highest score first because they have the fewest likenesses; with several controls each, all
choose a first one before anybody chooses a second. Ties go to the lower key, so the order of rows never matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Pool:
    """The people to match.

    Attributes:
        treated: who was in the scheme; (N,).
        score: what likeness is measured on, for example the logit of propensity; (N,).
        strata: groups within which likeness is exact, as numbers; (N,). All one group unless given.
        key: settles ties and order, different for every row; (N,). The row's position unless given.
        person: whose row it is; (N,). Where a control occurs at several index dates, taking one takes all.
            The key unless given.
    """

    treated: Flags
    score: Floats
    strata: Ints
    key: Ints
    person: Ints

    @classmethod
    def of(
        cls, treated: Flags, score: Floats, strata: Ints | None = None, key: Ints | None = None,
        person: Ints | None = None,
    ) -> Pool:  # fmt: skip
        """A pool with what is not given filled in.

        Raises:
            NotEvaluable: nobody treated, no controls, or a score that is not a number.
        """
        if not treated.any() or treated.all():
            raise NotEvaluable("matching needs people in the scheme and people who were not")
        if not np.isfinite(score).all():
            raise NotEvaluable("a score is not a number; a covariate is missing or tells treated from controls apart")
        keys = np.arange(len(treated)) if key is None else key
        groups = np.zeros(len(treated), np.int64) if strata is None else strata
        return cls(treated, score, groups, keys, keys if person is None else person)


@dataclass(frozen=True, slots=True)
class Rule:
    """How controls are chosen.

    Attributes:
        ratio: how many controls each person of the scheme gets at most.
        caliper: the largest distance of the score; None for no limit.
        replace: whether a control may serve several people of the scheme.
    """

    ratio: int = 1
    caliper: float | None = None
    replace: bool = False

    def __post_init__(self) -> None:
        if self.ratio < 1:
            raise DefinitionError(f"a ratio of {self.ratio} controls to one was given; use 1 or more")
        if self.caliper is not None and not self.caliper >= 0:
            raise DefinitionError(f"a caliper of {self.caliper} was given; use zero or more, or none")

    @property
    def reach(self) -> float:
        """The largest distance allowed, infinite without a caliper."""
        return np.inf if self.caliper is None else self.caliper


@dataclass(frozen=True, slots=True)
class Matches:
    """Who was matched with whom, by row of the pool.

    Attributes:
        treated: rows of the people of the scheme, in the order in which they chose; (M,).
        controls: rows of their controls, nearest rounds first, `NONE` where none was left; (M, ratio).
    """

    treated: Ints
    controls: Ints

    @property
    def is_matched(self) -> Flags:
        """Which of `treated` got at least one control; (M,)."""
        matched: Flags = self.controls[:, 0] != NONE
        return matched

    @property
    def n_matched(self) -> int:
        """How many people of the scheme got a control."""
        return int(self.is_matched.sum())

    @property
    def share_matched(self) -> float:
        """The part of the people of the scheme who got a control."""
        return self.n_matched / len(self.treated)

    def weights(self, n: int) -> Floats:
        """The weight of each row: one for a matched person, and one shared out among their controls; (n,)."""
        made = np.zeros(n)
        made[self.treated[self.is_matched]] = 1.0
        rows, _, weight = self.control_rows()
        np.add.at(made, rows, weight)
        return made

    def control_rows(self) -> tuple[Ints, Ints, Floats]:
        """One entry for each use of a control: its row, the matched set (the treated row), its weight there."""
        used = self.controls != NONE
        share = 1.0 / np.maximum(used.sum(axis=1), 1)
        set_at, _ = np.nonzero(used)
        return self.controls[used], self.treated[set_at], share[set_at]

    def long(self) -> tuple[Ints, Ints, Floats]:
        """Every use of a row: row, matched set and weight, people of the scheme first, to estimate effects on."""
        own = self.treated[self.is_matched]
        rows, sets, weight = self.control_rows()
        return np.r_[own, rows], np.r_[own, sets], np.r_[np.ones(len(own)), weight]


def match(pool: Pool, rule: Rule) -> Matches:
    """Match each person of the scheme with the nearest controls on the score.

    Args:
        pool: the people.
        rule: ratio, caliper, replacement.

    Returns:
        The matched sets; a person without a control in reach stays in `treated` with `NONE`.

    Source: Ho, Imai, King and Stuart 2011 (MatchIt, method nearest).

    >>> treated = np.array([True, True, False, False, False])
    >>> found = match(Pool.of(treated, np.array([5.0, 4.0, 4.2, 4.9, 0.0])), Rule(caliper=1.0))
    >>> found.treated.tolist(), found.controls.tolist()
    ([0, 1], [[3], [2]])
    """
    line = Line.of(pool)
    chosen = _nearest_again(line, rule) if rule.replace else _nearest_once(line, rule)
    controls = np.where(chosen == NONE, NONE, line.rows[chosen])
    return Matches(line.treated, controls)


@dataclass(frozen=True, slots=True)
class Line:
    """Controls in a row by stratum, score and key, and where each person of the scheme stands in it.

    Attributes:
        rows, score: of the controls, sorted; (C,).
        twin: for each control in the line the next row of the same person, in a ring; itself where there is one.
        treated, own: rows and scores of the people of the scheme, in the order of choosing; (M,).
        first, last: the part of the line in each one's stratum, half-open; (M,).
        place: where each one would stand in the line; (M,).
    """

    rows: Ints
    score: Floats
    twin: Ints
    treated: Ints
    own: Floats
    first: Ints
    last: Ints
    place: Ints

    @classmethod
    def of(cls, pool: Pool) -> Line:
        """Sort a pool."""
        rows, treated = np.flatnonzero(~pool.treated), np.flatnonzero(pool.treated)
        rows = rows[np.lexsort((pool.key[rows], pool.score[rows], pool.strata[rows]))]
        treated = treated[np.lexsort((pool.key[treated], -pool.score[treated]))]
        score, own, group = pool.score[rows], pool.score[treated], pool.strata[rows]
        first = np.searchsorted(group, pool.strata[treated], "left")
        last = np.searchsorted(group, pool.strata[treated], "right")
        place = np.empty(len(treated), np.int64)
        starts, of_start = np.unique(first, return_inverse=True)
        for at in range(len(starts)):  # one search a stratum, in its own part of the line
            these = np.flatnonzero(of_start == at)
            low, high = int(first[these[0]]), int(last[these].max())
            place[these] = low + np.searchsorted(score[low:high], own[these], "left")
        place = np.minimum(place, last)  # a stratum without controls begins where the next one does
        return cls(rows, score, _rings(pool.person[rows]), treated, own, first, last, place)


def _rings(person: Ints) -> Ints:
    """For each position the next one of the same person, in a ring."""
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.r_[True, person[order][1:] != person[order][:-1]])
    ring = np.empty(len(person), np.int64)
    ring[order] = np.roll(order, -1)
    ring[order[np.r_[starts[1:], len(person)] - 1]] = order[starts]
    return ring


def _nearest_once(line: Line, rule: Rule) -> Ints:
    """Positions of the controls taken, each taken once: a union-find on either side skips those already gone."""
    size = len(line.rows)
    up, down = list(range(size + 1)), list(range(size + 1))  # next free at or after; next free at or before, plus one
    score, twin, reach = line.score.tolist(), line.twin.tolist(), rule.reach
    chosen = np.full((len(line.treated), rule.ratio), NONE, np.int64)
    people = list(zip(line.own.tolist(), line.first.tolist(), line.last.tolist(), line.place.tolist(), strict=True))
    waiting = list(range(len(people)))
    for turn in range(rule.ratio):
        still = []
        for i in waiting:
            own, first, last, place = people[i]
            above, below = _root(up, place), _root(down, place) - 1
            gap_above = score[above] - own if above < last else np.inf
            gap_below = own - score[below] if below >= first else np.inf
            if min(gap_above, gap_below) > reach or gap_above == gap_below == np.inf:
                continue  # nobody in reach, and nobody will come back
            taken = below if gap_below < gap_above else above
            chosen[i, turn] = taken
            still.append(i)
            gone = taken
            while up[gone] == gone:  # the row taken, and every other row of the same person
                up[gone], down[gone + 1] = gone + 1, gone
                gone = twin[gone]
        waiting = still
    return chosen


def _root(parent: list[int], at: int) -> int:
    """The representative of a position, halving the path on the way."""
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _nearest_again(line: Line, rule: Rule) -> Ints:
    """Positions of the nearest controls of each person, whoever else has them."""
    window = np.arange(-rule.ratio, rule.ratio)
    at = line.place[:, None] + window[None, :]
    inside = (at >= line.first[:, None]) & (at < line.last[:, None])
    gap = np.abs(line.score[np.clip(at, 0, len(line.score) - 1)] - line.own[:, None])
    gap[~inside | (gap > rule.reach)] = np.inf
    order = np.argsort(gap, axis=1, kind="stable")[:, : rule.ratio]
    found = np.take_along_axis(at, order, axis=1)
    found[~np.isfinite(np.take_along_axis(gap, order, axis=1))] = NONE
    return found
