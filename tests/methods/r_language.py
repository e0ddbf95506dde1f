"""Asking R for its answer, where R and the package are installed; a test that needs one skips where it is not."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

Rows = list[dict[str, str]]


@cache
def has_package(name: str) -> bool:
    """Whether R can load a package."""
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", f"quit(status = !requireNamespace('{name}', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def ask(folder: Path, package: str, script: str, columns: Mapping[str, Sequence[float]]) -> Rows:
    """Run a script that reads a data frame `given` and leaves one called `answer`.

    Args:
        folder: to write both in.
        package: that the script needs.
        columns: of `given`.
    """
    if not has_package(package):
        pytest.skip(f"no R with the package {package}")
    with (folder / "given.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([repr(float(value)) for value in row] for row in zip(*columns.values(), strict=True))
    whole = f"suppressMessages(library({package}))\ngiven <- read.csv('given.csv')\n{script}\n"
    whole += "write.csv(format(answer, digits = 15), 'answer.csv', row.names = FALSE)\n"
    (folder / "asked.R").write_text(whole)
    done = subprocess.run(["Rscript", "asked.R"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (folder / "answer.csv").open(newline="") as file:
        return [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]
