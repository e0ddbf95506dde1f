"""What the pages load is built here, from locked packages, and reaches nowhere else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from joinedup.web import assets

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "css",
    [
        "a{background:url(https://example.org/x.png)}",
        "@font-face{font-family:GDS Transport}",
        "b{font-family:Frutiger W01}",
        ".govuk-footer{background:url(govuk-crest.svg)}",
    ],
)
def test_styles_that_reach_outside_or_look_official_are_refused(css: str) -> None:
    with pytest.raises(assets.AssetError, match="must not"):
        assets.checked_css(css)


def test_only_the_printed_address_of_a_link_is_taken_out() -> None:
    rule = '@media print{[href^="/"].govuk-link::after,[href^="http://"].govuk-link::after{content:"x"}.a{color:red}}'
    assert assets.checked_css(rule) == "@media print{.a{color:red}}"


def test_the_lock_file_records_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in package and "integrity" in package for package in packages)


def test_what_was_built_is_fresh_small_and_named_by_its_content() -> None:
    assert assets.is_fresh(), "the pages' styles are not built from these sources: run `make assets`"
    names = json.loads((assets.BUILD / "names.json").read_text(encoding="utf-8"))
    assert set(names) == {"govuk.js", "icon.svg", "joinedup.css", "joinedup.js"}
    assert all(
        re.fullmatch(r"\w+\.[0-9a-f]{12}\.\w+", name) and (assets.BUILD / name).is_file() for name in names.values()
    )
    assert (assets.BUILD / f"{names['joinedup.css']}.gz").stat().st_size < 20_000
    css = (assets.BUILD / names["joinedup.css"]).read_text(encoding="utf-8")
    assert assets.checked_css(css) == css
