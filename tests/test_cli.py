"""The command line: what it prints for people and for programs, and the exit codes that scripts depend on."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from joinedup.cli import main
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import build_lock, current_release
from tests import place_on_disk as micro


class Terminal:
    """Runs a command as a person would and keeps what it said."""

    def __init__(self, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._patch, self._captured = patch, captured
        self.out = self.err = ""

    def run(self, *arguments: object) -> int:
        """The exit code of `joinedup ...`."""
        self._patch.setattr(sys, "argv", ["joinedup", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        self.out, self.err = self._captured.readouterr()
        return int(ended.value.code or 0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A place of one small source with a row that breaks a rule."""
    text = micro.EVERYTHING["gp/2024/2024-04-02.csv"].splitlines()[:4]
    broken = [*text, text[1].replace("gp-0000", "gp-0099").replace(text[1].split(",")[2], "1930-31-31")]
    sources = {"gp": micro.SOURCES["gp"]}
    return micro.make_place(
        tmp_path / "faulty", files={"gp/2024/2024-04-02.csv": "\n".join(broken) + "\n"}, sources=sources
    )


@pytest.fixture
def fatal(tmp_path: Path) -> Path:
    """A place whose one file lacks a column that must be there."""
    return micro.make_place(
        tmp_path / "fatal", files={"gp/2024/2024-04-02.csv": "surname\nX\n"}, sources={"gp": micro.SOURCES["gp"]}
    )


def test_the_version_is_printed(terminal: Terminal) -> None:
    assert terminal.run("--version") == 0
    assert terminal.out.startswith("joinedup ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bild",), "No such command"),
        (("build",), "Missing argument"),
        (("build", ".", "--fast"), "No such option"),
        (("build", ".", "--as-of", "yesterday"), "yesterday"),
        (("build", ".", "--engine", "abacus"), "use duckdb or spark"),
        (("demo", "x", "--people", "12"), "--people"),
        (("link", "a.csv", "--out", "x", "--map", "name"), "theirs=ours"),
    ],
)
def test_wrong_usage_exits_with_two(terminal: Terminal, arguments: tuple[str, ...], message: str) -> None:
    assert terminal.run(*arguments) == 2
    assert message in terminal.err


@pytest.mark.parametrize("command", ["build", "check", "explain", "export"])
def test_a_folder_that_is_no_place_is_named(terminal: Terminal, tmp_path: Path, command: str) -> None:
    more: dict[str, list[object]] = {"explain": ["a/b/c/d/e/f"], "export": ["csv", "--out", tmp_path / "out"]}
    assert terminal.run(command, tmp_path, *more.get(command, [])) == 1
    assert terminal.err.startswith("joinedup: ")
    assert str(tmp_path) in terminal.err
    assert "Traceback" not in terminal.err


def test_check_exits_with_nought_where_problems_are_not_fatal(terminal: Terminal, faulty: Path) -> None:
    assert terminal.run("check", faulty) == 0
    assert "date_of_birth" in terminal.out


def test_check_exits_with_one_where_a_problem_is_fatal(terminal: Terminal, fatal: Path) -> None:
    assert terminal.run("check", fatal) == 1
    assert "local_patient_id" in terminal.out.replace("\n", "").replace(" ", "") or "fatal" in terminal.out


def test_check_writes_nothing(terminal: Terminal, faulty: Path) -> None:
    before = sorted(faulty.rglob("*"))
    terminal.run("check", faulty)
    assert sorted(faulty.rglob("*")) == before


def test_check_for_programs(terminal: Terminal, faulty: Path) -> None:
    assert terminal.run("check", faulty, "--json") == 0
    (problem,) = [p for p in json.loads(terminal.out)["problems"] if p["field"] == "date_of_birth"]
    assert (problem["records"], problem["count"], problem["source"]) == ([4], 1, "gp")
    assert terminal.run("check", faulty, "--csv") == 0
    (row,) = [row for row in csv.DictReader(io.StringIO(terminal.out)) if row["field"] == "date_of_birth"]
    assert (row["file"], row["severity"]) == ("extracts/gp/2024/2024-04-02.csv", problem["severity"])


def test_no_message_holds_a_value_of_a_row(terminal: Terminal, faulty: Path) -> None:
    for form in ((), ("--json",), ("--csv",)):
        terminal.run("check", faulty, *form)
        assert not [marker for marker in (*micro.markers(4), "1930-31-31") if marker in terminal.out + terminal.err]


def test_a_build_with_a_fatal_problem_exits_with_one(terminal: Terminal, fatal: Path) -> None:
    assert terminal.run("build", fatal) == 1
    assert "fatal problem" in terminal.err
    assert not (fatal / "current").exists()


def test_a_build_without_a_lawful_flow_exits_with_one_and_names_the_source(terminal: Terminal, tmp_path: Path) -> None:
    sources = micro.with_expiry("ecds", micro.TODAY - timedelta(days=1))
    place = micro.make_place(tmp_path / "place", sources=sources)
    assert terminal.run("build", place) == 1
    assert "'ecds'" in terminal.err
    assert not list(Objects(load_place(place).objects).folder.glob("*.parquet"))
    assert terminal.run("check", place) == 1


def test_a_second_build_at_the_same_time_exits_with_one(terminal: Terminal, faulty: Path) -> None:
    with build_lock(load_place(faulty)):
        assert terminal.run("build", faulty) == 1
    assert "another build" in terminal.err


def test_a_number_is_explained(terminal: Terminal, built: Path) -> None:
    cell = "ae_attendances/SYS1/2024-05-01/2024-05-31/all/all"
    assert terminal.run("explain", built, cell, "--sql") == 0
    assert current_release(built) in terminal.out
    assert "SELECT" in terminal.out
    assert terminal.run("explain", built, cell, "--json") == 0
    assert json.loads(terminal.out)["raw"] is None
    assert terminal.run("explain", built, cell, "--internal") == 0
    assert "not for publication" in terminal.out
    assert terminal.run("explain", built, "no/such") == 2


def test_an_export_names_its_files(terminal: Terminal, built: Path, tmp_path: Path) -> None:
    assert terminal.run("export", built, "csv", "--out", tmp_path / "out") == 0
    assert [Path(line).name for line in terminal.out.splitlines()] == sorted(
        p.name for p in (tmp_path / "out").iterdir()
    )
    assert terminal.run("export", built, "tapestry", "--out", tmp_path / "out") == 2


def test_a_new_place_is_ready_to_be_described(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("new", tmp_path / "place") == 0
    assert load_place(tmp_path / "place").name
    assert terminal.run("new", tmp_path / "place") == 2
    assert "not empty" in terminal.err
