"""The organisations and areas of place.toml, brought into the register: what is missing is added, again and again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import transaction

from joinedup.register.actions import organisation as organisations
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Area, Organisation
from joinedup.register.models.organisation import AreaKind, OrganisationKind, SuccessionKind
from joinedup.rules.foundation.role import Ability
from joinedup.store.place import Area as Row
from joinedup.store.place import Place

#: Kinds of place.toml that the register calls otherwise.
_ORGANISATION_KINDS: Final = {
    "commissioner": OrganisationKind.CCG.value,
    "provider": OrganisationKind.CARE_PROVIDER.value,
    "care_home": OrganisationKind.CARE_PROVIDER.value,
    "home_care": OrganisationKind.CARE_PROVIDER.value,
    "integrator": OrganisationKind.LEAD_PROVIDER.value,
    "benefits": OrganisationKind.WORK_AND_PENSIONS.value,
    "criminal_justice": OrganisationKind.PROBATION.value,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was added; a second import adds nothing."""

    organisations: int
    areas: int
    successions: int


def import_place(place: Place, *, by: Actor | None) -> Imported:
    """Add the organisations and areas of a place that the register does not have yet.

    What the register has stays as its administrators left it: the files say how things began.

    Args:
        place: the place, its files read and checked.
        by: an administrator; None for the command line.
    """
    if by is not None:
        by.require(Ability.MANAGE_USERS)
    bodies, grounds = place.organisations(), place.areas()
    with transaction.atomic():
        new_bodies = _add_organisations(bodies)
        new_areas = _add_areas(grounds)
        successions = _add_successions([row for row in bodies if row.code in new_bodies], by)
        done = Imported(len(new_bodies), len(new_areas), successions)
        if new_bodies or new_areas:
            detail = {"organisations": len(new_bodies), "areas": len(new_areas)}
            audit(Entry("place.imported", f"place/{place.id}", detail=detail), by=by)
    return done


def _add_organisations(rows: Sequence[Row]) -> set[str]:
    known = set(Organisation.objects.values_list("code", flat=True))
    new = [row for row in rows if row.code not in known]
    Organisation.objects.bulk_create(
        Organisation(
            code=row.code,
            name=row.name,
            kind=_kind(_ORGANISATION_KINDS.get(row.kind, row.kind), OrganisationKind.values),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in new
    )
    ids = dict(Organisation.objects.values_list("code", "pk"))
    for row in new:  # a parent that is an area holds no organisation
        if row.parent in ids and row.parent != row.code:
            Organisation.objects.filter(code=row.code).update(parent_id=ids[row.parent])
    return {row.code for row in new}


def _add_areas(rows: Sequence[Row]) -> set[str]:
    known = set(Area.objects.values_list("code", flat=True))
    new = [row for row in rows if row.code not in known]
    Area.objects.bulk_create(
        Area(
            code=row.code,
            name=row.name,
            kind=_kind(row.kind, AreaKind.values),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in new
    )
    ids = dict(Area.objects.values_list("code", "pk"))
    for row in new:
        parent, successor = ids.get(row.parent or ""), ids.get(row.successor or "")
        if parent or successor:
            Area.objects.filter(code=row.code).update(parent_id=parent, successor_id=successor)
    return {row.code for row in new}


def _add_successions(rows: Iterable[Row], by: Actor | None) -> int:
    """Each organisation that ended and names a successor; several with one successor are a merger."""
    held = {row.code: row for row in Organisation.objects.all()}
    joined: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        if row.successor in held and row.successor != row.code and row.valid_to is not None:
            joined.setdefault((str(row.successor), row.valid_to), []).append(row)
    for (successor, last), group in joined.items():
        organisations.succeed(
            kind=(SuccessionKind.MERGER if len(group) > 1 else SuccessionKind.RENAME).value,
            predecessors=[held[row.code] for row in group],
            successors=[held[successor]],
            on=last + timedelta(days=1),
            by=by,
        )
    return sum(len(group) for group in joined.values())


def _kind(kind: str, known: Sequence[str]) -> str:
    return kind if kind in known else "other"
