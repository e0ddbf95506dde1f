"""Matching on several likenesses at once, among the people within a caliper of one score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from joinedup.methods.matching import NONE, Line, Matches, Pool, Rule
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]

#: People of the scheme whose distances are worked out together.
_BLOCK: Final = 32
#: Nearest controls kept for each person before anybody chooses; whoever finds them all gone looks again.
_KEPT: Final = 16
_EVERY: Final = 8


def whitened(covariates: Floats, treated: Flags) -> Floats:
    """Covariates turned so that straight-line distance is Mahalanobis distance.

    The covariance is that within the two groups, pooled, so that what tells the groups apart is not played down.

    Raises:
        NotEvaluable: covariates that repeat each other.

    Source: Rubin 1980; pooled covariance as in MatchIt.
    """
    n = len(treated)
    pooled = np.zeros((covariates.shape[1],) * 2)
    for group in (treated, ~treated):
        centred = covariates[group] - covariates[group].mean(axis=0)
        pooled += centred.T @ centred
    values, vectors = np.linalg.eigh(pooled / max(n - 2, 1))
    if values.min() <= 1e-12 * max(values.max(), 1e-300):
        raise NotEvaluable("covariates repeat each other; leave one out, or match on propensity")
    turned: Floats = (covariates - covariates.mean(axis=0)) @ (vectors / np.sqrt(values))
    return turned


def match_nearby(pool: Pool, coordinates: Floats, rule: Rule) -> Matches:
    """Match each person of the scheme with the controls nearest in several coordinates, within a caliper of the score.

    Order, rounds, exact groups and ties are as in `matching.match`; the caliper limits the score alone.

    Args:
        coordinates: likenesses in which straight-line distance is meant, for example `whitened`; (N, D).

    Returns:
        The matched sets.

    Source: Rosenbaum and Rubin 1985 (Mahalanobis within propensity calipers).
    """
    line = Line.of(pool)
    search = _Search.of(line, coordinates, rule.reach)
    kept, whole = search.nearest(max(_KEPT, 2 * rule.ratio))
    chosen = kept[:, : rule.ratio] if rule.replace else _choose(line, search, kept, whole, rule)
    return Matches(line.treated, np.where(chosen == NONE, NONE, line.rows[chosen]))


@dataclass(frozen=True, slots=True)
class _Search:
    """Coordinates in the order of the line, and the part of the line within each one's caliper (half-open)."""

    controls: Floats
    own: Floats
    low: Ints
    high: Ints

    @classmethod
    def of(cls, line: Line, coordinates: Floats, reach: float) -> _Search:
        low, high = line.first.copy(), line.last.copy()
        if np.isfinite(reach):
            for first in np.unique(line.first):
                these = line.first == first
                part = line.score[first : line.last[these].max()]
                low[these] = first + np.searchsorted(part, line.own[these] - reach, "left")
                high[these] = first + np.searchsorted(part, line.own[these] + reach, "right")
        return cls(coordinates[line.rows], coordinates[line.treated], low, np.minimum(high, line.last))

    def nearest(self, keep: int) -> tuple[Ints, Flags]:
        """The nearest `keep` controls of each person, and whether these are all there are within the caliper."""
        kept = np.full((len(self.own), keep), NONE, np.int64)
        with threadpool_limits(limits=1, user_api="blas"):  # so thin a product is slower in several threads
            for people, low, rough in self._blocks():
                row, at = np.nonzero(rough <= _bound(rough, keep)[:, None])
                gap = ((self.controls[low + at] - self.own[people[row]]) ** 2).sum(axis=1)
                order = np.lexsort((at, gap, row))  # ties go to the earlier in the line
                row, at = row[order], at[order]
                rank = np.arange(len(row)) - np.searchsorted(row, row, "left")
                near = rank < keep
                kept[people[row[near]], rank[near]] = low + at[near]
        return kept, self.high - self.low <= keep

    def _blocks(self) -> Iterator[tuple[Ints, int, Singles]]:
        """People who stand close together, the start of their part of the line, and rough distances.

        Rough: in single precision and but for each one's own square; infinite outside the caliper.
        """
        order = np.lexsort((self.high, self.low))
        order = order[self.high[order] > self.low[order]]
        square = (self.controls**2).sum(axis=1)
        right = np.vstack([self.controls.T * -2, square]).astype(np.float32)
        left = np.column_stack([self.own, np.ones(len(self.own))]).astype(np.float32)
        space = np.empty(_BLOCK * len(square) if len(order) else 0, np.float32)  # used again by every block
        start = 0
        while start < len(order):
            people = order[start : start + _BLOCK]
            apart = np.flatnonzero(self.low[people] >= self.high[people[0]])
            people = people[: apart[0]] if len(apart) else people
            low, high = int(self.low[people].min()), int(self.high[people].max())
            rough = space[: len(people) * (high - low)].reshape(len(people), high - low)
            np.matmul(left[people], right[:, low:high], out=rough)
            for row, person in zip(rough, people, strict=True):
                row[: self.low[person] - low] = np.inf
                row[self.high[person] - low :] = np.inf
            yield people, low, rough
            start += len(people)

    def look_again(self, person: int, free: Flags) -> int:
        """The nearest control still free within a person's caliper, or `NONE`."""
        low, high = int(self.low[person]), int(self.high[person])
        at = low + np.flatnonzero(free[low:high])
        if not len(at):
            return NONE
        gap = ((self.controls[at] - self.own[person]) ** 2).sum(axis=1)
        return int(at[np.argmin(gap)])


def _bound(rough: Singles, keep: int) -> Singles:
    """A distance for each person within which `keep` controls surely lie: the last of `keep` in every eighth."""
    sample = rough[:, ::_EVERY]
    largest = np.finfo(np.float32).max  # so that what is infinitely far is never within
    if sample.shape[1] < keep:
        return np.full(len(rough), largest)
    bound: Singles = np.minimum(np.partition(sample, keep - 1, axis=1)[:, keep - 1], largest)
    return bound


def _choose(line: Line, search: _Search, kept: Ints, whole: Flags, rule: Rule) -> Ints:
    """Let people choose in turn from their nearest controls; whoever finds all of them gone looks again."""
    free = np.ones(len(line.rows), bool)
    chosen = np.full((len(line.treated), rule.ratio), NONE, np.int64)
    for turn in range(rule.ratio):
        for i in range(len(line.treated)):
            if turn and chosen[i, turn - 1] == NONE:
                continue
            taken = next((at for at in kept[i].tolist() if at != NONE and free[at]), NONE)
            if taken == NONE and not whole[i]:
                taken = search.look_again(i, free)
            chosen[i, turn] = taken
            while taken != NONE and free[taken]:  # the row, and every other row of the same person
                free[taken] = False
                taken = int(line.twin[taken])
    return chosen
