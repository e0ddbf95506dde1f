"""What is decided about a person on pages: household, own copy, relationships, referrals, restrictions."""

from __future__ import annotations

import pytest

from joinedup.register.models import AuditEvent, CareRelationship, Notice, Restriction
from joinedup.rules.foundation.role import Role
from tests.place_on_disk import SURNAME
from tests.register.people import actor, team
from tests.web.people.conftest import Room

REASON = "Referred by her GP for wound care at home"


def test_a_household_opens_on_a_lawful_ground_that_is_written_down(room: Room) -> None:
    client = room.coordinator()
    assert "Why do you look" in client.get(room.url("person_household")).content.decode()
    assert not AuditEvent.objects.exists()
    answer = client.post(room.url("person_household"), {"ground": "early_help"})
    assert answer.status_code == 200
    row = AuditEvent.objects.get()
    assert (row.purpose, row.detail["lawful_ground"]) == ("household_support", "early_help")


def test_a_household_without_a_ground_stays_closed(room: Room) -> None:
    assert room.nurse().post(room.url("person_household"), {"ground": ""}).status_code == 422
    assert not AuditEvent.objects.exists()


def test_the_own_copy_says_what_is_held_who_helps_and_who_looked(room: Room) -> None:
    client = room.nurse()
    client.get(room.url())
    page = client.get(room.url("person_copy")).content.decode()
    for shown in ("What does joinedup hold about me?", SURNAME, "Community team", "nurse", "What happens next"):
        assert shown in page, shown
    assert AuditEvent.objects.order_by("-sequence")[0].purpose == "subject_access"


def test_a_team_begins_to_care_from_a_search_hit_and_a_second_click_changes_nothing(room: Room) -> None:
    client = room.stranger()
    form = {"reason": REASON, "submission": "one-key"}
    for _ in range(2):
        assert client.post(room.url("person_care"), form).status_code == 303
    assert client.get(room.url()).status_code == 200
    assert CareRelationship.objects.filter(team__name="Elsewhere").count() == 1
    assert Notice.objects.filter(team=room.team).count() == 1


def test_a_referral_leads_to_another_team(room: Room) -> None:
    other = team("Reablement", "PRO1")
    answer = room.nurse().post(room.url("person_referral"), {"team_id": other.pk, "reason": REASON})
    assert answer.status_code == 303
    assert CareRelationship.objects.get(team=other).kind == "referred"


def test_care_ends_on_a_form_and_the_record_closes(room: Room) -> None:
    held = CareRelationship.objects.get(team=room.team)
    day = {"last_day-day": "1", "last_day-month": "7", "last_day-year": "2024"}
    url = room.url("person_care_end", relationship_id=held.pk)
    client = room.nurse()
    assert client.post(url, {"reason": "Wound healed", "version": "1", **day}).status_code == 303
    assert client.get(room.url()).status_code == 403


def test_a_colleague_who_was_slower_is_told_and_loses_nothing(room: Room) -> None:
    held = CareRelationship.objects.get(team=room.team)
    CareRelationship.objects.update(version=5)
    day = {"last_day-day": "1", "last_day-month": "7", "last_day-year": "2024"}
    url = room.url("person_care_end", relationship_id=held.pk)
    answer = room.nurse().post(url, {"reason": "Wound healed", "version": "1", **day})
    assert answer.status_code == 409
    assert "Wound healed" in answer.content.decode()


def test_no_relationship_of_another_person_is_reached_through_this_one(room: Room) -> None:
    other = CareRelationship.objects.create(person_id=room.person_id + 1, team=room.team, valid_from="2020-01-01")
    assert room.nurse().get(room.url("person_care_end", relationship_id=other.pk)).status_code == 404


def test_a_restriction_is_begun_and_lifted_and_what_is_written_there_runs_nowhere(room: Room) -> None:
    client = room.coordinator()
    reason = "<script>alert(1)</script> protected"
    sent = client.post(room.url("person_restrictions"), {"reason": reason})
    assert sent.status_code == 303
    page = client.get(room.url("person_restrictions")).content.decode()
    assert "<script>alert" not in page
    lift = room.url("person_restriction_lift", restriction_id=Restriction.objects.get().pk)
    assert client.post(lift, {"reason": "The order has ended"}).status_code == 303
    assert Restriction.objects.get().valid_to is not None


@pytest.mark.parametrize("name", ["person_restrictions", "person_household"])
def test_pages_of_other_roles_are_refused(room: Room, name: str) -> None:
    assert room.client(actor(Role.PROVIDER_USER, of=room.team)).get(room.url(name)).status_code == 403
