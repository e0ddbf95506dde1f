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
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
