"""Invented records for the tests of linking: a person's fields with defaults, as landing would hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from joinedup.evidence.identity.model import LinkModel
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.pipeline.linking import Linked, LinkSettings, LinkState, link
from joinedup.pipeline.linking_model import shipped_model
from joinedup.pipeline.linking_records import Decision
from joinedup.store.engine import DuckDB

KEY = b"a key for tests, not for people."
SETTINGS = LinkSettings(KEY, test_numbers=True, today=date(2025, 4, 20))
SCHEMA = ibis.schema(IDENTITY_RECORD).to_pyarrow()
ANNA: Mapping[str, Any] = {
    "nhs_number": "9990000018", "forename": "Anna", "surname": "Fenwright", "date_of_birth": date(1960, 3, 7),
    "sex": "F", "postcode": "ZZ1 1AA", "address": "12 Alder Road", "source": "gp", "organisation": "P1",
    "valid_from": date(2021, 4, 1), "received": date(2021, 4, 10), "source_order": 0,
}  # fmt: skip


def record(key: int, **fields: Any) -> dict[str, Any]:
    """One version of a record: Anna's fields but for those named."""
    row = {**dict.fromkeys(SCHEMA.names), **ANNA, "record_key": key, **fields}
    return {name: row[name] for name in SCHEMA.names}


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as landing hands them over."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)


def run(
    engine: DuckDB,
    rows: Sequence[Mapping[str, Any]],
    *,
    decisions: Sequence[Decision] = (),
    previous: LinkState | None = None,
    model: LinkModel | None = None,
    settings: LinkSettings = SETTINGS,
) -> Linked:
    """Link rows with the shipped model."""
    records: ir.Table = engine.table(table(rows))
    return link(records, engine, settings, model or shipped_model(), decisions=decisions, previous=previous)


def people(linked: Linked, column: str = "person_id") -> dict[int, int]:
    """Record key to person id."""
    keys, ids = linked.link["record_key"].to_pylist(), linked.link[column].to_pylist()
    return {int(str(key)): int(str(person)) for key, person in zip(keys, ids, strict=True)}


def groups(linked: Linked, column: str = "person_id") -> set[frozenset[int]]:
    """The partition: which records are one person's."""
    found: dict[int, set[int]] = {}
    for key, person in people(linked, column).items():
        found.setdefault(person, set()).add(key)
    return {frozenset(keys) for keys in found.values()}
