"""Checking the trace on demand, which is itself written down."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, Fault, audit, first_fault
from joinedup.register.models import AuditEvent
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole trace found.

    Attributes:
        rows: how many there were.
        fault: the first that was tampered with; None when the trace is whole.
    """

    rows: int
    fault: Fault | None


def check_trace(*, by: Actor) -> Checked:
    """Follow the chain from its first row to its last.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    fault = first_fault()
    rows = AuditEvent.objects.count()
    audit(Entry("audit.checked", "page/trace", detail={"rows": rows, "fault": fault.what if fault else None}), by=by)
    return Checked(rows, fault)
