"""Decisions on identity come as whole lists: what a later list leaves out no longer holds."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joinedup.pipeline.landing import land
from tests.pipeline.places import PEOPLE, make_place, source_toml

SOURCES = source_toml("gp", "persons") + source_toml("decisions", "identity_decisions")
HEAD = "record_l,record_r,decision,decided_on,reason\n"
BOTH = HEAD + "-5,7,same,2025-01-02,seen together\n8,9,different,2025-01-03,twins\n"
FIRST, LATER = "decisions/all/2025-01-10.csv", "decisions/all/2025-02-10.csv"


def landed_decisions(folder: Path, files: dict[str, str | bytes]) -> list[tuple[int, int, str]]:
    place = make_place(folder / "place", SOURCES, {"gp/2024/2024-05-03.csv": PEOPLE, **files})
    paths = land(place, folder / "out").tables.get("decision", ())
    found = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return [(row["record_l"], row["record_r"], row["decision"]) for row in found]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_KEY", "0123456789abcdef0123456789abcdef")


def test_a_later_list_without_a_decision_withdraws_it(tmp_path: Path) -> None:
    assert landed_decisions(tmp_path / "first", {FIRST: BOTH}) == [(-5, 7, "same"), (8, 9, "different")]
    shorter = BOTH.replace("-5,7,same,2025-01-02,seen together\n", "")
    assert landed_decisions(tmp_path / "later", {FIRST: BOTH, LATER: shorter}) == [(8, 9, "different")]


def test_an_empty_list_withdraws_every_decision(tmp_path: Path) -> None:
    assert landed_decisions(tmp_path, {FIRST: BOTH, LATER: HEAD}) == []
