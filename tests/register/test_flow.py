"""Flows of data: begun from a template, decided by somebody else, ended; nothing flows on a proposal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from joinedup.register.actions.flow import FlowTerms, decide_flow, end_flow, propose_flow
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, DataFlow
from joinedup.register.queries.flow import flows, source_standings, standing_of
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from joinedup.store.flow_templates import load_flow_templates
from tests.register.people import SINCE, actor

pytestmark = pytest.mark.django_db


def terms(**other: object) -> FlowTerms:
    told = FlowTerms(
        source="gp", label="GP registrations", legal_basis="UK GDPR 6(1)(e) and 9(2)(h)", purposes=("planning",),
        controller="Fenwick ICB", opt_out="type1", valid_from=SINCE, expires=today() + timedelta(days=400),
    )  # fmt: skip
    return replace(told, **other)  # type: ignore[arg-type]


def proposed(**other: object) -> DataFlow:
    return propose_flow(terms=terms(**other), by=actor(Role.COMMISSIONER))


def approved(**other: object) -> DataFlow:
    flow = proposed(**other)
    return decide_flow(flow_id=flow.pk, version=1, is_approved=True, remark="", by=actor(Role.GUARDIAN))


def test_a_flow_goes_from_proposal_to_approval_by_another_person_to_its_end() -> None:
    flow = approved()
    assert (flow.status, flow.version) == ("approved", 2)
    ended = end_flow(flow_id=flow.pk, version=2, remark="The project is over", by=actor(Role.GUARDIAN))
    assert ended.status == "ended"
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["flow.proposed", "flow.approved", "flow.ended"]


def test_nobody_decides_what_they_proposed() -> None:
    by = actor(Role.GUARDIAN)
    flow = propose_flow(terms=terms(), by=by)
    with pytest.raises(Refused):
        decide_flow(flow_id=flow.pk, version=1, is_approved=True, remark="", by=by)


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.MANAGE_FLOWS)])
def test_other_roles_manage_no_flows(role: Role) -> None:
    with pytest.raises(Refused):
        propose_flow(terms=terms(), by=actor(role))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": "GP Patients"}, "source"),
        ({"legal_basis": "law"}, "legal_basis"),
        ({"expires": date(2019, 1, 1)}, "expires"),
        ({"expires": date(2021, 1, 1)}, "expires"),
        ({"purposes": ()}, ""),
        ({"purposes": ("curiosity",)}, ""),
    ],
)
def test_terms_that_are_not_lawful_are_said_by_field(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as found:
        propose_flow(terms=terms(**wrong), by=actor(Role.GUARDIAN))
    assert list(found.value.fields) == [field]


def test_a_refusal_needs_a_reason_and_a_decision_is_taken_once() -> None:
    flow, by = proposed(), actor(Role.GUARDIAN)
    with pytest.raises(Invalid):
        decide_flow(flow_id=flow.pk, version=1, is_approved=False, remark=" ", by=by)
    decide_flow(flow_id=flow.pk, version=1, is_approved=False, remark="No agreement is signed", by=by)
    with pytest.raises(Conflict):
        decide_flow(flow_id=flow.pk, version=2, is_approved=True, remark="", by=by)


def test_only_a_flow_in_force_is_ended() -> None:
    with pytest.raises(Conflict):
        end_flow(flow_id=proposed().pk, version=1, remark="over", by=actor(Role.GUARDIAN))


@pytest.mark.parametrize(
    ("days", "standing"), [(-1, "ended"), (0, "ends soon"), (60, "ends soon"), (61, "in force"), (None, "none")]
)
def test_a_flow_that_ends_within_sixty_days_warns(days: int | None, standing: str) -> None:
    expires = None if days is None else date(2025, 4, 20) + timedelta(days=days)
    assert standing_of(expires, date(2025, 4, 20)) == standing


def test_the_list_says_how_long_each_flow_lasts() -> None:
    approved(expires=today() + timedelta(days=30))
    found = flows(status="approved")
    assert [(flow.source, flow.days_left, flow.standing) for flow in found] == [("gp", 30, "ends soon")]
    assert flows(status="proposed") == ()


def test_without_a_place_the_sources_of_the_register_stand_alone() -> None:
    approved()
    assert [(each.source, each.where) for each in source_standings()] == [("gp", "register")]


def test_the_worked_templates_are_whole() -> None:
    found = {template.id: template for template in load_flow_templates(None)}
    assert set(found) == {"direct_care", "evaluation", "planning_pseudonymised", "public_statistics",
                          "risk_stratification"}  # fmt: skip
    assert all(template.steps and template.source for template in found.values())
