"""Pages of oversight: flows, objections, retention, the trace, emergency access and samples."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register.access import open_record
from joinedup.register.actions.audit_sample import drawn
from joinedup.register.actions.emergency import Request, begin_emergency
from joinedup.register.clock import now, today
from joinedup.register.models import AuditSample, DataFlow, EmergencyAccess, Objection, RetentionRule
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Role
from tests.place_on_disk import FORENAME, SURNAME
from tests.register.people import carer
from tests.web.oversight.conftest import Desk


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


def flow_form(**other: str) -> dict[str, object]:
    return {
        "source": "gp", "label": "GP", "legal_basis": "UK GDPR 6(1)(e) and 9(2)(h)", "purposes": ["planning"],
        "controller": "BRD1", "opt_out": "type1", **day("valid_from", today()),
        **day("expires", today() + timedelta(days=300)), "submission": "flow-form", **other,
    }  # fmt: skip


def opened(desk: Desk, times: int = 1) -> None:
    for _ in range(times):
        open_record(desk.subject, Purpose.DIRECT_CARE, "person", by=carer())


def test_a_flow_is_proposed_from_an_example_and_approved_by_another(desk: Desk) -> None:
    proposer, guardian = desk.sign_in(Role.COMMISSIONER), desk.sign_in(Role.GUARDIAN)
    assert "not legal advice" in proposer.get(reverse("flow_templates")).content.decode()
    example = proposer.get(reverse("flow_from_template", args=["direct_care"])).content.decode()
    assert "duty to share" in example or "Health and Social Care Act" in example
    answer = proposer.post(reverse("flow_new"), flow_form())
    assert answer.status_code == 303
    assert "somebody else must decide" in proposer.get(answer["Location"]).content.decode()
    flow = DataFlow.objects.get()
    decision = {"decision": "approve", "version": "1", "submission": "d"}
    assert proposer.post(reverse("flow_decide", args=[flow.pk]), decision).status_code == 403
    assert guardian.post(reverse("flow_decide", args=[flow.pk]), decision).status_code == 303
    ending = {"remark": "The project is over", "version": "2", "submission": "e"}
    assert guardian.post(reverse("flow_end", args=[flow.pk]), ending).status_code == 303
    assert DataFlow.objects.get().status == "ended"


def test_two_who_decide_one_flow_are_told(desk: Desk) -> None:
    desk.sign_in(Role.COMMISSIONER).post(reverse("flow_new"), flow_form())
    address = reverse("flow_decide", args=[DataFlow.objects.get().pk])
    decision = {"decision": "refuse", "remark": "No agreement", "version": "1"}
    assert desk.sign_in(Role.GUARDIAN, "g1").post(address, {**decision, "submission": "a"}).status_code == 303
    answer = desk.sign_in(Role.GUARDIAN, "g2").post(address, {**decision, "submission": "b"})
    assert answer.status_code == 409
    assert "What is saved now" in answer.content.decode()


def test_the_flows_page_says_what_each_source_rests_on(desk: Desk) -> None:
    page = desk.sign_in(Role.GUARDIAN).get(reverse("flows")).content.decode()
    assert "place.toml" in page
    assert "In force" in page
    assert "31 March 2026" in page


def test_a_guardian_records_and_ends_an_objection(desk: Desk) -> None:
    client = desk.sign_in(Role.GUARDIAN)
    told = {"person": display_person_id(desk.person_id), "kind": "national", **day("since", today()), "remark": "",
            "submission": "o"}  # fmt: skip
    assert client.post(reverse("objection_new"), told).status_code == 303
    objection = Objection.objects.get()
    assert objection.records == [str(record) for record in desk.records]
    assert display_person_id(desk.person_id) in client.get(reverse("objections")).content.decode()
    address = reverse("objection_end", args=[objection.pk])
    assert client.get(address).status_code == 200
    ended = client.post(address, {**day("last_day", today()), "version": "1", "submission": "p"})
    assert ended.status_code == 303
    assert Objection.objects.get().valid_to == today()


@pytest.mark.parametrize("person", ["P0000000000001", "nobody", ""])
def test_an_objection_of_nobody_is_not_recorded(desk: Desk, person: str) -> None:
    told = {"person": person, "kind": "national", **day("since", today()), "submission": "o"}
    assert desk.sign_in(Role.GUARDIAN).post(reverse("objection_new"), told).status_code == 422


def test_a_carer_of_another_team_records_no_objection(desk: Desk) -> None:
    stranger = desk.client(carer("stranger", "Elsewhere"))
    told = {"person": display_person_id(desk.person_id), "kind": "national", **day("since", today()), "submission": "o"}
    assert stranger.post(reverse("objection_new"), told).status_code == 403
    assert stranger.get(reverse("objections")).status_code == 403


def test_a_retention_rule_is_set_with_its_basis(desk: Desk) -> None:
    client = desk.sign_in(Role.GUARDIAN)
    address = reverse("retention_rule", args=["releases"])
    assert client.post(address, {"keep_days": "", "keep_releases": "", "basis": "NHS code"}).status_code == 422
    told = {"keep_days": "", "keep_releases": "3", "basis": "NHS records code", "submission": "r"}
    assert client.post(address, told).status_code == 303
    assert RetentionRule.objects.get().keep_releases == 3
    assert "the newest 3" in client.get(reverse("retention")).content.decode()


def test_the_trace_is_searched_by_pseudonym_day_role_and_kind(desk: Desk) -> None:
    opened(desk)
    client, person = desk.sign_in(Role.AUDITOR), display_person_id(desk.person_id)
    for query in (f"?q={person}", f"?q={today()}", "?role=care_professional", "?kind=record", "?since=today&q=carer"):
        page = client.get(reverse("trace") + query).content.decode()
        assert "Record opened" in page, query
    assert "Nothing fits" in client.get(reverse("trace") + "?q=P0000000000001").content.decode()
    assert FORENAME not in client.get(reverse("trace")).content.decode()
    assert "audit.read" in desk.actions()


def test_one_row_shows_before_and_after(desk: Desk) -> None:
    client = desk.sign_in(Role.GUARDIAN)
    told = {"keep_releases": "3", "basis": "NHS records code", "submission": "r"}
    client.post(reverse("retention_rule", args=["releases"]), told)
    client.post(reverse("retention_rule", args=["releases"]), {**told, "keep_releases": "4", "version": "1",
                                                               "submission": "s"})  # fmt: skip
    number = desk.actions().index("retention.set") + 2
    page = client.get(reverse("trace_event", args=[number])).content.decode()
    assert "What changed" in page
    assert ">3<" in page
    assert ">4<" in page
    assert client.get(reverse("trace_event", args=[99_999])).status_code == 404


def test_the_trace_is_checked_on_demand_and_its_head_taken(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOINEDUP_AUDIT_KEY", str(tmp_path / "audit_key"))
    opened(desk)
    client = desk.sign_in(Role.AUDITOR)
    assert "No row was altered" in client.post(reverse("trace_check")).content.decode()
    head = json.loads(client.post(reverse("trace_head")).content)
    assert head["place"] == "micro"
    assert desk.actions()[-2:] == ["audit.checked", "audit.head_signed"]
    assert client.get(reverse("trace_head")).status_code == 405


def test_emergency_access_is_reviewed_by_a_guardian(desk: Desk) -> None:
    stranger = carer("stranger", "Elsewhere")
    request = Request("Found unconscious at the station")
    access = begin_emergency(subject=desk.subject, request=request, by=stranger)
    open_record(desk.subject, Purpose.DIRECT_CARE, "person", by=stranger)
    client, address = desk.sign_in(Role.GUARDIAN), reverse("emergency_review", args=[access.pk])
    assert "Still open" in client.get(address).content.decode()
    EmergencyAccess.objects.update(ended_at=now())
    assert "1 emergency access<" in client.get(reverse("emergencies")).content.decode()
    page = client.get(address).content.decode()
    assert "Opened the record" in page
    assert "Found unconscious" in page
    told = {"outcome": "justified", "remark": "The ambulance confirms it", "submission": "v"}
    assert client.post(address, told).status_code == 303
    assert EmergencyAccess.objects.get().outcome == "justified"
    assert "The ambulance confirms it" in desk.sign_in(Role.AUDITOR).get(address).content.decode()


def draw(client: Client, submission: str = "s") -> int:
    told = {**day("opened_from", today()), **day("opened_to", today()), "size": "2", "why": "Yearly audit of access",
            "submission": submission}  # fmt: skip
    assert client.post(reverse("sample_new"), told).status_code == 303
    return AuditSample.objects.latest("pk").pk


def test_an_auditor_opens_only_a_record_that_chance_drew(desk: Desk) -> None:
    opened(desk)
    client = desk.sign_in(Role.AUDITOR)
    sample = draw(client)
    record = client.get(reverse("sampled_record", args=[sample, desk.person_id]))
    assert SURNAME in record.content.decode()
    assert desk.actions()[-1] == "record.opened"
    assert "Looked at" in client.get(reverse("sample", args=[sample])).content.decode()
    assert client.get(reverse("sampled_record", args=[sample, 5])).status_code == 404


def test_the_sample_of_another_auditor_opens_nothing(desk: Desk) -> None:
    opened(desk)
    sample = draw(desk.sign_in(Role.AUDITOR))
    other = desk.sign_in(Role.AUDITOR, "other auditor")
    assert other.get(reverse("sampled_record", args=[sample, desk.person_id])).status_code == 403
    assert desk.sign_in(Role.GUARDIAN).get(reverse("sampled_record", args=[sample, desk.person_id])).status_code == 403


def test_a_seed_draws_the_same_people_again_and_every_size_begins_alike() -> None:
    frame = list(range(100))
    assert drawn(frame, "seed", 10) == drawn(reversed(frame), "seed", 10)
    assert drawn(frame, "seed", 3) == drawn(frame, "seed", 10)[:3]
    assert drawn(frame, "seed", 10) != drawn(frame, "other", 10)


def test_without_opened_records_there_is_nothing_to_draw(desk: Desk) -> None:
    told = {**day("opened_from", today()), **day("opened_to", today()), "size": "2", "why": "Yearly audit of access"}
    assert desk.sign_in(Role.AUDITOR).post(reverse("sample_new"), told).status_code == 422


def test_the_room_says_what_waits(desk: Desk, settings: LazySettings) -> None:
    desk.sign_in(Role.COMMISSIONER).post(reverse("flow_new"), flow_form())
    page = desk.sign_in(Role.GUARDIAN).get(reverse("oversight")).content.decode()
    assert "Flows proposed by others" in page
    assert desk.sign_in(Role.ADMINISTRATOR).get(reverse("oversight")).status_code == 403
