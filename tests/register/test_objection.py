"""Objections: recorded by who cares for the person or by a guardian, and obeyed from then on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from joinedup.register.access import RecordClosed, Subject, open_record
from joinedup.register.actions.objection import end_objection, record_objection
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, Notice, Objection
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from tests.register.people import PERSON, SINCE, actor, carer, cares_for, team

pytestmark = pytest.mark.django_db
SUBJECT = Subject(PERSON, frozenset({PERSON, 6_999}))


def record(kind: str = "national", by: Actor | None = None, since: object = SINCE) -> Objection:
    return record_objection(subject=SUBJECT, kind=kind, since=since, remark="by letter", by=by or actor(Role.GUARDIAN))  # type: ignore[arg-type]


def test_a_guardian_records_an_objection_under_the_pseudonym() -> None:
    record()
    row = AuditEvent.objects.get()
    assert (row.action, row.people) == ("objection.recorded", [str(PERSON)])
    assert row.detail == {"kind": "national", "from": SINCE.isoformat(), "to": None}


def test_a_carer_records_it_for_people_their_team_cares_for_only() -> None:
    by = carer()
    with pytest.raises(Refused):
        record(by=by)
    cares_for(team())
    assert record(by=by).pk


def test_an_auditor_records_none() -> None:
    with pytest.raises(Refused):
        record(by=actor(Role.AUDITOR))


def test_an_objection_to_sharing_closes_the_record_at_once_and_its_end_opens_it_again() -> None:
    by = carer()
    cares_for(team())
    objection = record("record", by=by)
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    yesterday = today() - timedelta(days=1)
    end_objection(objection_id=objection.pk, subject=SUBJECT, last_day=yesterday, version=1, by=by)
    assert open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert Notice.objects.count() == 2


def test_nobody_objects_twice_even_under_an_earlier_pseudonym() -> None:
    Objection.objects.create(person_id=6_999, kind="national", valid_from=SINCE)
    with pytest.raises(Conflict):
        record()


@pytest.mark.parametrize(("kind", "ahead"), [("everything", 0), ("national", 1)])
def test_what_cannot_be_recorded_is_said(kind: str, ahead: int) -> None:
    with pytest.raises(Invalid):
        record(kind, since=today() + timedelta(days=ahead))


def test_the_last_day_lies_within_the_objection() -> None:
    objection, by = record(), actor(Role.GUARDIAN)
    for day in (SINCE - timedelta(days=1), today() + timedelta(days=1)):
        with pytest.raises(Invalid):
            end_objection(objection_id=objection.pk, subject=SUBJECT, last_day=day, version=1, by=by)


def test_the_objection_of_another_person_is_not_ended() -> None:
    objection = record()
    with pytest.raises(Invalid):
        end_objection(
            objection_id=objection.pk, subject=Subject(1, frozenset({1})), last_day=today(), version=1,
            by=actor(Role.GUARDIAN),
        )  # fmt: skip
