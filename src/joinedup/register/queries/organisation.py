"""Organisations, areas and teams for pages: what there is, inside what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import Area, Organisation, Succession, Team
from joinedup.rules.foundation.role import Ability

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list of organisations or areas."""

    id: int
    code: str
    name: str
    kind: str
    parent: str
    valid_from: date | None
    valid_to: date | None
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


def organisations(wanted: Wanted, *, by: Actor) -> Part[Listed]:
    """Organisations; the filters are `kind`, and `when`: those that exist today, or those that ended."""
    by.require(Ability.MANAGE_USERS)
    found = _narrowed(Organisation.objects.order_by("name", "code"), wanted)
    part = part_of_table(found.select_related("parent"), wanted, searched=("name", "code"), orders=_ORDERS)
    counted = Team.objects.filter(organisation__in=part.rows).values_list("organisation").annotate(Count("pk"))
    teams = dict(counted.order_by("organisation"))
    return Part(tuple(_listed(row, teams.get(row.pk, 0)) for row in part.rows), part.total)


def areas(wanted: Wanted, *, by: Actor) -> Part[Listed]:
    """Areas; the filters are those of organisations."""
    by.require(Ability.MANAGE_USERS)
    found = _narrowed(Area.objects.order_by("name", "code"), wanted)
    part = part_of_table(found.select_related("parent"), wanted, searched=("name", "code"), orders=_ORDERS)
    return Part(tuple(_listed(row, 0) for row in part.rows), part.total)


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


_ORDERS = {
    "name": "name",
    "kind": "kind",
    "code": "code",
    "parent": "parent__name",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
}


def _narrowed(rows: QuerySet[M], wanted: Wanted) -> QuerySet[M]:
    """Rows of the kind and time that a list was narrowed to."""
    if "kind" in wanted.filters:
        rows = rows.filter(kind=wanted.filters["kind"])
    if wanted.filters.get("when") == "ended":
        return rows.filter(valid_to__lt=today())
    if wanted.filters.get("when") == "today":
        return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
    return rows


def _listed(row: Organisation | Area, teams: int) -> Listed:
    parent = row.parent.name if row.parent else ""
    return Listed(row.pk, row.code, row.name, row.get_kind_display(), parent, row.valid_from, row.valid_to, teams)


def _holds(start: date | None, end: date | None) -> bool:
    day = today()
    return (start is None or start <= day) and (end is None or end >= day)


def _shown(row: Succession, other: Organisation) -> SuccessionShown:
    return SuccessionShown(row.get_kind_display(), row.on, other.pk, other.name, row.reason)
