"""The page of an evaluation: it answers in plain words, stands alone, and repeats nothing unescaped."""

from __future__ import annotations

import re
from typing import Any

from joinedup.pipeline.report.page import report_of

ESTIMATE = {
    "outcome": "emergency admissions", "estimand": "att", "scale": "ratio", "horizon": "all", "subgroup": "all",
    "value": 0.92, "se": 0.02, "low": 0.89, "high": 0.96, "p": 0.001, "n": 2000, "pre_specified": True,
}  # fmt: skip


def view(**changed: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": "Team scheme", "question": "Did it help?", "design": "matched_cohort", "verdict": "works",
        "grade": {"level": 3, "because": ["a matched comparison"]}, "estimates": [ESTIMATE], "weights": {},
        "series": [], "diagnostics": {}, "sensitivity": {}, "cost": {}, "deviations": [],
        "registered": {"hash": "", "time": ""}, "provenance": {},
    }  # fmt: skip
    return {**told, **changed}


def test_the_first_page_says_what_changed_and_how_sure() -> None:
    page = report_of(view())
    assert "between 4% and 11% fewer" in page
    assert "Grade 3 of 5" in page
    assert "Registered at run time" in page


def test_balance_is_shown_as_a_table_beside_its_picture() -> None:
    rows = [{"covariate": "age", "smd_before": 0.4, "smd_after": 0.02, "variance_ratio_after": 1.1}]
    page = report_of(view(diagnostics={"balance": rows}))
    assert "<svg" in page
    assert re.search(r"<t[hd][^>]*>\s*[Aa]ge", page)


def test_what_is_not_evaluable_says_why_and_shows_no_number() -> None:
    page = report_of(view(verdict="not evaluable", reason="too few alike", estimates=[]))
    assert "too few alike" in page


def test_hostile_words_are_only_words_and_nothing_comes_from_outside() -> None:
    page = report_of(view(title="<script>alert(1)</script>", deviations=["<img src=x>"]))
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_the_worth_of_a_gain_is_drawn_beside_its_table() -> None:
    rows = [{"pounds_for_a_unit": worth, "chance": chance} for worth, chance in ((0, 0.1), (1_000, 0.8))]
    page = report_of(view(cost={"gain": "admissions avoided", "acceptability": rows}))
    assert "From 10% at £0 to 80% at £1,000 for each unit of admissions avoided." in page
    assert "£1,000" in page
