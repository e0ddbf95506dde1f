"""The trace of reads and writes: appended in the transaction of the action, chained by hashes, never changed.

Each row holds the hash of the row before it, so a row that is altered, removed or slipped in breaks the chain at its
place. Somebody who can write to the database directly could make the whole chain anew; an outside party who holds a
signed head finds that out.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Final

from django.db import connection, transaction

from joinedup.register.actor import Actor
from joinedup.register.clock import now
from joinedup.register.models import AuditEvent, AuditPerson

#: What the first row takes for the hash of the row before it.
BEGINNING: Final = "0" * 64

_LOCK: Final = 0x6A6F696E  # any number: transactions of PostgreSQL that append to the chain wait for one another on it


@dataclass(frozen=True, slots=True)
class Entry:
    """What an action tells the trace.

    Attributes:
        action: noun.verb, for example record.opened.
        subject: what it was done to, as kind/id.
        people: pseudonyms of everybody whose record was shown or changed.
        purpose: why a record was opened.
        ground: what allowed it, or why it was refused.
        detail: before and after; never a name, number, address or date of birth.
    """

    action: str
    subject: str = ""
    people: tuple[int, ...] = ()
    purpose: str = ""
    ground: str = ""
    detail: Mapping[str, object] | None = None


def new_ref() -> str:
    """A random id for a row that is about to be written, so that what is read first can carry it."""
    return secrets.token_hex(16)


def audit(entry: Entry, *, by: Actor | None, ref: str = "") -> AuditEvent:
    """Append one row; the last thing an action does in its transaction, because others wait while it holds the lock.

    Args:
        entry: what happened.
        by: who did it; None for joinedup itself (a sign-in that failed, a scheduled task).
        ref: the row's id where `new_ref` gave it before.
    """
    with transaction.atomic():
        _wait_for_turn()
        last = AuditEvent.objects.order_by("-sequence").only("sequence", "digest").first()
        row = AuditEvent(
            sequence=last.sequence + 1 if last else 1,
            ref=ref or new_ref(),
            at=now(),
            user_id=by.user_id if by else None,
            post_id=by.post_id if by else None,
            actor=str(by) if by else "joinedup",
            organisation=by.organisation if by else "",
            action=entry.action,
            subject=entry.subject,
            purpose=entry.purpose,
            ground=entry.ground[:300],
            detail=dict(entry.detail or {}),
            people=[str(person) for person in sorted(set(entry.people))],
            previous=last.digest if last else BEGINNING,
        )
        row.digest = digest_of(row)
        row.save(force_insert=True)
        AuditPerson.objects.bulk_create(AuditPerson(event=row, person_id=int(person)) for person in row.people)
    return row


def digest_of(row: AuditEvent) -> str:
    """The hash of everything a row says, the hash of the row before it included."""
    told = {
        "sequence": row.sequence,
        "ref": row.ref,
        "at": row.at.astimezone(UTC).isoformat(),
        "user": row.user_id,
        "post": row.post_id,
        "actor": row.actor,
        "organisation": row.organisation,
        "action": row.action,
        "subject": row.subject,
        "purpose": row.purpose,
        "ground": row.ground,
        "detail": row.detail,
        "people": row.people,
        "previous": row.previous,
    }
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place at which the trace was tampered with.

    Attributes:
        sequence: the row.
        what: what is wrong with it.
    """

    sequence: int
    what: str


def first_fault(rows: Iterable[AuditEvent] | None = None) -> Fault | None:
    """The first row that does not follow from the one before it or does not hash to what it says; None if all do."""
    expected, previous = 1, BEGINNING
    for row in rows if rows is not None else _all_rows():
        if row.sequence != expected:
            return Fault(expected, f"row {expected} is missing")
        if row.previous != previous:
            return Fault(row.sequence, f"row {row.sequence} does not follow from the row before it")
        if digest_of(row) != row.digest:
            return Fault(row.sequence, f"row {row.sequence} was altered")
        indexed = {str(about.person_id) for about in row.about.all()}
        if indexed != set(row.people):
            return Fault(row.sequence, f"the people of row {row.sequence} were altered")
        expected, previous = expected + 1, row.digest
    return None


def _all_rows() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("sequence").prefetch_related("about").iterator(chunk_size=2_000)


def _wait_for_turn() -> None:
    """One transaction at a time appends; SQLite sees to that by itself, as every transaction here takes its lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
