"""Whom a pseudonym stands for today, through every merge and split of identities since it was made."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Final

#: A release never changes, so that an answer holds while it is current; a caseload asks for the same people again.
_REMEMBERED: Final = 100_000

Moves = Iterable[tuple[date, int, int]]
Known = Callable[[Collection[int]], Collection[int]]


class Pseudonyms:
    """The merges and splits of a place.

    A pseudonym that still has records stands for its person alone: it hangs on their earliest record, wherever other
    records went. One without records stands for whoever has taken over any of its records since.

    Args:
        moves: day, pseudonym whose records moved, pseudonym they moved to.
        known: of some pseudonyms, those that have records today.
    """

    def __init__(self, moves: Moves, known: Known) -> None:
        self._onward: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
        self._back: defaultdict[int, set[int]] = defaultdict(set)
        self._known = known
        self._today: dict[int, tuple[int, ...]] = {}
        for day, was, became in moves:
            self._onward[was].append((day, became))
            self._back[became].add(was)

    def current(self, person_id: int) -> tuple[int, ...]:
        """Whom a pseudonym stands for today: one person; several after a split; () when nobody."""
        found = self._today.get(person_id)
        if found is None:
            known = set(self._known(self._reached(person_id)))
            found = (person_id,) if person_id in known else tuple(sorted(known))
            if len(self._today) >= _REMEMBERED:
                self._today.clear()
            self._today[person_id] = found
        return found

    def aliases(self, person_id: int) -> frozenset[int]:
        """Every pseudonym that stands for a person of today and for nobody else, that person's own included."""
        today = self.current(person_id)
        if len(today) != 1:
            return frozenset({person_id})
        known = frozenset({today[0]})
        return known | {was for was in self.formers(today[0]) if self.current(was) == today}

    def formers(self, person_id: int) -> frozenset[int]:
        """Every pseudonym under which any record of a person may ever have been, those of others now included."""
        found, waiting = {person_id}, [person_id]
        while waiting:
            fresh = self._back.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return frozenset(found)

    def _reached(self, person_id: int) -> set[int]:
        """Pseudonyms to which records may have moved, each move no earlier than the one before."""
        since = {person_id: date.min}
        waiting = [(date.min, person_id)]
        while waiting:
            day, was = heapq.heappop(waiting)
            for moved, became in self._onward.get(was, ()):
                if moved >= day and moved < since.get(became, date.max):
                    since[became] = moved
                    heapq.heappush(waiting, (moved, became))
        return set(since)
