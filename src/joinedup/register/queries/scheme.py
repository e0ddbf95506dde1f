"""Schemes as pages show them: what each is and costs, what is claimed for it, how it is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import EvaluationPlan, ReportingLine, Scheme
from joinedup.register.queries.claim import ClaimShown, rows, shown
from joinedup.register.queries.scheme_choice import name_of_post
from joinedup.register.queries.scheme_evaluation import EvaluationShown, evaluations_of, in_force
from joinedup.register.scheme_parts import may_manage, may_plan
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.claim import Claimed, ClaimKind, Unit
from joinedup.rules.programme.initiative import CareModel, InitiativeType, Integration, Level
from joinedup.rules.programme.oversight import LATE_DAYS, LineFacts
from joinedup.rules.programme.power import Planned, PowerSaid, power_of


@dataclass(frozen=True, slots=True)
class LineShown:
    """A board that a scheme reports to.

    Attributes:
        reported: the last report and what it said; None where there is none.
        days_late: days since the next one was due; below zero where it is not due yet.
        is_late: by more than the rule allows.
    """

    id: int
    board: str
    kind: str
    cadence_days: int
    began: date
    ended: date | None
    reported: date | None
    said: str
    days_late: int
    is_late: bool
    version: int


@dataclass(frozen=True, slots=True)
class SpendShown:
    """One entry of spending."""

    on: date
    pence: int
    reference: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SchemeShown:
    """A scheme with everything that is recorded of it.

    Attributes:
        type: kind, level and model of integration.
        stage: planned, running or ended on the place's day.
        spent_pence: all entries; None where there is none, which is not zero.
        power: what it could show; None where too little is recorded.
        may_manage, may_plan: what the viewer may do.
    """

    id: int
    slug: str
    name: str
    about: str
    type: InitiativeType
    aim: str
    cohort: str
    pathway: str
    areas: tuple[str, ...]
    owner: str
    lead: str
    sponsor: str
    begins: date
    ends: date | None
    stage: str
    funding: str
    yearly_cost_pence: int | None
    planned_spend_pence: int | None
    spent_pence: int | None
    horizon_months: int | None
    planned_people: int | None
    version: int
    spending: tuple[SpendShown, ...]
    lines: tuple[LineShown, ...]
    evaluations: tuple[EvaluationShown, ...]
    claims: tuple[ClaimShown, ...]
    power: PowerSaid | None
    may_manage: bool
    may_plan: bool

    @property
    def finding(self) -> EvaluationShown | None:
        """The evaluation with the best grade, the last of several alike; None where none has a result."""
        found = [each for each in self.evaluations if each.found is not None and each.withdrawn_on is None]
        return max(found, key=lambda each: (each.level or 0, each.planned_on, each.id), default=None)

    @property
    def is_evaluated(self) -> bool:
        """Whether an evaluation is planned that was not withdrawn."""
        return any(each.withdrawn_on is None for each in self.evaluations)


def schemes(wanted: Wanted, by: Actor) -> Part[SchemeShown]:
    """Schemes; filters are `stage`, `cohort`, `integration` and `evaluation` (planned, found or none).

    Raises:
        Refused: the role sees no schemes.
    """
    found = all_schemes(by=by)
    for name, asked in wanted.filters.items():
        found = tuple(each for each in found if _filtered(each, name) == asked)
    return part_of_rows(
        found,
        wanted,
        text=lambda each: f"{each.name} {each.owner} {each.cohort} {' '.join(each.areas)}",
        orders={"name": lambda each: each.name, "begins": lambda each: each.begins, "cost": _cost},
    )


def all_schemes(*, by: Actor) -> tuple[SchemeShown, ...]:
    """Every scheme, by name.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    return tuple(_shown(row, by) for row in _rows())


def scheme(slug: str, *, by: Actor) -> SchemeShown | None:
    """One scheme; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = _rows().filter(slug=slug).first()
    return _shown(row, by) if row else None


def scheme_values(slug: str, *, by: Actor) -> dict[str, object] | None:
    """What a form about a scheme begins with; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = _rows().filter(slug=slug).first()
    if row is None:
        return None
    names = (
        "slug", "name", "about", "integration", "level", "model", "aim", "cohort", "pathway", "begins", "ends",
        "funding", "horizon_months", "planned_people", "event_rate", "dispersion", "follow_up_months", "version",
    )  # fmt: skip
    money = {name: getattr(row, f"{name}_pence") for name in ("yearly_cost", "planned_spend")}
    return {
        **{name: getattr(row, name) for name in names},
        **{name: None if pence is None else pence / 100 for name, pence in money.items()},
        "owner": row.owner.code, "sponsor": row.sponsor.code if row.sponsor else "",
        "areas": [area.code for area in row.areas.all()], "lead_id": str(row.lead_id or ""),
    }  # fmt: skip


def stage_of(begins: date, ends: date | None, day: date) -> str:
    """Where a scheme stands on a day.

    >>> stage_of(date(2023, 10, 1), None, date(2024, 1, 1))
    'running'
    """
    return "planned" if day < begins else "ended" if ends and ends < day else "running"


def _rows() -> QuerySet[Scheme]:
    return Scheme.objects.select_related("owner", "sponsor", "lead__user", "lead__organisation").prefetch_related(
        "areas", "spending__recorded_by", "lines__board", "lines__reports", "evaluations__planned_by"
    )


def _filtered(each: SchemeShown, name: str) -> str:
    if name == "evaluation":
        return "found" if each.finding else "planned" if each.is_evaluated else "none"
    return {"stage": each.stage, "cohort": each.cohort, "integration": each.type.integration.label}[name]


def _cost(each: SchemeShown) -> int | None:
    return each.yearly_cost_pence


def _shown(row: Scheme, by: Actor) -> SchemeShown:
    evaluations = evaluations_of(row.evaluations.all())
    found = in_force(evaluations)
    claims = tuple(shown(each, found, by) for each in rows().filter(scheme=row))
    spending = tuple(
        SpendShown(each.on, each.pence, each.reference, each.recorded_by.get_username() if each.recorded_by else "")
        for each in row.spending.all()
    )
    return SchemeShown(
        id=row.pk, slug=row.slug, name=row.name, about=row.about, type=_type(row), aim=row.get_aim_display(),
        cohort=row.get_cohort_display(), pathway=row.get_pathway_display(),
        areas=tuple(area.name for area in row.areas.all()), owner=row.owner.name, lead=name_of_post(row.lead),
        sponsor=row.sponsor.name if row.sponsor else "", begins=row.begins, ends=row.ends,
        stage=stage_of(row.begins, row.ends, today()), funding=row.funding, yearly_cost_pence=row.yearly_cost_pence,
        planned_spend_pence=row.planned_spend_pence,
        spent_pence=sum(each.pence for each in spending) if spending else None, horizon_months=row.horizon_months,
        planned_people=row.planned_people, version=row.version, spending=spending,
        lines=tuple(_line(each) for each in row.lines.all()), evaluations=evaluations, claims=claims,
        power=_power(row, claims), may_manage=may_manage(row, by), may_plan=may_plan(row, by),
    )  # fmt: skip


def _type(row: Scheme) -> InitiativeType:
    level, model = Level(row.level) if row.level else None, CareModel(row.model) if row.model else None
    return InitiativeType(Integration(row.integration), level, model)


def _line(row: ReportingLine) -> LineShown:
    last = next(iter(row.reports.all()), None)
    late = LineFacts("", row.cadence_days, row.valid_from, last.on if last else None).days_late(today())
    return LineShown(
        id=row.pk, board=row.board.name, kind=row.get_kind_display(), cadence_days=row.cadence_days,
        began=row.valid_from, ended=row.valid_to, reported=last.on if last else None, said=last.said if last else "",
        days_late=late, is_late=row.valid_to is None and late > LATE_DAYS, version=row.version,
    )  # fmt: skip


def _power(row: Scheme, claims: tuple[ClaimShown, ...]) -> PowerSaid | None:
    """What the scheme could show, set against the smallest fall that is claimed for it."""
    if not row.planned_people or row.event_rate is None:
        return None
    planned = Planned(row.planned_people, float(row.event_rate), float(row.dispersion), row.follow_up_months)
    falls = [-percent for each in claims if (percent := _percent(each)) is not None and percent < 0]
    return power_of(planned, min(falls, default=None))


def _percent(found: ClaimShown) -> float | None:
    if found.kind is not ClaimKind.EFFECT or found.unit is Unit.POINTS or found.now.is_cancelled:
        return None
    return Claimed(found.kind, found.unit, found.versions[0].planned, baseline=found.baseline).percent


def line_of(line_id: int, *, by: Actor) -> tuple[str, int] | None:
    """Scheme and version of a reporting line; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    return ReportingLine.objects.filter(pk=line_id).values_list("scheme__slug", "version").first()


def plan_of(plan_id: int, *, by: Actor) -> tuple[str, int] | None:
    """Scheme and version of a planned evaluation; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    return EvaluationPlan.objects.filter(pk=plan_id).values_list("scheme__slug", "version").first()
