"""Claims: said anew but never overwritten, and realised only as far as the owner of a budget confirms that it fell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from joinedup.register.actions.claim import (
    Reduction,
    change_claim,
    decide_reduction,
    make_claim,
    propose_reduction,
    say_version,
)
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.listing import Wanted
from joinedup.register.models import AuditEvent, BudgetReduction, Claim, ClaimVersion
from joinedup.register.queries.claim import (
    ClaimShown,
    all_claims,
    claims,
    counted_once,
    reductions_to_decide,
    totals,
)
from joinedup.register.queries.claim import claim as shown
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from joinedup.rules.programme.benefit import Status
from tests.register.people import actor
from tests.register.schemes import BEGINS, claim, claim_terms, effect, manager, said, scheme

pytestmark = pytest.mark.django_db


def fell(pence: int = 60_000_00, reference: str = "GL-1", **other: object) -> Reduction:
    told = {"pence": pence, "on": BEGINS, "kind": "posting", "reference": reference, **other}
    return Reduction(**told)  # type: ignore[arg-type]


def owner() -> Actor:
    """Somebody of the organisation whose budget is claimed to fall."""
    return manager("owner", "BRD1")


def confirmed(made: Claim, pence: int = 60_000_00, reference: str = "GL-1") -> BudgetReduction:
    row = propose_reduction(claim_id=made.pk, reduction=fell(pence, reference), by=manager())
    return decide_reduction(
        reduction_id=row.pk, version=1, is_approved=True, remark="", by=owner()
    )  # fmt: skip


def now(made: Claim) -> ClaimShown:
    found = shown(made.pk, by=manager())
    assert found is not None
    return found


def test_one_billion_became_532_and_then_511_million_and_each_step_stays_with_its_reason() -> None:
    scheme()
    made = claim(planned=1_000_000_000_00)
    steps = [
        (532_000_000_00, date(2024, 11, 30), "Report of November 2014"),
        (511_000_000_00, date(2025, 2, 15), "Scrutiny"),
    ]
    for number, (amount, on, reason) in enumerate(steps, 1):
        say_version(claim_id=made.pk, number=number, said=said(amount, on=on, reason=reason), by=manager())
    found = now(made)
    assert [each.planned for each in found.versions] == [1_000_000_000_00, 532_000_000_00, 511_000_000_00]
    assert [each.reason for each in found.versions][1:] == ["Report of November 2014", "Scrutiny"]
    assert list(AuditEvent.objects.values_list("action", flat=True).order_by("-sequence"))[:2] == ["claim.said"] * 2


@pytest.mark.usefixtures("committed")
def test_a_version_is_never_changed_in_the_database() -> None:
    scheme()
    claim()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ClaimVersion.objects.update(planned=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ClaimVersion.objects.all().delete()


def test_two_who_say_a_claim_anew_do_not_talk_past_each_other() -> None:
    scheme()
    made = claim()
    say_version(claim_id=made.pk, number=1, said=said(5, reason="Less"), by=manager())
    with pytest.raises(Conflict):
        say_version(claim_id=made.pk, number=1, said=said(9, reason="More"), by=manager())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"reason": " "}, "reason"), ({"on": date(2024, 3, 1)}, "on"), ({"on": date(2999, 1, 1)}, "on")],
)
def test_a_version_needs_a_reason_and_a_day_in_order(wrong: dict[str, object], field: str) -> None:
    scheme()
    made = claim()
    with pytest.raises(Invalid) as found:
        say_version(claim_id=made.pk, number=1, said=said(5, **wrong), by=manager())
    assert list(found.value.fields) == [field]


def test_money_is_realised_only_once_the_owner_of_the_budget_confirms_that_it_fell() -> None:
    scheme()
    made = claim(planned=100_000_00)
    say_version(claim_id=made.pk, number=1, said=said(100_000_00, realised=100_000_00), by=manager())
    assert (now(made).counted, now(made).unbacked_pence, now(made).status) == (0, 100_000_00, Status.AT_RISK)
    row = propose_reduction(claim_id=made.pk, reduction=fell(100_000_00), by=manager())
    assert now(made).counted == 0
    decide_reduction(reduction_id=row.pk, version=1, is_approved=True, remark="", by=owner())
    assert (now(made).counted, now(made).unbacked_pence, now(made).status) == (100_000_00, 0, Status.REALISED)
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-2:] == ["reduction.proposed", "reduction.approved"]


def test_nobody_confirms_their_own_proposal_or_another_organisation_s_budget() -> None:
    scheme()
    made = claim()
    mine = propose_reduction(claim_id=made.pk, reduction=fell(), by=owner())
    theirs = propose_reduction(claim_id=made.pk, reduction=fell(reference="GL-2"), by=manager())
    for row, by in ((mine, owner()), (theirs, manager("other")), (theirs, manager("x", "OTH1"))):
        with pytest.raises(Refused):
            decide_reduction(reduction_id=row.pk, version=1, is_approved=True, remark="", by=by)
    assert [each.id for each in reductions_to_decide(by=owner())] == [theirs.pk]
    assert reductions_to_decide(by=actor(Role.AUDITOR, code="BRD1")) == ()


def test_the_database_refuses_one_who_decides_their_own() -> None:
    scheme()
    row = propose_reduction(claim_id=claim().pk, reduction=fell(), by=manager())
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetReduction.objects.filter(pk=row.pk).update(
            status="approved", decided_by=row.proposed_by_id, decided_at="2025-01-01T00:00:00Z"
        )


def test_one_posting_is_counted_once_whatever_claims_it() -> None:
    scheme()
    confirmed(claim())
    other = claim(title="The same saving again")
    with pytest.raises(Invalid) as found:
        propose_reduction(claim_id=other.pk, reduction=fell(), by=manager())
    assert list(found.value.fields) == ["reference"]


@pytest.mark.parametrize(("line", "reference"), [("Acute CONTRACT ", "GL-1"), ("Acute contract", "gl-1 ")])
def test_one_posting_written_differently_is_counted_once_too(line: str, reference: str) -> None:
    scheme()
    confirmed(claim(budget_line="Acute contract"))
    other = claim(title="The same saving again", budget_line=line)
    with pytest.raises(Invalid):
        propose_reduction(claim_id=other.pk, reduction=fell(reference=reference), by=manager())


@pytest.mark.parametrize("change", [{"budget_owner": "TRU1"}, {"budget_line": "Another"}, {"is_cashable": False}])
def test_nobody_moves_a_claim_to_a_budget_of_their_own_to_confirm_its_fall(change: dict[str, Any]) -> None:
    scheme()
    made = claim()
    propose_reduction(claim_id=made.pk, reduction=fell(), by=manager())
    with pytest.raises(Invalid) as found:
        change_claim(claim_id=made.pk, version=1, terms=claim_terms(**change), by=manager())
    assert list(found.value.fields) == ["budget_line"]
    assert change_claim(claim_id=made.pk, version=1, terms=claim_terms(title="Better"), by=manager()).version == 2


def test_a_refused_reduction_counts_nothing_and_may_be_proposed_again() -> None:
    scheme()
    made = claim()
    row = propose_reduction(claim_id=made.pk, reduction=fell(), by=manager())
    with pytest.raises(Invalid):
        decide_reduction(reduction_id=row.pk, version=1, is_approved=False, remark="", by=owner())
    decide_reduction(reduction_id=row.pk, version=1, is_approved=False, remark="No posting", by=owner())
    with pytest.raises(Conflict):
        decide_reduction(reduction_id=row.pk, version=2, is_approved=True, remark="", by=owner())
    confirmed(made)
    assert [each.status for each in now(made).reductions] == ["approved", "refused"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"pence": 0}, "pounds"),
        ({"on": date(2999, 1, 1)}, "on"),
        ({"kind": "word"}, "kind"),
        ({"reference": ""}, "reference"),
    ],
)
def test_a_reduction_says_how_much_when_and_where(wrong: dict[str, object], field: str) -> None:
    scheme()
    made = claim()
    with pytest.raises(Invalid) as found:
        propose_reduction(claim_id=made.pk, reduction=fell(**wrong), by=manager())  # type: ignore[arg-type]
    assert list(found.value.fields) == [field]


def test_a_claim_of_an_effect_lowers_no_budget() -> None:
    scheme()
    with pytest.raises(Invalid):
        propose_reduction(claim_id=effect(-35).pk, reduction=fell(), by=manager())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"unit": "percent"}, "unit"), ({"budget_line": ""}, "budget_line"), ({"budget_owner": ""}, "budget_line"),
        ({"due": date(2024, 1, 1)}, "due"), ({"title": ""}, "title"), ({"budget_holder_id": 99}, "budget_holder_id"),
        ({"kind": "effect", "unit": "percent"}, "is_cashable"), ({"claimant": "NONE"}, "claimant"),
    ],
)  # fmt: skip
def test_a_claim_that_is_not_whole_is_said_by_field(wrong: dict[str, Any], field: str) -> None:
    scheme()
    with pytest.raises(Invalid) as found:
        claim(**wrong)
    assert list(found.value.fields) == [field]


def test_a_claim_is_changed_but_never_told_in_another_unit() -> None:
    scheme()
    made = claim()
    changed = change_claim(claim_id=made.pk, version=1, terms=claim_terms(title="Better"), by=manager())
    assert (changed.title, changed.version) == ("Better", 2)
    with pytest.raises(Invalid):
        change_claim(
            claim_id=made.pk, version=2, by=manager(),
            terms=claim_terms(kind="effect", unit="percent", is_cashable=False),
        )  # fmt: skip


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.MANAGE_SCHEMES)])
def test_other_roles_claim_nothing(role: Role) -> None:
    scheme()
    with pytest.raises(Refused):
        make_claim(slug="team", terms=claim_terms(), said=said(1), by=actor(role))
    with pytest.raises(Refused):
        propose_reduction(claim_id=1, reduction=fell(), by=actor(role))


def test_an_organisation_without_a_part_in_it_changes_no_claim() -> None:
    scheme()
    made = claim()
    stranger = manager("stranger", "OTH1")
    with pytest.raises(Refused):
        say_version(claim_id=made.pk, number=1, said=said(1), by=stranger)
    assert shown(made.pk, by=stranger).may_change is False  # type: ignore[union-attr]


def test_sums_keep_money_to_spend_apart_and_say_how_many_told_them() -> None:
    scheme()
    made = claim(planned=100_000_00)
    claim(planned=50_000_00, title="Time", is_cashable=False)
    say_version(claim_id=made.pk, number=1, said=said(100_000_00, realised=80_000_00), by=manager())
    confirmed(made, 60_000_00)
    found = totals(all_claims(by=manager()), is_cashable=True)
    assert (found.planned, found.realised, found.n_forecast) == (100_000_00, 60_000_00, 0)
    assert found.share == pytest.approx(0.6)
    assert totals(all_claims(by=manager()), is_cashable=False).realised is None


def test_two_schemes_that_claim_the_same_admissions_get_their_share() -> None:
    scheme()
    scheme(slug="ward", name="The ward")
    for slug, amount in (("team", -210), ("ward", -450)):
        effect(amount, slug, unit="admissions", measure="Admissions", baseline=600_00)
    found = counted_once(by=manager())
    assert [(each.claimed, each.total, sorted(each.allowed.values()), each.shares_cohort) for each in found] == [
        (660, 600, [191, 409], True)
    ]


def test_the_list_of_claims_narrows() -> None:
    scheme()
    claim()
    effect(-35)
    by = actor(Role.AUDITOR)
    assert claims(Wanted(), by).total == 2
    for name, value, total in (("cashable", "yes", 1), ("standing", "claimed, not tested", 2), ("status", "lost", 0)):
        assert claims(Wanted(filters={name: value}), by).total == total


def test_a_withdrawn_claim_is_cancelled_and_leaves_the_sums() -> None:
    scheme()
    made = claim()
    late = today() - timedelta(days=1)
    say_version(claim_id=made.pk, number=1, said=said(0, on=late, is_cancelled=True, reason="Never true"), by=manager())
    assert now(made).status is Status.CANCELLED
    assert totals(all_claims(by=manager()), is_cashable=True).n == 0
