"""Run the evaluation tutorial on a demonstration: `python docs/tutorial_outputs.py build/demo [--check]`.

Without --check its outputs and pictures are written anew; with it, what differs is told and nothing is written.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from joinedup.pipeline.report.drawing import Axis, element, line, picture, text
from joinedup.pipeline.report.stylesheet import STYLE

DOCS = Path(__file__).parent
PAGE = DOCS / "tutorial" / "did-it-work.md"
PICTURES = DOCS / "pictures"
_BLOCK = re.compile(r"```python\n(.*?)```(\n\n```text\n.*?```)?", re.DOTALL)


def blocks(page: str) -> Iterator[tuple[str, bool]]:
    """The code of a page, and whether its output is shown below it."""
    for found in _BLOCK.finditer(page):
        yield found[1], found[2] is not None


def run(page: str, place: str) -> tuple[str, dict[str, Any]]:
    """The page with its outputs made anew on a place, and what its code left behind."""
    names: dict[str, Any] = {}

    def again(found: re.Match[str]) -> str:
        heard = io.StringIO()
        code = found[1].replace('PLACE = "build/demo"', f"PLACE = {place!r}")
        with contextlib.redirect_stdout(heard):
            exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - the tutorial's own code
        said = f"\n\n```text\n{heard.getvalue()}```" if found[2] else ""
        return f"```python\n{found[1]}```{said}"

    return _BLOCK.sub(again, page), names


def fall(names: dict[str, Any]) -> str:
    """How two groups alike fell back together: three years, with and without the team."""
    years = ("Two years before", "The year before", "The year after")
    rows = {
        "with the team": (names["earlier"]["mean_treated"], sum(r["mean_treated"] for r in names["recent"])),
        "without it": (names["earlier"]["mean_after"], sum(r["mean_after"] for r in names["recent"])),
    }
    after = (names["group"]["mean_treated"], names["group"]["mean_controls"])
    scale = Axis(0, 2, 250, 20)
    content = [line(60, scale.at(tick), 620, scale.at(tick), "grid") for tick in (0.5, 1, 1.5, 2)]
    content += [text(f"{tick:g}", 50, scale.at(tick) + 4, anchor="end") for tick in (0, 0.5, 1, 1.5, 2)]
    for at, (own, css) in enumerate(zip(rows.items(), ("mark", "hollow"), strict=True)):
        for year, value in enumerate((*own[1], after[at])):
            x = 95 + 185 * year + 65 * at
            content += [
                element("rect", x=x, y=scale.at(value), width=58, height=250 - scale.at(value), class_=css),
                text(f"{value:.2f}", x + 29, scale.at(value) - 6, anchor="middle"),
            ]
        content += [element("rect", x=180 + 170 * at, y=288, width=14, height=14, class_=css)]
        content += [text(own[0], 200 + 170 * at, 300)]
    content += [text(name, 157 + 185 * year, 270, anchor="middle") for year, name in enumerate(years)]
    content.append(line(60, 250, 620, 250, "axis"))
    says = "Emergency admissions a person and year. Both groups rise to the year before and fall back after it."
    drawn = picture(640, 310, "Regression to the mean", says, [f"<style>{_plain_style()}</style>", *content])
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _plain_style() -> str:
    own = [rule for rule in STYLE.split("}") if rule.strip().startswith(("svg", ".axis", ".grid", ".mark", ".hollow"))]
    return "svg{background:#fff}" + "}".join(rule.strip() for rule in own) + "}"


def photograph(content: str, out: Path) -> None:
    """The love plot of what a notebook shows of a design, as a picture."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 820, "height": 1000})
        page.set_content(f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:16px">{content}')
        page.locator("section[aria-labelledby=balance] figure").screenshot(path=out)
        browser.close()


def main(place: str, *, checking: bool) -> int:
    """Write the page and its pictures anew, or say what would differ."""
    page = PAGE.read_text(encoding="utf-8")
    made, names = run(page, place)
    if checking:
        differing = [(a, b) for a, b in zip(page.splitlines(), made.splitlines(), strict=False) if a != b]
        for before, now in differing:
            print(f"- {before}\n+ {now}")
        return 1 if page != made else 0
    PAGE.write_text(made, encoding="utf-8")
    (PICTURES / "did-it-work-mean.svg").write_text(fall(names), encoding="utf-8")
    photograph(names["team"]._repr_html_(), PICTURES / "did-it-work-design.png")
    return 0


if __name__ == "__main__":
    places = [each for each in sys.argv[1:] if not each.startswith("--")]
    sys.exit(main(places[0] if places else "build/demo", checking="--check" in sys.argv))
