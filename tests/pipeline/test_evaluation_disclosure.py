"""No number in a result of people is small, or gives a small one back."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from joinedup.pipeline.evaluation.disclosing import disclosed
from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.pipeline.report.page import report_of
from joinedup.rules.programme.result import Result
from joinedup.store.protocols import load_protocol

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
PROTOCOL = """
title = "Small cohort"
disclosure = "{policy}"
subgroups = ["rare"]
[data]
unit = "person"
treated = "in_scheme"
covariates = ["age", "rare"]
[design]
method = "matched_cohort"
ratio = 2
accept = {{ max_smd = 5, min_matched = 0.1 }}
[[outcomes]]
name = "{primary}"
kind = "count"
polarity = "lower"
[[outcomes]]
name = "died"
kind = "binary"
role = "safety"
[[outcomes]]
name = "cost"
kind = "cost"
role = "secondary"
[costs]
perspectives = ["cost"]
programme_cost = 50000
[sensitivity]
checks = ["rosenbaum", "evalue", "mortality"]
"""
#: Whole numbers that count no people.
PLAIN = {"level", "seed", "ratio", "cashable_share", "pounds_for_a_unit"}


def run(folder: Path, policy: str = "hes", primary: str = "admissions") -> Result:
    """Forty-three people of a scheme; six of them have something rare, three died, two burned."""
    rng = np.random.default_rng(5)
    names = ["person", "in_scheme", "age", "rare", "admissions", "burns", "died", "cost"]
    with (folder / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for i in range(400):
            own = int(i < 43)
            row = [i, own, round(rng.normal(70, 5), 1), int(i < 6 or (i > 42 and i % 9 == 0)), rng.poisson(1.3)]
            writer.writerow([*row, int(i in {1, 2} or i % 11 == 0), int(i in {5, 7, 9} or i % 13 == 1), 100 * row[-1]])
    path = folder / "small.toml"
    path.write_text(PROTOCOL.format(policy=policy, primary=primary))
    return evaluate(path, now=NOW, data=folder / "people.csv")


def numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number under its name."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def test_every_count_of_a_small_cohort_is_hidden_or_told_to_the_nearest_five(tmp_path: Path) -> None:
    result = run(tmp_path).as_dict()
    assert result["estimates"]
    whole = [(name, value) for name, value in numbers(result) if isinstance(value, int) and name not in PLAIN]
    assert len(whole) > 10
    assert [(name, value) for name, value in whole if value % 5] == []


def test_the_report_tells_no_more_than_the_result(tmp_path: Path) -> None:
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<h\d.*?</h\d>", "", report_of(run(tmp_path).as_dict()), flags=re.S)
    assert not re.search(r">\s*43\s*<|\b43 people in the scheme", page)
    assert "45 people in the scheme" in page


def test_means_of_what_few_people_have_are_hidden(tmp_path: Path) -> None:
    [row] = [row for row in run(tmp_path).diagnostics["balance"] if row["covariate"] == "rare"]
    assert row["mean_treated"] is None
    assert row["smd_after"] in {round(i / 10, 1) for i in range(-50, 51)}


def test_an_outcome_that_few_people_had_has_no_effect_told(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert "died" not in {item.outcome for item in result.estimates}
    assert "died" in {row["outcome"] for row in result.diagnostics["not_estimated"]}
    deaths = result.sensitivity["mortality"]
    assert (deaths["effect"], deaths["p"]) == (None, None)


def test_a_primary_outcome_that_few_people_had_is_not_evaluable(tmp_path: Path) -> None:
    result = run(tmp_path, primary="burns")
    assert result.verdict == "not evaluable"
    assert "single people" in result.reason
    assert result.estimates == ()


def test_an_outcome_that_nearly_everybody_had_has_no_effect_told(tmp_path: Path) -> None:
    run(tmp_path)
    table = (tmp_path / "people.csv").read_text().splitlines()
    lived = [line.rsplit(",", 2) for line in table[1:]]
    table[1:] = [f"{before},{1 - int(died)},{cost}" for before, died, cost in lived]
    (tmp_path / "people.csv").write_text("\n".join(table) + "\n")
    result = evaluate(tmp_path / "small.toml", now=NOW, data=tmp_path / "people.csv")
    assert "died" not in {item.outcome for item in result.estimates}
    [row] = [row for row in result.diagnostics["groups"] if row["outcome"] == "died"]
    assert (row["people_with_event_treated"], row["mean_treated"]) == (None, None)


def test_a_subgroup_is_not_told_beside_a_small_one_that_it_would_give_away(tmp_path: Path) -> None:
    assert {item.subgroup for item in run(tmp_path).estimates} == {"all"}
    told = {item.subgroup for item in run(tmp_path, policy="exact").estimates}
    assert told == {"all", "rare=0", "rare=1"}


def test_the_cost_of_the_scheme_does_not_give_its_people_back(tmp_path: Path) -> None:
    cost = run(tmp_path).cost
    assert 50000 / cost["programme"] == pytest.approx(45)
    assert cost["gross"]["value"] - cost["net"]["value"] == pytest.approx(50000 / 45, abs=0.02)


def test_public_tables_are_told_as_they_are(tmp_path: Path) -> None:
    assert run(tmp_path, policy="exact").diagnostics["flow"]["eligible_treated"] == 43


def test_a_share_that_leaves_few_people_out_becomes_words(tmp_path: Path) -> None:
    protocol = load_protocol(_written(tmp_path)).protocol
    flow = {"eligible_treated": 100, "matched_treated": 97}
    told = {"flow": flow, "share_matched": 0.97, "said": "97% of the people of the scheme were matched"}
    found = disclosed(Result("T", "matched_cohort", "not evaluable", "why", diagnostics=told), protocol).diagnostics
    assert found["share_matched"] is None
    assert found["said"] == "nearly all of the people of the scheme were matched"


def _written(folder: Path) -> Path:
    path = folder / "p.toml"
    path.write_text(PROTOCOL.format(policy="hes", primary="admissions"))
    return path
