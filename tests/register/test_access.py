"""The door to records: who gets in, what is written down, and that losing a tie never opens anything."""

from __future__ import annotations

from datetime import date

import pytest

from joinedup.register.access import RecordClosed, Subject, open_record
from joinedup.register.models import AuditEvent, Objection
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.register.people import PERSON, SINCE, actor, carer, cares_for, team

pytestmark = pytest.mark.django_db
SUBJECT = Subject(PERSON, frozenset({PERSON, 6_999}))


def test_a_carer_opens_the_record_of_somebody_their_team_cares_for_and_leaves_one_row() -> None:
    by = carer()
    cares_for(team())
    grant = open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    row = AuditEvent.objects.get()
    assert (row.action, row.ref, row.people) == ("record.opened", grant.audit_id, [str(PERSON)])
    assert not grant.shows_costs


def test_a_relationship_recorded_under_an_earlier_pseudonym_counts() -> None:
    by = carer()
    cares_for(team(), person_id=6_999)
    assert open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by).person_id == PERSON


def test_a_stranger_is_refused_and_the_refusal_is_written_down() -> None:
    by = carer()
    with pytest.raises(RecordClosed) as refusal:
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert refusal.value.decision.may_ask
    assert AuditEvent.objects.get().action == "record.refused"


def test_a_relationship_that_ended_no_longer_opens() -> None:
    by = carer()
    relationship = cares_for(team())
    relationship.valid_to = date(2021, 1, 1)
    relationship.save()
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)


def test_an_objection_to_sharing_closes_the_record_for_care() -> None:
    by = carer()
    cares_for(team())
    Objection.objects.create(person_id=PERSON, kind="record", valid_from=SINCE)
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert open_record(SUBJECT, Purpose.SAFEGUARDING, "person", by=by)


def test_sensitive_parts_open_only_to_care_that_was_recorded_to_need_them() -> None:
    by = carer()
    cares_for(team(), cleared=("restricted_address",))
    grant = open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert grant.hidden == frozenset(Sensitivity) - {Sensitivity.RESTRICTED_ADDRESS}


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.OPEN_RECORD)])
def test_no_other_role_opens_a_record_even_with_a_relationship(role: Role) -> None:
    by = actor(role, of=team())
    cares_for(team())
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
