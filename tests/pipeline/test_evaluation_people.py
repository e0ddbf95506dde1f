"""Evaluating people by a protocol: designs are given no outcome, planted effects are found, refusals say why."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.pipeline.evaluation.people_design import PeopleDesigned, design_people
from joinedup.pipeline.evaluation.people_rows import read_people
from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_tables import EvaluationTable
from joinedup.store.protocols import load_protocol

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
Columns = dict[str, Any]

PROTOCOL = """
title = "Team around the person"
subgroups = ["sex"]
[data]
unit = "person_id"
treated = "in_scheme"
covariates = ["age", "prior"]
exact = ["sex"]
follow_up = "years"
{data}
[design]
method = "{method}"
{design}
[[outcomes]]
name = "admissions"
kind = "count"
polarity = "lower"
{more}
"""
WIDE = """
[[outcomes]]
name = "died"
kind = "binary"
role = "safety"
[[outcomes]]
name = "in_care_home"
kind = "time_to_event"
role = "secondary"
time = "time_home"
[[outcomes]]
name = "burns"
kind = "count"
role = "negative_control"
[[outcomes]]
name = "voice"
kind = "continuous"
role = "experience"
polarity = "higher"
[[outcomes]]
name = "nhs_cost"
kind = "cost"
role = "secondary"
polarity = "lower"
[costs]
perspectives = ["nhs_cost"]
programme_cost = 80000.00
cashable_share = 0.2
price_year = "2024/25"
[sensitivity]
checks = [
  "rosenbaum", "evalue", "robustness_value", "simulated_confounder", "negative_control", "mortality", "other_pool",
]
"""


def people(ratio: float = 0.6, n: int = 4_000, seed: int = 1) -> Columns:
    """Selection on recent use; admissions multiplied by a known ratio in the scheme."""
    rng = np.random.default_rng(seed)
    age, prior = rng.normal(75, 8, n), rng.poisson(1.0, n).astype(float)
    own = rng.random(n) < 1 / (1 + np.exp(2.6 - 0.5 * prior - 0.03 * (age - 75)))
    rate = np.exp(-0.7 + 0.3 * prior + 0.01 * (age - 75)) * np.where(own, ratio, 1.0)
    years = np.where(rng.random(n) < 0.1, 0.5, 1.0)
    leaves = rng.exponential(4, n)
    admissions = rng.poisson(rate * years)
    return {
        "person_id": [f"P{i}" for i in range(n)], "in_scheme": own.astype(int), "age": age, "prior": prior,
        "sex": np.where(rng.random(n) < 0.5, "F", "M"), "years": years, "admissions": admissions,
        "died": (rng.random(n) < 0.1).astype(int), "in_care_home": (leaves < 2).astype(int),
        "time_home": np.minimum(leaves, 2.0), "burns": rng.poisson(0.3, n), "voice": rng.normal(6, 2, n) + own,
        "nhs_cost": (2_500.0 * admissions + rng.gamma(2, 200, n)).round(2),
        "practice": rng.integers(0, 40, n),
    }  # fmt: skip


def write(path: Path, columns: Columns) -> Path:
    pa_csv.write_csv(pa.table(columns), path)
    return path


def run(
    folder: Path, columns: Columns, method: str = "matched_cohort", *, data: str = "", design: str = "caliper = 0.2",
    more: str = "", **options: Any,
) -> Result:  # fmt: skip
    protocol = folder / "team.toml"
    protocol.write_text(PROTOCOL.format(method=method, data=data, design=design, more=more))
    return evaluate(protocol, folder / "out", data=write(folder / "data.csv", columns), now=NOW, **options)


@pytest.mark.parametrize("method", ["matched_cohort", "weighting", "regression"])
def test_a_planted_effect_is_found_though_frequent_users_were_picked(tmp_path: Path, method: str) -> None:
    columns = people()
    own = columns["in_scheme"] == 1
    naive = columns["admissions"][own].mean() / columns["admissions"][~own].mean()
    result = run(tmp_path, columns, method, registering=True)
    primary = result.estimates[0]
    assert (primary.outcome, primary.estimand, primary.scale) == ("admissions", "att", "ratio")
    assert primary.low is not None
    assert primary.high is not None
    assert primary.low < 0.6 < primary.high < 1
    assert naive > 0.75, "taken as they are, people of the scheme hide half of its effect"
    assert result.grade is not None
    given = {"matched_cohort": ("works", 3), "weighting": ("works", 4), "regression": ("promising", 2)}
    assert (result.verdict, result.grade.level) == given[method]
    hidden = result.diagnostics["hidden_difference"]
    assert hidden["strongest"] == "prior", "frequent users were picked"
    assert hidden["is_enough"] == (hidden["times_needed"] <= 1) == (method == "matched_cohort")


@pytest.mark.parametrize("distance", ["mahalanobis", "prognostic", "both"])
def test_every_distance_finds_the_planted_effect(tmp_path: Path, distance: str) -> None:
    design = f'distance = "{distance}"\ncaliper = 0.2\naccept = {{ min_matched = 0.9, max_smd = 0.2 }}'
    columns = people()
    columns["before"] = np.random.default_rng(2).poisson(np.exp(-0.7 + 0.3 * columns["prior"]))
    primary = run(tmp_path, columns, data='earlier_outcome = "before"', design=design).estimates[0]
    assert primary.low is not None
    assert primary.high is not None
    assert primary.low < 0.6 < primary.high


def test_a_prognostic_distance_without_an_earlier_outcome_is_refused(tmp_path: Path) -> None:
    assert "earlier_outcome" in run(tmp_path, people(), design='distance = "prognostic"').reason


def test_several_controls_and_controls_that_serve_again_find_it_too(tmp_path: Path) -> None:
    for design in ("ratio = 3\ncaliper = 0.2", "ratio = 2\nreplace = true\ncaliper = 0.2"):
        primary = run(tmp_path, people(), design=design, more=WIDE).estimates[0]
        assert primary.low is not None
        assert primary.high is not None
        assert primary.low < 0.6 < primary.high


def test_people_treated_by_cluster_widen_the_interval_and_are_counted(tmp_path: Path) -> None:
    result = run(tmp_path, people(), data='cluster = "practice"', more=WIDE)
    assert result.diagnostics["design"]["clusters_treated"] == 40
    assert result.diagnostics["power"]["design_effect"] > 1
    assert result.cost["gross"]["low"] is not None


def test_no_effect_is_no_success(tmp_path: Path) -> None:
    verdicts = [run(tmp_path, people(ratio=1.0, n=1_500, seed=seed)).verdict for seed in range(12)]
    assert sum(not verdict.startswith("no ") for verdict in verdicts) <= 3, "one in twenty, within three errors"


def test_every_kind_of_outcome_and_check_is_written_as_promised(tmp_path: Path) -> None:
    result = run(tmp_path, people(), more=WIDE, registering=True)
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert set(written) == {
        "title", "design", "verdict", "grade", "estimates", "weights", "series", "diagnostics", "sensitivity", "cost",
        "deviations", "registered", "provenance",
    }  # fmt: skip
    scales = {(row["outcome"], row["scale"]) for row in written["estimates"] if row["subgroup"] == "all"}
    assert scales == {
        ("admissions", "ratio"), ("admissions", "difference"), ("admissions", "percent"), ("died", "ratio"),
        ("died", "difference"), ("died", "percent"), ("in_care_home", "ratio"), ("in_care_home", "difference"),
        ("burns", "ratio"), ("burns", "difference"), ("burns", "percent"), ("voice", "difference"),
        ("voice", "standardised"), ("nhs_cost", "difference"),
    }  # fmt: skip
    assert {row["subgroup"] for row in written["estimates"]} == {"all", "sex=F", "sex=M"}
    assert set(written["diagnostics"]["balance"][0]) >= {"covariate", "smd_before", "smd_after", "variance_ratio_after"}
    sensitivity = written["sensitivity"]
    assert sensitivity["rosenbaum"]["gamma"] > 1
    assert sensitivity["evalue"]["value"] > sensitivity["evalue"]["limit"] > 1
    assert 0 < sensitivity["robustness_value"]["value"] < 1
    assert len(sensitivity["simulated_confounder"]["rows"]) == 9
    assert sensitivity["negative_control"][0]["has_passed"]
    assert sensitivity["mortality"]["has_passed"]
    assert "one pool" in sensitivity["other_pool"]["not_made"]
    assert result.verdict == "works"


def test_cost_and_effect_are_told_together(tmp_path: Path) -> None:
    cost = run(tmp_path, people(), more=WIDE).cost
    assert cost["gross"]["low"] < cost["gross"]["value"] < cost["gross"]["high"]
    told = 5 * ((int((people()["in_scheme"] == 1).sum()) + 2) // 5)  # by the people told, who are not to be worked out
    assert cost["programme"] == pytest.approx(80_000 / told)
    assert cost["net"]["value"] == pytest.approx(cost["gross"]["value"] - cost["programme"], abs=0.02)
    assert cost["cashable"]["value"] < cost["net"]["value"]
    assert cost["gain"] == "admissions avoided"
    unknown = run(tmp_path, people(), more=WIDE.replace("programme_cost = 80000.00\n", "")).cost
    assert unknown["net"] is None
    assert "not known" in unknown["because"]


def test_a_changed_negative_control_withholds_praise_and_deaths_are_harm(tmp_path: Path) -> None:
    columns = people()
    own = columns["in_scheme"] == 1
    hidden = {**columns, "burns": columns["burns"] + own}
    result = run(tmp_path, hidden, more=WIDE, registering=True)
    assert result.grade is not None
    assert result.grade.level == 2
    assert any("negative_control" in text for text in result.grade.because)
    assert result.verdict == "no conclusive evidence"
    assert "burns, which the scheme cannot change, changed too" in result.diagnostics["verdict"]["withheld"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Why: burns, which the scheme cannot change, changed too" in page
    frail = {**columns, "died": np.maximum(columns["died"], own & (columns["age"] > 76)).astype(int)}
    assert run(tmp_path, frail, more=WIDE).verdict == "harm", "safety comes before success"


def _design(folder: Path, columns: Columns, name: str) -> PeopleDesigned:
    file = load_protocol(folder / "team.toml")
    return design_people(read_people(EvaluationTable(write(folder / name, columns)), file.protocol), file.protocol)


def test_design_is_the_same_whatever_the_outcomes_are(tmp_path: Path) -> None:
    columns = people()
    run(tmp_path, columns, more=WIDE)
    plain = _design(tmp_path, columns, "plain.csv")
    assert plain.is_accepted
    ruined = {**columns, "years": [None] * 4_000, "admissions": ["*"] * 4_000, "died": [-1e9] * 4_000}
    other = _design(tmp_path, ruined, "ruined.csv")
    assert plain.compared is not None
    assert other.compared is not None
    assert (other.flow, other.balance, other.power) == (plain.flow, plain.balance, plain.power)
    assert np.array_equal(plain.compared.rows, other.compared.rows)


def test_design_asks_the_table_for_no_outcome_and_a_refused_one_never_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = EvaluationTable.read

    def watched(self: EvaluationTable, *args: Any) -> pa.Table:
        asked.extend(args[0])
        return read(self, *args)

    monkeypatch.setattr(EvaluationTable, "read", watched)
    result = run(tmp_path, people(), design="caliper = 0.2\naccept = { max_smd = 0.0 }", more=WIDE)
    assert result.verdict == "not evaluable"
    assert "not alike" in result.reason
    assert set(asked) - {""} == {"person_id", "in_scheme", "age", "prior", "sex"}


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    columns = people(n=1_500)
    order = np.random.default_rng(0).permutation(1_500)
    shuffled = {name: np.asarray(values)[order] for name, values in columns.items()}
    first, second = run(tmp_path, columns).estimates[0], run(tmp_path, shuffled).estimates[0]
    assert first.value == pytest.approx(second.value, rel=1e-9)


def test_small_numbers_of_people_are_hidden(tmp_path: Path) -> None:
    columns = people()
    rare = np.zeros(4_000, int)
    rare[np.flatnonzero(columns["in_scheme"])[:4]] = 1
    rare[np.flatnonzero(columns["in_scheme"] == 0)[:500]] = 1
    result = run(tmp_path, {**columns, "died": rare}, more=WIDE)
    row = next(row for row in result.diagnostics["groups"] if row["outcome"] == "died")
    assert row["people_with_event_treated"] is None
    assert row["mean_treated"] is None
    assert row["people_treated"] % 5 == 0
    few = {**columns, "prior": [None] * 3 + columns["prior"].tolist()[3:]}
    refused = run(tmp_path, few)
    assert "some people have a covariate that is missing" in refused.reason
    assert refused.diagnostics["flow"]["incomplete"] is None
    many = {**columns, "prior": [None] * 30 + columns["prior"].tolist()[30:]}
    assert run(tmp_path, many).diagnostics["flow"]["incomplete"] == 30


def test_a_run_without_registration_and_an_altered_one_say_so(tmp_path: Path) -> None:
    result = run(tmp_path, people())
    assert result.registered["heading"] == "registered at run time"
    assert result.grade is not None
    assert result.grade.level == 3
    run(tmp_path, people(), registering=True)
    altered = run(tmp_path, people(), design="caliper = 0.1")
    assert altered.deviations == ("since its registration design.caliper was 0.2 and is 0.1",)
    assert not altered.estimates[0].pre_specified
    path = tmp_path / "team.toml"
    path.write_text(path.read_text().replace("caliper = 0.1", "caliper = 0.2").replace('"admissions"', '"burns"'))
    swapped = evaluate(path, tmp_path / "out", data=tmp_path / "data.csv", now=NOW)
    assert not swapped.estimates[0].pre_specified, "an outcome chosen afterwards was not promised"
    path.write_text(path.read_text().replace('"burns"', '"admissions"').replace("Team around", "A team around"))
    assert evaluate(path, tmp_path / "out", data=tmp_path / "data.csv", now=NOW).estimates[0].pre_specified


BAD: dict[str, tuple[Callable[[Columns], Columns], str]] = {
    "no controls": (lambda c: {**c, "in_scheme": np.ones(4_000, int)}, "no controls"),
    "nobody treated": (lambda c: {**c, "in_scheme": np.zeros(4_000, int)}, "nobody was treated"),
    "treatment unknown": (lambda c: {**c, "in_scheme": np.full(4_000, 2)}, "0 or 1"),
    "no overlap": (lambda c: {**c, "age": c["age"] + 1e3 * c["in_scheme"]}, "perfectly"),
    "all-zero outcomes": (lambda c: {**c, "admissions": np.zeros(4_000, int)}, "has an event"),
    "duplicate people": (lambda c: {**c, "person_id": ["P0", *c["person_id"][:-1]]}, "repeat a person_id"),
    "NaN outcome": (lambda c: {**c, "admissions": [None] * 4_000}, "is missing"),
    "text": (lambda c: {**c, "prior": ["*"] * 4_000}, "holds text"),
    "negative counts": (lambda c: {**c, "admissions": c["admissions"] - 1}, "negative"),
    "exact groups without controls": (lambda c: {**c, "sex": np.where(c["in_scheme"] == 1, "F", "M")}, "exact groups"),
    "missing exact group": (lambda c: {**c, "sex": [None] * 4_000}, "is missing"),
    "constant covariate": (lambda c: {**c, "prior": np.ones(4_000)}, "same for everybody"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_evaluated_says_why_and_gives_no_number(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    result = run(tmp_path, make(people()))
    assert result.verdict == "not evaluable"
    assert words in result.reason
    assert json.loads((tmp_path / "out" / "result.json").read_text())["estimates"] == []


def test_so_few_people_give_no_number_or_no_adjusted_one(tmp_path: Path) -> None:
    loose = "accept = { max_smd = 9, min_matched = 0 }"
    assert run(tmp_path, people(n=12), design=loose, more=WIDE).estimates == ()
    for seed in range(8):
        result = run(tmp_path, people(n=40, seed=seed), design=loose, more=WIDE)
        assert result.reason or result.estimates[0].n


def test_wrong_columns_are_wrong_usage(tmp_path: Path) -> None:
    columns = people(n=200)
    with pytest.raises(UsageError, match="no column admissions; it has"):
        run(tmp_path, {name: values for name, values in columns.items() if name != "admissions"})
    with pytest.raises(UsageError, match="a design must not see outcomes"):
        run(tmp_path, columns, data='earlier_outcome = "admissions"')
    for after in ("admissions", "years"):
        late = tmp_path / "late.toml"
        late.write_text(
            PROTOCOL.format(method="matched_cohort", data="", design="", more="").replace('"sex"', f'"{after}"', 1)
        )
        with pytest.raises(UsageError, match="and also a subgroup"):
            evaluate(late, tmp_path / "out", data=tmp_path / "data.csv", now=NOW)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'title = "T"\n[data]\ntreated = "d"\ncovariates = ["d"]\n[design]\nmethod = "regression"\n'
        '[[outcomes]]\nname = "y"\n'
    )
    with pytest.raises(ConfigError, match="which says who is treated"):
        evaluate(wrong, tmp_path / "out", data=tmp_path / "data.csv", now=NOW)


NSW = """
title = "National Supported Work"
disclosure = "exact"
[data]
treated = "treat"
covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
[design]
method = "{method}"
{design}
[[outcomes]]
name = "re78"
polarity = "higher"
[sensitivity]
checks = ["rosenbaum", "evalue"]
"""


def nsw(folder: Path, data: Path, method: str, design: str = "") -> Result:
    protocol = folder / "nsw.toml"
    protocol.write_text(NSW.format(method=method, design=design))
    return evaluate(protocol, folder / "out", data=data, now=NOW)


@pytest.fixture
def survey(published_data: Path, tmp_path: Path) -> Path:
    """The people of the programme beside survey controls in place of the experiment's own."""
    made: list[dict[str, str]] = []
    for name, keep in (("nsw_dw.csv", {"1", "1.0"}), ("cps_controls.csv", {"0", "0.0"})):
        with (published_data / "evaluation" / name).open(newline="") as file:
            made += [row for row in csv.DictReader(file) if row["treat"] in keep]
    path = tmp_path / "cps.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(made[0]))
        writer.writeheader()
        writer.writerows(made)
    return path


def test_the_experiment_gives_its_published_effect(published_data: Path, tmp_path: Path) -> None:
    result = nsw(tmp_path, published_data / "evaluation" / "nsw_dw.csv", "randomised")
    primary = result.estimates[0]
    assert (round(primary.value), round(primary.se or 0), primary.n) == (1794, 633, 445)
    assert result.diagnostics["overlap"] is None, "chance decided; nothing had to be made alike"


@pytest.mark.parametrize(
    ("method", "design"),
    [
        ("matched_cohort", 'distance = "mahalanobis"\ncaliper = 0.2'), ("weighting", ""),
        ("weighting", "accept = { max_smd = 0.01 }"), ("regression", ""),
    ],
)  # fmt: skip
def test_accepted_designs_with_survey_controls_agree_with_the_experiment(
    tmp_path: Path, survey: Path, method: str, design: str
) -> None:
    result = nsw(tmp_path, survey, method, design)
    assert 161 < result.estimates[0].value < 3428
    assert method == "regression" or all(abs(row["smd_after"]) < 0.1 for row in result.diagnostics["balance"])


def test_a_design_whose_groups_differ_is_refused_and_names_what_differs(tmp_path: Path, survey: Path) -> None:
    result = nsw(tmp_path, survey, "matched_cohort", "caliper = 0.2\naccept = { max_smd = 0.02 }")
    assert result.verdict == "not evaluable"
    assert "not alike (standardised difference 0.02 or more)" in result.reason
    assert result.estimates == ()
    assert not result.diagnostics["design"]["accepted"]


def test_a_refused_design_names_others_by_balance_alone(tmp_path: Path, survey: Path) -> None:
    refused = nsw(tmp_path, survey, "matched_cohort", "caliper = 0.2")
    others = refused.diagnostics["design"]["other_designs"]
    assert sum(item["accepted"] for item in others) >= 4
    assert not any("effect" in item or "value" in item for item in others)


def test_a_protocol_may_leave_the_design_to_a_search_that_looks_at_balance(tmp_path: Path, survey: Path) -> None:
    found = nsw(tmp_path, survey, "matched_cohort", "caliper = 0.2\nsearch = true")
    made = found.diagnostics["design"]
    assert made["accepted"]
    assert made["found_by_search"]
    assert 161 < found.estimates[0].value < 3428
