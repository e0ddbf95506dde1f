"""Background work for programs: the same permissions and trace as the pages, and no double submission."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.models import AuditEvent, Job, User
from joinedup.rules.foundation.role import Role
from tests.register.people import actor, carer
from tests.web.api.conftest import Caller

pytestmark = pytest.mark.django_db
JOBS = "/api/v1/jobs"


@pytest.fixture(autouse=True)
def _place(anybody: Client, tmp_path: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = tmp_path


@pytest.fixture
def analyst(calling: Caller) -> Client:
    return calling(actor(Role.ANALYST))


def ask(client: Client, key: str = "", **wanted: object) -> tuple[int, dict[str, object]]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(JOBS, {"kind": "build", **wanted}, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def test_a_build_is_asked_for_read_listed_and_cancelled(analyst: Client) -> None:
    status, job = ask(analyst, retrain=True)
    assert (status, job["status"], job["options"]) == (201, "waiting", ["--retrain"])
    assert analyst.get(f"{JOBS}/{job['id']}").json() == job == analyst.get(JOBS).json()["items"][0]
    assert analyst.post(f"{JOBS}/{job['id']}/cancel").json()["status"] == "cancelled"
    assert analyst.post(f"{JOBS}/{job['id']}/cancel").status_code == 409
    assert [row.action for row in AuditEvent.objects.order_by("sequence")][1:] == ["job.ask", "job.cancel"]


def test_a_call_that_is_repeated_with_its_key_is_done_once(analyst: Client) -> None:
    assert ask(analyst, "a-key") == ask(analyst, "a-key")
    assert Job.objects.count() == 1
    assert ask(analyst, "a-key", kind="check")[0] == 409
    assert ask(analyst, "another-key")[0] == 409  # a build waits already


def test_a_token_without_the_scope_is_refused_and_that_is_written_down(calling: Caller) -> None:
    client = calling(actor(Role.ANALYST), "jobs:read")
    status, problem = ask(client)
    assert (status, problem["title"]) == (403, "Not allowed")
    assert "jobs:write" in str(problem["detail"])
    assert AuditEvent.objects.order_by("sequence").last().action == "api.refused"  # type: ignore[union-attr]


def test_a_role_that_builds_nothing_gets_nothing(calling: Caller) -> None:
    client = calling(carer())
    assert client.get(JOBS).status_code == ask(client)[0] == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer joinedup_wrong", "Basic eDp5", "Bearer joinedup_\xe9"])
def test_without_a_token_in_use_nothing_is_told(anybody: Client, header: str) -> None:
    answer = anybody.get(JOBS, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="joinedup"')


def test_a_session_of_the_pages_opens_nothing_here(anybody: Client) -> None:
    actor(Role.ANALYST)
    anybody.force_login(User.objects.get())
    assert anybody.get(JOBS).status_code == 401


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"kind": "demolish"}', '{"kind": "build", "out": "/etc"}', '{"kind": null}']
)
def test_what_cannot_be_asked_is_a_problem(analyst: Client, body: str) -> None:
    answer = analyst.post(JOBS, body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("job", ["0", "-1", "999999999999999999999999", "x", "123456"])
def test_work_that_is_not_there_is_not_found(analyst: Client, job: str) -> None:
    assert analyst.get(f"{JOBS}/{job}").status_code in (404, 422)


def test_lists_end_and_go_on_where_they_ended(analyst: Client) -> None:
    for kind in ("build", "check"):
        ask(analyst, kind=kind)
    first = analyst.get(JOBS, {"limit": 1}).json()
    second = analyst.get(JOBS, {"limit": 1, "cursor": first["next"]}).json()
    assert [first["items"][0]["kind"], second["items"][0]["kind"], second["next"]] == ["check", "build", None]
