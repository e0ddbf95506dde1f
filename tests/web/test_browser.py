"""In a real browser: no violation of accessibility rules, nothing blocked, and all of it usable without scripts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADDRESSES = (
    "/",
    "/?area=C2",
    "/measures/emergency_admissions/",
    "/measures/emergency_admissions/?area=N04&cadence=financial_year",
    "/measures/reablement_at_home/?area=N01",
    "/measures/delayed_days/",
    "/measures/cost_per_head/?who=payer:nhs",
    "/explain/emergency_admissions/S1/2025-03-01/2025-03-31/all/all/",
    "/quality/",
    "/linkage/",
    "/findings/",
    "/releases/",
    "/about/",
    "/nowhere/",
)

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")]


class Quiet(WSGIRequestHandler):
    """Writes no log line a request."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(pages: Client, settings: LazySettings) -> Iterator[str]:
    """The pages on a port of this machine."""
    from django.core.wsgi import get_wsgi_application

    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server: WSGIServer = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


def open_page(browser: Browser, width: int = 1200, *, scripts: bool = True) -> tuple[Page, list[str]]:
    page = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 900}).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def test_pages_break_no_accessibility_rule_and_nothing_is_blocked(site: str, browser: Browser) -> None:
    page, said = open_page(browser)
    for address in ADDRESSES:
        page.goto(site + address)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    assert [line for line in said if "404" not in line] == []


def test_pages_fit_a_narrow_screen(site: str, browser: Browser) -> None:
    page, _ = open_page(browser, width=320)
    for address in ADDRESSES:
        page.goto(site + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_without_scripts_chart_and_table_are_both_seen_and_the_form_works(site: str, browser: Browser) -> None:
    page, _ = open_page(browser, scripts=False)
    page.goto(f"{site}/measures/emergency_admissions/")
    assert page.locator("#over-time-chart .app-chart").is_visible()
    assert page.locator("#over-time-table table").is_visible()
    page.get_by_label("Area", exact=True).select_option("C1")
    page.get_by_label("Length of period").select_option("financial_year")
    page.get_by_role("button", name="Show").click()
    assert "area=C1" in page.url
    assert page.get_by_text("2024-25, Fenwick").first.is_visible()


def test_with_scripts_the_table_is_one_click_away(site: str, browser: Browser) -> None:
    page, _ = open_page(browser)
    page.goto(f"{site}/measures/emergency_admissions/")
    table = page.locator("#over-time-table table")
    assert not table.is_visible()
    page.get_by_role("tab", name="Table").first.click()
    assert table.is_visible()


def test_the_first_key_press_offers_to_skip_to_the_content(site: str, browser: Browser) -> None:
    page, _ = open_page(browser)
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


def test_print_holds_chart_and_table_and_leaves_the_form_out(site: str, browser: Browser) -> None:
    page, _ = open_page(browser)
    page.goto(f"{site}/measures/emergency_admissions/")
    page.emulate_media(media="print")
    assert page.locator("#over-time-table table").is_visible()
    assert not page.locator(".app-choose").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
