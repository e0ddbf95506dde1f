"""Decisions on pairs of records: who may take them, who may not second them, and what is written down."""

from __future__ import annotations

import pytest

from joinedup.register.access import Subject
from joinedup.register.actions.identity_review import (
    Finding,
    Pair,
    decide_pair,
    give_second_opinion,
    pair_of,
    withdraw_decision,
)
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, IdentityReview, Notice
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.register.people import actor, cares_for, team

pytestmark = pytest.mark.django_db
PAIR = Pair(-5, 7, people=(Subject(7_001, frozenset({7_001})), Subject(7_002, frozenset({7_002}))))
SAME = Finding("same", "Both records give the same address")


def officer(account: str = "officer") -> Actor:
    return actor(Role.LINKAGE_OFFICER, account)


def asked() -> IdentityReview:
    """A decision that waits for a second opinion."""
    return decide_pair(pair=PAIR, finding=Finding("same", SAME.reason, wants_second=True), by=officer())


def test_a_decision_is_kept_with_its_reason_and_leaves_one_row_that_names_the_records_and_the_people() -> None:
    review = decide_pair(pair=PAIR, finding=SAME, by=officer())
    row = AuditEvent.objects.get()
    assert (review.decision, review.needs_second) == ("same", False)
    assert (row.action, row.people) == ("identity.decided", ["7001", "7002"])
    assert row.detail == {"records": ["-5", "7"], "decision": "same", "needs_second": False}


def test_the_trace_does_not_repeat_a_reason_because_a_reason_may_hold_a_name() -> None:
    decide_pair(pair=PAIR, finding=SAME, by=officer())
    assert SAME.reason not in str(AuditEvent.objects.values())


def test_a_pair_is_in_order_whichever_record_is_named_first() -> None:
    assert pair_of(7, -5) == pair_of(-5, 7) == Pair(-5, 7)
    with pytest.raises(Invalid):
        pair_of(7, 7)


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.DECIDE_IDENTITY)])
def test_nobody_else_decides(role: Role) -> None:
    with pytest.raises(Refused):
        decide_pair(pair=PAIR, finding=SAME, by=actor(role))
    assert not IdentityReview.objects.exists()


@pytest.mark.parametrize(
    ("finding", "field"),
    [(Finding("perhaps", SAME.reason), "decision"), (Finding("same", "short"), "reason"),
     (Finding("same", "x" * 256), "reason")],
)  # fmt: skip
def test_what_is_missing_is_said_by_field(finding: Finding, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        decide_pair(pair=PAIR, finding=finding, by=officer())
    assert list(wrong.value.fields) == [field]


def test_two_officers_do_not_decide_one_pair_twice() -> None:
    decide_pair(pair=PAIR, finding=SAME, by=officer())
    with pytest.raises(Conflict):
        decide_pair(pair=PAIR, finding=SAME, by=officer("another"))


def test_who_is_not_sure_asks_for_a_second_opinion() -> None:
    assert decide_pair(pair=PAIR, finding=Finding("not_sure", SAME.reason), by=officer()).needs_second


def test_nobody_is_their_own_second() -> None:
    review = asked()
    with pytest.raises(Refused):
        give_second_opinion(review_id=review.pk, version=1, pair=PAIR, finding=SAME, by=officer())


def test_the_second_decision_is_final() -> None:
    review = asked()
    other = Finding("different", "Twins at one address")
    found = give_second_opinion(review_id=review.pk, version=1, pair=PAIR, finding=other, by=officer("another"))
    assert (found.decision, found.final, found.version) == ("same", "different", 2)
    with pytest.raises(Conflict):
        give_second_opinion(review_id=review.pk, version=2, pair=PAIR, finding=SAME, by=officer("third"))


def test_nobody_gives_an_opinion_that_was_not_asked_for() -> None:
    review = decide_pair(pair=PAIR, finding=SAME, by=officer())
    with pytest.raises(Invalid):
        give_second_opinion(review_id=review.pk, version=1, pair=PAIR, finding=SAME, by=officer("another"))


def test_a_withdrawn_decision_leaves_the_pair_open_to_another() -> None:
    review = decide_pair(pair=PAIR, finding=SAME, by=officer())
    withdraw_decision(review_id=review.pk, version=1, pair=PAIR, reason="The letter was another man's", by=officer())
    assert decide_pair(pair=PAIR, finding=Finding("different", SAME.reason), by=officer()).pk != review.pk
    assert AuditEvent.objects.filter(action="identity.withdrawn").count() == 1


def test_a_decision_that_was_changed_meanwhile_is_not_withdrawn_unseen() -> None:
    review = asked()
    give_second_opinion(review_id=review.pk, version=1, pair=PAIR, finding=SAME, by=officer("another"))
    with pytest.raises(Conflict):
        withdraw_decision(review_id=review.pk, version=1, pair=PAIR, reason="I was mistaken", by=officer())


def test_the_teams_of_both_people_are_told_once_a_decision_is_final() -> None:
    cares_for(team(), person_id=7_001)
    review = asked()
    assert not Notice.objects.exists()
    give_second_opinion(review_id=review.pk, version=1, pair=PAIR, finding=SAME, by=officer("another"))
    assert [notice.person_id for notice in Notice.objects.all()] == [7_001]
