"""Results of earlier evaluations put together: kept by a place or lying in a folder, never better than the weakest."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_results import keep

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
PROTOCOL = """
title = "Both sites"
[data]
results = ["team-fenwick", "team-aldmoor"]
outcome = "admissions"
{data}
[design]
method = "meta_analysis"
hartung_knapp = false
polarity = "lower"
"""


def result(value: float, low: float, high: float, *, level: int = 4, **more: Any) -> dict[str, Any]:
    row = {
        "outcome": "admissions", "estimand": "att", "scale": "ratio", "horizon": "all", "subgroup": "all",
        "value": value, "low": low, "high": high, "se": 0.01, "n": 900,
    }  # fmt: skip
    other = {**row, "scale": "difference", "value": -0.2, "low": -0.3, "high": -0.1}
    return {"verdict": "works", "grade": {"level": level, "because": []}, "estimates": [row, other], **more}


FENWICK, ALDMOOR = result(0.8, 0.64, 1.0), result(1.0, 0.8, 1.25, level=3)


def run(folder: Path, *, fenwick: Any = FENWICK, aldmoor: Any = ALDMOOR, data: str = "") -> Result:
    (folder / "results" / "team-fenwick").mkdir(parents=True, exist_ok=True)
    (folder / "results" / "team-fenwick" / "result.json").write_text(json.dumps(fenwick))
    (folder / "results" / "team-aldmoor.json").write_text(json.dumps(aldmoor))
    (folder / "both.toml").write_text(PROTOCOL.format(data=data))
    return evaluate(folder / "both.toml", folder / "out", now=NOW, data=folder / "results", registering=True)


def test_two_sites_are_pooled_as_a_ratio_by_what_their_intervals_say(tmp_path: Path) -> None:
    found = run(tmp_path)
    ratio = next(item for item in found.estimates if item.scale == "ratio")
    assert (ratio.outcome, ratio.estimand, ratio.n) == ("admissions", "pooled", 2)
    assert ratio.value == pytest.approx(math.sqrt(0.8)), "both are as sure, so the logarithms are averaged"
    assert found.diagnostics["studies"][0]["variance"] == pytest.approx((math.log(1 / 0.64) / 2 / 1.96) ** 2, rel=1e-4)
    assert found.diagnostics["replication"] == "too_few_sites"
    assert [item["study"] for item in found.provenance["results"]] == ["team-fenwick", "team-aldmoor"]


def test_a_synthesis_is_never_better_than_the_weakest_of_what_it_rests_on(tmp_path: Path) -> None:
    found = run(tmp_path, aldmoor=result(1.0, 0.8, 1.25, level=2))
    assert found.grade is not None
    assert found.grade.level == 2
    assert "team-aldmoor has grade 2" in found.grade.because[1]
    best = run(tmp_path, aldmoor=result(1.0, 0.8, 1.25, level=4)).grade
    assert best is not None
    assert best.level == 4


def test_another_scale_is_asked_for_by_name(tmp_path: Path) -> None:
    found = run(tmp_path, data='scale = "difference"')
    assert {item.scale for item in found.estimates} == {"difference"}
    assert found.estimates[0].value == pytest.approx(-0.2)


def test_a_site_that_could_not_be_evaluated_is_named_and_never_counted(tmp_path: Path) -> None:
    refused = {"verdict": "not evaluable", "reason": "there are no controls", "estimates": []}
    found = run(tmp_path, aldmoor=refused)
    assert found.verdict == "not evaluable"
    assert "team-aldmoor: not evaluable: there are no controls" in found.reason
    for aldmoor, words in (
        (result(0.0, 0.0, 1.0), "does not exist"),
        ({**ALDMOOR, "estimates": []}, "gives no ratio for admissions"),
        (result(0.9, 0.8, None), "no interval"),  # type: ignore[arg-type]
    ):
        assert words in run(tmp_path, aldmoor=aldmoor).reason


def test_results_that_are_missing_or_something_else_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no result of an evaluation"):
        run(tmp_path, aldmoor={"some": "thing"})
    (tmp_path / "results" / "team-aldmoor.json").write_text("not JSON")
    with pytest.raises(UsageError, match="is not JSON"):
        evaluate(tmp_path / "both.toml", now=NOW, data=tmp_path / "results")
    (tmp_path / "results" / "team-aldmoor.json").unlink()
    with pytest.raises(UsageError, match="evaluate team-aldmoor into it first"):
        evaluate(tmp_path / "both.toml", now=NOW, data=tmp_path / "results")
    with pytest.raises(UsageError, match="name the folder they lie in"):
        evaluate(tmp_path / "both.toml", now=NOW, data=tmp_path / "nowhere")


def test_a_place_gives_the_latest_result_that_it_keeps(tmp_path: Path) -> None:
    from joinedup.pipeline.evaluation.synthesis_results import open_studies
    from joinedup.store.protocols import load_protocol

    (tmp_path / "both.toml").write_text(PROTOCOL.format(data=""))
    file = load_protocol(tmp_path / "both.toml")
    about = {"release": "r1", "protocol_hash": "h", "code_version": "1", "run_at": NOW.isoformat()}
    keep(tmp_path, "team-fenwick", result(0.5, 0.4, 0.6), about)
    keep(tmp_path, "team-fenwick", FENWICK, {**about, "release": "r2"})
    with pytest.raises(UsageError, match="keeps no result of 'team-aldmoor'"), open_studies(file, tmp_path):
        pass
    keep(tmp_path, "team-aldmoor", ALDMOOR, about)
    with open_studies(file, tmp_path) as table:
        assert table.read(["study", "estimate"]).column("estimate").to_pylist() == pytest.approx([math.log(0.8), 0.0])
        assert table.provenance["results"][0]["version"] == 2


def test_a_column_of_grades_caps_a_synthesis_of_studies(tmp_path: Path) -> None:
    protocol = (
        'title = "Studies"\n[data]\nstudy = "study"\nestimate = "b"\nvariance = "v"\ngrade = "grade"\nscale = "ratio"\n'
        '[design]\nmethod = "meta_analysis"\npolarity = "lower"\n'
    )
    (tmp_path / "studies.toml").write_text(protocol)
    rows = [{"study": f"S{i}", "b": -0.5 - i / 50, "v": 0.01, "grade": grade} for i, grade in enumerate((4, 2, 3))]

    def level(rows: list[dict[str, Any]]) -> tuple[int, str]:
        pa_csv.write_csv(pa.Table.from_pylist(rows), tmp_path / "studies.csv")
        found = evaluate(tmp_path / "studies.toml", now=NOW, data=tmp_path / "studies.csv", registering=True)
        return (found.grade.level if found.grade else 0), found.verdict

    assert level(rows) == (2, "promising")
    assert level([{**row, "grade": 4} for row in rows]) == (4, "works")
    assert level([rows[0], {**rows[1], "grade": None}, rows[2]])[0] == 3, "what nobody graded is at most 3"
    assert level([{**row, "grade": 7} for row in rows])[1] == "not evaluable"
