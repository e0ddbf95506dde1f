"""People for programs: the same door and the same trace as the pages, and no name or number in an address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, CareRelationship
from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from tests.place_on_disk import TODAY, nhs_number
from tests.register.people import actor, carer, cares_for, team
from tests.web.api.conftest import Caller

pytestmark = pytest.mark.django_db
API = "/api/v1"
CARE = {"X-Purpose": "direct_care"}


@pytest.fixture(autouse=True)
def _place(anybody: Client, built: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = built
    evidence.open_reader.cache_clear()


@pytest.fixture
def by() -> Actor:
    return carer()


@pytest.fixture
def client(by: Actor, calling: Caller) -> Client:
    return calling(by)


def search(client: Client, **wanted: object) -> Any:
    return client.post(f"{API}/people/search", wanted, content_type="application/json")


@pytest.fixture
def person(client: Client) -> str:
    """Somebody of the micro place whom the carer's team looks after."""
    found: str = search(client, nhs_number=nhs_number(4)).json()["items"][0]["person"]
    cares_for(team(), parse_person_id(found))
    return found


def rows() -> list[AuditEvent]:
    return list(AuditEvent.objects.order_by("sequence"))


def test_a_search_by_number_finds_one_person_and_names_them_in_the_trace(client: Client) -> None:
    found = search(client, nhs_number=nhs_number(4)).json()["items"]
    assert [each["nhs_number"] for each in found] == [nhs_number(4)]
    assert (rows()[-1].action, rows()[-1].people) == ("people.searched", [str(parse_person_id(found[0]["person"]))])
    assert nhs_number(4) not in repr([vars(row) for row in rows()])


@pytest.mark.parametrize(
    "wanted", [{}, {"surname": "Smith"}, {"nhs_number": "1234567890"}, {"surname": "\x00", "postcode": "x"}]
)
def test_too_little_to_search_by_is_said_without_repeating_it(client: Client, wanted: dict[str, str]) -> None:
    answer = search(client, **wanted)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert "1234567890" not in answer.content.decode()


def test_a_record_opens_for_a_team_that_cares_and_a_stated_purpose(client: Client, person: str) -> None:
    answer = client.get(f"{API}/people/{person}", headers=CARE)
    told = answer.json()
    assert (answer.status_code, told["nhs_number"]) == (200, nhs_number(4))
    assert told["sources"]
    assert (rows()[-1].action, rows()[-1].ref) == ("record.opened", told["audit"])
    assert client.get(f"{API}/people/{person}").status_code == 422
    assert client.get(f"{API}/people/{person}", headers={"X-Purpose": "curiosity"}).status_code == 422


def test_a_timeline_is_read_in_pages_each_with_its_row(client: Client, person: str) -> None:
    before, events = len(rows()), list[dict[str, str]]()
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{API}/people/{person}/timeline?limit=3&cursor={cursor}", headers=CARE).json()
        events += page["items"]
        cursor = page["next"]
    assert events == sorted(events, key=lambda event: event["start"])
    assert len(rows()) - before == -(-len(events) // 3)


def test_a_record_stays_closed_without_a_relationship_and_that_is_written_down(client: Client, person: str) -> None:
    CareRelationship.objects.update(valid_to="2021-01-01")
    for address in (f"{API}/people/{person}", f"{API}/people/{person}/timeline"):
        answer = client.get(address, headers=CARE)
        assert answer.status_code == 403
        assert "Zorkmarker" not in answer.content.decode()
        assert rows()[-1].action == "record.refused"


@pytest.mark.parametrize("pseudonym", ["P0000000000001", "PFZZZZZZZZZZZZ"])
def test_a_pseudonym_of_nobody_is_not_found(client: Client, pseudonym: str) -> None:
    assert client.get(f"{API}/people/{pseudonym}", headers=CARE).status_code == 404


@pytest.mark.parametrize("pseudonym", ["x", "9990000018", "P00000000000001", "PUUUUUUUUUUUUU"])
def test_what_is_no_pseudonym_is_refused(client: Client, pseudonym: str) -> None:
    assert client.get(f"{API}/people/{pseudonym}", headers=CARE).status_code == 422


def test_relationships_are_those_of_the_own_team(client: Client, person: str, calling: Caller) -> None:
    told = client.get(f"{API}/relationships").json()
    assert [(row["person"], row["kind"], row["is_open"]) for row in told["items"]] == [(person, "care", True)]
    other = calling(carer("another", "Another team"))
    assert other.get(f"{API}/relationships").json() == {"items": [], "next": None}


def add_task(client: Client, person: str, key: str = "", **changes: object) -> Any:
    wanted = {"person": person, "title": "Ring the daughter", "due": TODAY.isoformat(), **changes}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{API}/tasks", wanted, content_type="application/json", headers=headers)


def close_task(client: Client, task: int, if_match: str = "", key: str = "") -> Any:
    headers = {name: value for name, value in (("If-Match", if_match), ("Idempotency-Key", key)) if value}
    address = f"{API}/tasks/{task}/close"
    return client.post(address, {"outcome": "done"}, content_type="application/json", headers=headers)


def test_a_task_is_added_once_read_with_its_version_and_closed(client: Client, person: str) -> None:
    first, second = add_task(client, person, "k"), add_task(client, person, "k")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    task = first.json()["id"]
    assert [row["id"] for row in client.get(f"{API}/tasks").json()["items"]] == [task]
    version = client.get(f"{API}/tasks/{task}")["ETag"]
    closed = close_task(client, task, version, "c")
    assert (closed.status_code, closed.json()["status"], closed["ETag"]) == (200, "done", '"2"')
    assert close_task(client, task, version, "c").json() == closed.json()  # sent twice
    assert [row.action for row in rows() if row.action.startswith("task.")] == ["task.created", "task.closed"]


def test_a_change_names_the_version_it_changes(client: Client, person: str) -> None:
    task = add_task(client, person).json()["id"]
    assert close_task(client, task).status_code == 428
    assert close_task(client, task, '"7"').status_code == 412
    assert close_task(client, task, 'W/"1"').status_code == 412
    assert close_task(client, task, '"1"').status_code == 200


def test_tasks_of_another_team_are_not_there(client: Client, person: str, calling: Caller) -> None:
    task = add_task(client, person).json()["id"]
    other = calling(carer("another", "Another team"))
    assert other.get(f"{API}/tasks/{task}").status_code == 404
    assert close_task(other, task, '"1"').status_code == 404
    assert add_task(other, person).status_code == 403


def test_what_breaks_a_rule_of_tasks_is_said_by_field(client: Client, person: str) -> None:
    answer = add_task(client, person, due="2001-01-01")
    assert answer.status_code == 422
    assert "due" in answer.json()["errors"][0]["field"]


def test_an_auditor_reads_the_trace_without_a_name(client: Client, person: str, calling: Caller) -> None:
    client.get(f"{API}/people/{person}", headers=CARE)
    auditor = calling(actor(Role.AUDITOR))
    page = auditor.get(f"{API}/audit", {"limit": 2}).json()
    assert person in str(page) or person in str(auditor.get(f"{API}/audit", {"cursor": page["next"]}).json())
    assert rows()[-1].action == "audit.read"
    assert client.get(f"{API}/audit").status_code == 403
    assert auditor.get(f"{API}/people/{person}", headers=CARE).status_code == 403
