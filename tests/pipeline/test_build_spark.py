"""The same place built on Spark publishes the same figures as on DuckDB."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import place_on_disk as micro

FIGURES = ("numerator", "denominator", "value", "lower", "upper")

#: So few rows are interpreted sooner than code for them is made and compiled.
SETTINGS = """
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1
"""


@pytest.mark.slow
def test_spark_publishes_what_duckdb_publishes(earlier: Path, tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("no Java")
    files = micro.received_by(micro.EVERYTHING, micro.MIDDLE)
    place = micro.make_place(tmp_path / "place", files=files, today=micro.MIDDLE)
    build_on_spark(place, tmp_path)
    spark, duckdb = micro.figures(place, tmp_path / "spark"), micro.figures(earlier, tmp_path / "duckdb")
    assert [row["id"] for row in spark] == [row["id"] for row in duckdb]
    for ours, theirs in zip(spark, duckdb, strict=True):
        assert {**ours, **rounded(ours)} == {**theirs, **rounded(theirs)}


def build_on_spark(place: Path, folder: Path) -> None:
    """A build in a process of its own, because a process has one Spark session only."""
    (folder / "spark-defaults.conf").write_text(SETTINGS)
    settings = {"SPARK_CONF_DIR": str(folder), "SPARK_SHUFFLE_PARTITIONS": "1", "SPARK_DRIVER_MEMORY": "1g"}
    environment = {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "joinedup.cli", "build", str(place), "--engine", "spark"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


def rounded(row: dict[str, str]) -> dict[str, str]:
    """Its figures to nine digits: two engines may add in another order."""
    return {name: f"{float(row[name]):.9g}" if row[name] else "" for name in FIGURES}
