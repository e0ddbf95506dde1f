"""Organisations: who takes part in the place, inside what, since when, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Organisation, Succession
from joinedup.register.models.organisation import OrganisationKind, SuccessionKind
from joinedup.register.nesting import would_hold_itself
from joinedup.register.versions import change as change_row
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """What is entered of an organisation.

    Attributes:
        name: what people call it.
        kind: one of the kinds that the field knows.
        parent_id: the organisation that it is part of; None for none.
        valid_from: its first day; None where it is not known.
        valid_to: its last day; None while it exists.
        phone: how to reach it.
        email: how to reach it.
    """

    name: str
    kind: str
    parent_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    phone: str = ""
    email: str = ""


def add(*, code: str, entry: OrganisationEntry, by: Actor | None) -> Organisation:
    """Add an organisation under a code that no other has or will have.

    Raises:
        Invalid: a field is empty or impossible, or the code is taken.
    """
    _require(by)
    code = code.strip()
    faults = _faults(entry)
    if not code or len(code) > 32:
        faults["code"] = "Enter a code of at most 32 characters, for example the one that NHS England gave it"
    elif Organisation.objects.filter(code=code).exists():
        faults["code"] = "There is already an organisation with this code"
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        row = Organisation.objects.create(code=code, **asdict(entry))
        audit(Entry("organisation.added", _subject(row), detail={"after": _told(row)}), by=by)
    return row


def change(*, organisation: Organisation, version: int, entry: OrganisationEntry, by: Actor) -> None:
    """Change what is known of an organisation.

    Raises:
        Invalid: a field is empty or impossible.
        Conflict: somebody else changed it meanwhile.
    """
    _require(by)
    faults = _faults(entry)
    if entry.parent_id is not None and would_hold_itself(Organisation, organisation.pk, entry.parent_id):
        faults["parent"] = "An organisation cannot be part of itself, nor of one of its own parts"
    if faults:
        raise Invalid(faults)
    before = _told(organisation)
    with transaction.atomic():
        change_row(organisation, version, **asdict(entry))
        detail = {"before": before, "after": _told(organisation)}
        audit(Entry("organisation.changed", _subject(organisation), detail=detail), by=by)


def succeed(
    *,
    kind: str,
    predecessors: Collection[Organisation],
    successors: Collection[Organisation],
    on: date,
    reason: str = "",
    by: Actor | None,
) -> None:
    """Record that organisations became others on a day; those that ended keep the day before as their last.

    Args:
        kind: merger (several become one), split (one becomes several) or rename (one becomes one).
        predecessors: what there was.
        successors: what there is from the day on.
        on: the first day of the new.
        reason: why, or under which order.
        by: an administrator.

    Raises:
        Invalid: the numbers do not fit the kind, one is on both sides, or one had ended before.
    """
    _require(by)
    faults = _succession_faults(kind, predecessors, successors, on)
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        for old in predecessors:
            _end(old, on - timedelta(days=1))
            for new in successors:
                Succession.objects.get_or_create(
                    predecessor=old, successor=new, on=on, defaults={"kind": kind, "reason": reason.strip()}
                )
        detail = {
            "kind": kind,
            "on": on.isoformat(),
            "from": sorted(row.code for row in predecessors),
            "to": sorted(row.code for row in successors),
        }
        audit(Entry("organisation.succeeded", _subject(next(iter(successors))), detail=detail), by=by)


def _end(row: Organisation, last: date) -> None:
    """End an organisation on a day, unless it ended before."""
    if row.valid_to is None or row.valid_to > last:
        change_row(row, row.version, valid_to=last)


def _succession_faults(
    kind: str, old: Collection[Organisation], new: Collection[Organisation], on: date
) -> dict[str, str]:
    counts = {
        SuccessionKind.MERGER.value: (len(old) > 1 and len(new) == 1, "A merger has two or more before and one after"),
        SuccessionKind.SPLIT.value: (len(old) == 1 and len(new) > 1, "A split has one before and two or more after"),
        SuccessionKind.RENAME.value: (len(old) == 1 and len(new) == 1, "A new name has one before and one after"),
    }
    fits, message = counts.get(kind, (False, "Choose what happened: a merger, a split or a new name"))
    faults = {} if fits else {"kind": message}
    if {row.pk for row in old} & {row.pk for row in new}:
        faults["successors"] = "An organisation cannot follow itself: add the new one first, under a code of its own"
    early = [row.name for row in old if row.valid_from and row.valid_from >= on]
    if early:
        faults["on"] = f"{early[0]} began on that day or later; choose a later day"
    return faults


def _faults(entry: OrganisationEntry) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not entry.name.strip() or len(entry.name) > 200:
        faults["name"] = "Enter a name of at most 200 characters"
    if entry.kind not in OrganisationKind.values:
        faults["kind"] = "Choose what kind of organisation it is"
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        faults["valid_to"] = "The last day must be on or after the first day"
    try:
        if entry.email:
            validate_email(entry.email)
    except ValidationError:
        faults["email"] = "Enter an e-mail address in the form name@example.org, or leave it empty"
    return faults


def _told(row: Organisation) -> dict[str, object]:
    """What the trace keeps of an organisation."""
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "parent": row.parent_id,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }


def _subject(row: Organisation) -> str:
    return f"organisation/{row.pk}"


def _require(by: Actor | None) -> None:
    if by is not None:
        by.require(Ability.MANAGE_USERS)
