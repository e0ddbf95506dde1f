"""Evaluations planned for schemes: named by their protocol, withdrawn only with a reason."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from django.db import transaction

from joinedup.register.actions.scheme import own_scheme
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import EvaluationPlan, Scheme
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, Invalid
from joinedup.rules.foundation.role import Ability

_PROTOCOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def plan_evaluation(*, slug: str, protocol: str, question: str, due: date | None, by: Actor) -> EvaluationPlan:
    """Plan an evaluation: managers of their own schemes may, and analysts for every scheme.

    Raises:
        Refused: the role does neither, or the scheme is another organisation's.
        Invalid: the name cannot be a protocol's, no question, or it is planned already.
    """
    with transaction.atomic():
        scheme = _scheme_to_evaluate(slug, by)
        faults = {}
        if not _PROTOCOL.fullmatch(protocol):
            faults["protocol"] = "Enter the protocol's name: letters, digits, - and _"
        elif EvaluationPlan.objects.filter(scheme=scheme, protocol=protocol, withdrawn_on__isnull=True).exists():
            faults["protocol"] = "This evaluation is planned already"
        if len(question.strip()) < 10:
            faults["question"] = "Enter the question as a whole sentence"
        if faults:
            raise Invalid(faults)
        plan = EvaluationPlan.objects.create(
            scheme=scheme, protocol=protocol, question=question.strip()[:500], due=due, planned_by_id=by.user_id,
            planned_on=today(),
        )  # fmt: skip
        _write_down("evaluation.planned", plan, by, due=due.isoformat() if due else None)
    return plan


def withdraw_evaluation(*, plan_id: int, version: int, reason: str, by: Actor) -> EvaluationPlan:
    """Withdraw a plan; it stays on the scheme's page with its reason, so that no evaluation is dropped unseen.

    Raises:
        Refused: the role may not plan evaluations of the scheme.
        Invalid: no reason.
        Conflict: it was withdrawn or changed meanwhile.
    """
    with transaction.atomic():
        plan = (
            EvaluationPlan.objects.select_for_update(of=("self",)).select_related("scheme").filter(pk=plan_id).first()
        )
        if plan is None:
            raise Invalid({"": "There is no such plan."})
        _scheme_to_evaluate(plan.scheme.slug, by)
        if plan.withdrawn_on is not None:
            raise Conflict("This plan was withdrawn already.")
        if not reason.strip():
            raise Invalid({"reason": "Say why it is withdrawn"})
        change(plan, version, withdrawn_on=today(), reason=reason.strip()[:300])
        _write_down("evaluation.withdrawn", plan, by, reason=plan.reason)
    return plan


def _scheme_to_evaluate(slug: str, by: Actor) -> Scheme:
    if not by.may(Ability.MANAGE_EVIDENCE):
        by.require(Ability.MANAGE_SCHEMES)
        return own_scheme(slug, by)
    scheme = Scheme.objects.filter(slug=slug).first()
    if scheme is None:
        raise Invalid({"": "There is no such scheme."})
    return scheme


def _write_down(action: str, plan: EvaluationPlan, by: Actor, **told: object) -> None:
    audit(Entry(action, f"scheme/{plan.scheme.slug}", detail={"protocol": plan.protocol, **told}), by=by)
