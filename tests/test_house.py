"""The house keeps its own habits: small files, plain names, fresh reference pages."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    written = [line for line in listed.split() if line.endswith(".py") and "/migrations/" not in line]
    return [ROOT / line for line in written if (ROOT / line).exists()]


def test_no_source_file_is_above_500_lines() -> None:
    long = {path.name: lines for path in _sources() if (lines := len(path.read_text().splitlines())) > 500}
    assert not long


def test_no_module_is_a_dumping_ground() -> None:
    assert not [path for path in _sources() if path.stem in {"utils", "helpers", "common", "misc", "base"}]


def test_every_module_opens_with_a_sentence() -> None:
    silent = [path for path in _sources() if path.read_text().strip() and not path.read_text().startswith('"""')]
    assert not silent


def test_the_reference_pages_are_fresh() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "reference.py"))["pages"]()
    stale = [path.name for path, text in pages.items() if not path.exists() or path.read_text() != text]
    assert not stale, f"run `make reference`: {stale}"


def test_every_test_that_the_docs_name_exists() -> None:
    pages = [ROOT / "docs" / "systems.md", *(ROOT / "docs" / "safety").glob("*.md")]
    named = {found for page in pages for found in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text())}
    assert named
    for file, function in sorted(named):
        assert (ROOT / file).is_file(), file
        assert not function or f"def {function}(" in (ROOT / file).read_text(), f"{file}::{function}"
