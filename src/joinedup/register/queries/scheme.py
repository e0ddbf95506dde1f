"""Schemes as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import Scheme
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """One scheme of the list.

    Attributes:
        stage: planned, running or ended on the place's day.
    """

    id: int
    slug: str
    name: str
    owner: str
    cohort: str
    areas: tuple[str, ...]
    stage: str
    begins: date
    ends: date | None
    yearly_cost_pence: int | None


def schemes(wanted: Wanted, by: Actor) -> Part[SchemeRow]:
    """Schemes; the filter `stage` is "" (all), planned, running or ended.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    stage = wanted.filters.get("stage", "")
    rows = [_row(each) for each in Scheme.objects.select_related("owner").prefetch_related("areas")]
    return part_of_rows(
        [row for row in rows if stage in ("", row.stage)],
        wanted,
        text=lambda row: f"{row.name} {row.owner} {row.cohort} {' '.join(row.areas)}",
        orders={"name": lambda row: row.name, "begins": lambda row: row.begins, "cost": _cost},
    )


def stage_of(begins: date, ends: date | None, day: date) -> str:
    """Where a scheme stands on a day.

    >>> stage_of(date(2023, 10, 1), None, date(2024, 1, 1))
    'running'
    """
    return "planned" if day < begins else "ended" if ends and ends < day else "running"


def _cost(row: SchemeRow) -> int | None:
    return row.yearly_cost_pence


def _row(scheme: Scheme) -> SchemeRow:
    return SchemeRow(
        id=scheme.pk,
        slug=scheme.slug,
        name=scheme.name,
        owner=scheme.owner.name,
        cohort=scheme.get_cohort_display(),
        areas=tuple(area.name for area in scheme.areas.all()),
        stage=stage_of(scheme.begins, scheme.ends, today()),
        begins=scheme.begins,
        ends=scheme.ends,
        yearly_cost_pence=scheme.yearly_cost_pence,
    )
