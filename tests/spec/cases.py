"""Spec cases: a table in, a call, a table out, on every engine; rendered into the reference documentation.

A text table has a header row and one row a line, cells parted by `|`, `-` for null:

    record_key | start      | end
    1          | 2024-04-01 | -

Columns of a canonical table take its types; any other column says its type as `name:type`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from joinedup.evidence import tables
from joinedup.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Case:
    """One behaviour of one evidence function.

    Attributes:
        title: the sentence it proves.
        call: from named tables to one table.
        given: canonical (or any) table name -> text table; columns left out become null.
        expect: text table of the columns that matter; row order does not.
        because: where the rule comes from.
    """

    title: str
    call: Callable[[Mapping[str, ir.Table]], ir.Table]
    given: Mapping[str, str]
    expect: str
    because: str = ""


def parse(text: str, columns: Mapping[str, str] | None = None) -> pa.Table:
    """Rows of a text table, typed by the canonical columns or by their own headers."""
    lines = [line.strip().strip("|") for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    names = [cell.partition(":")[0] for cell in header]
    kinds = [cell.partition(":")[2] or (columns or {}).get(cell.partition(":")[0], "string") for cell in header]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines[1:]]
    assert all(len(row) == len(names) for row in cells), f"a row has another number of cells than {names}"
    data = {name: _column([row[i] for row in cells], kinds[i]) for i, name in enumerate(names)}
    if columns and set(names) <= set(columns):
        for name, kind in columns.items():
            if name not in data:
                data[name] = pa.nulls(len(cells), dt.dtype(kind).to_pyarrow())
        data = {name: data[name] for name in columns}
    return pa.table(data)


def _column(cells: list[str], kind: str) -> pa.Array[Any]:
    target = dt.dtype(kind).to_pyarrow()
    values = [None if cell in {"-", ""} else cell for cell in cells]
    if pa.types.is_boolean(target):
        return pa.array([None if v is None else v in {"true", "True", "yes"} for v in values], target)
    if pa.types.is_string(target):
        return pa.array(values, target)
    return pa.array(values, pa.string()).cast(target)


def canonical(name: str) -> Mapping[str, str] | None:
    """The canonical columns of a table by its lower-case name, None when it is not canonical."""
    found: Mapping[str, str] | None = getattr(tables, name.upper(), None)
    return found


def check(engine: Engine, case: Case) -> None:
    """Run a case on an engine and compare what it says with what was expected."""
    given = {name: engine.table(parse(text, canonical(name))) for name, text in case.given.items()}
    result = case.call(given)
    wanted = parse(case.expect, {name: str(kind) for name, kind in result.schema().items()})
    names = [
        cell.strip().partition(":")[0] for cell in case.expect.strip().splitlines()[0].strip().strip("|").split("|")
    ]
    found = engine.fetch(result.select(names))
    left, right = _rows(found, names), _rows(wanted, names)
    assert len(left) == len(right), f"{case.title}: {len(left)} rows, expected {len(right)}\n{_show(left)}"
    for got, want in zip(left, right, strict=True):
        assert all(_same(a, b) for a, b in zip(got, want, strict=True)), f"{case.title}:\ngot  {got}\nwant {want}"


def _rows(table: pa.Table, names: list[str]) -> list[tuple[object, ...]]:
    rows = [tuple(_plain(row[name]) for name in names) for row in table.to_pylist()]
    return sorted(rows, key=lambda row: tuple((value is not None, str(value)) for value in row))


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if isinstance(value, float) and math.isnan(value) else value


def _same(left: object, right: object) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return left == right


def _show(rows: list[tuple[object, ...]]) -> str:
    return "\n".join(str(row) for row in rows)
