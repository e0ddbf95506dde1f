"""Schemes: recorded by those who own or sponsor them, with what they spend, their boards and their evaluations."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, IntegrityError, transaction

from joinedup.register.actions.evaluation_plan import plan_evaluation, withdraw_evaluation
from joinedup.register.actions.scheme import (
    add_line,
    add_scheme,
    change_scheme,
    end_line,
    record_report,
    record_spend,
)
from joinedup.register.clock import today
from joinedup.register.listing import Wanted
from joinedup.register.models import AuditEvent, Scheme, SchemeReport, SchemeSpend
from joinedup.register.queries.scheme import scheme as shown
from joinedup.register.queries.scheme import schemes
from joinedup.register.queries.scheme_alert import alerts, waiting_in_schemes
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from joinedup.rules.programme.oversight import AlertKind
from joinedup.store.evaluation_results import keep
from tests.register.people import actor
from tests.register.schemes import BEGINS, effect, manager, scheme, scheme_terms

pytestmark = pytest.mark.django_db
ABOUT = {"release": "r", "protocol_hash": "p", "code_version": "1", "run_at": "2025-01-01T00:00:00+00:00"}


def test_a_scheme_is_recorded_changed_and_traced() -> None:
    made = scheme()
    terms = scheme_terms(name="The whole team", yearly_cost_pence=None)
    changed = change_scheme(slug="team", version=1, terms=terms, by=manager())
    assert (changed.name, changed.version, changed.yearly_cost_pence) == ("The whole team", 2, None)
    rows = list(AuditEvent.objects.order_by("sequence"))
    assert [row.action for row in rows] == ["scheme.added", "scheme.changed"]
    assert rows[1].detail["before"]["name"] == "The team"
    assert rows[1].detail["after"]["areas"] == ["F"]
    assert made.pk == changed.pk


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.MANAGE_SCHEMES)])
def test_other_roles_record_no_scheme(role: Role) -> None:
    with pytest.raises(Refused):
        add_scheme(terms=scheme_terms(), by=actor(role))


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.SEE_SCHEMES)])
def test_other_roles_see_no_scheme(role: Role) -> None:
    for ask in (lambda by: schemes(Wanted(), by), lambda by: shown("team", by=by), lambda by: alerts(by=by)):
        with pytest.raises(Refused):
            ask(actor(role))
    assert waiting_in_schemes(by=actor(role)).alerts is None


def test_only_the_organisations_that_own_or_sponsor_a_scheme_change_it() -> None:
    scheme()
    change_scheme(slug="team", version=1, terms=scheme_terms(), by=manager("sponsor", "BRD1"))
    stranger = manager("stranger", "OTH1")
    with pytest.raises(Refused):
        change_scheme(slug="team", version=2, terms=scheme_terms(), by=stranger)
    with pytest.raises(Refused):
        add_scheme(terms=scheme_terms(slug="other"), by=stranger)
    assert shown("team", by=stranger).may_manage is False  # type: ignore[union-attr]


def test_two_who_change_one_scheme_lose_nothing() -> None:
    scheme()
    change_scheme(slug="team", version=1, terms=scheme_terms(name="First"), by=manager())
    with pytest.raises(Conflict):
        change_scheme(slug="team", version=1, terms=scheme_terms(name="Second"), by=manager())
    assert Scheme.objects.get().name == "First"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "The Team"}, "slug"), ({"slug": "claims"}, "slug"), ({"name": " "}, "name"),
        ({"ends": date(2024, 3, 31)}, "ends"), ({"yearly_cost_pence": -1}, "yearly_cost_pence"),
        ({"areas": ("F", "X")}, "areas"), ({"owner": "NONE"}, "owner"), ({"event_rate": Decimal(0)}, "event_rate"),
        ({"lead_id": 99}, "lead_id"), ({"funding": ""}, "funding"),
    ],
)  # fmt: skip
def test_terms_that_are_not_of_a_scheme_are_said_by_field(wrong: dict[str, object], field: str) -> None:
    by = manager()
    terms = scheme_terms(**wrong)
    with pytest.raises((Invalid, Refused)) as found:
        add_scheme(terms=terms, by=by if field != "owner" else manager("b", "BRD1"))
    assert isinstance(found.value, Invalid)
    assert list(found.value.fields) == [field]


def test_an_id_is_taken_once() -> None:
    scheme()
    with pytest.raises(Invalid) as found:
        scheme()
    assert list(found.value.fields) == ["slug"]


def test_spending_adds_up_and_is_put_right_by_a_further_entry() -> None:
    scheme()
    for pence, reference in ((100_00, "A"), (300_00, "B"), (-100_00, "A was entered twice")):
        record_spend(slug="team", on=BEGINS, pence=pence, reference=reference, by=manager())
    assert shown("team", by=manager()).spent_pence == 300_00  # type: ignore[union-attr]
    for wrong in ({"pence": 0}, {"on": today() + timedelta(days=1)}, {"reference": " "}):
        with pytest.raises(Invalid):
            record_spend(**{"slug": "team", "on": BEGINS, "pence": 1, "reference": "A", **wrong}, by=manager())  # type: ignore[arg-type]


@pytest.mark.usefixtures("committed")
def test_what_was_spent_and_reported_is_never_changed_in_the_database() -> None:
    scheme()
    record_spend(slug="team", on=BEGINS, pence=1, reference="A", by=manager())
    line = add_line(slug="team", board="BRD1", kind="line", cadence_days=90, since=BEGINS, by=manager())
    record_report(line_id=line.pk, on=BEGINS, said="Begun", by=manager())
    for model in (SchemeSpend, SchemeReport):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(recorded_by=None)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.all().delete()


def test_a_scheme_reports_to_a_board_until_the_line_ends() -> None:
    scheme()
    by = manager()
    line = add_line(slug="team", board="BRD1", kind="line", cadence_days=90, since=BEGINS, by=by)
    with pytest.raises(Invalid):
        add_line(slug="team", board="BRD1", kind="dotted", cadence_days=30, since=BEGINS, by=by)
    record_report(line_id=line.pk, on=today(), said="All is well", by=by)
    found = shown("team", by=by)
    assert found is not None
    assert (found.lines[0].said, found.lines[0].is_late) == ("All is well", False)
    with pytest.raises(Invalid):
        record_report(line_id=line.pk, on=BEGINS - timedelta(days=1), said="Before", by=by)
    end_line(line_id=line.pk, version=1, by=by)
    with pytest.raises(Conflict):
        record_report(line_id=line.pk, on=today(), said="After", by=by)


def test_an_evaluation_is_planned_once_and_withdrawn_with_a_reason() -> None:
    scheme()
    by = actor(Role.ANALYST)
    plan = plan_evaluation(slug="team", protocol="team-fenwick", question="Does it do anything?", due=None, by=by)
    with pytest.raises(Invalid):
        plan_evaluation(slug="team", protocol="team-fenwick", question="Does it do anything?", due=None, by=by)
    with pytest.raises(Invalid):
        withdraw_evaluation(plan_id=plan.pk, version=1, reason=" ", by=by)
    withdraw_evaluation(plan_id=plan.pk, version=1, reason="Too few people", by=by)
    found = shown("team", by=by)
    assert found is not None
    assert not found.is_evaluated
    assert found.evaluations[0].reason == "Too few people"
    with pytest.raises(Refused):
        plan_evaluation(slug="team", protocol="x", question="Does it do anything?", due=None, by=manager("s", "OTH1"))
    with pytest.raises(Invalid):
        plan_evaluation(slug="team", protocol="../x", question="short", due=None, by=by)


def test_the_result_of_the_best_evaluation_stands_on_the_scheme(tmp_path: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = tmp_path
    scheme()
    effect(-35)
    row = {"outcome": "admissions", "estimand": "att", "scale": "ratio", "horizon": "all", "subgroup": "all",
           "value": 0.96, "low": 0.85, "high": 1.08}  # fmt: skip
    for protocol, level, verdict in (("naive", 1, "no conclusive evidence"), ("study", 4, "no conclusive evidence")):
        result = {"title": protocol, "verdict": verdict, "grade": {"level": level}, "estimates": [row]}
        keep(tmp_path, protocol, result, ABOUT)
        by = actor(Role.ANALYST)
        plan_evaluation(slug="team", protocol=protocol, question="Does it do anything?", due=None, by=by)
    found = shown("team", by=manager())
    assert found is not None
    assert found.finding is not None
    assert (found.finding.protocol, found.finding.level) == ("study", 4)
    assert found.claims[0].judged.standing.value == "contradicted"
    (tmp_path / "evaluations" / "results" / "study" / "0001" / "result.json").write_text("{}")
    altered = shown("team", by=manager())
    assert altered is not None
    assert "altered" in altered.evaluations[1].fault
    assert altered.claims[0].judged.standing.value == "claimed, not tested"


def test_power_is_said_against_what_the_business_case_promised() -> None:
    scheme(planned_people=500, event_rate=Decimal("1.2"))
    assert shown("team", by=manager()).power.needed is None  # type: ignore[union-attr]
    effect(-5)
    power = shown("team", by=manager()).power  # type: ignore[union-attr]
    assert power is not None
    assert "fall of 14.9% or more; the business case promises 5%: it cannot be shown" in power.sentence


def test_a_scheme_that_spends_unevaluated_and_reports_to_nobody_raises_alerts() -> None:
    scheme()
    found = alerts(by=actor(Role.BOARD_MEMBER))
    assert [each.kind for each in found.alerts] == [AlertKind.UNEVALUATED, AlertKind.NO_LINE]
    assert (found.reported, found.running) == (0, 1)
    assert waiting_in_schemes(by=actor(Role.AUDITOR)).alerts == 2


def test_the_list_narrows_and_sorts() -> None:
    scheme(planned_people=10)
    scheme(slug="homes", name="Homes", cohort="care_home", yearly_cost_pence=None)
    by = actor(Role.AUDITOR)
    assert [each.slug for each in schemes(Wanted(order="name"), by).rows] == ["homes", "team"]
    assert [each.slug for each in schemes(Wanted(search="homes"), by).rows] == ["homes"]
    narrowed = Wanted(filters={"cohort": "People who live in care homes", "evaluation": "none"}, order="cost")
    assert [each.slug for each in schemes(narrowed, by).rows] == ["homes"]


def test_the_database_refuses_a_scheme_that_ends_before_it_began() -> None:
    made = scheme()
    with pytest.raises(IntegrityError), transaction.atomic():
        Scheme.objects.filter(pk=made.pk).update(ends=BEGINS - timedelta(days=1))
