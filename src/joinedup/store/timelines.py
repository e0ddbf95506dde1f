"""One person's timeline, read in milliseconds, and only with a grant of access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

from joinedup.rules.care.circle import Circle, Touch, circle_of_support
from joinedup.rules.care.package import WEEKLY_FACTORS
from joinedup.rules.foundation.period import Period
from joinedup.store.connection import Row, read_files

#: Files of the base; a record lies in the file of its key's remainder.
_BUCKETS: Final = 32

_COLUMNS: Final = (
    "record_key", "start", '"end"', "setting", "service", "provider", "organisation", "payer", "method", "diagnosis",
    "domain", "outcome", "quantity", "unit", "frequency",
    "event_id",
)  # fmt: skip

#: Units of stays: they last while they have no end, as packages do.
_STAYS: Final = frozenset({"episode", "spell", "bed_day"})


class Grant(Protocol):
    """The right to read one person's record, which only an audited action can make (see store.people_grants)."""

    @property
    def person_id(self) -> int:
        """Whose record may be read."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event in a person's timeline.

    Attributes:
        record_key: the record it belongs to.
        start: first day.
        end: last day; None where not known or still lasting.
        setting: kind of care or agency.
        service: service type.
        provider: who gave it.
        organisation: who is responsible.
        payer: who pays, as the source says.
        method: how.
        diagnosis: primary diagnosis.
        domain: what an assessment assessed.
        outcome: as the source codes it.
        quantity: how much.
        unit: of what.
        frequency: of a package, how often it is paid; None for anything else.
        event_id: the event.
    """

    record_key: int
    start: date
    end: date | None
    setting: str
    service: str | None
    provider: str | None
    organisation: str | None
    payer: str | None
    method: str | None
    diagnosis: str | None
    domain: str | None
    outcome: str | None
    quantity: Decimal | None
    unit: str | None
    frequency: str | None
    event_id: str


@dataclass(frozen=True, slots=True)
class TimelineFiles:
    """Where a release keeps its timeline.

    Attributes:
        base: files of each bucket, in order of bucket.
        deltas: month ("2024-04") -> files that replace what the base holds of that month.
        people: files of the index of people.
    """

    base: tuple[tuple[Path, ...], ...]
    deltas: Mapping[str, tuple[Path, ...]]
    people: tuple[Path, ...]


class Timelines:
    """Reads timelines of one release.

    Args:
        files: where the release keeps its timeline.
        release: its id, for messages.
    """

    def __init__(self, files: TimelineFiles, release: str = "") -> None:
        self._files = files
        self._release = release

    def read(self, grant: Grant) -> tuple[TimelineEvent, ...]:
        """The timeline of the person a grant names, oldest event first; () when nothing is known of them.

        Args:
            grant: whose record may be read.

        Raises:
            ReleaseError: the release's files are missing or damaged.
        """
        return self.events(self.records([grant.person_id]).get(grant.person_id, ()))

    def circle(self, grant: Grant, window: Period) -> Circle:
        """The circle of support of the person a grant names, in a window."""
        return circle_of_support((touch_of(event) for event in self.read(grant)), window)

    def records(self, people: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Record keys of some people, in order; people who are not known are left out."""
        test = f"person_id IN ({', '.join('?' * len(people))}) ORDER BY ALL"
        found: dict[int, tuple[int, ...]] = {}
        for person, record in self._rows("person_id, record_key", self._files.people, test, people):
            found[person] = (*found.get(person, ()), record)
        return found

    def events(self, records: Sequence[int]) -> tuple[TimelineEvent, ...]:
        """Every event of some records, oldest first."""
        found = [TimelineEvent(*row) for row in self.rows(", ".join(_COLUMNS), records)]
        return tuple(sorted(found, key=lambda event: (event.start, event.event_id)))

    def rows(self, columns: str, records: Sequence[int]) -> list[Row]:
        """Some columns of every event of some records, in no order."""
        if not records:
            return []
        newer = sorted(self._files.deltas)
        among = f"record_key IN ({', '.join('?' * len(records))})"
        buckets = sorted({key % _BUCKETS for key in records})
        base = [path for bucket in buckets for path in self._files.base[bucket]]
        older = f" AND strftime(start, '%Y-%m') NOT IN ({', '.join('?' * len(newer))})" if newer else ""
        found = self._rows(columns, base, among + older, [*records, *newer])
        fresh = [path for month in newer for path in self._files.deltas[month]]
        return found + self._rows(columns, fresh, among, records)

    def _rows(self, columns: str, paths: Sequence[Path], test: str, values: Sequence[object]) -> list[Row]:
        return read_files(self._release, paths, columns, test, values)


def touch_of(event: TimelineEvent) -> Touch:
    """An event as a contact of the circle of support."""
    return Touch(
        day=event.start,
        service=event.service or event.setting,
        organisation=event.provider or event.organisation,
        payer=event.payer,
        until=event.end,
        lasts=event.unit in _STAYS or event.frequency in WEEKLY_FACTORS,
    )
