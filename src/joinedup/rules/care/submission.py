"""Which of a council's submissions counts for which months, and which of its rows is the event.

Councils send the last twelve months again every quarter, so one service arrives many times. The national method
has three steps: rows with the same identifying fields are one event; a service still open in an earlier submission
that later ones no longer hold ends with that submission; of the rows of an event one is kept.

Source: DHSC, client level data main tables methodology: selecting submissions, filtering events, deduplication.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from joinedup.rules.foundation.period import Period, add_months


@dataclass(frozen=True, slots=True)
class Submission:
    """One file of a council.

    Attributes:
        council: code of the council.
        file: path of the file.
        received: day it arrived.
        first, last: the reporting period it states, both days in it.
    """

    council: str
    file: str
    received: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Reference:
    """The days for which one submission is the council's word.

    Attributes:
        council, file: whose submission.
        first, last: both days in it.
        is_latest: no later days of the council are covered.
    """

    council: str
    file: str
    first: date
    last: date
    is_latest: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a submission.

    Attributes:
        identity: the fields that make rows one event, across submissions; for anything but a service with its end.
        detail: what tells apart rows of one service within a submission: delivery, cost, frequency, units.
        council, file, record: where the row stands.
        is_service: services last; requests, assessments and reviews are sent once complete.
        start, end: first and last day, the end already corrected by death; None while open.
        outcome_rank: place of its outcome in the national order; 999 when unknown.
        is_clipped: the end is the submission's, because the service was still open.
    """

    identity: Hashable
    detail: Hashable
    council: str
    file: str
    record: int
    is_service: bool
    start: date
    end: date | None
    outcome_rank: int = 999
    is_clipped: bool = False


def references(submissions: Iterable[Submission], as_of: date) -> tuple[Reference, ...]:
    """For each council, which submission counts for which days, by what had been received on a day.

    For each calendar month the submission received last counts, one that covers the whole month before one that
    covers a part of it. Choice: months instead of the national quarters, so that councils that send every month
    are read too; where periods are whole quarters both give the same.

    Args:
        submissions: every file received.
        as_of: files received later are not known yet.

    Returns:
        Stretches of days by council and time; a submission that counts for no month is not in it.

    >>> a = Submission("E1", "a.csv", date(2024, 7, 10), date(2024, 4, 1), date(2024, 6, 30))
    >>> b = Submission("E1", "b.csv", date(2024, 10, 9), date(2024, 6, 1), date(2024, 9, 30))
    >>> [(r.file, str(r.last), r.is_latest) for r in references([a, b], date(2024, 12, 31))]
    [('a.csv', '2024-05-31', False), ('b.csv', '2024-09-30', True)]
    """
    known = [item for item in submissions if item.received <= as_of]
    found: list[Reference] = []
    for council in sorted({item.council for item in known}):
        mine = [item for item in known if item.council == council]
        found += _stretches([_best(mine, month) for month in _months(mine)])
    return tuple(found)


def _months(submissions: Sequence[Submission]) -> Iterator[Period]:
    month = min(item.first for item in submissions).replace(day=1)
    while month <= max(item.last for item in submissions):
        yield Period(month, add_months(month, 1))
        month = add_months(month, 1)


def _best(submissions: Sequence[Submission], month: Period) -> Reference | None:
    touching = [item for item in submissions if item.first <= month.last_day and item.last >= month.start]
    if not touching:
        return None
    best = max(touching, key=lambda s: (_covers(s, month), s.received, s.last, s.file))
    return Reference(best.council, best.file, max(best.first, month.start), min(best.last, month.last_day), False)


def _covers(submission: Submission, month: Period) -> bool:
    return submission.first <= month.start and submission.last >= month.last_day


def _stretches(months: Sequence[Reference | None]) -> list[Reference]:
    merged: list[Reference] = []
    previous = None
    for current in months:
        if current and previous and current.file == previous.file:
            merged[-1] = replace(merged[-1], last=current.last)
        elif current:
            merged.append(current)
        previous = current
    return [*merged[:-1], replace(merged[-1], is_latest=True)]


def is_in(event: Event, reference: Reference) -> bool:
    """Whether a row belongs to the days its submission counts for.

    A service belongs to every day it lasts; anything else to the day it ended.

    >>> days = Reference("E1", "a.csv", date(2024, 4, 1), date(2024, 6, 30), True)
    >>> is_in(Event("x", None, "E1", "a.csv", 1, True, date(2023, 1, 1), None), days)
    True
    """
    if (event.council, event.file) != (reference.council, reference.file):
        return False
    if event.is_service:
        return event.start <= reference.last and (event.end is None or event.end >= reference.first)
    return event.start <= reference.last and reference.first <= (event.end or event.start) <= reference.last


def unique_events(events: Iterable[Event], stretches: Iterable[Reference]) -> tuple[Event, ...]:
    """The events that a council's submissions tell of, each once.

    1. Rows with one identity are one event.
    2. Of an event, the rows of the latest days count; a service still open at the end of those days ends there,
       and says so, because nothing is known beyond.
    3. Of rows that are alike also in detail one is kept: a closed one before an open one, the later end, the
       outcome that comes first in the national order, the row that stands last.

    Choice: rows that differ in detail (two carers at once, two rates) are kept apart, so that costs add up; the
    national tables keep them apart within one submission and drop costs when they join several. A closed row wins
    over an open one, as the ASCOF method for care home admissions has it.

    Args:
        events: rows of every submission.
        stretches: from `references`.

    Returns:
        One row an event and detail, ordered by identity and record.
    """
    latest: dict[Hashable, tuple[date, list[tuple[Event, Reference]]]] = {}
    stretches = tuple(stretches)
    for event in events:
        for reference in (item for item in stretches if is_in(event, item)):
            last, rows = latest.get(event.identity, (date.min, []))
            if reference.last >= last:
                kept = rows if reference.last == last else []
                latest[event.identity] = (reference.last, [*kept, (event, reference)])
    chosen: dict[tuple[Hashable, Hashable], Event] = {}
    for identity, (_, rows) in latest.items():
        for event, reference in sorted(rows, key=lambda pair: _preference(pair[0])):
            chosen[identity, event.detail] = clipped(event, reference)
    return tuple(sorted(chosen.values(), key=lambda e: (str(e.identity), e.record)))


def _preference(event: Event) -> tuple[bool, date, int, int]:
    return event.end is not None, event.end or date.min, -event.outcome_rank, event.record


def clipped(event: Event, reference: Reference) -> Event:
    """End a service that is open at the end of its submission's days on the last of them.

    >>> days = Reference("E1", "a.csv", date(2024, 4, 1), date(2024, 6, 30), True)
    >>> clipped(Event("x", None, "E1", "a.csv", 1, True, date(2023, 1, 1), None), days).end
    datetime.date(2024, 6, 30)
    """
    if not event.is_service or (event.end is not None and event.end <= reference.last):
        return event
    return replace(event, end=reference.last, is_clipped=True)
