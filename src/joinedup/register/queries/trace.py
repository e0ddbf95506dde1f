"""Who did what: the trace as pages show it, people under pseudonyms; reading it leaves a row of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import AuditEvent
from joinedup.register.people import aliases_of
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.rules.foundation.role import Ability

#: Days back that the filter of time offers.
DAYS: Final = {"today": 0, "week": 6, "month": 30, "year": 365}

_SEARCHED: Final = ("actor", "action", "subject", "ground")
_ORDERS: Final = {"number": "sequence", "actor": "actor", "action": "action"}


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of the trace in a list."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    people: int
    ground: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that a row tells: before and after where it changed, else as it was told."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EventShown:
    """One row of the trace, whole.

    Attributes:
        people: pseudonyms, as numbers.
        changed: before and after, where the action changed something.
        told: what else it says.
        earlier, later: numbers of the rows beside it; None at an end.
    """

    sequence: int
    at: datetime
    actor: str
    organisation: str
    action: str
    subject: str
    purpose: str
    ground: str
    people: tuple[int, ...]
    changed: tuple[Changed, ...]
    told: tuple[tuple[str, str], ...]
    digest: str
    previous: str
    earlier: int | None
    later: int | None


def events(wanted: Wanted, by: Actor) -> Part[EventRow]:
    """Rows of the trace.

    Words of the search are held against who, what and why; a pseudonym (P...) finds rows about that person under any
    pseudonym they ever had, and a day (2025-04-20) rows of that day.

    Args:
        wanted: filters are `role`, `kind` (the noun of the action) and `since` (one of `DAYS`).
        by: who reads.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    rows, words = _said(_filtered(wanted), wanted)
    plain = Wanted(" ".join(words), {}, wanted.order, wanted.descending, wanted.offset, wanted.limit)
    part = part_of_table(rows, plain, searched=_SEARCHED, orders=_ORDERS)
    _note(by, {"filters": dict(wanted.filters), "searched": bool(wanted.search), "rows": len(part.rows)})
    return Part(tuple(_row(row) for row in part.rows), part.total)


def event(sequence: int, *, by: Actor) -> EventShown | None:
    """One row of the trace; None when there is none with that number.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    row = AuditEvent.objects.filter(sequence=sequence).first()
    if row is None:
        return None
    last = AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    _note(by, {"first": sequence, "last": sequence})
    before, after = row.detail.get("before"), row.detail.get("after")
    told = {name: value for name, value in row.detail.items() if name not in {"before", "after"}}
    return EventShown(
        sequence=row.sequence,
        at=row.at,
        actor=actor_words(row.actor),
        organisation=row.organisation,
        action=action_words(row.action),
        subject=row.subject,
        purpose=row.purpose,
        ground=row.ground,
        people=tuple(int(person) for person in row.people),
        changed=_changed(before, after),
        told=tuple((name.replace("_", " ").capitalize(), _text(value)) for name, value in sorted(told.items())),
        digest=row.digest,
        previous=row.previous,
        earlier=sequence - 1 if sequence > 1 else None,
        later=sequence + 1 if sequence < last else None,
    )


def kinds() -> tuple[str, ...]:
    """The nouns of every action in the trace: record, task, flow ..."""
    actions = AuditEvent.objects.order_by().values_list("action", flat=True).distinct()
    return tuple(sorted({action.partition(".")[0] for action in actions}))


def _filtered(wanted: Wanted) -> QuerySet[AuditEvent]:
    rows = AuditEvent.objects.all()
    role, kind, since = (wanted.filters.get(name, "") for name in ("role", "kind", "since"))
    if role:
        rows = rows.filter(actor__contains=f"({role} at ")
    if kind:
        rows = rows.filter(action__startswith=f"{kind}.")
    if since:
        rows = rows.filter(at__gte=_start(today() - timedelta(days=DAYS[since])))
    return rows


def _said(rows: QuerySet[AuditEvent], wanted: Wanted) -> tuple[QuerySet[AuditEvent], list[str]]:
    """The rows of the people and days that a search names, and the words that name neither."""
    words = []
    for word in wanted.words():
        person, day = _person(word), _day(word)
        if person is not None:
            rows = rows.filter(about__person_id__in=aliases_of(person)).distinct()
        elif day is not None:
            rows = rows.filter(Q(at__gte=_start(day)), Q(at__lt=_start(day + timedelta(days=1))))
        else:
            words.append(word)
    return rows, words


def _person(word: str) -> int | None:
    try:
        return parse_person_id(word)
    except DefinitionError:
        return None


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _note(by: Actor, told: Mapping[str, object]) -> None:
    audit(Entry("audit.read", "page/trace", detail=told), by=by)


def _row(row: AuditEvent) -> EventRow:
    return EventRow(
        row.sequence, row.at, actor_words(row.actor), action_words(row.action), row.subject, len(row.people), row.ground
    )


def actor_words(actor: str) -> str:
    """Who acted, with the role in words.

    >>> actor_words("nurse (care_professional at RZB)")
    'nurse, care professional at RZB'
    """
    account, bracket, rest = actor.partition(" (")
    return f"{account}, {rest.removesuffix(')').replace('_', ' ')}" if bracket else actor


def action_words(action: str) -> str:
    """What was done, in words.

    >>> action_words("record.opened")
    'Record opened'
    """
    return action.replace(".", " ").replace("_", " ").capitalize()


def _changed(before: object, after: object) -> tuple[Changed, ...]:
    if before is None and after is None:
        return ()
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return (Changed("", _text(before), _text(after)),)
    names = sorted({*before, *after})
    return tuple(Changed(name, _text(before.get(name)), _text(after.get(name))) for name in names)


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
