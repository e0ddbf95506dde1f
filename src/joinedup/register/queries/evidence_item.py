"""The evidence base as pages show it: what ships with joinedup, this place's definitions and its approved entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import EvaluationPlan, EvidenceItem, Scheme
from joinedup.register.models.evidence_item import EvidenceStatus
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.evidence_base import Cell, cells
from joinedup.rules.programme.evidence_draft import Draft, draft_from
from joinedup.rules.programme.evidence_gap import AIMED_AT, Gap, Spending, gaps
from joinedup.rules.programme.evidence_item import EvidenceItem as Item
from joinedup.rules.programme.evidence_item import Reported, plain_verdict
from joinedup.rules.programme.evidence_reading import item_from
from joinedup.rules.programme.initiative import Aim, Cohort, Pathway
from joinedup.store.evaluation_results import EvaluationResults
from joinedup.store.evidence_base import load_evidence_base

#: An evaluation that is done longer than this and is not in the evidence base is shown.
DUE_DAYS: Final = 90
REGISTER: Final = "register"
_OWN: Final = frozenset({
    "id", "slug", "number", "reason", "status", "proposed_by", "proposed_at", "decided_by", "decided_at", "remark",
    "version",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry of this place's register.

    Attributes:
        item: what it says, as an item of the evidence base.
        terms: the same as a form holds it.
        version: for edits.
    """

    id: int
    slug: str
    number: int
    item: Item
    terms: dict[str, object]
    status: str
    status_label: str
    is_public: bool
    reason: str
    proposed_by: str
    proposed_by_id: int | None
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str
    version: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """An evaluation of this place that is done and not in the evidence base.

    Attributes:
        done: the day of its first result.
        days: since then.
        is_late: more days than should pass before others can learn from it.
        waits: an entry is proposed and waits for a second person.
    """

    evaluation: str
    title: str
    verdict: str
    done: date
    days: int
    is_late: bool
    waits: bool


def evidence(by: Actor | None) -> tuple[Item, ...]:
    """Every item that somebody may see: the public sees local entries that were approved for publication.

    Raises:
        ConfigError: a definition of this place is no item of evidence.
    """
    rows = EvidenceItem.objects.filter(status=EvidenceStatus.APPROVED)
    if by is None or not by.may(Ability.SEE_SCHEMES):
        rows = rows.filter(is_public=True)
    found = {each.id: each for each in load_evidence_base(_place())}
    found |= {row.slug: _item(row) for row in rows}
    return tuple(found[name] for name in sorted(found))


def evidence_item(item_id: str, by: Actor | None) -> Item | None:
    """One item that somebody may see; None when there is none."""
    return next((each for each in evidence(by) if each.id == item_id), None)


def evidence_list(wanted: Wanted, by: Actor | None) -> Part[Item]:
    """Items that fit filters on type, group, pathway, outcome, verdict and grade, any finding of an item counting."""
    kept = [each for each in evidence(by) if _fits(each, wanted)]
    return part_of_rows(
        kept,
        wanted,
        text=lambda item: f"{item.label} {item.question} {item.sites} {item.sources[0].citation}",
        orders={
            "label": lambda item: item.label.lower(),
            "grade": lambda item: item.grade,
            "published": lambda item: item.published,
        },
    )


def known_cells(by: Actor | None) -> tuple[Cell, ...]:
    """What works for whom: the findings by group, pathway and outcome."""
    return cells(evidence(by))


def versions(slug: str, by: Actor) -> tuple[Version, ...]:
    """Every version of an entry of this place, the newest first; none where it is no entry of the register.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    return tuple(_version(row) for row in _rows().filter(slug=slug).order_by("-number"))


def version(entry_id: int, by: Actor) -> Version | None:
    """One version of an entry; None when there is none.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = _rows().filter(pk=entry_id).first()
    return _version(row) if row else None


def waiting(by: Actor) -> tuple[Version, ...]:
    """Proposed versions that wait for a second person, the oldest first.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    rows = _rows().filter(status=EvidenceStatus.PROPOSED).order_by("proposed_at", "pk")
    return tuple(_version(row) for row in rows)


def not_in_evidence_base(by: Actor) -> tuple[Overdue, ...]:
    """Evaluations of this place with a result that are not in the evidence base, the longest done first.

    Raises:
        Refused: the role sees no schemes.
        ReleaseError: a kept result was altered.
    """
    by.require(Ability.SEE_SCHEMES)
    results, told = _results(), _told()
    found = [_overdue(results, name, told.get(name, "")) for name in (results.names() if results else ())]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: (-each.days, each.evaluation)))


@dataclass(frozen=True, slots=True)
class Drafted:
    """The draft of an entry from a kept result.

    Attributes:
        number: version of the result.
        kind: integration, level, model, cohort and pathway of the scheme it is of; empty where no scheme planned it.
    """

    draft: Draft
    number: int
    kind: dict[str, str]


def draft_of(evaluation: str, by: Actor) -> Drafted | None:
    """The draft of an entry from the latest kept result of an evaluation; None where there is no result.

    Raises:
        Refused: the role writes no evidence.
        ReleaseError: the result was altered.
    """
    by.require(Ability.MANAGE_EVIDENCE)
    results = _results()
    kept = results.latest(evaluation) if results else None
    if kept is None:
        return None
    plan = EvaluationPlan.objects.filter(protocol=evaluation).select_related("scheme").order_by("-pk").first()
    names = ("integration", "level", "model", "cohort", "pathway")
    kind = {name: str(getattr(plan.scheme, name)) for name in names} if plan else {}
    return Drafted(draft_from(kept.result), kept.number, kind)


def evidence_gaps(by: Actor) -> tuple[Gap, ...]:
    """Schemes that run or are about to, beside what is known of their kind; those that spend blindly first.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    day = today()
    rows = Scheme.objects.filter(Q(ends__isnull=True) | Q(ends__gte=day)).order_by("name")
    planned = set(EvaluationPlan.objects.filter(withdrawn_on__isnull=True).values_list("scheme_id", flat=True))
    return gaps([_spending(row, is_evaluated=row.pk in planned) for row in rows], known_cells(by))


def known_of(slug: str, by: Actor) -> Gap | None:
    """What is known of the kind of one scheme, running or ended; None when there is no such scheme.

    Raises:
        Refused: the role sees no schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    row = Scheme.objects.filter(slug=slug).first()
    if row is None:
        return None
    planned = EvaluationPlan.objects.filter(scheme=row, withdrawn_on__isnull=True).exists()
    return gaps([_spending(row, is_evaluated=planned)], known_cells(by))[0]


def _spending(row: Scheme, *, is_evaluated: bool) -> Spending:
    return Spending(
        id=row.pk, name=row.name, cohort=Cohort(row.cohort), pathway=Pathway(row.pathway),
        outcome=AIMED_AT[Aim(row.aim)], pence=row.yearly_cost_pence, is_evaluated=is_evaluated,
    )  # fmt: skip


def _fits(item: Item, wanted: Wanted) -> bool:
    """Whether one of its findings has everything that is asked for."""
    return any(all(_held(item, told).get(key) == value for key, value in wanted.filters.items())
               for told in item.findings)  # fmt: skip


def _held(item: Item, told: Reported) -> dict[str, str]:
    return {
        "type": item.type.integration.value, "model": item.type.model.value if item.type.model else "none",
        "cohort": (told.cohort or item.cohort).value, "pathway": item.pathway.value, "outcome": told.outcome.value,
        "verdict": plain_verdict(told.verdict), "grade": "none" if told.grade is None else str(told.grade),
        "origin": item.origin,
    }  # fmt: skip


def _overdue(results: EvaluationResults | None, name: str, status: str) -> Overdue | None:
    kept = results.versions(name) if results and status != EvidenceStatus.APPROVED else ()
    if not kept:
        return None
    done = datetime.fromisoformat(kept[0].run_at).date()
    days = max(0, (today() - done).days)
    last = kept[-1].result
    return Overdue(
        evaluation=name, title=str(last.get("title", name)), verdict=str(last.get("verdict", "")), done=done, days=days,
        is_late=days > DUE_DAYS, waits=status == EvidenceStatus.PROPOSED,
    )  # fmt: skip


def _told() -> dict[str, str]:
    """Evaluation -> where its entry stands; approved before proposed."""
    standing = (EvidenceStatus.PROPOSED, EvidenceStatus.APPROVED)
    rows = EvidenceItem.objects.filter(status__in=standing).exclude(evaluation="").order_by("-status")
    return dict(rows.values_list("evaluation", "status"))


def _place() -> Path | None:
    folder: Path | None = settings.JOINEDUP_PLACE
    return folder


def _results() -> EvaluationResults | None:
    folder = _place()
    return EvaluationResults(folder) if folder else None


def _rows() -> QuerySet[EvidenceItem]:
    return EvidenceItem.objects.select_related("proposed_by", "decided_by")


def _item(row: EvidenceItem) -> Item:
    return replace(item_from(_as_definition(row), REGISTER), evaluation=row.evaluation)


def _as_definition(row: EvidenceItem) -> dict[str, object]:
    finding: dict[str, object] = {
        "outcome": row.outcome, "verdict": row.verdict, "grade": row.grade, "because": row.because, "note": row.note,
    }  # fmt: skip
    if row.effect is not None:
        ends: dict[str, object] = {} if row.low is None or row.high is None else {"low": row.low, "high": row.high}
        finding |= {"effect": row.effect, "scale": row.scale, "unit": row.unit, "people": row.people, **ends}
    return {
        "id": row.slug, "label": row.label, "question": row.question, "kind": row.kind,
        "integration": row.integration, "level": row.level, "model": row.model, "cohort": row.cohort,
        "pathway": row.pathway, "sites": row.sites, "context": row.context, "findings": [finding], "cost": row.cost,
        "cash": row.cash, "persistence": row.persistence, "replication": row.replication, "published": row.published,
        "sources": [{"citation": row.citation, "where": row.where, "link": row.link}], "verify": row.is_unchecked,
    }  # fmt: skip


def _terms(row: EvidenceItem) -> dict[str, object]:
    names = (field.name for field in EvidenceItem._meta.concrete_fields)
    return {name: getattr(row, name) for name in names if name not in _OWN}


def _version(row: EvidenceItem) -> Version:
    return Version(
        id=row.pk, slug=row.slug, number=row.number, item=_item(row), terms=_terms(row), status=row.status,
        status_label=row.get_status_display(), is_public=row.is_public, reason=row.reason,
        proposed_by=row.proposed_by.get_username() if row.proposed_by else "", proposed_by_id=row.proposed_by_id,
        proposed_at=row.proposed_at, decided_by=row.decided_by.get_username() if row.decided_by else "",
        decided_at=row.decided_at, remark=row.remark, version=row.version,
    )  # fmt: skip
