"""Who may open a record: properties over every role, tie, purpose and objection."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.care.access import Case, Purpose, Relationship, Sensitivity, decide
from joinedup.rules.foundation.role import ROLES, Ability, Role, allows

cases = st.builds(
    Case,
    role=st.sampled_from(Role),
    relationship=st.sampled_from(Relationship),
    purpose=st.sampled_from(Purpose),
    objects=st.booleans(),
    cleared=st.frozensets(st.sampled_from(Sensitivity)),
)


@given(cases)
def test_losing_a_relationship_never_gains_access(case: Case) -> None:
    without = decide(replace(case, relationship=Relationship.NONE, cleared=frozenset()))
    assert decide(case).is_open >= without.is_open
    assert without.hidden >= decide(case).hidden


@given(cases)
def test_an_objection_never_gains_access(case: Case) -> None:
    assert decide(replace(case, objects=False)).is_open >= decide(replace(case, objects=True)).is_open


@given(cases)
def test_without_a_tie_nothing_opens(case: Case) -> None:
    assert not decide(replace(case, relationship=Relationship.NONE)).is_open


@given(cases)
def test_a_sample_opens_to_auditors_alone_and_for_nothing_else(case: Case) -> None:
    decision = decide(replace(case, relationship=Relationship.SAMPLED))
    assert decision.is_open == (case.role is Role.AUDITOR and case.purpose is Purpose.AUDIT_SAMPLE)


@given(cases)
def test_what_was_not_cleared_stays_hidden(case: Case) -> None:
    assert decide(case).hidden >= frozenset(Sensitivity) - case.cleared


def test_roles_that_see_no_person_never_open_a_record() -> None:
    blind = (
        Role.ADMINISTRATOR,
        Role.POOL_MANAGER,
        Role.BOARD_MEMBER,
        Role.ANALYST,
        Role.LINKAGE_OFFICER,
        Role.GUARDIAN,
    )
    for role, relationship, purpose in product(blind, Relationship, Purpose):
        assert not decide(Case(role, relationship, purpose)).is_open


def test_every_role_has_a_sentence_and_an_ability() -> None:
    assert set(ROLES) == set(Role)
    assert all(sheet.sentence.endswith(".") and sheet.abilities for sheet in ROLES.values())


def test_nobody_who_manages_users_sees_people_and_nobody_who_gives_care_reviews_emergencies() -> None:
    for role in Role:
        assert not (allows(role, Ability.MANAGE_USERS) and allows(role, Ability.OPEN_RECORD))
        assert not (allows(role, Ability.EMERGENCY) and allows(role, Ability.REVIEW_EMERGENCY))
