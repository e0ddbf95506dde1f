"""Entries of the evidence base: proposed by one person, decided by a second, corrected by a new version."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.models import EvidenceItem
from joinedup.register.models.evidence_item import EvidenceStatus
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, DefinitionError, Invalid, Refused
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.evidence_item import Effect, Source, check_verdict
from joinedup.rules.programme.evidence_reading import type_from
from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import CareModel, Cohort, Integration, Level, Pathway

_DAY: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_CLOSED: Final[dict[str, type[StrEnum]]] = {
    "kind": Kind, "integration": Integration, "cohort": Cohort, "pathway": Pathway, "outcome": Outcome, "cash": Cash,
    "persistence": Persistence, "replication": Replication,
}  # fmt: skip
_MAY_BE_EMPTY: Final[dict[str, type[StrEnum]]] = {"level": Level, "model": CareModel, "scale": Scale}
_NEEDED: Final = {
    "label": "Enter what the entry is called",
    "question": "Enter the question that was asked",
    "sites": "Enter how many places it is about, and which",
    "because": "Say why this grade, or why it could not be evaluated",
    "citation": "Enter the source: author, title, publisher and date",
}


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """What an entry says; see `rules.programme.evidence_item.EvidenceItem` for what each means.

    Attributes:
        evaluation, evaluation_version: the kept result of this place that it was made from; "" and None for none.
    """

    label: str
    question: str
    kind: str
    integration: str
    cohort: str
    pathway: str
    sites: str
    outcome: str
    verdict: str
    grade: int | None
    because: str
    published: str
    citation: str
    level: str = ""
    model: str = ""
    context: str = ""
    note: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    scale: str = ""
    unit: str = ""
    people: int | None = None
    cost: str = ""
    cash: str = "unknown"
    persistence: str = "unknown"
    replication: str = "unknown"
    where: str = ""
    link: str = ""
    is_unchecked: bool = False
    is_public: bool = False
    evaluation: str = ""
    evaluation_version: int | None = None


def propose_evidence(*, terms: EvidenceTerms, by: Actor) -> EvidenceItem:
    """Propose a new entry; it counts for nothing until another person approves it.

    Raises:
        Refused: the role writes no evidence.
        Invalid: the entry is no evidence, or the same kept result is in the evidence base already.
    """
    by.require(Ability.MANAGE_EVIDENCE)
    _check(terms)
    with transaction.atomic():
        _not_twice(terms)
        return _written(_new_slug(terms.label), 1, terms, "", by)


def correct_evidence(*, entry_id: int, version: int, terms: EvidenceTerms, reason: str, by: Actor) -> EvidenceItem:
    """Propose a corrected version of an approved entry; the approved one stands until the new one is approved.

    Raises:
        Refused: the role writes no evidence.
        Invalid: no reason, or the entry is no evidence.
        Conflict: it does not stand, a correction of it waits already, or somebody decided meanwhile.
    """
    by.require(Ability.MANAGE_EVIDENCE)
    if not reason.strip():
        raise Invalid({"reason": "Say what was wrong or what is new"})
    _check(terms)
    with transaction.atomic():
        row = _found(entry_id)
        if row.status != EvidenceStatus.APPROVED or row.version != version:
            raise Conflict("This version does not stand any more. Open the entry again and correct the one that does.")
        if EvidenceItem.objects.filter(slug=row.slug, status=EvidenceStatus.PROPOSED).exists():
            raise Conflict("A correction of this entry waits for a decision already.")
        return _written(row.slug, _next_number(row.slug), terms, reason.strip()[:300], by)


def decide_evidence(*, entry_id: int, version: int, is_approved: bool, remark: str, by: Actor) -> EvidenceItem:
    """Approve or refuse a proposed version; nobody decides what they proposed.

    An approved version replaces the one that stood.

    Raises:
        Refused: the role writes no evidence, or the proposal was the actor's own.
        Invalid: a refusal without a reason.
        Conflict: somebody decided it meanwhile.
    """
    by.require(Ability.MANAGE_EVIDENCE)
    with transaction.atomic():
        row = _found(entry_id)
        if row.proposed_by_id == by.user_id:
            raise Refused("You proposed this entry. Somebody else must decide on it.")
        if row.status != EvidenceStatus.PROPOSED:
            raise Conflict("This entry was decided meanwhile.")
        if not is_approved and not remark.strip():
            raise Invalid({"remark": "Say why you refuse it"})
        if is_approved:
            _replace_standing(row, by)
        status = EvidenceStatus.APPROVED if is_approved else EvidenceStatus.REFUSED
        _move(row, version, status, remark, by)
    return row


def withdraw_evidence(*, entry_id: int, version: int, remark: str, by: Actor) -> EvidenceItem:
    """Take an approved entry out of the evidence base; it stays readable, with the reason.

    Raises:
        Refused: the role writes no evidence, or the entry was the actor's own proposal.
        Invalid: no reason.
        Conflict: it does not stand, or somebody changed it meanwhile.
    """
    by.require(Ability.MANAGE_EVIDENCE)
    with transaction.atomic():
        row = _found(entry_id)
        if row.proposed_by_id == by.user_id:
            raise Refused("You proposed this entry. Somebody else must withdraw it.")
        if row.status != EvidenceStatus.APPROVED:
            raise Conflict("This entry does not stand, so it cannot be withdrawn.")
        if not remark.strip():
            raise Invalid({"remark": "Say why it is withdrawn"})
        _move(row, version, EvidenceStatus.WITHDRAWN, remark, by)
    return row


def _written(slug: str, number: int, terms: EvidenceTerms, reason: str, by: Actor) -> EvidenceItem:
    row = EvidenceItem.objects.create(
        slug=slug, number=number, reason=reason, proposed_by_id=by.user_id, proposed_at=now(), **_cleaned(terms)
    )
    told: dict[str, object] = {"verdict": row.verdict, "grade": row.grade, "evaluation": row.evaluation}
    audit(Entry("evidence.proposed", f"evidence/{row.pk}", detail={"entry": slug, "number": number, **told}), by=by)
    return row


def _replace_standing(row: EvidenceItem, by: Actor) -> None:
    """The version that stood steps back before the new one stands; one row of the trace tells of both."""
    stood = EvidenceItem.objects.select_for_update().filter(slug=row.slug, status=EvidenceStatus.APPROVED).first()
    if stood is not None:
        change(stood, stood.version, status=EvidenceStatus.SUPERSEDED.value)


def _move(row: EvidenceItem, version: int, status: EvidenceStatus, remark: str, by: Actor) -> None:
    before = row.status
    change(row, version, status=status.value, remark=remark.strip()[:300], decided_by_id=by.user_id, decided_at=now())
    detail = {"entry": row.slug, "number": row.number, "before": before, "after": status.value}
    audit(Entry(f"evidence.{status.value}", f"evidence/{row.pk}", detail=detail), by=by)


def _found(entry_id: int) -> EvidenceItem:
    row = EvidenceItem.objects.select_for_update().filter(pk=entry_id).first()
    if row is None:
        raise Invalid({"": "There is no such entry."})
    return row


def _next_number(slug: str) -> int:
    return int(EvidenceItem.objects.filter(slug=slug).aggregate(last=Max("number"))["last"] or 0) + 1


def _new_slug(label: str) -> str:
    """A name made of the label's words, with a number where another entry has it."""
    base = "local_" + (re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:60] or "entry")
    taken = set(EvidenceItem.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(name for name in (base, *(f"{base}_{at}" for at in range(2, len(taken) + 3))) if name not in taken)


def _not_twice(terms: EvidenceTerms) -> None:
    standing = (EvidenceStatus.PROPOSED, EvidenceStatus.APPROVED)
    if terms.evaluation and EvidenceItem.objects.filter(evaluation=terms.evaluation, status__in=standing).exists():
        raise Invalid({"": f"The evaluation {terms.evaluation} has an entry already. Correct that one."})


def _cleaned(terms: EvidenceTerms) -> dict[str, Any]:
    return {key: value.strip() if isinstance(value, str) else value for key, value in asdict(terms).items()}


def _check(terms: EvidenceTerms) -> None:
    faults = {
        **_too_long(terms),
        **{name: words for name, words in _NEEDED.items() if not getattr(terms, name).strip()},
    }
    for name, kind in (*_CLOSED.items(), *_MAY_BE_EMPTY.items()):
        value = getattr(terms, name)
        if value not in set(kind) and not (value == "" and name in _MAY_BE_EMPTY):
            faults[name] = "Select one of the choices"
    if terms.question.strip() and not terms.question.strip().endswith("?"):
        faults["question"] = "The question must end with a question mark"
    if not _DAY.fullmatch(terms.published.strip()):
        faults["published"] = "Published must be a year, a month or a day, like 2025, 2025-03 or 2025-03-31"
    if (terms.evaluation == "") != (terms.evaluation_version is None):
        faults[""] = "An entry is made from one version of one evaluation."
    faults |= _faults_of_finding(terms, faults)
    if faults:
        raise Invalid(faults)


def _too_long(terms: EvidenceTerms) -> dict[str, str]:
    told = asdict(terms)
    most = {field.name: getattr(field, "max_length", None) for field in EvidenceItem._meta.concrete_fields}
    return {
        name: f"Use {most[name]} characters or less"
        for name, value in told.items()
        if isinstance(value, str) and len(value.strip()) > (most[name] or len(value))
    }


def _faults_of_finding(terms: EvidenceTerms, before: dict[str, str]) -> dict[str, str]:
    """What the rules of the evidence base say of the verdict, the effect and the source."""
    found: dict[str, str] = {}
    for field, rule in (
        ("verdict", lambda: check_verdict(terms.verdict.strip(), terms.grade)),
        ("link", lambda: Source(terms.citation or "-", terms.where, terms.link.strip())),
        ("integration", lambda: type_from(asdict(terms))),
    ):
        try:
            rule()
        except DefinitionError as exc:
            found[field] = _sentence(exc)
    if terms.effect is None and (terms.low is not None or terms.high is not None or terms.scale):
        found["effect"] = "Enter the effect, or leave its interval and scale empty"
    elif terms.effect is not None and not terms.scale:
        found["scale"] = "Select the scale that the effect is on"
    elif terms.effect is not None and "scale" not in before:
        try:
            Effect(terms.effect, Scale(terms.scale), terms.low, terms.high, terms.unit, terms.people)
        except DefinitionError as exc:
            found["effect"] = _sentence(exc)
    if terms.kind in {Kind.CLAIM, Kind.MODEL} and terms.grade is not None:
        found["grade"] = "A claim or a model has no grade: nothing was observed"
    return found


def _sentence(exc: DefinitionError) -> str:
    told = str(exc)
    return told[:1].upper() + told[1:]
