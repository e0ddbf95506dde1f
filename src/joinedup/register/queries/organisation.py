"""Organisations, areas and teams for pages: what there is, inside what, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import Area, Organisation, Succession, Team
from joinedup.register.models.organisation import AreaKind, OrganisationKind
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Nested:
    """One row of a list of things that lie inside others; `depth` says how deep."""

    id: int
    code: str
    name: str
    kind: str
    depth: int
    valid_from: date | None
    valid_to: date | None
    is_in_force: bool
    teams: int = 0


@dataclass(frozen=True, slots=True)
class SuccessionShown:
    """What an organisation became, or came from."""

    kind: str
    on: date
    other_id: int
    other: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrganisationSheet:
    """One organisation with everything around it; `stranded_posts` are held at it although it has ended."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    kind_label: str
    parent_id: int | None
    parent: str
    valid_from: date | None
    valid_to: date | None
    phone: str
    email: str
    is_in_force: bool
    teams: tuple[Team, ...]
    before: tuple[SuccessionShown, ...]
    after: tuple[SuccessionShown, ...]
    stranded_posts: int


@dataclass(frozen=True, slots=True)
class AreaSheet:
    """One area."""

    id: int
    version: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None
    successor_id: int | None


def organisations(*, words: str = "", kind: str = "", by: Actor) -> tuple[Nested, ...]:
    """Organisations, each below the one that it is part of; flat where words or a kind are looked for."""
    by.require(Ability.MANAGE_USERS)
    found = Organisation.objects.annotate(team_count=Count("teams")).order_by("name", "code")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word))
    if kind:
        found = found.filter(kind=kind)
    labels, counts = dict(OrganisationKind.choices), {row.pk: row.team_count for row in found}
    return _nested(found, labels, is_flat=bool(words or kind), teams=counts)


def areas(*, words: str = "", kind: str = "", by: Actor) -> tuple[Nested, ...]:
    """Areas, each below the one that holds it; flat where words or a kind are looked for."""
    by.require(Ability.MANAGE_USERS)
    found = Area.objects.order_by("name", "code")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word))
    if kind:
        found = found.filter(kind=kind)
    return _nested(found, dict(AreaKind.choices), is_flat=bool(words or kind), teams={})


def organisation_sheet(organisation_id: int, *, by: Actor) -> OrganisationSheet | None:
    """One organisation; None where there is none."""
    by.require(Ability.MANAGE_USERS)
    row = Organisation.objects.select_related("parent").filter(pk=organisation_id).first()
    if row is None:
        return None
    is_in_force = _holds(row.valid_from, row.valid_to)
    return OrganisationSheet(
        id=row.pk,
        version=row.version,
        code=row.code,
        name=row.name,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        parent_id=row.parent_id,
        parent=row.parent.name if row.parent else "",
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        phone=row.phone,
        email=row.email,
        is_in_force=is_in_force,
        teams=tuple(row.teams.all()),
        before=tuple(_shown(each, each.predecessor) for each in row.predecessors.select_related("predecessor")),
        after=tuple(_shown(each, each.successor) for each in row.successors.select_related("successor")),
        stranded_posts=0 if is_in_force else row.posts.filter(valid_to__isnull=True).count(),
    )


def area_sheet(area_id: int, *, by: Actor) -> AreaSheet | None:
    """One area; None where there is none."""
    by.require(Ability.MANAGE_USERS)
    row = Area.objects.filter(pk=area_id).first()
    if row is None:
        return None
    return AreaSheet(
        row.pk, row.version, row.code, row.name, row.kind, row.parent_id, row.valid_from, row.valid_to, row.successor_id
    )


def _nested(
    rows: Iterable[Organisation | Area], labels: dict[str, str], *, is_flat: bool, teams: dict[int, int]
) -> tuple[Nested, ...]:
    """Rows in the order of a walk from the top; what lies inside something that is not listed stands at the top."""
    listed: list[Organisation | Area] = list(rows)
    known = {row.pk for row in listed}
    inside: dict[int | None, list[Organisation | Area]] = {}
    for row in listed:
        inside.setdefault(None if is_flat or row.parent_id not in known else row.parent_id, []).append(row)
    found: list[Nested] = []
    waiting = [(row, 0) for row in reversed(inside.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append(
            Nested(
                row.pk,
                row.code,
                row.name,
                labels.get(row.kind, row.kind),
                min(depth, 5),
                row.valid_from,
                row.valid_to,
                _holds(row.valid_from, row.valid_to),
                teams.get(row.pk, 0),
            )
        )
        if not is_flat:
            waiting += [(below, depth + 1) for below in reversed(inside.get(row.pk, []))]
    return tuple(found)


def _holds(start: date | None, end: date | None) -> bool:
    day = today()
    return (start is None or start <= day) and (end is None or end >= day)


def _shown(row: Succession, other: Organisation) -> SuccessionShown:
    return SuccessionShown(row.get_kind_display(), row.on, other.pk, other.name, row.reason)
