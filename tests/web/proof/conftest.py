"""The micro place with one evaluation, registered and run, so that pages of results are met and not only missed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from joinedup.pipeline.evaluation.versions import keep_version
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.store.protocols import load_protocol, register

NOW = datetime(2024, 7, 20, 12, tzinfo=UTC)
PROTOCOL = """
title = "Team around the person"
question = "Did it help?"
[data]
unit = "area"
time = "year"
outcome = "rate"
treated = "has_scheme"
[design]
method = "difference_in_differences"
"""


@pytest.fixture(scope="session")
def evaluated(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro place with a kept result named `study`; tests only read it."""
    left_out = shutil.ignore_patterns("extracts", "register*")
    folder = tmp_path_factory.mktemp("evaluated") / "place"
    shutil.copytree(built, folder, ignore=left_out, copy_function=os.link)
    path = folder / "evaluations" / "study.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROTOCOL)
    file = load_protocol(path)
    register(path.parent / "registrations.jsonl", file, NOW)
    keep_version(folder, "study", _found("promising", 0.9), file.content)
    keep_version(folder, "study", _found("no conclusive evidence", 0.97), file.content)
    return folder


def _found(verdict: str, value: float) -> Result:
    """A result with something for most sections of a page."""
    first = Estimate(
        "emergency_admissions", "att", value, scale="ratio", low=value - 0.1, high=value + 0.1, p=0.2, n=200
    )
    totals = (first, replace(first, outcome="ae_attendances"))
    parts = tuple(replace(first, subgroup=f"sex={sex}") for sex in "FM")
    times = tuple(replace(first, horizon=f"e={period}") for period in range(3))
    series = [{"time": str(year), "observed": 5.0, "counterfactual": 6.0, "gap": -1.0} for year in range(2019, 2024)]
    balance = [{"covariate": "age", "smd_before": 0.4, "smd_after": 0.02, "variance_ratio_after": 1.1}]
    flow = {"units_in_data": 20, "excluded_by_protocol": ["A1"], "treated": 4, "controls": 15}
    left_out = [{"without": "A2", "value": 0.95}, {"without": "A3", "value": 0.98}]
    return Result(
        "Team around the person", "difference_in_differences", verdict, grade=GradeGiven(3, ("areas compared",)),
        estimates=(*totals, *parts, *times), weights={"A2": 0.6, "A3": 0.4}, series=series,
        diagnostics={"balance": balance, "flow": flow, "placebo_rank": 2, "placebo_count": 16, "placebo_p": 0.125},
        sensitivity={"leave_one_out": left_out, "evalue": {"value": 1.4}},
        registered={"heading": "registered", "time": NOW.isoformat(), "hash": "h"},
        provenance={"protocol_hash": "h", "run_at": NOW.isoformat(), "question": "Did it help?"},
    )  # fmt: skip
