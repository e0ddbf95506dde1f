"""Lists that left the system as files: which list, narrowed how, and about whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file held.

    Attributes:
        listing: id of the list.
        kind: csv or xlsx.
        rows: how many.
        filters: the chosen filters; their values come from closed sets.
        is_searched: words narrowed it; the words themselves may be a name and are not kept.
        people: pseudonyms of everybody in it.
    """

    listing: str
    kind: str
    rows: int
    filters: Mapping[str, str] = field(default_factory=dict)
    is_searched: bool = False
    people: Iterable[int] = ()


def record_export(*, exported: Exported, by: Actor) -> AuditEvent:
    """Write down that somebody took a list away as a file; before the file is handed over."""
    detail = {
        "list": exported.listing,
        "kind": exported.kind,
        "rows": exported.rows,
        "filters": dict(exported.filters),
        "searched": exported.is_searched,
    }
    entry = Entry("list.exported", f"list/{exported.listing}", people=tuple(exported.people), detail=detail)
    return audit(entry, by=by)
