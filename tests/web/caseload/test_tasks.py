"""Tasks on pages: made once however often the form is sent, kept when two people edit, out of reach for others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from joinedup.register.actions.task import TaskText, create_task, edit_task
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, Task
from joinedup.rules.foundation.identifier import display_person_id
from tests.register.people import carer
from tests.web.caseload.conftest import signed_in

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


def entered(title: str = "Ring the ward", due: date | None = None, **more: str) -> dict[str, str]:
    day = due or today() + timedelta(days=3)
    return {
        "title": title, "due-day": str(day.day), "due-month": str(day.month), "due-year": str(day.year),
        "submission": "one", **more,
    }  # fmt: skip


@pytest.fixture
def address(people: list[int]) -> str:
    return f"/caseload/people/{display_person_id(people[0])}/task/"


@pytest.fixture
def task(people: list[int]) -> Task:
    return create_task(person_id=people[0], text=TaskText("Ring the ward", today()), by=carer())


def test_a_form_that_is_sent_twice_makes_one_task(pages: Client, address: str) -> None:
    answers = [pages.post(address, entered()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Task.objects.count() == 1
    assert "Ring the ward" in pages.get(answers[0]["Location"]).content.decode()


def test_what_is_missing_is_said_at_the_top_and_in_the_title(pages: Client, address: str) -> None:
    answer = pages.post(address, {"submission": "one"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: What must be done?" in page
    assert 'href="#id_title"' in page
    assert 'href="#id_due-day"' in page


def test_nobody_makes_a_task_for_somebody_outside_their_caseload(pages: Client, people: list[int]) -> None:
    other = f"/caseload/people/{display_person_id(people[30])}/task/"
    assert pages.get(other).status_code == 403
    assert pages.post(other, entered()).status_code == 403
    assert AuditEvent.objects.filter(action="people.refused", people=[str(people[30])]).exists()
    assert not Task.objects.exists()


def test_whoever_was_overtaken_sees_both_texts_and_saves_knowingly(pages: Client, task: Task) -> None:
    edit_task(task_id=task.pk, version=1, text=TaskText("Theirs", today()), by=carer("colleague"))
    where = f"/caseload/tasks/{task.pk}/edit/"
    answer = pages.post(where, entered("Mine", today(), version="1"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page
    assert pages.post(where, entered("Mine after all", today(), version="2", submission="two")).status_code == 303
    task.refresh_from_db()
    assert (task.title, task.version) == ("Mine after all", 3)


def test_a_task_is_closed_and_opened_again(pages: Client, task: Task) -> None:
    where = f"/caseload/tasks/{task.pk}/"
    assert pages.post(f"{where}close/", {"version": "1", "submission": "a"}).status_code == 422
    assert pages.post(f"{where}close/", {"version": "1", "outcome": "done", "submission": "b"}).status_code == 303
    assert "Done" in pages.get(where).content.decode()
    assert pages.post(f"{where}open-again/", {"version": "2", "submission": "c"}).status_code == 303
    task.refresh_from_db()
    assert task.status == "open"


@pytest.mark.parametrize("page", ["", "edit/", "close/", "open-again/"])
def test_another_teams_task_is_not_found(task: Task, page: str) -> None:
    stranger = signed_in("stranger", "Other team")
    where = f"/caseload/tasks/{task.pk}/{page}"
    assert stranger.get(where).status_code == 404
    if page:
        assert stranger.post(where, entered(version="1", outcome="done")).status_code == 404
    assert Task.objects.get().version == 1


def test_what_is_typed_is_never_markup(pages: Client, address: str, people: list[int]) -> None:
    made = pages.post(address, entered(HOSTILE, detail=HOSTILE))
    for page in (made["Location"], f"{made['Location']}edit/", "/caseload/tasks/", "/caseload/"):
        assert HOSTILE not in pages.get(page).content.decode()


def test_the_list_narrows_to_mine_and_late(pages: Client, people: list[int], task: Task) -> None:
    by = carer()
    create_task(person_id=people[1], text=TaskText("My own", today(), assigned_to=by.user_id), by=by)
    Task.objects.filter(pk=task.pk).update(due=today() - timedelta(days=2))
    assert "Ring the ward" not in pages.get("/caseload/tasks/?whose=mine").content.decode()
    late = pages.get("/caseload/tasks/?status=late").content.decode()
    assert "Ring the ward" in late
    assert "My own" not in late
    assert pages.get("/caseload/tasks/?status=secret").status_code == 404


def test_a_file_of_tasks_holds_no_formula(pages: Client, address: str) -> None:
    pages.post(address, entered("=HYPERLINK(1)"))
    told = pages.get("/caseload/tasks/?export=csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in told
    assert AuditEvent.objects.get(action="list.exported").detail["filters"] == {}


def test_forms_need_their_token(address: str, people: list[int]) -> None:
    client = signed_in("carer")
    client.handler.enforce_csrf_checks = True
    assert client.post(address, entered()).status_code == 403
    assert not Task.objects.exists()
