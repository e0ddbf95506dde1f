"""Take the pictures of the tutorials anew from a served demonstration: `python docs/pictures.py [http://127.0.0.1:8000]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

OUT = Path(__file__).parent / "pictures"
PASSWORD = "only-for-the-demonstration"  # noqa: S105 - printed by every demonstration, and used nowhere else


def sign_in(page: Page, base: str, account: str) -> None:
    """Sign in as one of the demonstration's users."""
    page.context.clear_cookies()
    page.goto(f"{base}/account/sign-in/")
    page.fill("input[name=login]", account)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def find(page: Page, base: str, surname: str, born: tuple[str, str, str]) -> None:
    """Find a person by surname and date of birth, and open the record."""
    page.goto(f"{base}/people/")
    page.fill("input[name=surname]", surname)
    for name, value in zip(("day", "month", "year"), born, strict=True):
        page.fill(f"input[name=date_of_birth-{name}]", value)
    page.click("main button[type=submit]")
    page.click("main tbody a")


def schemes(page: Page, base: str) -> None:
    """Follow one scheme: its page, a claim, the promise, the result, what works, and what the board hears."""
    sign_in(page, base, "analyst")
    at = f"{base}/schemes/"
    shots = (
        ("scheme", "mdt_fenwick/", "h1"), ("scheme-power", "mdt_fenwick/", "#power"), ("claim", "", "h1"),
        ("protocol", "evaluations/team-fenwick/protocol/", "h1"), ("result", "evaluations/team-fenwick/", "h1"),
        ("what-works", "evidence/what-works/?cohort=high_risk", "h1"), ("scheme-alerts", "alerts/", "h1"),
    )  # fmt: skip
    for name, path, top in shots:
        page.goto(at + (path or "mdt_fenwick/"))
        if name == "claim":
            page.get_by_role("link", name="A third fewer emergency admissions").first.click()
        box = page.locator(top).first.bounding_box()
        y = 0 if box is None or top == "h1" else box["y"] - 20
        height = 620 if top != "h1" else 900
        page.screenshot(path=OUT / f"{name}.png", full_page=True,
                        clip={"x": 0, "y": y, "width": 1000, "height": height})  # fmt: skip


def main(base: str) -> None:
    """Take every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 1150})
        sign_in(page, base, "nurse")
        page.screenshot(path=OUT / "caseload.png")
        find(page, base, "Quarmoss", ("14", "5", "1938"))
        page.screenshot(path=OUT / "person.png")
        sign_in(page, base, "auditor")
        page.screenshot(path=OUT / "trace.png")
        sign_in(page, base, "linkage")
        page.click("main tbody a")
        page.screenshot(path=OUT / "pair.png")
        schemes(page, base)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
