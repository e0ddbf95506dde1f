"""The engines every spec case runs on. A module of cases says:

CASES = [Case(title="...", call=lambda t: spells(t["activity"], t["link"]), given={...}, expect="...")]

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from joinedup.store.engine import DuckDB, Engine, Spark


@pytest.fixture(scope="session", params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One session of each engine for the whole run; Spark only where Java is."""
    scratch: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "spark" and not (shutil.which("java") and find_spec("pyspark")):
        pytest.skip("no Java: Spark cannot run here")
    made: Engine = DuckDB(scratch, memory_mb=1000) if request.param == "duckdb" else Spark(scratch)
    yield made
    made.close()
