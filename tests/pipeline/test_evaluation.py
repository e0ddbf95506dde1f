"""Evaluating a table of one's own: designs see no outcome after the start, promises are kept, refusals say why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from joinedup.pipeline.evaluation.evaluate import AT_RUN_TIME, REGISTERED, evaluate
from joinedup.pipeline.evaluation.panel import read_frame
from joinedup.pipeline.evaluation.panel_design import Design, design_panel
from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.rules.programme.result import VERDICTS, Result
from joinedup.store.evaluation_tables import EvaluationTable
from joinedup.store.protocols import load_protocol, register, registrations, registrations_file

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
Row = dict[str, Any]

PROTOCOL = """
title = "Care at home"
question = "Fewer admissions?"
[data]
unit = "area"
time = "year"
outcome = "rate"
treated = "has_scheme"
polarity = "lower"
{data}
[design]
method = "{method}"
{design}
"""


def rows(effect: float = -8.0, areas: int = 40, treated: int = 15, years: int = 10, seed: int = 1) -> list[Row]:
    rng = np.random.default_rng(seed)
    made = []
    for area in range(areas):
        level = rng.normal(100, 5)
        for year in range(years):
            on = int(area < treated and year >= 6)
            rate = level + year + rng.normal(0, 1) + effect * on
            made.append({"area": f"A{area:02}", "year": 2010 + year, "rate": round(rate, 4), "has_scheme": on})
    return made


def write(path: Path, table: Iterable[Row]) -> Path:
    found = pa.Table.from_pylist(list(table))
    if path.suffix == ".csv":
        pa_csv.write_csv(found, path)
    else:
        pq.write_table(found, path)
    return path


def run(
    folder: Path, table: Iterable[Row], method: str = "difference_in_differences", *, data: str = "", design: str = "",
    **options: Any,
) -> Result:  # fmt: skip
    protocol = folder / "home.toml"
    protocol.write_text(PROTOCOL.format(method=method, data=data, design=design))
    return evaluate(protocol, folder / "out", data=write(folder / "data.csv", table), now=NOW, **options)


def test_a_planted_effect_is_found_and_written_as_promised(tmp_path: Path) -> None:
    result = run(tmp_path, rows(), registering=True)
    assert result.verdict == "works"
    assert result.grade is not None
    assert result.grade.level == 4
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    primary = written["estimates"][0]
    assert set(written) == {
        "title", "design", "verdict", "grade", "estimates", "weights", "series", "diagnostics", "sensitivity", "cost",
        "deviations", "registered", "provenance",
    }  # fmt: skip
    assert set(primary) == {
        "outcome", "estimand", "scale", "horizon", "subgroup", "value", "se", "low", "high", "p", "n", "pre_specified",
            "unit",
    }  # fmt: skip
    assert (primary["outcome"], primary["estimand"], primary["horizon"], primary["n"]) == ("rate", "att", "all", 15)
    assert primary["low"] < -8 < primary["high"]
    assert [row["time"] for row in written["series"]][:2] == ["2010", "2011"]


def test_no_effect_is_no_success(tmp_path: Path) -> None:
    assert run(tmp_path, rows(effect=0.0)).verdict.startswith("no effect larger than")
    few = [run(tmp_path, rows(effect=0.0, treated=3, areas=8, seed=seed)).verdict for seed in range(12)]
    assert sum(not verdict.startswith("no ") for verdict in few) <= 3, "one in twenty, within three errors"
    assert run(tmp_path, rows(effect=9.0)).verdict == "harm"


@pytest.mark.parametrize(
    "method",
    [
        "difference_in_differences", "staggered_did", "synthetic_control", "augmented_synthetic_control",
        "demeaned_synthetic_control", "generalised_synthetic_control", "synthetic_did",
    ],
)  # fmt: skip
def test_every_design_with_controls_finds_the_planted_effect(tmp_path: Path, method: str) -> None:
    result = run(tmp_path, rows(treated=1, effect=-15.0) if "synthetic" in method else rows(effect=-15.0), method)
    primary = result.estimates[0]
    assert primary.value == pytest.approx(-15, abs=3)
    assert primary.low is not None
    assert result.verdict in {"works", "promising"}


def test_before_and_after_prints_its_warning_and_proves_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, rows(treated=40, effect=-20.0), "before_after")
    assert result.grade is not None
    assert result.grade.level == 1
    assert result.verdict == "no conclusive evidence"
    assert "no control" in result.diagnostics["warning"]


def test_an_interrupted_series_of_months_knows_its_season(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    months = [f"{2018 + m // 12}-{m % 12 + 1:02}-01" for m in range(60)]
    table = [
        {
            "area": "A",
            "year": month,
            "rate": float(rng.poisson(900 * (0.8 if m >= 40 else 1))),
            "has_scheme": int(m >= 40),
        }
        for m, month in enumerate(months)
    ]
    result = run(tmp_path, table, "interrupted_time_series", data='kind = "count"')
    assert result.diagnostics["season"] == 12
    assert (result.estimates[0].scale, round(result.estimates[0].value, 1)) == ("ratio", 0.8)
    assert result.series[0]["time"] == "2018-01-01"


def test_design_is_the_same_whatever_came_after_the_start(tmp_path: Path) -> None:
    """The outcome after the start is made unreadable in four ways; the design must not notice any of them."""
    protocol = tmp_path / "home.toml"
    protocol.write_text(PROTOCOL.format(method="synthetic_control", data="", design=""))
    file = load_protocol(protocol)

    def design_of(name: str, after: Callable[[float], float | None]) -> Design:
        table = [{**row, "rate": after(row["rate"]) if row["year"] >= 2016 else row["rate"]} for row in rows(treated=1)]
        source = EvaluationTable(write(tmp_path / name, table))
        return design_panel(source, file.protocol, read_frame(source, file.protocol))

    plain = design_of("plain.parquet", lambda rate: rate)
    assert plain.is_accepted
    assert plain.diagnostics["pre_fit"] > 0
    for number, after in enumerate((lambda _: None, lambda _: float("nan"), lambda r: r * 1e6, lambda _: -1e300)):
        assert design_of(f"odd{number}.parquet", after) == plain


def test_design_asks_the_table_for_no_row_after_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = tmp_path / "home.toml"
    protocol.write_text(PROTOCOL.format(method="difference_in_differences", data="", design=""))
    file, source = load_protocol(protocol), EvaluationTable(write(tmp_path / "data.parquet", rows()))
    handed: list[pa.Table] = []
    read = EvaluationTable.read

    def watched(self: EvaluationTable, *args: Any) -> pa.Table:
        handed.append(read(self, *args))
        return handed[-1]

    monkeypatch.setattr(EvaluationTable, "read", watched)
    assert design_panel(source, file.protocol, read_frame(source, file.protocol)).is_accepted
    with_outcome = [table for table in handed if "rate" in table.column_names]
    assert with_outcome
    assert {year for table in with_outcome for year in table.column("year").to_pylist()} == set(range(2010, 2016))


def test_a_run_without_registration_says_so_and_is_graded_lower(tmp_path: Path) -> None:
    result = run(tmp_path, rows())
    assert result.registered["heading"] == AT_RUN_TIME
    assert result.grade is not None
    assert result.grade.level == 3
    assert not result.deviations


def test_an_altered_protocol_shows_its_deviations(tmp_path: Path) -> None:
    run(tmp_path, rows(), registering=True)
    result = run(tmp_path, rows(), design="anticipation = 1\ncluster = 'area'")
    assert result.registered["heading"] == REGISTERED
    assert result.deviations == (
        "since its registration design.anticipation was added: 1",
        "since its registration design.cluster was added: area",
    )
    assert not result.estimates[0].pre_specified
    again = run(tmp_path, rows(), design="anticipation = 1", registering=True)
    assert any("was registered on" in text for text in again.deviations), "a second promise does not hide the first"


def test_layout_and_comments_are_no_deviation(tmp_path: Path) -> None:
    run(tmp_path, rows(), registering=True)
    path = tmp_path / "home.toml"
    path.write_text("# a comment\n" + path.read_text().replace(" = ", "="))
    assert not evaluate(path, tmp_path / "out", data=tmp_path / "data.csv", now=NOW).deviations


def test_registrations_are_only_added_to_and_show_when_they_were_altered(tmp_path: Path) -> None:
    run(tmp_path, rows(), registering=True)
    run(tmp_path, rows(), design="seed = 2", registering=True)
    path = registrations_file(tmp_path / "home.toml")
    first = path.read_text()
    file = load_protocol(tmp_path / "home.toml")
    assert register(path, file, NOW + timedelta(days=1)).time == NOW.isoformat(), "the same content is registered once"
    assert path.read_text() == first
    assert len(registrations(path)) == 2
    path.write_text(first.replace('"seed": 2', '"seed": 3'))
    with pytest.raises(ConfigError, match="was altered"):
        registrations(path)
    path.write_text("".join(first.splitlines(keepends=True)[1:]))
    with pytest.raises(ConfigError, match="was altered"):
        registrations(path)


def test_a_protocol_inside_a_place_is_registered_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "place.toml").write_text("")
    (tmp_path / "evaluations").mkdir()
    found = registrations_file(tmp_path / "evaluations" / "home.toml")
    assert found == tmp_path.resolve() / "evaluations" / "registrations.jsonl"


def _without(table: list[Row], **drop: Any) -> list[Row]:
    return [row for row in table if not all(row[key] == value for key, value in drop.items())]


def _with(table: list[Row], **change: Any) -> list[Row]:
    return [{**row, **change} for row in table]


BAD: dict[str, tuple[Callable[[], list[Row]], str]] = {
    "no controls": (lambda: [row for row in rows() if row["area"] < "A15"], "no controls"),
    "treated before the data begin": (lambda: [r for r in rows() if r["year"] >= 2016], "before the data begin"),
    "one period": (lambda: [row for row in rows() if row["year"] == 2018], "one period"),
    "all-zero outcomes": (lambda: _with(rows(), rate=0.0), "zero for every unit"),
    "duplicate units": (lambda: [*rows(), *rows()[:1]], "occur twice"),
    "gaps": (lambda: _without(rows(), area="A20", year=2012), "a gap is not a zero"),
    "NaN after the start": (lambda: [{**r, "rate": None} if r["year"] == 2019 else r for r in rows()], "missing"),
    "text": (lambda: [{**row, "rate": "*"} for row in rows()], "holds text"),
    "nobody treated": (lambda: _with(rows(), has_scheme=0), "ever treated"),
    "treatment switched off": (
        lambda: [{**r, "has_scheme": int(r["area"] < "A15" and r["year"] in {2012, 2014})} for r in rows()],
        "later not treated",
    ),
    "treatment unknown": (lambda: _with(rows(), has_scheme=2), "0 or 1"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_evaluated_says_why_and_gives_no_number(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    result = run(tmp_path, make())
    assert result.verdict == "not evaluable"
    assert words in result.reason
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert written["estimates"] == []
    assert written["reason"] == result.reason


def test_negative_counts_and_perfect_prediction_are_refused(tmp_path: Path) -> None:
    negative = [{**row, "rate": row["rate"] - 101} for row in rows()]
    assert "negative values" in run(tmp_path, negative, data='kind = "count"').reason
    told = [{**row, "tell": float(row["area"] < "A15")} for row in rows()]
    assert "perfectly" in run(tmp_path, told, data='predictors = ["tell"]').reason


def test_a_design_is_refused_by_the_protocols_own_conditions(tmp_path: Path) -> None:
    parted = [{**r, "rate": r["rate"] - 5 * r["year"] * (r["area"] < "A15")} for r in rows()]
    result = run(tmp_path, parted, design="accept = { min_pre_trend_p = 0.05 }")
    assert result.verdict == "not evaluable"
    assert "trends before the start part" in result.reason
    assert not result.diagnostics["design"]["accepted"]


def test_power_is_said_before_anything(tmp_path: Path) -> None:
    few = run(tmp_path, rows(areas=12, treated=4)).diagnostics["power"]["detectable"]
    many = run(tmp_path, rows(areas=60, treated=20)).diagnostics["power"]["detectable"]
    assert few > many > 0


def test_overlapping_schemes_are_told_apart(tmp_path: Path) -> None:
    table = [
        {**r, "other": int(int(r["area"][1:]) % 2), "rate": r["rate"] - 5 * (int(r["area"][1:]) % 2) * r["has_scheme"]}
        for r in rows(effect=0.0)
    ]
    result = run(tmp_path, table, data='group = "other"')
    assert [item.estimand for item in result.estimates[:3]] == ["triple_difference", "alone", "other_alone"]
    assert result.estimates[0].value == pytest.approx(-5, abs=1)


def test_a_missing_column_or_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no column rate; it has: area, year"):
        run(tmp_path, [{"area": "A", "year": 2010, "has_scheme": 0}])
    with pytest.raises(UsageError, match="no data file"):
        evaluate(tmp_path / "home.toml", tmp_path, data=tmp_path / "nothing.csv", now=NOW)
    with pytest.raises(UsageError, match="no protocol at"):
        evaluate(tmp_path / "nothing.toml", tmp_path, data=tmp_path / "data.csv", now=NOW)


def test_the_published_wages_run_from_a_protocol(tmp_path: Path, published_data: Path) -> None:
    protocol = tmp_path / "wages.toml"
    protocol.write_text(
        'title = "Minimum wage"\n[data]\nunit = "countyreal"\ntime = "year"\noutcome = "lemp"\n'
        'first_treated = "first.treat"\npolarity = "higher"\n[design]\nmethod = "staggered_did"\n'
    )
    result = evaluate(protocol, tmp_path / "out", data=published_data / "evaluation" / "mpdta.csv", now=NOW)
    found = {(item.estimand, item.horizon): item.value for item in result.estimates}
    assert found["simple", "all"] == pytest.approx(-0.0400, abs=5e-5)
    assert found["calendar", "all"] == pytest.approx(-0.0417, abs=5e-5)
    assert ("group", "g=2004") in found
    assert ("calendar", "2007") in found
    assert result.verdict == "harm"
    assert result.diagnostics["pre_trend_p"] == pytest.approx(0.1395, abs=5e-5), "published 0.168 is for many counties"
    assert any(result.verdict.startswith(word) for word in VERDICTS)


def test_the_command_prints_heading_deviations_and_verdict(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from joinedup.cli import app

    run(tmp_path, rows(), registering=True)
    protocol = tmp_path / "home.toml"
    protocol.write_text(protocol.read_text().replace("Fewer admissions?", "Fewer visits?"))
    command = ["evaluate", str(protocol), "--data", str(tmp_path / "data.csv"), "--out", str(tmp_path / "again")]
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 0
    assert said.stdout.splitlines()[:3] == [
        "Care at home (registered)",
        "Deviation: since its registration question was Fewer admissions? and is Fewer visits?",
        "Verdict: promising" if "promising" in said.stdout else "Verdict: works",
    ]
    assert (tmp_path / "again" / "result.json").is_file()
