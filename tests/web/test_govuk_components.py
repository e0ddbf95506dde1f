"""Our partials of GOV.UK components give the same markup as the official fixtures in the npm package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.loader import render_to_string

PACKAGE = Path(__file__).parents[2] / "node_modules" / "govuk-frontend"
COMPONENTS = (
    "back-link",
    "breadcrumbs",
    "button",
    "checkboxes",
    "date-input",
    "details",
    "error-message",
    "error-summary",
    "fieldset",
    "generic-header",
    "hint",
    "input",
    "inset-text",
    "label",
    "notification-banner",
    "pagination",
    "panel",
    "phase-banner",
    "radios",
    "select",
    "service-navigation",
    "skip-link",
    "summary-list",
    "table",
    "tabs",
    "tag",
    "textarea",
    "warning-text",
)
# Options that no page uses: icons of start buttons, slots beside the navigation, buttons on a panel.
LEFT_OUT = {"button": ("isStartButton",), "panel": ("actions",), "service-navigation": ("slots",)}

NOT_OURS = "with falsy values"  # tests how Nunjucks writes JavaScript's false

Markup = list[tuple[str, ...]]


class Normal(HTMLParser):
    """Markup as a list of tags with sorted attributes, and text with single spaces."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Markup = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: " ".join((value or "").split()) for name, value in attrs}
        self.found.append((tag, *(f"{name}={value}" for name, value in sorted(values.items()))))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(("text", " ".join(data.split())))


def normal(markup: str) -> Markup:
    parser = Normal()
    parser.feed(markup)
    parser.close()
    return parser.found


def snake(options: object) -> object:
    """Options with our names; attributes of elements keep theirs."""
    if isinstance(options, dict):
        return {
            re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): value if key == "attributes" else snake(value)
            for key, value in options.items()
        }
    return [snake(item) for item in options] if isinstance(options, list) else options


def fixtures() -> Iterator[tuple[str, str, dict[str, object], str]]:
    for component in COMPONENTS:
        path = PACKAGE / "dist" / "govuk" / "components" / component / "fixtures.json"
        if not path.is_file():
            return
        for fixture in json.loads(path.read_text(encoding="utf-8"))["fixtures"]:
            if fixture["name"] != NOT_OURS and not set(LEFT_OUT.get(component, ())) & set(fixture["options"]):
                yield component, fixture["name"], fixture["options"], fixture["html"]


@pytest.mark.parametrize(("component", "name", "options", "html"), list(fixtures()))
def test_partial_equals_official_markup(component: str, name: str, options: dict[str, object], html: str) -> None:
    ours = render_to_string(f"govuk/{component.replace('-', '_')}.html", snake(options))  # type: ignore[arg-type]
    assert normal(ours) == normal(html)


def test_at_least_a_hundred_official_fixtures_are_compared() -> None:
    assert PACKAGE.is_dir(), "the npm packages are not installed: run `make assets`"
    assert len(list(fixtures())) >= 100
