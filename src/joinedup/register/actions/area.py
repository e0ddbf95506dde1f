"""Areas of the place: they nest, have dates, and are followed by others when they end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Area
from joinedup.register.models.organisation import AreaKind
from joinedup.register.nesting import would_hold_itself
from joinedup.register.versions import change as change_row
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """What is entered of an area.

    Attributes:
        name: what people call it.
        kind: system, place, neighbourhood, council, board, practice ...
        parent_id: the area that holds it; None for none.
        valid_from: its first day; None where it is not known.
        valid_to: its last day; None while it exists.
        successor_id: the area that replaced it; None while it exists.
    """

    name: str
    kind: str
    parent_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = None


def add(*, code: str, entry: AreaEntry, by: Actor | None) -> Area:
    """Add an area under a code that no other has.

    Raises:
        Invalid: a field is empty or impossible, or the code is taken.
    """
    _require(by)
    code = code.strip()
    faults = _faults(entry)
    if not code or len(code) > 32:
        faults["code"] = "Enter a code of at most 32 characters, for example the one that the ONS gave it"
    elif Area.objects.filter(code=code).exists():
        faults["code"] = "There is already an area with this code"
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        row = Area.objects.create(code=code, **asdict(entry))
        audit(Entry("area.added", f"area/{row.pk}", detail={"after": _told(row)}), by=by)
    return row


def change(*, area: Area, version: int, entry: AreaEntry, by: Actor) -> None:
    """Change what is known of an area.

    Raises:
        Invalid: a field is empty or impossible.
        Conflict: somebody else changed it meanwhile.
    """
    _require(by)
    faults = _faults(entry)
    if entry.parent_id is not None and would_hold_itself(Area, area.pk, entry.parent_id):
        faults["parent"] = "An area cannot lie inside itself, nor inside one of its own parts"
    if entry.successor_id == area.pk:
        faults["successor"] = "An area cannot be followed by itself"
    if faults:
        raise Invalid(faults)
    before = _told(area)
    with transaction.atomic():
        change_row(area, version, **asdict(entry))
        audit(Entry("area.changed", f"area/{area.pk}", detail={"before": before, "after": _told(area)}), by=by)


def _faults(entry: AreaEntry) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not entry.name.strip() or len(entry.name) > 200:
        faults["name"] = "Enter a name of at most 200 characters"
    if entry.kind not in AreaKind.values:
        faults["kind"] = "Choose what kind of area it is"
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        faults["valid_to"] = "The last day must be on or after the first day"
    if entry.successor_id is not None and entry.valid_to is None:
        faults["valid_to"] = "Enter the last day of an area that another one followed"
    return faults


def _told(row: Area) -> dict[str, object]:
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "parent": row.parent_id,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "successor": row.successor_id,
    }


def _require(by: Actor | None) -> None:
    if by is not None:
        by.require(Ability.MANAGE_USERS)
