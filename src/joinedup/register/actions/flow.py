"""Flows of data: proposed by one person, decided by another, ended when their reason ends."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import DataFlow
from joinedup.register.models.flow import FlowStatus
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.flow import Flow, read_flow
from joinedup.rules.foundation.role import Ability

_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class FlowTerms:
    """What a flow is to say.

    Attributes:
        source: id of the source in place.toml.
        label: what people call it.
        legal_basis: the law it rests on, in words.
        purposes: uses it allows, of the closed list.
        controller: the organisation that answers for the data.
        opt_out: which objection applies to uses other than a person's own care.
        valid_from: its first day.
        expires: its last day.
        processor: who works on the data for the controller.
        agreement: where the signed agreement lies.
        template: the template it was begun from.
    """

    source: str
    label: str
    legal_basis: str
    purposes: tuple[str, ...]
    controller: str
    opt_out: str
    valid_from: date
    expires: date
    processor: str = ""
    agreement: str = ""
    template: str = ""


def propose_flow(*, terms: FlowTerms, by: Actor) -> DataFlow:
    """Propose a flow; nothing flows on it until another person approves it.

    Raises:
        Refused: the role manages no flows.
        Invalid: the terms are not those of a lawful flow.
    """
    by.require(Ability.MANAGE_FLOWS)
    _check(terms)
    with transaction.atomic():
        told = {**asdict(terms), "purposes": sorted(terms.purposes)}
        flow = DataFlow.objects.create(**told, proposed_by_id=by.user_id)
        _write_down("flow.proposed", flow, by, source=flow.source, expires=flow.expires.isoformat())
    return flow


def decide_flow(*, flow_id: int, version: int, is_approved: bool, remark: str, by: Actor) -> DataFlow:
    """Approve or refuse a proposed flow; nobody decides what they proposed.

    Raises:
        Refused: the role manages no flows, or the proposal was the actor's own.
        Invalid: a refusal without a reason, or a flow whose last day is over.
        Conflict: somebody decided it meanwhile.
    """
    by.require(Ability.MANAGE_FLOWS)
    with transaction.atomic():
        flow = _found(flow_id)
        if flow.proposed_by_id == by.user_id:
            raise Refused("You proposed this flow. Somebody else must decide on it.")
        if flow.status != FlowStatus.PROPOSED:
            raise Conflict("This flow was decided meanwhile.")
        if not is_approved and not remark.strip():
            raise Invalid({"remark": "Say why you refuse it"})
        if is_approved and flow.expires < today():
            raise Invalid({"": "The last day of this flow is over. Ask for a new proposal."})
        status = FlowStatus.APPROVED if is_approved else FlowStatus.REFUSED
        _move(flow, version, status, remark, by, decided_by_id=by.user_id, decided_at=now())
    return flow


def end_flow(*, flow_id: int, version: int, remark: str, by: Actor) -> DataFlow:
    """End an approved flow before its last day: the next build refuses the source unless another flow covers it.

    Raises:
        Refused: the role manages no flows.
        Invalid: no reason.
        Conflict: it is not in force, or somebody changed it meanwhile.
    """
    by.require(Ability.MANAGE_FLOWS)
    with transaction.atomic():
        flow = _found(flow_id)
        if flow.status != FlowStatus.APPROVED:
            raise Conflict("This flow is not in force, so it cannot be ended.")
        if not remark.strip():
            raise Invalid({"remark": "Say why it ends"})
        _move(flow, version, FlowStatus.ENDED, remark, by)
    return flow


def _found(flow_id: int) -> DataFlow:
    found = DataFlow.objects.select_for_update().filter(pk=flow_id).first()
    if found is None:
        raise Invalid({"": "There is no such flow."})
    return found


def _move(flow: DataFlow, version: int, status: FlowStatus, remark: str, by: Actor, **decided: object) -> None:
    before = flow.status
    change(flow, version, status=status.value, remark=remark.strip()[:300], **decided)
    _write_down(f"flow.{status.value}", flow, by, source=flow.source, before=before, after=status.value)


def _check(terms: FlowTerms) -> None:
    faults = {}
    if not _SOURCE.fullmatch(terms.source):
        faults["source"] = "Enter the source's id as place.toml has it: small letters, digits, - and _"
    for name, least in (("label", 1), ("legal_basis", 10), ("controller", 2)):
        if len(getattr(terms, name).strip()) < least:
            faults[name] = f"Enter the {name.replace('_', ' ')} in full"
    if terms.expires < terms.valid_from:
        faults["expires"] = "The last day must be on or after the first day"
    elif terms.expires < today():
        faults["expires"] = "The last day must not be over already"
    told = {**asdict(terms), "purposes": list(terms.purposes)}
    flow = read_flow(told)
    if not faults and not isinstance(flow, Flow):
        faults[""] = "; ".join(flow)
    if faults:
        raise Invalid(faults)


def _write_down(action: str, flow: DataFlow, by: Actor, **told: object) -> None:
    audit(Entry(action, f"flow/{flow.pk}", detail=told), by=by)
