"""NHS England's artificial Hospital Episode Statistics load by their own column names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import joinedup
from joinedup.evidence.sources.registry import ADAPTERS
from joinedup.evidence.sources.settings import Settings
from joinedup.rules.foundation.extract import parse_schema
from joinedup.store.codes import load_codes
from joinedup.store.engine import DuckDB
from joinedup.store.extracts import ExtractFile
from joinedup.store.scan import Expectation, scan_file

SETTINGS = Settings(source="hes", organisation=None, as_of=date(2024, 12, 31))
DEFINITIONS = Path(joinedup.__file__).parent / "definitions"
LANDED = "SELECT *, (hash(token) >> 1)::BIGINT AS record_key, DATE '2024-01-01' AS __received FROM ({})"


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("duck"), memory_mb=500, threads=1) as made:
        yield made


def load(duck: DuckDB, folder: Path, kind: str, name: str, scratch: Path) -> tuple[dict[str, pa.Table], int]:
    """The canonical tables that a file becomes, and how many of its rows were set aside."""
    schema = parse_schema((DEFINITIONS / "extracts" / f"{kind}.toml").read_text())
    file = ExtractFile("hes", "2001", date(2024, 1, 1), folder / "formats" / name, name)
    connection: Any = duck.connection.con.cursor()
    scan = scan_file(
        connection,
        file,
        Expectation(schema, load_codes([DEFINITIONS]), {}, "auto"),
        scratch / f"{kind}.parquet",
        scratch,
    )
    assert scan.relation
    landed = scratch / f"{kind}_landed.parquet"
    connection.execute(f"COPY ({LANDED.format(scan.relation)}) TO '{landed}'").fetchall()
    rows = duck.read([landed], {}).drop(*schema.identifying)
    return {table: duck.fetch(expr) for table, expr in ADAPTERS[kind](rows, SETTINGS).items()}, scan.set_aside


def counts(table: pa.Table, name: str) -> Counter[object]:
    return Counter(table.column(name).to_pylist())


def test_admitted_patient_care_loads(duck: DuckDB, published_data: Path, tmp_path: Path) -> None:
    made, aside = load(duck, published_data, "hes_apc", "artificial_hes_apc_0102_truncated.csv", tmp_path)
    episodes = made["activity"]
    assert (episodes.num_rows, aside) == (2074, 1)  # one episode has no valid start
    assert len(set(episodes.column("event_id").to_pylist())) == 2074
    assert counts(episodes, "service")["day_case"] == 572
    assert counts(episodes, "outcome")["died"] == 46
    assert counts(episodes, "diagnosis")[None] == 18  # as many as the file leaves empty
    assert "F321|Z370|I500|Z740|O721" in counts(episodes, "diagnoses")
    born = made["person_record"].column("birth_month").to_pylist()
    assert date(1968, 4, 1) in born


def test_accident_and_emergency_loads(duck: DuckDB, published_data: Path, tmp_path: Path) -> None:
    made, aside = load(duck, published_data, "hes_ae", "artificial_hes_ae_0708_truncated.csv", tmp_path)
    attendances = made["activity"]
    assert (attendances.num_rows, aside) == (1000, 0)
    assert counts(attendances, "method")["1"] == 928
    assert None not in counts(attendances, "start_time")
    assert counts(made["person_record"], "ethnicity") == Counter({None: made["person_record"].num_rows})


def test_outpatients_load(duck: DuckDB, published_data: Path, tmp_path: Path) -> None:
    made, aside = load(duck, published_data, "hes_op", "artificial_hes_op_0304_truncated.csv", tmp_path)
    appointments = made["activity"]
    assert (appointments.num_rows, aside) == (1000, 0)
    assert counts(appointments, "unit") == Counter({"attendance": 818, "non_attendance": 182})
    assert counts(appointments, "outcome")["did_not_attend"] == 91
