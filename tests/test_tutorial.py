"""The pages on evaluating in a notebook: their code runs or would, and what they show was really printed."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import joinedup
from joinedup.demo.evaluations import write_evaluations
from joinedup.store.protocols import protocol_of
from tests.pipeline.test_notebook import TEAM_FILE, people

DOCS = Path(__file__).parent.parent / "docs"
TUTORIAL = DOCS / "tutorial" / "did-it-work.md"


@pytest.fixture(scope="module")
def outputs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tutorial_outputs", DOCS / "tutorial_outputs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_how_to_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outputs: ModuleType) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "team.toml").write_text(TEAM_FILE)
    names = {"people": people()}
    for code, _ in outputs.blocks((DOCS / "how-to" / "notebook.md").read_text()):
        exec(code, names)
    assert (tmp_path / "team" / "report.html").is_file()
    assert (tmp_path / "registrations.jsonl").is_file()


def test_everything_the_tutorial_prints_was_printed(outputs: ModuleType) -> None:
    page = TUTORIAL.read_text()
    assert [code for code, said in outputs.blocks(page) if "print(" in code or "said(" in code]
    shown = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert shown
    assert all(text.strip() for text in shown)


def test_the_tutorials_protocols_are_valid(tmp_path: Path, outputs: ModuleType) -> None:
    (tmp_path / "place.toml").write_text("")
    kept = {path.name for path in write_evaluations(tmp_path)}
    page = TUTORIAL.read_text()
    assert set(re.findall(r"evaluations/([\w-]+\.toml)", page)) <= kept
    found = 0
    for code, _ in outputs.blocks(page):
        for call in ast.walk(ast.parse(code)):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Dict):
                source = ast.get_source_segment(code, call.args[0]) or ""
                names: dict[str, object] = {}
                exec(f"from datetime import date\nmade = {source}", names)
                protocol_of(names["made"], tmp_path / "x.toml")  # type: ignore[arg-type]
                found += 1
    assert found == 3


def test_what_the_pages_import_is_there(outputs: ModuleType) -> None:
    for page in (TUTORIAL, DOCS / "how-to" / "notebook.md"):
        for code, _ in outputs.blocks(page.read_text()):
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.ImportFrom) and node.module == "joinedup":
                    assert all(hasattr(joinedup, item.name) for item in node.names)
