"""Who looked: openings, refusals and searches, by name, newest first, and asking is one of them."""

from __future__ import annotations

import pytest

from joinedup.register.access import RecordClosed, Subject, open_record
from joinedup.register.audit import Entry, audit
from joinedup.register.models import User
from joinedup.register.queries.who_looked import who_looked
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.role import Role
from tests.register.people import OTHER_PERSON, PERSON, actor, carer, cares_for, team

pytestmark = pytest.mark.django_db
SUBJECT = Subject(PERSON, frozenset({PERSON, 6_999}))


def test_it_names_account_role_organisation_time_and_purpose() -> None:
    cares_for(team())
    by = carer()
    User.objects.filter(pk=by.user_id).update(first_name="Wren", last_name="Oakfold")
    open_record(SUBJECT, Purpose.SAFEGUARDING, "person", by=by)
    look = who_looked(SUBJECT, Purpose.DIRECT_CARE, by=by).value.rows[1]
    assert (look.name, look.role, look.organisation) == ("Wren Oakfold", "Care professional", "Organisation TRU1")
    assert (look.action, look.page, look.purpose) == ("record.opened", "person", "safeguarding")


def test_it_shows_refusals_searches_and_looks_under_an_earlier_pseudonym() -> None:
    cares_for(team())
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=carer("stranger", "Elsewhere"))
    audit(Entry("people.searched", "page/search", people=(6_999, OTHER_PERSON)), by=carer())
    found = who_looked(SUBJECT, Purpose.DIRECT_CARE, by=carer()).value
    assert [row.action for row in found.rows] == ["record.opened", "people.searched", "record.refused"]
    assert found.total == 3


def test_what_was_written_about_others_is_not_shown() -> None:
    cares_for(team())
    audit(Entry("people.searched", "page/search", people=(OTHER_PERSON,)), by=carer())
    audit(Entry("relationship.begun", "relationship/1", people=(PERSON,)), by=carer())
    assert who_looked(SUBJECT, Purpose.DIRECT_CARE, by=carer()).value.total == 1


def test_it_opens_to_nobody_to_whom_the_record_does_not_open() -> None:
    with pytest.raises(RecordClosed):
        who_looked(SUBJECT, Purpose.DIRECT_CARE, by=actor(Role.AUDITOR))


def test_a_page_beyond_the_last_is_the_last() -> None:
    cares_for(team())
    assert who_looked(SUBJECT, Purpose.DIRECT_CARE, 99, by=carer()).value.page == 1


def test_somebody_of_a_sensitive_service_is_not_named_to_those_whose_care_does_not_need_it() -> None:
    cares_for(team())
    clinic = team("Riverside clinic", "CLI1")
    clinic.service = "sexual_health"
    clinic.save()
    cares_for(clinic)
    open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=actor(Role.CARE_PROFESSIONAL, "clinician", of=clinic))
    look = who_looked(SUBJECT, Purpose.DIRECT_CARE, by=carer()).value.rows[1]
    assert "clinician" not in str(look)
    assert "CLI1" not in str(look)
