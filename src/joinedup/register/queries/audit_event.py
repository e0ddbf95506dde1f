"""The trace for programs of an auditor: who did what, newest first, people under pseudonyms."""

from __future__ import annotations

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import AuditEvent
from joinedup.rules.foundation.role import Ability


def events(*, by: Actor, before: int | None = None, limit: int = 50) -> tuple[AuditEvent, ...]:
    """Rows of the trace, newest first; `before` goes on from a row's number. Reading it leaves a row of its own.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    rows = AuditEvent.objects.order_by("-sequence")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    found = tuple(rows[:limit])
    span = {"first": found[-1].sequence, "last": found[0].sequence} if found else {}
    audit(Entry("audit.read", "page/api", detail=span), by=by)
    return found
