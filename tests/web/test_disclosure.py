"""Nothing but a released figure can be rendered: refused by the type checker, and refused at run time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.template import engines

from joinedup.rules.foundation.disclosure import Policy, Released, release_count, release_public
from joinedup.rules.foundation.errors import DisclosureError
from joinedup.web.figures import figure_text, interval_text, released_value, signed_text

ROOT = Path(__file__).parents[2]
LIBRARIES = ("csp", "django", "duckdb", "numpy", "pyarrow", "scipy")  # not looked into: the check takes a second so
SNIPPET = """
from joinedup.rules.foundation.disclosure import Released, release_public
from joinedup.web.figures import figure_text
from joinedup.web.views.explanation import ExplanationPage
from joinedup.web.over_time import SeriesRow
from joinedup.store.published import MeasurePoint

def attempt(point: MeasurePoint) -> None:
    figure_text(3)
    SeriesRow(point, 3.0, "")
    released: Released[float] = 3.0
    figure_text(release_public(3.0))
"""


def rendered(template: str, **context: object) -> str:
    return engines["django"].from_string(template).render(context)


@pytest.mark.parametrize("raw", [3, 3.0, "3", None, [3], {"value": 3}])
@pytest.mark.parametrize("tag", ["{% figure x %}", '{% figure x "%" "hes" %}', "{% share x %}", "{% interval x x %}"])
def test_a_template_refuses_a_raw_number(raw: object, tag: str) -> None:
    with pytest.raises(DisclosureError, match="raw"):
        rendered(tag, x=raw)


def test_a_look_alike_is_refused() -> None:
    class Released:
        value = 3
        status = "published"

    with pytest.raises(DisclosureError, match="raw Released"):
        rendered("{% figure x %}", x=Released())


def test_a_template_shows_a_released_figure_as_a_link_to_its_explanation() -> None:
    page = rendered(
        '{% figure x "" "hes" "m/A & B/2024-04-01/2024-04-30/age/75+" %}', x=release_count(Policy.HES, 1048)
    )
    assert page == (
        '<a class="govuk-link app-figure" href="/explain/m/A%20&amp;%20B/2024-04-01/2024-04-30/age/75+/">1,050</a>'
    )


def test_pages_refuse_raw_numbers_before_they_run(tmp_path: Path) -> None:
    snippet = tmp_path / "attempt.py"
    snippet.write_text(SNIPPET, encoding="utf-8")
    skip = "follow_imports = skip\nfollow_imports_for_stubs = True\nignore_missing_imports = True\n"
    skipped = "".join(f"[mypy-{name}.*]\n{skip}" for name in LIBRARIES)
    (tmp_path / "mypy.ini").write_text("[mypy]\nfollow_imports = silent\n" + skipped, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", str(snippet)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        cwd=tmp_path,
    )
    refused = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in refused] == ["9", "10", "11"], done.stdout
    assert all("Released" in line for line in refused)


@pytest.mark.parametrize(
    ("policy", "said"),
    [(Policy.HES, "hidden: fewer than 8 people"), (Policy.SMALL5, "hidden: fewer than 5 people")],
)
def test_hidden_is_said_with_its_threshold(policy: Policy, said: str) -> None:
    assert figure_text(release_count(policy, 3), "", policy) == said


def test_zero_is_zero_and_missing_is_not() -> None:
    assert figure_text(release_count(Policy.HES, 0)) == "0"
    assert released_value(release_count(Policy.HES, 3)) is None


def test_an_interval_is_written_in_words_and_only_when_whole() -> None:
    low, high = release_public(952.04), release_public(1114.7)
    none: Released[float] = release_count(Policy.HES, 3)
    assert interval_text(low, high, "per 100,000 people") == "between 952 and 1,115"
    assert interval_text(low, none) == ""


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (5_312_340_000.0, "£ per year", "+£5,312.3m"),
        (-3.2, "%", "−3.2%"),
        (0.0, "%", "0.0%"),
        (-0.04, "%", "0.0%"),
        (1234567, "", "+1,234,567"),
        (0.127, "days", "+0.13"),
    ],
)
def test_numbers_carry_separators_signs_and_millions(value: float, unit: str, said: str) -> None:
    assert signed_text(value, unit) == said
