"""A new release runs registered evaluations again; whatever becomes of one, the release and the others stand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from joinedup.pipeline.evaluation import opening
from joinedup.pipeline.evaluation.versions import moved_since
from joinedup.pipeline.progress import Quiet
from joinedup.pipeline.reevaluating import reevaluate
from joinedup.rules.programme.protocol_place import PlaceAreas
from joinedup.store.evaluation_results import EvaluationResults
from joinedup.store.evaluation_tables import EvaluationTable
from joinedup.store.place import load_place
from joinedup.store.protocols import ProtocolFile, load_protocol, register
from tests.published import Cell, publish_place

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
PROTOCOL = """
title = "Care at home"
question = "Fewer admissions?"
[population]
level = "areas"
measure = "emergency_admissions"
[data]
unit = "area"
time = "year"
outcome = "rate"
treated = "has_scheme"
polarity = "lower"
[design]
method = "difference_in_differences"
"""


def write_rows(place: Path, effect: float) -> None:
    """Twelve areas over eight years, half of them with the scheme in the last three."""
    with (place / "areas_table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "year", "rate", "has_scheme"])
        for area in range(12):
            for year in range(8):
                on = int(area < 6 and year >= 5)
                writer.writerow([f"A{area:02}", 2010 + year, 100 + area + year + (area * year) % 5 + effect * on, on])


@contextmanager
def from_file(file: ProtocolFile, place: Path) -> Iterator[EvaluationTable]:
    yield EvaluationTable(place / "areas_table.csv")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published place with one registered evaluation, whose table lies beside it."""
    folder = publish_place(tmp_path / "place", [Cell(100, 1000)])
    add(folder, "home", PROTOCOL)
    write_rows(folder, -20)
    monkeypatch.setattr(opening, "OPENERS", {PlaceAreas: from_file})
    return folder


def add(place: Path, name: str, text: str) -> None:
    path = place / "evaluations" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    register(path.parent / "registrations.jsonl", load_protocol(path), NOW)


def run(place: Path) -> tuple[str, ...]:
    return reevaluate(load_place(place), NOW, Quiet())


def test_a_first_release_keeps_a_first_version(place: Path) -> None:
    assert run(place) == ()
    [kept] = EvaluationResults(place).versions("home")
    assert kept.result["registered"]["heading"] == "registered"
    assert kept.report.read_text().startswith("<!DOCTYPE html>")


def test_the_same_release_adds_nothing(place: Path) -> None:
    run(place)
    write_rows(place, -3)  # would show, were it run again
    run(place)
    assert len(EvaluationResults(place).versions("home")) == 1


def test_a_new_release_keeps_a_version_that_says_what_moved_and_why(place: Path) -> None:
    run(place)
    write_rows(place, -3)
    publish_place(place, [Cell(90, 1000)], release="20250520-0123456789")
    run(place)
    first, second = EvaluationResults(place).versions("home")
    moved = moved_since(second, first)
    assert moved is not None
    assert "estimate" in {item.what for item in moved.moved}
    report = second.report.read_text()
    assert "What moved since the last version, and why" in report
    table = report.split("<caption>What moved")[1].split("</table>")[0]
    assert "18% fewer" in table
    assert "2.4% fewer" in table


def test_an_altered_protocol_is_a_reason_and_a_deviation(place: Path) -> None:
    run(place)
    path = place / "evaluations/home.toml"
    path.write_text(PROTOCOL.replace('question = "Fewer admissions?"', 'question = "More?"'))
    run(place)
    report = EvaluationResults(place).versions("home")[1].report.read_text()
    assert "The protocol was altered: question was Fewer admissions? and is More?" in report


def test_a_protocol_that_can_no_longer_be_read_is_kept_as_not_evaluable(place: Path) -> None:
    run(place)
    (place / "evaluations/home.toml").write_text("title = ")
    [problem] = run(place)
    latest = EvaluationResults(place).latest("home")
    assert latest is not None
    assert (latest.number, latest.result["verdict"]) == (2, "not evaluable")
    assert problem.startswith("home: ")
    assert EvaluationResults(place).problems() == (problem,)


def test_a_fault_in_one_evaluation_leaves_the_others(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(place, "again", PROTOCOL.replace("Care at home", "Again"))

    @contextmanager
    def failing(file: ProtocolFile, folder: Path) -> Iterator[EvaluationTable]:
        if file.name == "again":
            raise ZeroDivisionError("row 7 of somebody")
        yield EvaluationTable(folder / "areas_table.csv")

    monkeypatch.setattr(opening, "OPENERS", {PlaceAreas: failing})
    [problem] = run(place)
    kept = {name: EvaluationResults(place).latest(name) for name in ("again", "home")}
    verdicts = {name: item.result["verdict"] for name, item in kept.items() if item}
    assert verdicts["again"] == "not evaluable" != verdicts["home"]
    assert "ZeroDivisionError" in problem
    assert "somebody" not in problem


def test_a_protocol_for_a_table_of_ones_own_is_told_and_not_kept(place: Path) -> None:
    add(place, "own", PROTOCOL.replace('[population]\nlevel = "areas"\nmeasure = "emergency_admissions"\n', ""))
    [problem] = run(place)
    assert "run it with joinedup evaluate --data" in problem
    assert EvaluationResults(place).latest("own") is None


def test_altered_registrations_stop_evaluations_and_nothing_else(place: Path) -> None:
    path = place / "evaluations/registrations.jsonl"
    path.write_text(path.read_text().replace("Care at home", "Care elsewhere"))
    [problem] = run(place)
    assert "was altered" in problem


def test_altered_results_are_told_and_not_added_to(place: Path) -> None:
    run(place)
    file = place / "evaluations/results/home/0001/result.json"
    file.write_text(file.read_text().replace("Care at home", "Care elsewhere"))
    [problem] = run(place)
    assert "altered" in problem
    assert not (place / "evaluations/results/home/0002").exists()


def test_problems_are_gone_once_they_are_mended(place: Path) -> None:
    (place / "evaluations/home.toml").write_text("title = ")
    assert run(place)
    (place / "evaluations/home.toml").write_text(PROTOCOL)
    run(place)
    assert EvaluationResults(place).problems() == ()


def test_a_place_without_registrations_has_nothing_to_run(tmp_path: Path) -> None:
    folder = publish_place(tmp_path / "place", [Cell(100, 1000)])
    assert run(folder) == ()
    assert not (folder / "evaluations").exists()
