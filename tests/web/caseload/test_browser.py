"""The caseload in a real browser: no violation of accessibility rules, and nothing wider than a narrow screen."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as now
from django.test import Client
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from joinedup.register.actions.meeting import add_person, create_meeting
from joinedup.register.actions.task import TaskText, create_task
from joinedup.register.clock import today
from joinedup.rules.foundation.identifier import display_person_id
from tests.register.people import carer
from tests.web.test_browser import CHROMIUM, FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


def test_every_page_of_the_caseload_is_accessible_and_narrow(
    committed: None, live_server: LiveServer, pages: Client, people: list[int], browser: Browser
) -> None:
    now.ALLOWED_HOSTS = ["localhost"]
    tab = browser.new_page(viewport={"width": 320, "height": 640})
    cookie = pages.cookies[now.SESSION_COOKIE_NAME].value
    tab.context.add_cookies([{"name": now.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    for address in _addresses(people[0]):
        answer = tab.goto(f"{live_server.url}/caseload/{address}")
        assert answer is not None
        assert answer.status == 200, address
        assert Axe().run(tab).response["violations"] == [], address
        assert tab.evaluate("document.documentElement.scrollWidth") == 320, address
    tab.get_by_role("button", name="Save").click()
    assert tab.title().startswith("Error: ")
    assert tab.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    assert Axe().run(tab).response["violations"] == []


def _addresses(person: int) -> list[str]:
    """Every page; the last is a form that is sent empty."""
    by = carer()
    task = create_task(person_id=person, text=TaskText("Ring the ward", today()), by=by)
    meeting = create_meeting(title="Weekly round", on=today(), by=by)
    item = add_person(meeting_id=meeting.pk, person_id=person, why="Second fall", by=by)
    return [
        "",
        "notices/",
        "tasks/",
        f"tasks/{task.pk}/",
        f"tasks/{task.pk}/edit/",
        f"tasks/{task.pk}/close/",
        "meetings/",
        "meetings/new/",
        f"meetings/{meeting.pk}/",
        f"meetings/{meeting.pk}/add/",
        f"meetings/people/{item.pk}/notes/",
        f"people/{display_person_id(person)}/task/",
    ]
