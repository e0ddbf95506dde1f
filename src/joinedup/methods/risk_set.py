"""Risk sets: on the day a person joins a scheme, who else was there, alive and not in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Presence:
    """When people could be observed, in whole periods (months or days) counted from one origin.

    Attributes:
        entry: first period at risk: registered, of age, with enough history; (N,).
        leaving: period of death, moving away or the end of the data, no longer at risk in it; (N,).
        start: period of joining the scheme, at or after `leaving` for those who never do; (N,).
    """

    entry: Ints
    leaving: Ints
    start: Ints

    def __post_init__(self) -> None:
        if (self.leaving < self.entry).any():
            raise DefinitionError("somebody leaves before they enter; check the dates of the population")

    @property
    def is_treated(self) -> Flags:
        """Who joins the scheme while at risk; (N,)."""
        joins: Flags = (self.start >= self.entry) & (self.start < self.leaving)
        return joins

    def is_at_risk(self, period: int) -> Flags:
        """Who could serve as a control in a period: there, and not in the scheme before its end; (N,).

        Somebody who joins later is a control until then; leaving them out would pick controls by their future.
        """
        there: Flags = (self.entry <= period) & (period < self.leaving) & (self.start > period)
        return there


@dataclass(frozen=True, slots=True)
class IndexDates:
    """People at the dates from which they are followed; one row a person and date.

    Attributes:
        person: position in the population; (R,).
        period: the index date; (R,).
        treated: joined on that date, or was at risk then; (R,).
    """

    person: Ints
    period: Ints
    treated: Flags


def risk_sets(presence: Presence) -> IndexDates:
    """Everybody who joins, and everybody at risk at each date on which somebody joins.

    Match exactly on the period, giving `person` and `period` to the candidates, so that nobody serves twice and dates
    choose in the order of time.

    Raises:
        NotEvaluable: nobody joins.

    Source: Li, Propert and Rosenbaum 2001 (balanced risk set matching).

    >>> found = risk_sets(Presence(np.array([0, 0, 3]), np.array([9, 9, 9]), np.array([2, 99, 99])))
    >>> found.person.tolist(), found.period.tolist(), found.treated.tolist()
    ([0, 1], [2, 2], [True, False])
    """
    joined = _joined(presence)
    people, periods = [joined], [presence.start[joined]]
    for period in np.unique(presence.start[joined]).tolist():
        at_risk = np.flatnonzero(presence.is_at_risk(period))
        people.append(at_risk)
        periods.append(np.full(len(at_risk), period, np.int64))
    person = np.concatenate(people)
    return IndexDates(person, np.concatenate(periods), np.arange(len(person)) < len(joined))


def one_date_each(presence: Presence, seed: int) -> IndexDates:
    """Everybody who joins, and everybody else at one date drawn from those on which somebody joined.

    For populations too large for `risk_sets`: a control's date is drawn in proportion to how many joined on it,
    among the dates at which the control was at risk; who never was is left out.

    Args:
        seed: the same seed gives the same dates, whatever the machine.

    Raises:
        NotEvaluable: nobody joins.
    """
    joined = _joined(presence)
    starts, counts = np.unique(presence.start[joined], return_counts=True)
    before = np.r_[0, np.cumsum(counts)]
    others = np.flatnonzero(~presence.is_treated)
    low = before[np.searchsorted(starts, presence.entry[others], "left")]
    high = before[np.searchsorted(starts, np.minimum(presence.leaving, presence.start)[others], "left")]
    drawn = np.random.default_rng(seed).random(len(others))
    possible = high > low
    pick = low + np.floor(drawn * (high - low)).astype(np.int64)
    period = starts[np.clip(np.searchsorted(before, pick, "right") - 1, 0, len(starts) - 1)]
    person = np.r_[joined, others[possible]]
    return IndexDates(person, np.r_[presence.start[joined], period[possible]], np.arange(len(person)) < len(joined))


def _joined(presence: Presence) -> Ints:
    joined = np.flatnonzero(presence.is_treated)
    if not len(joined):
        raise NotEvaluable("nobody joined the scheme while they could be observed")
    return joined
