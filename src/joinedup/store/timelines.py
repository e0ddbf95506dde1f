"""One person's timeline, read in milliseconds, and only with a grant of access."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

import duckdb

from joinedup.rules.care.circle import Circle, Touch, circle_of_support
from joinedup.rules.care.package import WEEKLY_FACTORS
from joinedup.rules.foundation.period import Period

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
    """The right to read one person's record, which only an audited action can make (see store.identities)."""

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
    """Reads timelines of one release. One connection, a cursor for each thread.

    Args:
        files: where the release keeps its timeline.
    """

    def __init__(self, files: TimelineFiles) -> None:
        self._files = files
        self._connection = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
        self._connection.execute("SET parquet_metadata_cache = true")
        self._local = threading.local()

    def read(self, grant: Grant) -> tuple[TimelineEvent, ...]:
        """The timeline of the person a grant names, oldest event first; () when nothing is known of them.

        Args:
            grant: whose record may be read.
        """
        keys = self._records(grant.person_id)
        found = [event for key in keys for event in self._events(key)]
        return tuple(sorted(found, key=lambda event: (event.start, event.event_id)))

    def circle(self, grant: Grant, window: Period) -> Circle:
        """The circle of support of the person a grant names, in a window."""
        return circle_of_support((touch_of(event) for event in self.read(grant)), window)

    def _records(self, person_id: int) -> list[int]:
        rows = self._rows("record_key", self._files.people, "person_id = ?", [person_id])
        return sorted(int(str(row[0])) for row in rows)

    def _events(self, key: int) -> list[TimelineEvent]:
        columns = ", ".join(_COLUMNS)
        newer = sorted(self._files.deltas)
        test, values = "record_key = ?", [key, *newer]
        if newer:
            test += f" AND strftime(start, '%Y-%m') NOT IN ({', '.join('?' * len(newer))})"
        rows = self._rows(columns, self._files.base[key % _BUCKETS], test, values)
        fresh = [path for month in newer for path in self._files.deltas[month]]
        rows += self._rows(columns, fresh, "record_key = ?", [key])
        return [TimelineEvent(*row) for row in rows]  # type: ignore[arg-type]

    def _rows(
        self, columns: str, paths: Sequence[Path], test: str, values: Sequence[object]
    ) -> list[tuple[object, ...]]:
        if not paths:
            return []
        query = f"SELECT {columns} FROM read_parquet(?) WHERE {test}"
        cursor = self._cursor().execute(query, [[str(path) for path in paths], *values])
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor


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
