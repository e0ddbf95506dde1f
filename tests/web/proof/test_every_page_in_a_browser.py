"""Every page that some role may open, in a real browser: accessible, no wider than a narrow screen, usable by keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from tests.place_on_disk import SURNAME, nhs_number
from tests.register.conftest import committed
from tests.web.proof.test_every_door import ACCOUNT, address_of, patterns
from tests.web.proof.world import SOMEBODY, Someone, Tie, World
from tests.web.test_browser import CHROMIUM, FLAGS

__all__ = ["committed"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")]


@pytest.fixture
def world(evaluated: Path, settings: LazySettings, committed: None) -> Iterator[World]:
    settings.JOINEDUP_PLACE = evaluated
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    yield World(evaluated)
    evidence.open_reader.cache_clear()


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A tab of a telephone's width."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop here
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser.new_page(viewport={"width": 320, "height": 640})
        browser.close()


def pages_of(world: World, who: Someone, seen: set[str]) -> list[str]:
    """Addresses of pages that this role opens and no role before it did."""
    found = []
    for name, path, _ in patterns():
        if name in seen or name.startswith("api:") or path.startswith(ACCOUNT):
            continue
        address = address_of(path, world.written(who))
        answer = who.browser.get(address)
        is_page = answer.get("Content-Type", "").startswith("text/html") and "Content-Disposition" not in answer
        if answer.status_code == 200 and is_page:  # a file to keep is no page
            seen.add(name)
            found.append(address)
    return found


def sign_in(tab: Page, who: Someone, server: LiveServer, settings: LazySettings) -> None:
    name = settings.SESSION_COOKIE_NAME
    tab.context.add_cookies([{"name": name, "value": who.browser.cookies[name].value, "url": server.url}])


def test_every_page_is_accessible_and_narrow(
    world: World, live_server: LiveServer, tab: Page, settings: LazySettings
) -> None:
    faults, seen = [], set[str]()
    for role in Role:
        who = world.someone(role, Tie.NONE if role is Role.AUDITOR else Tie.CARE)
        sign_in(tab, who, live_server, settings)
        for address in pages_of(world, who, seen):
            tab.goto(live_server.url + address)
            rules = [violation["id"] for violation in Axe().run(tab).response["violations"]]
            width = tab.evaluate("document.documentElement.scrollWidth")
            if rules or width > 320:
                faults.append(f"{address} as {role}: {rules}, {width} wide")
    assert faults == []
    assert len(seen) > 60


def test_a_person_is_found_and_opened_by_keys_alone(
    world: World, live_server: LiveServer, tab: Page, settings: LazySettings
) -> None:
    sign_in(tab, world.someone(Role.CARE_PROFESSIONAL, Tie.CARE), live_server, settings)
    tab.goto(f"{live_server.url}/people/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    tab.keyboard.press("Enter")
    while tab.evaluate("document.activeElement.name") != "nhs_number":
        tab.keyboard.press("Tab")
    tab.keyboard.type(nhs_number(SOMEBODY))
    tab.keyboard.press("Enter")
    tab.get_by_text(SURNAME).first.wait_for()
    while "/people/P" not in (tab.evaluate("document.activeElement.href") or ""):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/people/P*/")
    tab.get_by_text("What is happening to this person").wait_for()


def test_the_own_copy_prints_without_the_frame_of_the_page(
    world: World, live_server: LiveServer, tab: Page, settings: LazySettings
) -> None:
    sign_in(tab, world.someone(Role.CARE_PROFESSIONAL, Tie.CARE), live_server, settings)
    tab.goto(f"{live_server.url}/people/{world.ids['person']}/copy/")
    tab.emulate_media(media="print")
    assert not tab.locator("nav").first.is_visible()
    assert tab.get_by_role("heading", level=1).is_visible()
