"""NHS England's artificial Hospital Episode Statistics load by their own column names."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from shutil import copyfile

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from joinedup.pipeline.landing import Landed, land
from joinedup.store.place import load_place

FILES = {
    "hes_apc": "artificial_hes_apc_0102_truncated.csv",
    "hes_ae": "artificial_hes_ae_0708_truncated.csv",
    "hes_op": "artificial_hes_op_0304_truncated.csv",
}
PLACE = """
[place]
id = "hes"
name = "Artificial statistics"
kind = "demonstration"
[clock]
today = 2024-12-31
[period]
start = 2001-04-01
end = 2008-03-31
"""
SOURCE = """
[sources.{kind}]
kind = "{kind}"
id_space = "hes"
[sources.{kind}.flow]
legal_basis = "artificial data about nobody"
purposes = ["evaluation"]
controller = "nobody"
expires = 2030-03-31
opt_out = "none"
"""


@pytest.fixture(scope="module")
def landed(published_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """A place whose partners sent the three files as they are published."""
    place, out = tmp_path_factory.mktemp("place"), tmp_path_factory.mktemp("out")
    (place / "place.toml").write_text(PLACE + "".join(SOURCE.format(kind=kind) for kind in FILES))
    for kind, name in FILES.items():
        folder = place / "extracts" / kind / "all"
        folder.mkdir(parents=True)
        copyfile(published_data / "formats" / name, folder / "2024-01-01.csv")
    return land(load_place(place), out, memory_mb=500, threads=1)


def events(landed: Landed, source: str) -> pa.Table:
    rows = pa.concat_tables(
        [pq.read_table(path) for paths in landed.activity.values() for path in paths], promote_options="permissive"
    )
    return rows.filter(pc.field("source") == source)


def people(landed: Landed, source: str) -> pa.Table:
    rows = pa.concat_tables(
        [pq.read_table(path) for path in landed.tables["person_record"]], promote_options="permissive"
    )
    return rows.filter(pc.field("source") == source)


def counts(table: pa.Table, name: str) -> Counter[object]:
    return Counter(table.column(name).to_pylist())


def set_aside(landed: Landed) -> dict[str, int]:
    return {item.source: item.set_aside for item in landed.inputs}


def test_only_an_episode_without_a_valid_start_is_set_aside(landed: Landed) -> None:
    assert set_aside(landed) == {"hes_apc": 1, "hes_ae": 0, "hes_op": 0}


def test_admitted_patient_care_loads(landed: Landed) -> None:
    episodes = events(landed, "hes_apc")
    assert len(set(episodes.column("event_id").to_pylist())) == episodes.num_rows == 2074
    assert counts(episodes, "service")["day_case"] == 572
    assert counts(episodes, "outcome")["died"] == 46
    assert counts(episodes, "diagnosis")[None] == 18  # as many as the file leaves empty
    assert "F321|Z370|I500|Z740|O721" in counts(episodes, "diagnoses")
    assert date(1968, 4, 1) in people(landed, "hes_apc").column("birth_month").to_pylist()


def test_accident_and_emergency_loads(landed: Landed) -> None:
    attendances = events(landed, "hes_ae")
    assert attendances.num_rows == 1000
    assert counts(attendances, "method")["1"] == 928
    assert None not in counts(attendances, "start_time")
    assert set(counts(people(landed, "hes_ae"), "ethnicity")) == {None}


def test_outpatients_load(landed: Landed) -> None:
    appointments = events(landed, "hes_op")
    assert counts(appointments, "unit") == Counter({"attendance": 818, "non_attendance": 182})
    assert counts(appointments, "outcome")["did_not_attend"] == 91
