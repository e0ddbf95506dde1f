"""From raw measures to the published half of a release, through the disclosure gate and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from joinedup.methods.disclosure import Floats, ReleasedColumn

#: Columns of the published tables; the reader and the exports know no others.
_TEXT: Final[Any] = pa.string()  # pyarrow’s stubs type a list of fields by its first
SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "measure": pa.schema(
        [
            ("id", _TEXT),
            ("measure", pa.string()),
            ("area_rank", pa.int64()),
            ("area_type", pa.string()),
            ("area_code", pa.string()),
            ("area_name", pa.string()),
            ("cadence", pa.string()),
            ("period_start", pa.date32()),
            ("period_end", pa.date32()),
            ("dimension", pa.string()),
            ("category", pa.string()),
            ("numerator", pa.float64()),
            ("denominator", pa.float64()),
            ("value", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            ("strict", pa.float64()),
            ("loose", pa.float64()),
            ("status", pa.string()),
        ]
    ),
    "definition": pa.schema(
        [("position", pa.int64())]
        + [
            (name, _TEXT)
            for name in (
                "id", "label", "unit", "polarity", "topic", "description", "numerator", "denominator", "source",
                "disclosure", "cadences", "version", "toml", "break_dates", "plan_source", "statistic",
            )
        ]
        + [("plan", pa.float64()), ("verify", pa.bool_()), ("per", pa.float64())]
    ),
    "quality": pa.schema(
        [(name, _TEXT) for name in ("source", "label", "kind", "controller", "legal_basis")]
        + [(name, pa.int64()) for name in ("files", "rows", "set_aside", "warnings")]
        + [("last_received", pa.date32()), ("nhs_number_share", pa.float64()), ("nhs_number_status", pa.string())]
    ),
    "problem": pa.schema(
        [(name, _TEXT) for name in ("source", "file", "field", "rule", "severity", "message")]
        + [("count", pa.int64())]
    ),
    "linkage": pa.schema(
        [("position", pa.int64())]
        + [(name, _TEXT) for name in ("section", "category", "label", "unit", "status")]
        + [("value", pa.float64())]
    ),
    "cost_quality": pa.schema(
        [("position", pa.int64())]
        + [(name, _TEXT) for name in ("section", "category", "label", "unit", "status")]
        + [("value", pa.float64())]
    ),
    "finding": pa.schema(
        [("position", pa.int64())]
        + [
            (name, _TEXT)
            for name in ("id", "claim", "printed", "found_text", "note", "cells", "source", "status")
        ]
        + [("found", pa.float64())]
    ),
    "origin": pa.schema(
        [("measure", _TEXT), ("file", _TEXT), ("period_start", pa.date32()), ("period_end", pa.date32())]
    ),
    "step": pa.schema([(name, _TEXT) for name in ("measure", "sources", "steps", "sql")]),
}  # fmt: skip


def write_cells(
    folder: Path, keys: Mapping[str, pa.Array[Any]], figures: Mapping[str, ReleasedColumn], status: NDArray[np.str_]
) -> Path:
    """Write the published cells; figures must be released columns, anything else is a type error.

    Args:
        folder: where to write.
        keys: the columns of `measure` that are no figures.
        figures: numerator, denominator, value, lower, upper, strict, loose.
        status: what is known of each cell besides suppression, which the figures themselves say.

    Raises:
        TypeError: a figure is not a released column.
    """
    hidden = np.zeros(len(status), dtype=bool)
    columns: dict[str, pa.Array[Any]] = dict(keys)
    for name, column in figures.items():
        if not isinstance(column, ReleasedColumn):
            raise TypeError(f"{name} has not passed the disclosure gate; release it first")
        hidden |= column.hidden
        columns[name] = _nullable(column.values)
    columns["status"] = pa.array(np.where(hidden, "suppressed", status), pa.string())
    for name in figures:
        columns[name] = pc.if_else(pa.array(hidden), pa.scalar(None, pa.float64()), columns[name])
    schema = SCHEMAS["measure"]
    table = pa.table({name: columns[name] for name in schema.names}).cast(schema)
    path = folder / "measure.parquet"
    pq.write_table(table.sort_by([(n, "ascending") for n in ("measure", "id")]), path, compression="zstd")
    return path


def write_rows(folder: Path, name: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write a small published table from rows that hold no figure about people, or a released one."""
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMAS[name]), path)
    return path


def _nullable(values: Floats) -> pa.Array[Any]:
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))
