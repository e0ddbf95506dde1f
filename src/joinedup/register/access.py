"""The door to identified records: every opening is decided, written down, and only then granted.

Reading goes through the same three steps as writing: decide (rules.care.access), one audit row, then a grant that the
store demands. What is refused is written down too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit, new_ref
from joinedup.register.clock import now, today
from joinedup.register.models import AuditSample, CareRelationship, EmergencyAccess, Objection, Restriction
from joinedup.rules.care.access import Case, Decision, Purpose, Relationship, Sensitivity, decide
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import PersonGrant

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a record is about.

    Attributes:
        person_id: the pseudonym that stands for them today.
        aliases: every pseudonym that ever stood for them; relationships may be recorded under an earlier one.
        formers: every pseudonym under which any of their records ever was, even where it stands for others now: what
            protects a person (a restricted address, an objection) follows their records through a split.
    """

    person_id: int
    aliases: frozenset[int]
    formers: frozenset[int] = frozenset()

    @property
    def protected_under(self) -> frozenset[int]:
        """Pseudonyms under which something that protects this person may be recorded."""
        return self.aliases | self.formers


class RefusedInTrace(Refused):
    """A refusal that is in the trace already, so that nobody writes it down again."""


class RecordClosed(RefusedInTrace):
    """A record did not open; the refusal is in the trace.

    Attributes:
        decision: why, and whether emergency access would open it.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.because[:1].upper() + decision.because[1:] + ".")
        self.decision = decision


def open_record(
    subject: Subject, purpose: Purpose, page: str, *, by: Actor, detail: Mapping[str, object] | None = None
) -> PersonGrant:
    """Open one person's identified record for one page, and write it down.

    Args:
        subject: whose.
        purpose: why.
        page: which page or call shows it, for example "person" or "api".
        by: who.
        detail: what else the trace keeps, such as the lawful ground that was chosen; never a personal value.

    Returns:
        A grant for the store's reader; it carries the id of the audit row.

    Raises:
        RecordClosed: it does not open; that is written down too.
    """
    decision = decide_for(subject, purpose, by=by)
    ref = new_ref()
    entry = Entry(
        action="record.opened" if decision.is_open else "record.refused",
        subject=f"page/{page}",
        people=(subject.person_id,),
        purpose=purpose.value,
        ground=decision.because,
        detail=detail,
    )
    with transaction.atomic():
        audit(entry, by=by, ref=ref)
    if not decision.is_open:
        raise RecordClosed(decision)
    return PersonGrant(
        audit_id=ref,
        person_id=subject.person_id,
        purpose=purpose,
        hidden=hidden_of(subject, purpose, decision),
        shows_costs=by.may(Ability.SEE_COSTS),
    )


def decide_for(subject: Subject, purpose: Purpose, *, by: Actor) -> Decision:
    """What the rule says of this actor, this person and this purpose today; nothing is written down.

    Emergency access also opens what a relationship leaves closed: a purpose it does not serve, or an objection.
    """
    relationship, cleared = relationship_with(subject.aliases, by=by)
    case = Case(
        role=by.role,
        relationship=relationship,
        purpose=purpose,
        objects=in_force(Objection.objects.filter(person_id__in=subject.protected_under, kind="record")).exists(),
        cleared=cleared,
    )
    decision = decide(case)
    if decision.may_ask and emergency_of(subject.aliases, by=by) is not None:
        return decide(replace(case, relationship=Relationship.EMERGENCY, cleared=frozenset()))
    return decision


def hidden_of(subject: Subject, purpose: Purpose, decision: Decision) -> frozenset[Sensitivity]:
    """What stays closed; an address stays so only where it is restricted, except in an audit sample, which needs none.

    Sensitive services are so by their nature, whoever uses them; an address is so by a decision about one person.
    """
    address = frozenset({Sensitivity.RESTRICTED_ADDRESS})
    if purpose is Purpose.AUDIT_SAMPLE or has_restricted_address(subject.protected_under):
        return decision.hidden
    return decision.hidden - address


def has_restricted_address(pseudonyms: Iterable[int]) -> bool:
    """Whether an address is marked as restricted today under any of a person's pseudonyms."""
    kind = Sensitivity.RESTRICTED_ADDRESS.value
    return in_force(Restriction.objects.filter(person_id__in=list(pseudonyms), kind=kind)).exists()


def relationship_with(aliases: Iterable[int], *, by: Actor) -> tuple[Relationship, frozenset[Sensitivity]]:
    """What ties the actor's team to a person today, and the sensitive parts that this care needs."""
    held = in_force(CareRelationship.objects.filter(person_id__in=list(aliases), team_id=by.team_id or 0))
    found = list(held.values_list("kind", "cleared"))
    caring = [cleared for kind, cleared in found if kind == Relationship.CARE.value]
    if caring:
        return Relationship.CARE, frozenset(Sensitivity(name) for cleared in caring for name in cleared)
    if found:
        return Relationship.REFERRED, frozenset()
    if emergency_of(aliases, by=by) is not None:
        return Relationship.EMERGENCY, frozenset()
    if by.may(Ability.SAMPLE_RECORD) and _is_sampled(frozenset(aliases), by):
        return Relationship.SAMPLED, frozenset()
    return Relationship.NONE, frozenset()


def _is_sampled(aliases: frozenset[int], by: Actor) -> bool:
    """Whether a person was drawn in a sample of this auditor's own: nobody picks whom they see."""
    drawn = AuditSample.objects.filter(drawn_by_id=by.user_id).values_list("people", flat=True)
    return any(int(person) in aliases for people in drawn for person in people)


def emergency_of(aliases: Iterable[int], *, by: Actor) -> EmergencyAccess | None:
    """The actor's emergency access to a person that is open now."""
    return EmergencyAccess.objects.filter(
        person_id__in=list(aliases), post_id=by.post_id, expires_at__gt=now(), ended_at__isnull=True
    ).first()


def in_force(rows: QuerySet[M]) -> QuerySet[M]:
    """Rows that hold on the place's day; `valid_to` is the last day."""
    day = today()
    return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
