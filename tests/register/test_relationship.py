"""Ties between teams and people, and restricted parts: who records them, who hears of it, who may not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from joinedup.register.access import Subject, decide_for, open_record, relationship_with
from joinedup.register.actions.relationship import begin_relationship, clear_parts, end_relationship, refer
from joinedup.register.actions.restriction import lift, restrict
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, CareRelationship, Notice, Restriction
from joinedup.rules.care.access import Purpose, Relationship, Sensitivity
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from tests.register.people import PERSON, actor, carer, cares_for, team

pytestmark = pytest.mark.django_db
SUBJECT = Subject(PERSON, frozenset({PERSON, 6_999}))
REASON = "Referred by her GP for wound care at home"


def test_a_carer_records_that_their_team_cares_for_somebody_and_the_other_teams_hear_of_it() -> None:
    cares_for(team("Social work", "COU1"))
    by = carer()
    begin_relationship(subject=SUBJECT, reason=REASON, by=by)
    assert decide_for(SUBJECT, Purpose.DIRECT_CARE, by=by).is_open
    assert [notice.team.name for notice in Notice.objects.all()] == ["Social work"]
    assert AuditEvent.objects.get().action == "relationship.begun"


def test_beginning_twice_is_beginning_once() -> None:
    by = carer()
    first = begin_relationship(subject=SUBJECT, reason=REASON, by=by)
    assert begin_relationship(subject=SUBJECT, reason=REASON, by=carer("colleague")).pk == first.pk
    assert AuditEvent.objects.count() == 1


def test_it_needs_a_reason_and_a_team_and_a_role_that_finds_people() -> None:
    with pytest.raises(Invalid):
        begin_relationship(subject=SUBJECT, reason="care", by=carer())
    with pytest.raises(Refused, match="team"):
        begin_relationship(subject=SUBJECT, reason=REASON, by=actor(Role.CARE_PROFESSIONAL, "alone"))
    with pytest.raises(Refused):
        begin_relationship(subject=SUBJECT, reason=REASON, by=actor(Role.PROVIDER_USER, of=team()))


def test_a_team_refers_a_person_it_cares_for_and_the_service_may_open_the_record() -> None:
    cares_for(team())
    provider = team("Reablement", "PRO1")
    refer(subject=SUBJECT, team_id=provider.pk, reason=REASON, by=carer())
    theirs = actor(Role.PROVIDER_USER, of=provider)
    assert decide_for(SUBJECT, Purpose.DIRECT_CARE, by=theirs).is_open
    assert not decide_for(SUBJECT, Purpose.SAFEGUARDING, by=theirs).is_open
    assert Notice.objects.get().team == provider


def test_only_a_team_that_cares_refers() -> None:
    with pytest.raises(Refused):
        refer(subject=SUBJECT, team_id=team("Reablement", "PRO1").pk, reason=REASON, by=carer())


def test_a_team_ends_its_own_relationship_and_loses_sight_of_the_record() -> None:
    held = cares_for(team())
    by = carer()
    yesterday = today() - timedelta(days=1)
    end_relationship(relationship_id=held.pk, last_day=yesterday, reason="Wound healed, discharged", version=1, by=by)
    assert decide_for(SUBJECT, Purpose.DIRECT_CARE, by=by).because.startswith("your team has no")


def test_nobody_ends_another_teams_relationship() -> None:
    held = cares_for(team("Social work", "COU1"))
    with pytest.raises(Refused):
        end_relationship(relationship_id=held.pk, last_day=today(), reason=REASON, version=1, by=carer())


@pytest.mark.parametrize("last_day", [date(2019, 1, 1), date(2100, 1, 1)])
def test_a_last_day_lies_between_the_first_day_and_today(last_day: date) -> None:
    held = cares_for(team())
    with pytest.raises(Invalid):
        end_relationship(relationship_id=held.pk, last_day=last_day, reason=REASON, version=1, by=carer())


def test_a_colleague_who_saw_an_earlier_version_is_told() -> None:
    held = cares_for(team())
    with pytest.raises(Conflict):
        end_relationship(relationship_id=held.pk, last_day=today(), reason=REASON, version=7, by=carer())
    assert CareRelationship.objects.get().valid_to is None


def test_a_coordinator_clears_sensitive_parts_for_a_relationship_that_somebody_else_recorded() -> None:
    by = carer()
    held = begin_relationship(subject=SUBJECT, reason=REASON, by=by)
    coordinator = actor(Role.CARE_COORDINATOR, of=team())
    clear_parts(
        subject=SUBJECT, relationship_id=held.pk, parts=["sexual_health"], reason=REASON, version=1, by=coordinator
    )
    assert Sensitivity.SEXUAL_HEALTH not in open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by).hidden


def test_nobody_clears_sensitive_parts_for_a_relationship_they_recorded() -> None:
    coordinator = actor(Role.CARE_COORDINATOR, of=team())
    held = begin_relationship(subject=SUBJECT, reason=REASON, by=coordinator)
    with pytest.raises(Refused):
        clear_parts(
            subject=SUBJECT, relationship_id=held.pk, parts=["sexual_health"], reason=REASON, version=1, by=coordinator
        )


def test_an_address_is_hidden_only_where_it_is_restricted() -> None:
    cares_for(team())
    by = carer()
    before = open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    restrict(
        subject=SUBJECT, reason="Protected from a former partner",
        by=actor(Role.GUARDIAN, code="BRD1"),
    )  # fmt: skip
    after = open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert Sensitivity.RESTRICTED_ADDRESS not in before.hidden
    assert Sensitivity.RESTRICTED_ADDRESS in after.hidden


def test_a_restriction_is_told_to_the_teams_kept_once_and_lifted_with_a_reason() -> None:
    cares_for(team())
    by = actor(Role.GUARDIAN, code="BRD1")
    reason = "Protected from a former partner"
    first = restrict(subject=SUBJECT, reason=reason, by=by)
    assert restrict(subject=SUBJECT, reason=reason, by=by).pk == first.pk
    lift(subject=SUBJECT, restriction_id=first.pk, reason="The order has ended", by=by)
    assert Restriction.objects.get().valid_to == today()
    assert Notice.objects.count() == 2
    assert reason not in str(list(AuditEvent.objects.values()))


def test_a_coordinator_restricts_records_of_their_own_team_only() -> None:
    coordinator = actor(Role.CARE_COORDINATOR, of=team())
    with pytest.raises(Refused):
        restrict(subject=SUBJECT, reason=REASON, by=coordinator)
    cares_for(team())
    assert restrict(subject=SUBJECT, reason=REASON, by=coordinator)


def test_a_carer_restricts_nothing() -> None:
    with pytest.raises(Refused):
        restrict(subject=SUBJECT, reason=REASON, by=carer())


def test_a_referral_is_a_relationship_of_its_own_kind() -> None:
    cares_for(team(), kind="referred")
    assert relationship_with(SUBJECT.aliases, by=carer())[0] is Relationship.REFERRED


def test_a_sensitive_service_that_begins_to_care_is_not_named_to_the_other_teams() -> None:
    cares_for(team())
    clinic = team("Riverside clinic", "CLI1")
    clinic.service = "sexual_health"
    clinic.save()
    begin_relationship(subject=SUBJECT, reason=REASON, by=actor(Role.CARE_PROFESSIONAL, "clinician", of=clinic))
    assert "CLI1" not in Notice.objects.get().text
    assert "Riverside" not in Notice.objects.get().text
