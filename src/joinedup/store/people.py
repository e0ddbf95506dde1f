"""People as the current release knows them: found and opened only with a grant that an audited action made."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from joinedup.rules.care.circle import Circle, circle_of_support
from joinedup.rules.care.identity import Identity
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import ReleaseError
from joinedup.rules.foundation.period import Period
from joinedup.store import people_care, people_household, people_identified
from joinedup.store.people_facts import PeopleFacts, open_people
from joinedup.store.people_grants import CompareGrant, PersonGrant, PersonQuery, SearchGrant, checked
from joinedup.store.people_shown import (
    Changes,
    CostShown,
    DelayShown,
    Diagnosis,
    Found,
    HouseholdAgency,
    HouseholdMember,
    HouseholdShown,
    Identified,
    PackageShown,
    PairToReview,
    SourceAsAt,
    SymptomShown,
)
from joinedup.store.release import current_release
from joinedup.store.timelines import TimelineEvent, touch_of

__all__ = [
    "Changes",
    "CompareGrant",
    "CostShown",
    "DelayShown",
    "Diagnosis",
    "Found",
    "HouseholdAgency",
    "HouseholdMember",
    "HouseholdShown",
    "Identified",
    "Identity",
    "PackageShown",
    "PairToReview",
    "People",
    "PersonGrant",
    "PersonQuery",
    "SearchGrant",
    "SourceAsAt",
    "SymptomShown",
]


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    """The record of a grant as one release tells it, what must stay closed set apart.

    Attributes:
        records: record keys of the person.
        events: what may be shown of their timeline.
        closed: ids of the events that stay closed.
        closed_records: records that tell of nothing else, whose very existence would give it away.
    """

    facts: PeopleFacts
    grant: PersonGrant
    records: tuple[int, ...]
    events: tuple[TimelineEvent, ...]
    closed: frozenset[str]
    closed_records: frozenset[int]


class _Latest(threading.local):
    """What this thread opened last: a page reads one record in ten ways."""

    opened: _Opened | None = None


class People:
    """Reads people of a place's current release; safe to share between threads.

    Every read of something identifiable takes a grant and gives a `Confided` value under the grant's row in the trace.

    Args:
        folder: the place's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._facts: PeopleFacts | None = None
        self._latest = _Latest()

    def refresh(self) -> None:
        """Turn to the current release if it is another one than before.

        Raises:
            ReleaseError: there is no release, it knows no people, or it is damaged; the message says what to do.
        """
        with self._lock:
            if self._facts is None or self._facts.release != current_release(self._folder):
                self._facts = open_people(self._folder)

    def current(self, person_id: int) -> tuple[int, ...]:
        """Whom a pseudonym stands for today: one person; several after a split; () when it never stood for anybody.

        A pseudonym that still has records stands for that person alone, whatever was split off.
        """
        return self._open().pseudonyms.current(person_id)

    def aliases(self, person_id: int) -> frozenset[int]:
        """Every pseudonym that stands for a person of today and nobody else, that person's own included.

        What was recorded under any of them was recorded about this person.
        """
        return self._open().pseudonyms.aliases(person_id)

    def formers(self, person_id: int) -> frozenset[int]:
        """Every pseudonym under which any of a person's records ever was, even those that stand for others now.

        More than `aliases`: what protects a person (a restricted address, an objection) must follow their records
        through a split, while what opens a record must not.
        """
        return self._open().pseudonyms.formers(person_id)

    def search(self, grant: SearchGrant, query: PersonQuery) -> Confided[tuple[Found, ...]]:
        """At most twenty people who fit an NHS number, or a surname with a date of birth or postcode, best first.

        Names may be misspelt, short or swapped, a date's day and month swapped, one digit or letter wrong.

        Raises:
            UsageError: there is too little to search by, or what is given as a number is none.
        """
        checked(grant, SearchGrant)
        return Confided(people_identified.search(self._open(), grant, query), audit_id=grant.audit_id)

    def names(self, grant: SearchGrant, person_ids: Collection[int]) -> Confided[tuple[Found, ...]]:
        """Who some people of today are, each as a search shows them; the row of the grant names everybody shown.

        People whom the release does not describe are left out.
        """
        checked(grant, SearchGrant)
        return Confided(people_identified.names(self._open(), grant, person_ids), audit_id=grant.audit_id)

    def who(self, grant: PersonGrant) -> Confided[Identified]:
        """Who the person of a grant is.

        Raises:
            UsageError: the release does not know them.
        """
        opened = self._opened(grant)
        who = people_identified.identified(opened.facts, grant, opened.closed_records)
        return Confided(who, audit_id=grant.audit_id)

    def sources(self, grant: PersonGrant) -> Confided[tuple[SourceAsAt, ...]]:
        """The sources that hold something of the person, each with the day it was last received, by label."""
        opened = self._opened(grant)
        told_by = (row.source for row in people_identified.records(opened.facts, grant, opened.closed_records))
        closed = opened.facts.sensitive.sources(grant.hidden)
        found = people_care.sources(opened.facts, told_by, opened.events, closed)
        return Confided(found, audit_id=grant.audit_id)

    def timeline(self, grant: PersonGrant) -> Confided[tuple[TimelineEvent, ...]]:
        """Everything that happened to the person, oldest first; payers are left out where the grant shows no costs."""
        return Confided(self._opened(grant).events, audit_id=grant.audit_id)

    def circle(self, grant: PersonGrant, window: Period) -> Confided[Circle]:
        """The services, organisations and payers that touch the person in a window."""
        circle = circle_of_support((touch_of(event) for event in self._opened(grant).events), window)
        return Confided(circle, audit_id=grant.audit_id)

    def conditions(self, grant: PersonGrant) -> Confided[tuple[Diagnosis, ...]]:
        """Long-term conditions, by label."""
        opened = self._opened(grant)
        return Confided(people_care.conditions(opened.facts, opened.records, grant), audit_id=grant.audit_id)

    def delays(self, grant: PersonGrant) -> Confided[tuple[DelayShown, ...]]:
        """Waits in a hospital bed after the person was ready to leave, the latest first."""
        opened = self._opened(grant)
        return Confided(people_care.delays(opened.facts, grant.person_id, opened.closed), audit_id=grant.audit_id)

    def packages(self, grant: PersonGrant) -> Confided[tuple[PackageShown, ...]]:
        """Care packages and placements, open ones first."""
        opened = self._opened(grant)
        return Confided(people_care.packages(opened.facts, grant, opened.closed), audit_id=grant.audit_id)

    def symptoms(self, grant: PersonGrant) -> Confided[tuple[SymptomShown, ...]]:
        """The six symptoms of fragmented care, each with how often it showed; those that never did count 0."""
        opened = self._opened(grant)
        return Confided(people_care.symptoms(opened.facts, grant.person_id, opened.closed), audit_id=grant.audit_id)

    def costs(self, grant: PersonGrant) -> Confided[tuple[CostShown, ...]]:
        """What the person's care cost, by payer, setting and financial year.

        Raises:
            DisclosureError: the grant shows no costs.
        """
        opened = self._opened(grant)
        return Confided(people_care.costs(opened.facts, grant, opened.records), audit_id=grant.audit_id)

    def household(self, grant: PersonGrant) -> Confided[HouseholdShown | None]:
        """Who lives with the person today and the agencies round them; None where that is not known or hidden."""
        opened = self._opened(grant)
        found = people_household.household(opened.facts, grant, opened.closed_records)
        return Confided(found, audit_id=grant.audit_id)

    def records(self, grant: PersonGrant) -> Confided[tuple[Identity, ...]]:
        """Each version of each record of the person as its source tells it."""
        opened = self._opened(grant)
        found = people_identified.records(opened.facts, grant, opened.closed_records)
        return Confided(found, audit_id=grant.audit_id)

    def changed_since(self, person_ids: Collection[int], day: date) -> Mapping[int, Changes]:
        """What came in about some people after a day: how many events, and when the last; pseudonyms only."""
        return people_care.changes(self._open(), list(person_ids), day)

    def review_pairs(self, limit: int, offset: int = 0) -> tuple[PairToReview, ...]:
        """Pairs of records for somebody to decide, the likeliest first; pseudonyms only."""
        return people_care.review_pairs(self._open(), limit, offset)

    def compare(self, grant: CompareGrant, record_l: int, record_r: int) -> Confided[tuple[Identity, Identity]]:
        """Two records side by side, as they describe their people now.

        Raises:
            UsageError: the release does not describe both.
        """
        checked(grant, CompareGrant)
        return Confided(people_identified.compare(self._open(), grant, record_l, record_r), audit_id=grant.audit_id)

    def _open(self) -> PeopleFacts:
        if self._facts is None:
            self.refresh()
        if self._facts is None:
            raise ReleaseError("no release has been opened; call refresh() first")
        return self._facts

    def _opened(self, grant: PersonGrant) -> _Opened:
        """The record of a grant, read once for all that a page asks of it."""
        checked(grant, PersonGrant)
        facts, latest = self._open(), self._latest.opened
        if latest is not None and latest.facts is facts and latest.grant == grant:
            return latest
        records = facts.records_of(grant.person_id)
        shown, closed = facts.sensitive.split(facts.timelines.events(records), grant.hidden)
        open_records = {event.record_key for event in shown}
        self._latest.opened = _Opened(
            facts=facts,
            grant=grant,
            records=records,
            events=shown if grant.shows_costs else tuple(replace(event, payer=None) for event in shown),
            closed=frozenset(event.event_id for event in closed),
            closed_records=frozenset(event.record_key for event in closed if event.record_key not in open_records),
        )
        return self._latest.opened
