"""Evaluating from a notebook: the command's numbers, no outcome in the design, deviations kept, sites put together."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import joinedup
from joinedup import design, estimate, load_protocol, pool, report, update
from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.pipeline.notebook import designs, pooling, protocols, results, shown, sources, updates
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.evaluation_tables import MemoryTable

BEFORE = datetime(2025, 3, 1, 9, tzinfo=UTC)
NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)

TEAM: dict[str, Any] = {
    "title": "Team around the person",
    "question": "Did the team keep people out of hospital?",
    "data": {
        "unit": "person_id", "treated": "in_scheme", "covariates": ["age", "prior"], "exact": ["sex"],
        "follow_up": "years",
    },
    "design": {"method": "matched_cohort", "caliper": 0.2},
    "outcomes": [
        {"name": "admissions", "kind": "count", "polarity": "lower"},
        {"name": "died", "kind": "binary", "role": "safety"},
    ],
}  # fmt: skip
TEAM_FILE = """
title = "Team around the person"
question = "Did the team keep people out of hospital?"
[data]
unit = "person_id"
treated = "in_scheme"
covariates = ["age", "prior"]
exact = ["sex"]
follow_up = "years"
[design]
method = "matched_cohort"
caliper = 0.2
[[outcomes]]
name = "admissions"
kind = "count"
polarity = "lower"
[[outcomes]]
name = "died"
kind = "binary"
role = "safety"
"""
PANEL: dict[str, Any] = {
    "title": "Pioneers",
    "data": {"unit": "area", "time": "month", "outcome": "delays", "first_treated": "start", "polarity": "lower"},
    "design": {"method": "difference_in_differences"},
}


def people(ratio: float = 0.6, n: int = 1_500, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, prior = rng.normal(75, 8, n).round(3), rng.poisson(1.0, n)
    own = rng.random(n) < 1 / (1 + np.exp(2.6 - 0.5 * prior - 0.03 * (age - 75)))
    rate = np.exp(-0.7 + 0.3 * prior + 0.01 * (age - 75)) * np.where(own, ratio, 1.0)
    years = np.where(rng.random(n) < 0.1, 0.5, 1.0)
    return pd.DataFrame({
        "person_id": [f"P{i}" for i in range(n)], "in_scheme": own.astype(int), "age": age, "prior": prior,
        "sex": np.where(rng.random(n) < 0.5, "F", "M"), "years": years, "admissions": rng.poisson(rate * years),
        "died": (rng.random(n) < 0.1).astype(int),
    })  # fmt: skip


def areas(effect: float = -5.0, months: int = 20) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for area in range(30):
        start, level = ("2024-01-01" if area < 8 else ""), rng.normal(100, 10)
        for month in pd.date_range("2023-01-01", periods=months, freq="MS"):
            on = effect if start and month >= pd.Timestamp(start) else 0.0
            rows.append((f"A{area:02d}", month, level + rng.normal(0, 2) + on, start))
    return pd.DataFrame(rows, columns=["area", "month", "delays", "start"])


def without_provenance(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in {"provenance", "registered"}}


@pytest.fixture(scope="module")
def team() -> results.EvaluationResult:
    return estimate(design(load_protocol(TEAM), people()), now=NOW)


def test_a_notebook_gives_the_numbers_of_the_command(tmp_path: Path, team: results.EvaluationResult) -> None:
    (tmp_path / "protocol.toml").write_text(TEAM_FILE)
    people().to_csv(tmp_path / "people.csv", index=False)
    command = evaluate(tmp_path / "protocol.toml", tmp_path / "command", data=tmp_path / "people.csv", now=NOW)
    assert without_provenance(team.as_dict()) == without_provenance(command.as_dict())
    assert team.protocol.hash == command.provenance["protocol_hash"]


def test_a_file_in_a_notebook_writes_what_the_command_writes(tmp_path: Path) -> None:
    (tmp_path / "protocol.toml").write_text(TEAM_FILE)
    people().to_csv(tmp_path / "people.csv", index=False)
    evaluate(tmp_path / "protocol.toml", tmp_path / "command", data=tmp_path / "people.csv", now=NOW)
    found = estimate(design(tmp_path / "protocol.toml", tmp_path / "people.csv"), now=NOW)
    page = report(found, tmp_path / "notebook")
    assert page.read_text() == (tmp_path / "command" / "report.html").read_text()
    both = [(tmp_path / name / "result.json").read_text() for name in ("notebook", "command")]
    assert both[0] == both[1]


@pytest.mark.parametrize("form", [lambda frame: frame, pa.Table.from_pandas, lambda frame: frame.set_index("area")])
def test_areas_are_evaluated_from_frames_of_any_form(form: Any) -> None:
    found = estimate(design(load_protocol(PANEL), form(areas())), now=NOW)
    main = found.effects.iloc[0]
    assert main.low < -5 < main.high
    assert found.verdict == "works"


def test_a_design_says_what_the_result_will_say_of_it(team: results.EvaluationResult) -> None:
    made = design(load_protocol(TEAM), people())
    assert made.accepted
    shared = {name: value for name, value in team.diagnostics.items() if name in made.view}
    assert dict(made.view) == shared
    assert list(made.balance.covariate) == ["age", "prior"]
    assert made.balance.smd_after.abs().max() < 0.1
    assert made.power["by_outcome"][0]["outcome"] == "admissions"
    assert made.flow["people_in_data"] == 1_500


def test_a_design_reads_no_outcome_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    reads = MemoryTable.read

    def noting(self: MemoryTable, columns: Any, before: Any = None) -> pa.Table:
        asked.extend(columns)
        return reads(self, columns, before)

    monkeypatch.setattr(MemoryTable, "read", noting)
    design(load_protocol(TEAM), people())
    assert asked
    assert not {"admissions", "died", "years"} & set(asked)


def test_a_design_of_areas_does_not_move_with_outcomes_after_the_start() -> None:
    frame, spoilt = areas(), areas()
    spoilt.loc[spoilt.month >= pd.Timestamp("2024-01-01"), "delays"] = 1e9
    made = [design(load_protocol(PANEL), each) for each in (frame, spoilt)]
    assert made[0].view == made[1].view


def test_an_altered_protocol_records_its_deviation(tmp_path: Path) -> None:
    first = load_protocol(TEAM, name="team", folder=tmp_path)
    first.register(BEFORE)
    altered = load_protocol(
        {**TEAM, "design": {"method": "matched_cohort", "caliper": 0.5}}, name="team", folder=tmp_path
    )
    found = estimate(design(altered, people()), now=NOW)
    assert found.deviations == ("since its registration design.caliper was 0.2 and is 0.5",)
    assert "was 0.2 and is 0.5" in found._repr_html_()
    assert "altered since" in altered._repr_html_()
    kept = estimate(design(first, people()), now=NOW)
    assert kept.deviations == ()
    assert found.grade is not None
    assert kept.grade is not None
    assert found.effects.pre_specified.sum() == 0


def test_a_refused_design_says_why_and_gives_no_number() -> None:
    frame = people()
    frame["prior"] = np.where(frame.in_scheme == 1, 9 + frame.index % 3, frame.index % 3)
    made = design(load_protocol(TEAM), frame)
    assert not made.accepted
    assert "The design is refused" in made._repr_html_()
    found = estimate(made, now=NOW)
    assert (found.verdict, found.grade, len(found.effects)) == ("not evaluable", None, 0)
    assert found.reason == "; ".join(made.reasons)


def test_a_design_that_the_data_cannot_carry_is_refused() -> None:
    made = design(load_protocol(PANEL), areas().assign(start=""))
    assert made.reasons == ("no unit is ever treated; name the column or the waves that say who started when",)


def test_it_shows_itself_in_the_words_of_the_report(team: results.EvaluationResult) -> None:
    page = team._repr_html_()
    assert "What changed because of it?" in page
    assert "<script" not in page
    made = design(load_protocol(TEAM), people())._repr_html_()
    assert "<svg" in made
    assert made.index("What could this have shown?") < made.index("Were they alike before?")


def test_sites_are_put_together_with_a_verdict_on_replication() -> None:
    sites = {name: estimate(design(load_protocol(TEAM), people(seed=seed)), now=NOW) for name, seed in
             (("Fenwick", 1), ("Aldmoor", 2), ("Mill", 3))}  # fmt: skip
    pooled = pool(sites, now=NOW)
    assert pooled.sensitivity["replication"]["verdict"] in {"replicable", "mixed", "not_shown"}
    ratio = pooled.effects[pooled.effects.scale == "ratio"].iloc[0]
    assert ratio.low < 0.6 < ratio.high
    assert set(pooled.weights.index) == set(sites)
    with pytest.raises(UsageError, match="protocols of one name"):
        pool(list(sites.values()))
    with pytest.raises(UsageError, match="update each of them"):
        update(pooled, people())


def test_a_registered_synthesis_is_pooled_as_promised(tmp_path: Path) -> None:
    asked = load_protocol(
        {"title": "Both", "data": {"results": ["a", "b"], "outcome": "admissions"},
         "design": {"method": "meta_analysis", "polarity": "lower"}}, name="both", folder=tmp_path,
    )  # fmt: skip
    asked.register(BEFORE)
    made = [
        estimate(design(load_protocol(TEAM, name=name), people(seed=seed)), now=NOW)
        for name, seed in (("a", 1), ("b", 2))
    ]
    pooled = pool(made, protocol=asked, now=NOW)
    assert pooled.found.registered["heading"] == "registered"
    assert pooled.sensitivity["replication"]["verdict"] == "too_few_sites"
    with pytest.raises(UsageError, match="puts b together too"):
        pool({"a": made[0], "c": made[1]}, protocol=asked)


def test_later_data_show_what_moved_and_why() -> None:
    first = estimate(design(load_protocol(PANEL), areas(months=16)), now=BEFORE)
    later = update(first, areas(effect=-5.0, months=36), now=NOW)
    assert "the data are others" in later.because
    assert "Delays" in set(later.moved.what)
    assert later.persistence
    assert "What moved" in later._repr_html_()
    same = update(first, areas(months=16), now=NOW)
    assert len(same.moved) == 0
    assert same.because == ()


def test_what_is_no_table_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="list is no table"):
        design(load_protocol(TEAM), [1, 2])
    with pytest.raises(UsageError, match="either data"):
        design(load_protocol(TEAM))
    with pytest.raises(UsageError, match="no column prior"):
        design(load_protocol(TEAM), people().drop(columns="prior"))


def test_importing_joinedup_loads_nothing_heavy() -> None:
    code = "import sys, joinedup; print(sorted({'pandas', 'numpy', 'pyarrow', 'scipy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout.replace("'", '"')) == []
    assert "estimate" in dir(joinedup)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = joinedup.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", [designs, pooling, protocols, results, shown, sources, updates])
def test_the_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
