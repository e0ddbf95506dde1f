"""Entries of the evidence base: two people, versions that follow on each other, and what the public may see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from joinedup.register.actions.evidence_item import (
    EvidenceTerms,
    correct_evidence,
    decide_evidence,
    propose_evidence,
    withdraw_evidence,
)
from joinedup.register.actor import Actor
from joinedup.register.listing import Wanted
from joinedup.register.models import AuditEvent, EvaluationPlan, EvidenceItem, Scheme
from joinedup.register.queries import evidence_item as queries
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from joinedup.store.evaluation_results import keep
from tests.register.people import actor, organisation

pytestmark = pytest.mark.django_db

TERMS = EvidenceTerms(
    label="Team around the practice", question="Did it reduce emergency admissions?", kind="evaluation",
    integration="horizontal", level="patient", cohort="high_risk", pathway="community", sites="1 neighbourhood",
    outcome="emergency_admissions", verdict="no conclusive evidence", grade=4, because="People alike before",
    effect=-5.0, low=-15.0, high=6.0, scale="percent", people=620, published="2025-03", citation="Own evaluation",
)  # fmt: skip


def analyst(account: str = "analyst") -> Actor:
    return actor(Role.ANALYST, account)


def approved(terms: EvidenceTerms = TERMS) -> EvidenceItem:
    row = propose_evidence(terms=terms, by=analyst())
    return decide_evidence(
        entry_id=row.pk, version=row.version, is_approved=True, remark="", by=analyst("analyst.second")
    )


def value(slug: str) -> float | None:
    """The effect that stands for an entry."""
    item = queries.evidence_item(slug, analyst())
    assert item is not None
    assert item.main.effect is not None
    return item.main.effect.value


def ids(by: Actor | None) -> set[str]:
    return {each.id for each in queries.evidence(by)}


def test_an_entry_counts_only_when_a_second_person_approved_it() -> None:
    row = propose_evidence(terms=TERMS, by=analyst())
    assert row.slug not in ids(analyst())
    assert [each.slug for each in queries.waiting(analyst())] == [row.slug]
    decide_evidence(entry_id=row.pk, version=1, is_approved=True, remark="", by=analyst("analyst.second"))
    item = queries.evidence_item(row.slug, analyst())
    assert item is not None
    assert item.main.effect is not None
    assert (item.origin, item.main.effect.low) == ("register", -15.0)


def test_nobody_decides_what_they_proposed_and_the_database_agrees() -> None:
    row = propose_evidence(terms=TERMS, by=analyst())
    with pytest.raises(Refused, match="Somebody else"):
        decide_evidence(entry_id=row.pk, version=1, is_approved=True, remark="", by=analyst())
    with pytest.raises(IntegrityError), transaction.atomic():
        EvidenceItem.objects.filter(pk=row.pk).update(
            status="approved", decided_by_id=row.proposed_by_id, decided_at=row.proposed_at
        )


def test_a_role_that_writes_no_evidence_is_refused() -> None:
    with pytest.raises(Refused):
        propose_evidence(terms=TERMS, by=actor(Role.COMMISSIONER))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("verdict", {"verdict": "works well"}),
        ("verdict", {"verdict": "works", "grade": 2}),
        ("verdict", {"verdict": "not evaluable"}),
        ("effect", {"low": -4.0}),
        ("effect", {"high": None}),
        ("scale", {"scale": ""}),
        ("citation", {"citation": " "}),
        ("published", {"published": "spring"}),
        ("cohort", {"cohort": "martians"}),
        ("link", {"link": "http://example.org"}),
        ("grade", {"kind": "claim"}),
        ("question", {"question": "It works"}),
        ("because", {"because": "x" * 501}),
        ("", {"evaluation": "team"}),
    ],
)
def test_what_is_no_evidence_is_refused_at_the_field_that_is_wrong(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        propose_evidence(terms=replace(TERMS, **change), by=analyst())
    assert field in refusal.value.fields
    assert not EvidenceItem.objects.exists()


def test_a_correction_replaces_what_stood_and_both_stay_readable() -> None:
    first = approved()
    again = correct_evidence(
        entry_id=first.pk, version=first.version, terms=replace(TERMS, effect=-4.0), reason="A fault in matching",
        by=analyst(),
    )  # fmt: skip
    assert value(first.slug) == -5.0
    decide_evidence(entry_id=again.pk, version=1, is_approved=True, remark="", by=analyst("analyst.second"))
    assert value(first.slug) == -4.0
    told = [(each.number, each.status) for each in queries.versions(first.slug, analyst())]
    assert told == [(2, "approved"), (1, "superseded")]


def test_a_correction_of_what_does_not_stand_any_more_is_a_conflict() -> None:
    row = propose_evidence(terms=TERMS, by=analyst())
    with pytest.raises(Conflict):
        correct_evidence(entry_id=row.pk, version=1, terms=TERMS, reason="A reason", by=analyst())


def test_a_refusal_and_a_withdrawal_say_why() -> None:
    row = propose_evidence(terms=TERMS, by=analyst())
    with pytest.raises(Invalid):
        decide_evidence(entry_id=row.pk, version=1, is_approved=False, remark=" ", by=analyst("analyst.second"))
    stood = approved(replace(TERMS, label="Another"))
    withdraw_evidence(
        entry_id=stood.pk, version=stood.version, remark="Records were wrong", by=analyst("analyst.second")
    )
    assert stood.slug not in ids(analyst())


def test_every_step_leaves_one_row_in_the_trace() -> None:
    approved()
    told = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert told == ["evidence.proposed", "evidence.approved"]


def test_the_public_sees_local_entries_only_when_they_are_approved_for_publication() -> None:
    hidden, shown = approved(), approved(replace(TERMS, label="Published", is_public=True))
    assert {hidden.slug, shown.slug} & ids(None) == {shown.slug}
    assert "integrated_care_pilots_2012" in ids(None)
    assert {hidden.slug, shown.slug} <= ids(actor(Role.BOARD_MEMBER))


def test_filters_must_be_met_by_one_and_the_same_finding() -> None:
    def found(**filters: str) -> set[str]:
        part = queries.evidence_list(Wanted(filters=filters, limit=500), None)
        return {each.id for each in part.rows}

    assert found(outcome="emergency_admissions", verdict="harm") == {"integrated_care_pilots_case_management_2012"}
    assert found(outcome="outpatient", verdict="harm") == set()
    assert "better_care_fund_savings" in found(grade="none", type="horizontal")


def test_a_definition_of_the_place_replaces_a_shipped_item(tmp_path: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = tmp_path
    folder = tmp_path / "definitions" / "evidence_base"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text(OWN)
    item = queries.evidence_item("integrated_care_pilots_2012", None)
    assert item is not None
    assert (item.label, item.origin) == ("Our own reading", "definition")


def test_an_evaluation_that_is_done_and_not_told_is_shown_and_late_after_ninety_days(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOINEDUP_PLACE = tmp_path
    kept(tmp_path, "team-fenwick", "2024-11-01T09:00:00+00:00")
    kept(tmp_path, "care-homes", "2025-03-20T09:00:00+00:00")
    monkeypatch.setattr(queries, "today", lambda: date(2025, 4, 20))
    told = [(each.evaluation, each.days, each.is_late) for each in queries.not_in_evidence_base(analyst())]
    assert told == [("team-fenwick", 170, True), ("care-homes", 31, False)]
    approved(replace(TERMS, evaluation="team-fenwick", evaluation_version=1))
    assert [each.evaluation for each in queries.not_in_evidence_base(analyst())] == ["care-homes"]


def test_an_evaluation_has_one_entry_and_no_second() -> None:
    made = replace(TERMS, evaluation="team-fenwick", evaluation_version=1)
    propose_evidence(terms=made, by=analyst())
    with pytest.raises(Invalid, match="already"):
        propose_evidence(terms=made, by=analyst())


def test_a_draft_takes_its_figures_from_the_kept_result_and_its_kind_from_the_scheme(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.JOINEDUP_PLACE = tmp_path
    kept(tmp_path, "team-fenwick", "2025-03-20T09:00:00+00:00")
    EvaluationPlan.objects.create(
        scheme=scheme(), protocol="team-fenwick", question="Did it?", planned_on=date(2024, 1, 1)
    )
    made = queries.draft_of("team-fenwick", analyst())
    assert made is not None
    assert (made.draft.verdict, made.draft.grade, made.draft.effect) == ("no conclusive evidence", 4, 0.95)
    assert (made.number, made.kind["cohort"]) == (1, "high_risk")
    assert queries.draft_of("nothing", analyst()) is None


def test_a_scheme_that_spends_blindly_is_a_gap_and_a_plan_closes_it(tmp_path: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = tmp_path
    blind = scheme("blind", cohort="homeless", pathway="urgent")
    scheme("team", cohort="high_risk", pathway="community")
    told = {each.scheme.name: each for each in queries.evidence_gaps(analyst())}
    assert [told["blind"].is_blind, told["team"].is_blind] == [True, False]
    assert told["team"].on_aim is not None
    assert "harm" in told["team"].on_aim.sentence
    EvaluationPlan.objects.create(scheme=blind, protocol="new", question="Does it?", planned_on=date(2024, 1, 1))
    assert not any(each.is_blind for each in queries.evidence_gaps(analyst()))


def scheme(name: str = "team", cohort: str = "high_risk", pathway: str = "community") -> Scheme:
    return Scheme.objects.create(
        slug=name, name=name, integration="horizontal", aim="fewer_admissions", cohort=cohort, pathway=pathway,
        owner=organisation(), begins=date(2023, 10, 1), funding="Pool", yearly_cost_pence=1_000_000_00,
    )  # fmt: skip


def kept(place: Path, name: str, run_at: str) -> None:
    keep(place, name, RESULT, {"release": "r1", "protocol_hash": "p", "code_version": "1", "run_at": run_at})


RESULT: dict[str, object] = json.loads("""{
  "title": "Team around the practice", "design": "matched", "verdict": "no conclusive evidence",
  "grade": {"level": 4, "because": ["4: people are compared with people alike before"]},
  "estimates": [{"outcome": "emergency_admissions", "estimand": "att", "scale": "ratio", "value": 0.95, "low": 0.8,
                 "high": 1.1, "horizon": "all", "subgroup": "all", "n": 620, "pre_specified": true}],
  "cost": {}, "diagnostics": {}, "sensitivity": {}, "deviations": [], "registered": {"heading": "registered"},
  "provenance": {"question": "Did it reduce emergency admissions?"}}""")
OWN = """
id = "integrated_care_pilots_2012"
label = "Our own reading"
question = "What do we make of it?"
kind = "case_study"
integration = "horizontal"
cohort = "older"
pathway = "community"
published = "2024"
[[findings]]
outcome = "quality"
verdict = "not evaluable"
because = "We only read it"
[[sources]]
citation = "Ourselves, 2024"
"""
