"""Bringing studies together by a protocol: published answers, and whether an effect travels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.rules.programme.result import Result

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)

#: Trials of BCG vaccine against tuberculosis (Colditz and others 1994): cases and others, vaccinated and not.
BCG = (
    ("Aronson", 4, 119, 11, 128, 44, "random"), ("Ferguson", 6, 300, 29, 274, 55, "random"),
    ("Rosenthal 1960", 3, 228, 11, 209, 42, "random"), ("Hart", 62, 13536, 248, 12619, 52, "random"),
    ("Frimodt-Moller", 33, 5036, 47, 5761, 13, "alternate"), ("Stein", 180, 1361, 372, 1079, 44, "alternate"),
    ("Vandiviere", 8, 2537, 10, 619, 19, "random"), ("TPT Madras", 505, 87886, 499, 87892, 13, "random"),
    ("Coetzee", 29, 7470, 45, 7232, 27, "random"), ("Rosenthal 1961", 17, 1699, 65, 1600, 42, "systematic"),
    ("Comstock 1974", 186, 50448, 141, 27197, 18, "systematic"), ("Comstock 1969", 5, 2493, 3, 2338, 33, "systematic"),
    ("Comstock 1976", 27, 16886, 29, 17825, 33, "systematic"),
)  # fmt: skip

PROTOCOL = """
title = "BCG"
[data]
study = "trial"
{data}
[design]
method = "meta_analysis"
polarity = "lower"
{design}
"""
CELLS = 'ai = "ai"\nbi = "bi"\nci = "ci"\ndi = "di"\nmeasure = "log_rr"'


def trials() -> list[dict[str, Any]]:
    names = ("trial", "ai", "bi", "ci", "di", "ablat", "alloc")
    return [dict(zip(names, row, strict=True)) for row in BCG]


def run(
    folder: Path, *, data: str = CELLS, design: str = "", table: list[dict[str, Any]] | None = None, **options: Any
) -> Result:
    protocol = folder / "bcg.toml"
    protocol.write_text(PROTOCOL.format(data=data, design=design))
    pa_csv.write_csv(pa.Table.from_pylist(trials() if table is None else table), folder / "data.csv")
    return evaluate(protocol, folder / "out", data=folder / "data.csv", now=NOW, **options)


def test_the_published_synthesis_of_vaccine_trials_is_reproduced(tmp_path: Path) -> None:
    result = run(tmp_path, registering=True)
    pooled = result.estimates[0]
    assert (pooled.estimand, pooled.scale, pooled.n) == ("pooled", "log_ratio", 13)
    assert (pooled.value, pooled.se) == pytest.approx((-0.7145, 0.1798), abs=5e-5)
    assert (pooled.low, pooled.high) == pytest.approx((-1.0669, -0.3622), abs=5e-5)
    assert result.diagnostics["tau2"] == pytest.approx(0.3132, abs=5e-5)
    assert result.diagnostics["i2"] == pytest.approx(92.22, abs=5e-3)
    assert result.diagnostics["q"] == pytest.approx(152.2330, abs=5e-5)
    ends = result.diagnostics["prediction_interval"]
    assert (ends["low"], ends["high"]) == pytest.approx((-1.8667, 0.4376), abs=5e-5)
    assert sum(result.weights.values()) == pytest.approx(100)
    assert result.verdict == "works"
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert written["grade"]["level"] == 3, "nobody says how good the trials were"
    assert len(written["sensitivity"]["leave_one_out"]) == 13


def test_an_effect_whose_prediction_interval_holds_nothing_is_mixed(tmp_path: Path) -> None:
    result = run(tmp_path, design='tau2 = "dl"')
    assert result.diagnostics["replication"] == "mixed"
    assert "may see none" in result.sensitivity["replication"]["meaning"]


@pytest.mark.parametrize(
    ("method", "tau2"),
    [("reml", 0.3132), ("dl", 0.3088), ("pm", 0.3181), ("ml", 0.2800), ("he", 0.3286), ("sj", 0.3455), ("fixed", 0.0)],
)
def test_every_estimator_of_heterogeneity_gives_its_published_variance(
    tmp_path: Path, method: str, tau2: float
) -> None:
    assert run(tmp_path, design=f'tau2 = "{method}"').diagnostics["tau2"] == pytest.approx(tau2, abs=5e-5)


def test_cases_and_totals_say_the_same_as_cases_and_others(tmp_path: Path) -> None:
    table = [{**row, "n1": row["ai"] + row["bi"], "n2": row["ci"] + row["di"]} for row in trials()]
    columns = 'ai = "ai"\nn1 = "n1"\nci = "ci"\nn2 = "n2"'
    assert run(tmp_path, data=columns, table=table).estimates == run(tmp_path).estimates


def test_estimates_with_their_variance_pool_as_given(tmp_path: Path) -> None:
    studies = run(tmp_path).diagnostics["studies"]
    table = [{"trial": row["study"], "yi": row["estimate"], "vi": row["variance"]} for row in studies]
    result = run(tmp_path, data='estimate = "yi"\nvariance = "vi"', table=table, design="hartung_knapp = true")
    assert result.estimates[0].outcome == "yi"
    assert result.estimates[0].se == pytest.approx(0.1808, abs=5e-5)


def test_moderators_say_how_the_effect_moves_and_text_is_yes_or_no(tmp_path: Path) -> None:
    result = run(tmp_path, design='moderators = ["ablat"]')
    slope = next(item for item in result.estimates if item.estimand == "moderator ablat")
    assert (slope.value, slope.se) == pytest.approx((-0.0291, 0.0072), abs=5e-5)
    assert result.diagnostics["tau2"] == pytest.approx(0.0764, abs=1e-4)  # published with a looser stop of the search
    named = [item.estimand for item in run(tmp_path, design='moderators = ["alloc"]').estimates]
    assert "moderator alloc=random" in named
    assert "moderator alloc=systematic" in named


def test_what_cannot_be_pooled_says_why_and_gives_no_number(tmp_path: Path) -> None:
    for table, words in (
        (trials()[:1], "one study alone"),
        ([*trials(), trials()[0]], "occurs twice"),
        ([{**row, "ai": -1} for row in trials()], "negative"),
        ([{**row, "ai": None} for row in trials()], "missing"),
    ):
        result = run(tmp_path, table=table)
        assert (result.verdict, result.estimates) == ("not evaluable", ())
        assert words in result.reason


def test_two_sites_are_too_few_to_show_that_an_effect_travels(tmp_path: Path) -> None:
    result = run(tmp_path, table=trials()[:2])
    assert result.diagnostics["replication"] == "too_few_sites"


def test_wrong_columns_and_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column nothing; it has: trial"):
        run(tmp_path, data='estimate = "nothing"\nvariance = "ai"')
    with pytest.raises(ConfigError, match="estimate and variance, or four counts"):
        run(tmp_path, data='ai = "ai"')
