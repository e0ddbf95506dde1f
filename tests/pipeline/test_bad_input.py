"""Every design before every kind of bad input: it says why nothing can be evaluated, or the input does no harm."""

from __future__ import annotations

import csv
import json
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.protocol import PanelMethod, PeopleMethod
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_tables import EvaluationTable

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
Row = dict[str, Any]
Rows = list[Row]

PANEL = """
title = "Care at home"
[data]
unit = "area"
time = "year"
outcome = "rate"
treated = "has_scheme"
predictors = ["need"]
polarity = "lower"
kind = "{kind}"
[design]
method = "{method}"
{design}
"""
PEOPLE = """
title = "Team around the person"
[data]
unit = "person"
treated = "in_scheme"
covariates = ["age", "prior"]
follow_up = "years"
{data}
[design]
method = "{method}"
{design}
[[outcomes]]
name = "admissions"
kind = "count"
polarity = "lower"
[[outcomes]]
name = "died"
kind = "time_to_event"
role = "secondary"
time = "years"
[[outcomes]]
name = "cost"
kind = "cost"
role = "secondary"
[costs]
programme_cost = 1000.00
[sensitivity]
checks = ["rosenbaum", "evalue", "robustness_value", "simulated_confounder"]
"""
STUDIES = """
title = "Sites together"
[data]
study = "site"
estimate = "effect"
variance = "variance"
[design]
method = "meta_analysis"
moderators = ["size"]
polarity = "lower"
"""


def panel(areas: int = 12, treated: int = 3, years: int = 10, start: int = 6) -> Rows:
    rng = np.random.default_rng(1)
    made = []
    for area in range(areas):
        level, need = rng.normal(100, 5), rng.normal(50, 5)
        for year in range(years):
            on = int(area < treated and year >= start)
            rate = round(level + year + rng.normal(0, 1) - 8 * on)
            made.append(
                {"area": f"A{area:02}", "year": 2010 + year, "rate": rate, "need": round(need, 3), "has_scheme": on}
            )
    return made


def people(n: int = 240) -> Rows:
    rng = np.random.default_rng(1)
    made = []
    for person in range(n):
        age, prior = round(rng.normal(75, 8), 2), int(rng.poisson(1.0))
        own = int(rng.random() < 1 / (1 + math.exp(1.2 - 0.5 * prior)))
        made.append(
            {
                "person": f"P{person:03}", "in_scheme": own, "age": age, "prior": prior, "years": 1.0,
                "admissions": int(rng.poisson(1.5 + 0.3 * prior - 0.5 * own)), "died": int(rng.random() < 0.2),
                "cost": round(float(rng.gamma(2, 400)), 2),
            }
        )  # fmt: skip
    return made


def studies() -> Rows:
    effects = (-0.4, -0.2, -0.5, 0.1, -0.3)
    return [{"site": f"S{i}", "effect": e, "variance": 0.02 + 0.01 * i, "size": i} for i, e in enumerate(effects)]


def every(rows: Rows, **change: Any) -> Rows:
    """All rows with some columns changed; a function is given the row."""
    return [{**row, **{k: v(row) if callable(v) else v for k, v in change.items()}} for row in rows]


def where(rows: Rows, is_hit: Callable[[Row], bool], **change: Any) -> Rows:
    """Only some rows changed."""
    return [every([row], **change)[0] if is_hit(row) else row for row in rows]


def in_scheme(row: Row) -> bool:
    return row.get("in_scheme") == 1 or row.get("area", "Z") < "A03"


def last(row: Row) -> bool:
    return bool(row["area"] == "A05" and row["year"] == 2018)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a table, and the designs that it does not touch.

    Attributes:
        text: the file itself, where the fault is in the file.
        harmless: designs that answer all the same, because they do not look at what is wrong.
        settings: of the protocol: kind or design.
    """

    make: Callable[[Rows], Rows] = list
    harmless: Sequence[str] = ()
    text: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


ALONE = ("interrupted_time_series", "before_after")  # controls and predictors play no part
DIFFERENCES = ("difference_in_differences", "staggered_did")
WITHOUT_ERROR = ("synthetic_control", "demeaned_synthetic_control", "generalised_synthetic_control", "synthetic_did")
EVERY_PANEL = tuple(str(method) for method in PanelMethod)
ALL_BUT_SERIES = tuple(method for method in EVERY_PANEL if method != "interrupted_time_series")
COMPARE_CHANGES = tuple(m for m in EVERY_PANEL if m not in {"synthetic_control", "augmented_synthetic_control"})
PANEL_FAULTS: dict[str, Fault] = {
    "no controls": Fault(lambda r: [x for x in r if x["area"] < "A03"], harmless=ALONE),
    "everybody treated": Fault(lambda r: every(r, has_scheme=lambda x: int(x["year"] >= 2016)), harmless=ALONE),
    "treated before the data begin": Fault(lambda r: [x for x in r if x["year"] >= 2016]),
    "nobody treated": Fault(lambda r: every(r, has_scheme=0)),
    "one period": Fault(lambda r: [x for x in r if x["year"] == 2017]),
    "two periods": Fault(
        lambda r: [x for x in r if x["year"] in {2015, 2016}], harmless=(*DIFFERENCES, "before_after")
    ),
    "all-zero outcomes": Fault(lambda r: every(r, rate=0)),
    "all outcomes the same": Fault(lambda r: every(r, rate=7)),
    "no error at all": Fault(
        lambda r: every(r, rate=lambda x: x["year"] - 1900 - 8 * x["has_scheme"]),
        harmless=(*ALONE, "difference_in_differences", *WITHOUT_ERROR),
    ),
    "a whole period missing": Fault(lambda r: [x for x in r if x["year"] != 2012], harmless=ALL_BUT_SERIES),
    "zero before the start": Fault(lambda r: where(r, lambda x: x["year"] < 2016, rate=0)),
    "duplicate units": Fault(lambda r: [*r, r[0]]),
    "gaps": Fault(lambda r: [x for x in r if not last(x)]),
    "a missing outcome": Fault(lambda r: where(r, last, rate=None)),
    "no outcome at all": Fault(lambda r: every(r, rate=None)),
    "not a number": Fault(lambda r: where(r, last, rate="nan")),
    "infinite": Fault(lambda r: where(r, last, rate="inf")),
    "an infinite predictor": Fault(lambda r: where(r, last, need="inf")),
    "a predictor without values": Fault(lambda r: where(r, lambda x: x["area"] == "A05", need=None), harmless=ALONE),
    "text in numbers": Fault(lambda r: where(r, last, rate="*")),
    "text in a predictor": Fault(lambda r: where(r, last, need="high")),
    "text in treatment": Fault(lambda r: where(r, last, has_scheme="yes")),
    "perfect prediction": Fault(lambda r: every(r, need=lambda x: float(in_scheme(x))), harmless=ALONE),
    "constant predictor": Fault(lambda r: every(r, need=5), harmless=(*ALONE, *DIFFERENCES)),
    "negative counts": Fault(lambda r: where(r, last, rate=-3), settings=(("kind", "count"),)),
    "no overlap": Fault(lambda r: where(r, in_scheme, rate=lambda x: x["rate"] + 10_000), harmless=COMPARE_CHANGES),
    "one huge value": Fault(lambda r: where(r, last, rate=1e300)),
    "huge values": Fault(lambda r: every(r, rate=lambda x: x["rate"] * 1e300)),
    "tiny values": Fault(lambda r: every(r, rate=lambda x: x["rate"] * 1e-300)),
    "one unit": Fault(lambda r: [x for x in r if x["area"] == "A00"], harmless=ALONE),
    "one treated": Fault(lambda r: [x for x in r if x["area"] not in {"A01", "A02"}], harmless=EVERY_PANEL),
    "one treated and one control": Fault(lambda r: [x for x in r if x["area"] in {"A00", "A05"}], harmless=ALONE),
    "times as words": Fault(lambda r: every(r, year=lambda x: f"spring {x['year']}")),
    "mixed dates": Fault(lambda r: where(r, lambda x: x["year"] == 2012, year="1 April 2012")),
    "mixed forms of dates": Fault(lambda r: where(r, lambda x: x["year"] == 2012, year="2012-04-01")),
    "a time missing": Fault(lambda r: where(r, last, year=None)),
    "a unit missing": Fault(lambda r: where(r, last, area=None)),
    "treatment switched off": Fault(lambda r: every(r, has_scheme=lambda x: int(in_scheme(x) and x["year"] == 2016))),
    "an empty file": Fault(text=""),
    "an empty line": Fault(text="\n"),
    "header only": Fault(text="area,year,rate,need,has_scheme\n"),
    "a wrong column": Fault(lambda r: [{k.replace("rate", "rat"): v for k, v in x.items()} for x in r]),
    "a column twice": Fault(text="area,year,rate,rate,need,has_scheme\nA,2010,1,2,3,0\n"),
    "uneven lines": Fault(text="area,year,rate,need,has_scheme\nA,2010,1\n"),
    "no text at all": Fault(text="\x00\x01\x02\xff"),
}
PEOPLE_FAULTS: dict[str, Fault] = {
    "no controls": Fault(lambda r: every(r, in_scheme=1)),
    "nobody treated": Fault(lambda r: every(r, in_scheme=0)),
    "one treated": Fault(lambda r: every(r, in_scheme=lambda x: int(x["person"] == "P000"))),
    "one control": Fault(lambda r: every(r, in_scheme=lambda x: int(x["person"] != "P000"))),
    "no overlap": Fault(lambda r: where(r, in_scheme, age=lambda x: x["age"] + 1_000)),
    "perfect prediction": Fault(lambda r: every(r, prior=lambda x: x["in_scheme"])),
    "all-zero outcomes": Fault(lambda r: every(r, admissions=0)),
    "no event in one group": Fault(lambda r: where(r, in_scheme, admissions=0)),
    "all outcomes the same": Fault(lambda r: every(r, admissions=1, cost=5)),
    "duplicate people": Fault(lambda r: [*r, r[0]]),
    "a person without a name": Fault(lambda r: where(r, lambda x: x["person"] == "P005", person=None)),
    "a missing outcome": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions=None)),
    "no outcome at all": Fault(lambda r: every(r, admissions=None)),
    "a missing covariate": Fault(lambda r: where(r, lambda x: x["person"] == "P005", age=None)),
    "no covariate at all": Fault(lambda r: every(r, age=None)),
    "not a number": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions="nan")),
    "an infinite outcome": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions="inf")),
    "an infinite covariate": Fault(lambda r: where(r, lambda x: x["person"] == "P005", age="-inf")),
    "text in an outcome": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions="*")),
    "text in a covariate": Fault(lambda r: where(r, lambda x: x["person"] == "P005", age="old")),
    "treatment unknown": Fault(lambda r: where(r, lambda x: x["person"] == "P005", in_scheme=None)),
    "treatment in words": Fault(lambda r: every(r, in_scheme=lambda x: "yes" if x["in_scheme"] else "no")),
    "negative counts": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions=-1)),
    "zero follow-up": Fault(lambda r: every(r, years=0)),
    "zero follow-up in the scheme": Fault(lambda r: where(r, in_scheme, years=0)),
    "one cluster in the scheme": Fault(
        lambda r: every(r, practice=lambda x: 0 if x["in_scheme"] else x["person"]),
        settings=(("data", 'cluster = "practice"'),),
    ),
    "negative follow-up": Fault(lambda r: where(r, lambda x: x["person"] == "P005", years=-1)),
    "follow-up missing": Fault(lambda r: where(r, lambda x: x["person"] == "P005", years=None)),
    "infinite follow-up": Fault(lambda r: where(r, lambda x: x["person"] == "P005", years="inf")),
    "constant covariate": Fault(lambda r: every(r, prior=1), harmless=("randomised",)),
    "constant covariates": Fault(lambda r: every(r, prior=1, age=70), harmless=("randomised",)),
    "covariates that repeat each other": Fault(lambda r: every(r, prior=lambda x: x["age"]), harmless=("randomised",)),
    "one huge outcome": Fault(lambda r: where(r, lambda x: x["person"] == "P005", admissions=1e300)),
    "one huge covariate": Fault(lambda r: where(r, lambda x: x["person"] == "P005", age=1e300)),
    "huge covariates": Fault(lambda r: every(r, age=lambda x: x["age"] * 1e300)),
    "one person": Fault(lambda r: r[:1]),
    "two people": Fault(lambda r: [next(x for x in r if x["in_scheme"] == own) for own in (0, 1)]),
    "five people": Fault(lambda r: r[:5]),
    "an empty file": Fault(text=""),
    "header only": Fault(text="person,in_scheme,age,prior,years,admissions,died,cost\n"),
    "a wrong column": Fault(lambda r: [{k.replace("age", "years_old"): v for k, v in x.items()} for x in r]),
    "uneven lines": Fault(text="person,in_scheme,age,prior,years,admissions,died,cost\nA,2010,1\n"),
    "no text at all": Fault(text="\x00\x01\x02\xff"),
}
STUDIES_FAULTS: dict[str, Fault] = {
    "one study": Fault(lambda r: r[:1]),
    "as many studies as coefficients": Fault(lambda r: r[:2]),
    "negative variance": Fault(lambda r: where(r, lambda x: x["site"] == "S1", variance=-0.1)),
    "zero variance": Fault(lambda r: where(r, lambda x: x["site"] == "S1", variance=0)),
    "infinite variance": Fault(lambda r: where(r, lambda x: x["site"] == "S1", variance="inf")),
    "a missing effect": Fault(lambda r: where(r, lambda x: x["site"] == "S1", effect=None)),
    "an infinite effect": Fault(lambda r: where(r, lambda x: x["site"] == "S1", effect="inf")),
    "text in effects": Fault(lambda r: where(r, lambda x: x["site"] == "S1", effect="not significant")),
    "a study twice": Fault(lambda r: [*r, r[0]]),
    "a study without a name": Fault(lambda r: where(r, lambda x: x["site"] == "S1", site=None)),
    "a missing moderator": Fault(lambda r: where(r, lambda x: x["site"] == "S1", size=None)),
    "an infinite moderator": Fault(lambda r: where(r, lambda x: x["site"] == "S1", size="inf")),
    "a constant moderator": Fault(lambda r: every(r, size=1)),
    "a moderator with words for some": Fault(lambda r: where(r, lambda x: x["site"] == "S1", size="big")),
    "one huge effect": Fault(lambda r: where(r, lambda x: x["site"] == "S1", effect=1e200)),
    "huge variances": Fault(lambda r: every(r, variance=1e300)),
    "tiny variances": Fault(lambda r: every(r, variance=1e-300)),
    "all the same": Fault(lambda r: every(r, effect=0, variance=1), harmless=("meta_analysis",)),
    "an empty file": Fault(text=""),
    "header only": Fault(text="site,effect,variance,size\n"),
    "a wrong column": Fault(lambda r: [{k.replace("effect", "b"): v for k, v in x.items()} for x in r]),
}


def outcome_of(folder: Path, protocol: str, rows: Rows, fault: Fault) -> Result | UsageError:
    """What an evaluation says; a warning, like an exception that is not of use, fails the test."""
    (folder / "protocol.toml").write_text(protocol)
    data = folder / "data.csv"
    if fault.text is not None:
        data.write_bytes(fault.text.encode("latin-1"))
    else:
        made = fault.make(rows)
        with data.open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(made[0]))
            writer.writeheader()
            writer.writerows(made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return evaluate(folder / "protocol.toml", folder / "out", now=NOW, data=data)
        except UsageError as exc:
            return exc


def settings(fault: Fault, **usual: str) -> dict[str, str]:
    return {**usual, **dict(fault.settings)}


def complaint(name: str, design: str, found: Result | UsageError, fault: Fault) -> str:
    """What is wrong with an answer to a fault; "" where nothing is."""
    if isinstance(found, UsageError):
        return "" if is_understood(str(found)) else f"{design}: {found}"
    if design in fault.harmless:
        value = found.estimates[0].value if found.estimates else math.nan
        return "" if math.isfinite(value) else f"{design}: should not mind {name}, and said {found.reason!r}"
    if found.verdict != "not evaluable" or found.estimates or found.cost:
        return f"{design}: {name} gave {found.verdict}, {[item.value for item in found.estimates][:1]}"
    return "" if is_understood(found.reason) else f"{design}: {found.reason}"


def is_understood(words: str) -> bool:
    """Long enough to say what to do, short enough to be read, and free of the language of machines."""
    foreign = ("Error", "Traceback", "None", "array", "dtype", "matrix", "nan", "0x", "/tmp", "int64", "lambda")
    return 25 <= len(words) <= 300 and not any(term in words for term in foreign)


def written(folder: Path) -> Iterator[Any]:
    for path in folder.glob("out/result.json"):
        yield json.loads(path.read_text())


@pytest.mark.parametrize("name", list(PANEL_FAULTS))
def test_no_design_of_areas_answers_bad_input(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    fault, rows, complaints = PANEL_FAULTS[name], panel(), []
    for design in EVERY_PANEL:
        protocol = PANEL.format(method=design, **settings(fault, kind="continuous", design=""))
        complaints.append(complaint(name, design, outcome_of(tmp_path, protocol, rows, fault), fault))
    assert not [text for text in complaints if text]
    assert not any(capfd.readouterr()), "nothing is printed"


@pytest.mark.parametrize("name", list(PEOPLE_FAULTS))
def test_no_design_of_people_answers_bad_input(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    fault, rows, complaints = PEOPLE_FAULTS[name], people(), []
    loose = "accept = { max_smd = 0.5, min_matched = 0.1 }"
    for design in map(str, PeopleMethod):
        protocol = PEOPLE.format(method=design, **settings(fault, data="", design=loose))
        complaints.append(complaint(name, design, outcome_of(tmp_path, protocol, rows, fault), fault))
    assert not [text for text in complaints if text]
    assert not any(capfd.readouterr()), "nothing is printed"


@pytest.mark.parametrize("name", list(STUDIES_FAULTS))
def test_no_synthesis_answers_bad_input(tmp_path: Path, name: str) -> None:
    fault = STUDIES_FAULTS[name]
    assert not complaint(name, "meta_analysis", outcome_of(tmp_path, STUDIES, studies(), fault), fault)


def test_every_design_answers_the_tables_without_a_fault(tmp_path: Path) -> None:
    loose = "accept = { max_smd = 0.5, min_matched = 0.1 }"
    fine = [(PANEL.format(method=m, kind="continuous", design=""), panel()) for m in EVERY_PANEL]
    fine += [(PEOPLE.format(method=m, data="", design=loose), people()) for m in map(str, PeopleMethod)]
    for protocol, rows in [*fine, (STUDIES, studies())]:
        found = outcome_of(tmp_path, protocol, rows, Fault())
        assert isinstance(found, Result)
        assert found.estimates
        assert found.reason == ""


def test_a_refusal_is_written_without_a_number_and_a_table_that_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    protocol = PANEL.format(method="staggered_did", kind="continuous", design="")
    outcome_of(tmp_path, protocol, panel(), PANEL_FAULTS["an empty file"])
    assert not list(written(tmp_path))
    outcome_of(tmp_path, protocol, panel(), PANEL_FAULTS["gaps"])
    [result] = written(tmp_path)
    assert (result["verdict"], result["estimates"], result["weights"], result["cost"]) == ("not evaluable", [], {}, {})
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_column_that_turns_to_decimals_late_in_a_large_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "rate"])
        writer.writerows(["x" * 60, 1] for _ in range(20_000))  # more than the first megabyte, from which types come
        writer.writerow(["y", 1.5])
    read = EvaluationTable(path).read(["rate"]).column("rate").to_pylist()
    assert {read[0], read[-1]} == {1.0, 1.5}
