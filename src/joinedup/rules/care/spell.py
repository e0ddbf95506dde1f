"""Continuous inpatient spells: one stay of one person, across consultants and across hospitals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

_FAR = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class SpellRule:
    """The codes and the gap that decide what one stay is, as data.

    Attributes:
        transfer_days: longest gap in days between leaving one hospital and entering the next.
        transfer_places: sources of admission and destinations on discharge that are another hospital.
        transfer_methods: methods of admission that are a transfer.
        emergency_methods: methods of admission that are an emergency.
        died: destinations on discharge that mean the person died.
        readmission_days: an emergency admission this many days after discharge, or fewer, is a readmission.
    """

    transfer_days: int
    transfer_places: tuple[str, ...]
    transfer_methods: tuple[str, ...]
    emergency_methods: tuple[str, ...]
    died: tuple[str, ...]
    readmission_days: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode under one consultant.

    Attributes:
        event_id: unique over the place.
        provider: hospital trust.
        spell_ref: the provider's own number for the spell; None when it sends none.
        order: position in the spell; 0 when not known.
        start: first day.
        end: last day; None while it lasts.
        method: method of admission.
        source: source of admission.
        destination: destination on discharge.
    """

    event_id: str
    provider: str
    start: date
    end: date | None
    spell_ref: str | None = None
    order: int = 0
    method: str | None = None
    source: str | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """A run of episodes that is one stay, first to last.

    Attributes:
        episodes: in order of start, end, position and event.
    """

    episodes: tuple[Episode, ...]

    @property
    def spell_id(self) -> str:
        """The event id of its first episode."""
        return self.episodes[0].event_id

    @property
    def start(self) -> date:
        """Day of admission."""
        return self.episodes[0].start

    @property
    def end(self) -> date | None:
        """Day of discharge: the latest end; None while the last episode lasts."""
        return None if self.episodes[-1].end is None else max(e.end for e in self.episodes if e.end)

    @property
    def length_of_stay(self) -> int | None:
        """Nights from admission to discharge; None while it lasts."""
        return None if self.end is None else (self.end - self.start).days


def _order(episode: Episode) -> tuple[date, date, int, str]:
    return (episode.start, episode.end or _FAR, episode.order, episode.event_id)


def _stay(episode: Episode) -> tuple[str, str]:
    return (episode.provider, episode.spell_ref or "")


def provider_spells(episodes: Sequence[Episode]) -> tuple[Spell, ...]:
    """Group one person's episodes into stays with one hospital.

    Episodes with the provider's own spell number belong together. Without one, an episode belongs to the stay that
    was still open on the day it began.

    Source: Health Foundation hospital episode pipeline, creating_inpatient_spells (public method).
    """
    spells: list[Spell] = []
    for (_, ref), group in groupby(sorted(episodes, key=lambda e: (*_stay(e), *_order(e))), key=_stay):
        members = list(group)
        spells += [Spell(tuple(members))] if ref else _islands(members)
    return tuple(sorted(spells, key=lambda s: _order(s.episodes[0])))


def _islands(episodes: Sequence[Episode]) -> list[Spell]:
    runs: list[list[Episode]] = []
    until = date.min
    for episode in episodes:
        if runs and episode.start <= until:
            runs[-1].append(episode)
        else:
            runs.append([episode])
        until = max(until, episode.end or _FAR)
    return [Spell(tuple(run)) for run in runs]


def is_transfer(before: Spell, after: Spell, left: date, rule: SpellRule) -> bool:
    """Whether a stay continues the one before it in another hospital.

    It does when it begins no more than the allowed days after the person left, and one of the records says so: the
    destination of the first is a hospital, the source of the second is a hospital, or its method is a transfer.

    Args:
        before: the stay before, in order of start.
        after: the stay that may continue it.
        left: the latest day the person left any earlier stay.
        rule: codes and longest gap.

    Source: Health Foundation hospital episode pipeline, creating_continuous_inpatient_spells (public method).
    """
    said = (
        before.episodes[-1].destination in rule.transfer_places
        or after.episodes[0].source in rule.transfer_places
        or after.episodes[0].method in rule.transfer_methods
    )
    return said and after.start <= left + timedelta(days=rule.transfer_days)


def continuous_spells(episodes: Sequence[Episode], rule: SpellRule) -> tuple[Spell, ...]:
    """Join one person's stays into continuous spells across transfers between hospitals.

    Args:
        episodes: every inpatient episode of one person, in any order.
        rule: codes and longest gap.

    Returns:
        Spells in order of admission; every episode is in exactly one.

    Source: NHS Digital provider spells methodology; Health Foundation pipeline; joinedup specification 3.4.

    >>> rule = SpellRule(2, ("51",), ("81",), ("21",), ("79",), 29)
    >>> a = Episode("a", "RX1", date(2024, 5, 1), date(2024, 5, 3), destination="51")
    >>> b = Episode("b", "RX2", date(2024, 5, 5), date(2024, 5, 9), destination="19")
    >>> [(s.spell_id, s.length_of_stay) for s in continuous_spells([b, a], rule)]
    [('a', 8)]
    """
    runs: list[list[Spell]] = []
    left = date.min
    for stay in provider_spells(episodes):
        if runs and is_transfer(runs[-1][-1], stay, left, rule):
            runs[-1].append(stay)
        else:
            runs.append([stay])
        left = max(left, stay.end or _FAR - timedelta(days=rule.transfer_days))
    return tuple(Spell(tuple(e for stay in run for e in stay.episodes)) for run in runs)


def is_emergency(method: str | None, rule: SpellRule) -> bool:
    """Whether a method of admission is an emergency; a missing method is not.

    >>> is_emergency("2A", SpellRule(2, (), (), ("21", "2A"), (), 29))
    True
    """
    return method in rule.emergency_methods


def is_readmission(discharge: date, admission: date, method: str | None, rule: SpellRule) -> bool:
    """Whether the next spell is an emergency readmission: 0 to 29 days inclusive after discharge, any hospital.

    Source: NHS Digital I02040 readmissions specification v3; joinedup specification 3.4.

    >>> rule = SpellRule(2, (), (), ("21",), (), 29)
    >>> [is_readmission(date(2024, 6, 1), d, "21", rule) for d in (date(2024, 6, 1), date(2024, 6, 30))]
    [True, True]
    >>> is_readmission(date(2024, 6, 1), date(2024, 7, 1), "21", rule)
    False
    """
    return is_emergency(method, rule) and 0 <= (admission - discharge).days <= rule.readmission_days
