"""Pages of identity review: side by side, decided, seconded, taken back; and what is written down."""

from __future__ import annotations

import pytest
from django.urls import reverse

from joinedup.register.models import AuditEvent, IdentityReview, Restriction
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability, Role, allows
from joinedup.store.people import PairToReview, People
from tests.place_on_disk import FORENAME, POSTCODE, STREET
from tests.register.people import SINCE
from tests.web.oversight.conftest import Desk

DECISION = {"decision": "different", "reason": "Two men at one address", "submission": "one-form"}


def pair(desk: Desk) -> str:
    return reverse("identity_pair", args=desk.records[:2])


def test_two_records_are_shown_side_by_side_and_the_look_is_written_down(desk: Desk) -> None:
    page = desk.sign_in(Role.LINKAGE_OFFICER).get(pair(desk)).content.decode()
    row = AuditEvent.objects.get(action="people.compared")
    assert "Same" in page
    assert FORENAME in page
    assert row.people == [str(desk.person_id)]
    assert "Emergency" not in page


def test_which_service_holds_a_record_is_not_said(desk: Desk) -> None:
    page = desk.sign_in(Role.LINKAGE_OFFICER).get(pair(desk)).content.decode()
    assert "Record of a service" in page
    assert "acute" not in page
    assert "council" not in page


def test_a_restricted_address_stays_hidden(desk: Desk) -> None:
    Restriction.objects.create(person_id=desk.person_id, kind="restricted_address", reason="x", valid_from=SINCE)
    page = desk.sign_in(Role.LINKAGE_OFFICER).get(pair(desk)).content.decode()
    assert STREET not in page
    assert POSTCODE not in page


def test_a_decision_is_saved_once_however_often_the_form_is_sent(desk: Desk) -> None:
    client = desk.sign_in(Role.LINKAGE_OFFICER)
    for _ in range(2):
        answer = client.post(pair(desk), DECISION)
        assert answer.status_code in {200, 303}
    review = IdentityReview.objects.get()
    assert (review.decision, review.needs_second) == ("different", False)
    assert desk.actions().count("identity.decided") == 1


def test_what_is_wrong_is_said_at_the_top_and_nothing_typed_is_lost(desk: Desk) -> None:
    answer = desk.sign_in(Role.LINKAGE_OFFICER).post(pair(desk), {"reason": "A long enough reason"})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert "A long enough reason" in answer.content.decode()


def test_a_second_officer_decides_finally_and_the_first_cannot(desk: Desk) -> None:
    first, second = desk.sign_in(Role.LINKAGE_OFFICER, "first"), desk.sign_in(Role.LINKAGE_OFFICER, "second")
    first.post(pair(desk), {**DECISION, "wants_second": "on"})
    assert "somebody else must give it" in first.get(pair(desk)).content.decode()
    assert "second opinion that you may give" in second.get(reverse("identity_pairs")).content.decode()
    version = str(IdentityReview.objects.get().version)
    told = {"decision": "same", "reason": "One man who moved", "version": version, "submission": "two"}
    assert second.post(pair(desk), told).status_code == 303
    assert IdentityReview.objects.get().final == "same"


def test_a_decision_can_be_taken_back(desk: Desk) -> None:
    client = desk.sign_in(Role.LINKAGE_OFFICER)
    client.post(pair(desk), DECISION)
    address = reverse("identity_withdraw", args=desk.records[:2])
    assert client.get(address).status_code == 200
    told = {"reason": "The letter was another man's", "version": "1", "submission": "w"}
    assert client.post(address, told).status_code == 303
    assert IdentityReview.objects.get().withdrawn_at is not None
    assert "Withdrawn" in client.get(reverse("identity_decisions") + "?state=withdrawn").content.decode()


def test_pairs_that_were_decided_leave_the_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = (
        PairToReview(desk.records[1], desk.records[0], 0.61, 100, "uncertain"),
        PairToReview(desk.records[0], desk.stranger, 0.42, 50, "numbers_differ"),
    )
    monkeypatch.setattr(People, "review_pairs", lambda self, limit, offset=0: pairs)
    client = desk.sign_in(Role.LINKAGE_OFFICER)
    assert "2 pairs" in client.get(reverse("identity_pairs")).content.decode()
    client.post(pair(desk), DECISION)
    page = client.get(reverse("identity_pairs")).content.decode()
    assert "1 pair<" in page
    assert "42%" in page


def test_records_of_named_people_are_chosen_for_a_split_or_a_merge(desk: Desk) -> None:
    client = desk.sign_in(Role.LINKAGE_OFFICER)
    answer = client.post(reverse("identity_people"), {"person": display_person_id(desk.person_id), "other": ""})
    assert answer.status_code == 303
    page = client.get(answer["Location"])
    assert "register of patients" in page.content.decode()
    from joinedup.rules.foundation.identifier import display_record_key

    chosen = {"one": display_record_key(desk.records[0]), "two": display_record_key(desk.records[1])}
    assert client.post(answer["Location"], chosen)["Location"] == pair(desk)
    assert client.post(answer["Location"], {**chosen, "two": chosen["one"]}).status_code == 422


def test_a_record_that_nobody_knows_is_not_found(desk: Desk) -> None:
    client = desk.sign_in(Role.LINKAGE_OFFICER)
    for records in ((desk.records[0], 4), (desk.records[0], desk.records[0])):
        assert client.get(reverse("identity_pair", args=records)).status_code == 404
    assert "people.compared" not in desk.actions()


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.DECIDE_IDENTITY)])
def test_nobody_else_sees_names_here(desk: Desk, role: Role) -> None:
    client = desk.sign_in(role)
    for address in (pair(desk), reverse("identity_pairs"), reverse("identity_people")):
        assert client.get(address).status_code == 403
    assert client.post(pair(desk), DECISION).status_code == 403
    assert desk.actions() == ["page.refused"] * 4
