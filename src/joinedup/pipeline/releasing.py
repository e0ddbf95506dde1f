"""Raw measure values through the disclosure gate: published counts first, then figures computed from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joinedup.methods.disclosure import (
    Flags,
    Floats,
    ReleasedColumn,
    derive,
    is_small,
    joined,
    release_costs,
    release_counts,
    secondary,
)
from joinedup.methods.figures import republish
from joinedup.methods.intervals import Estimate
from joinedup.pipeline.publishing import write_cells
from joinedup.rules.foundation.definition import MeasureDefinition, MeasureLibrary, Statistic
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.period import Cadence, Period, period_of
from joinedup.store.place import Area

#: Widest first: the rank orders kinds of area on every page.
AREA_RANKS: Final = {
    "nation": 0, "system": 1, "place": 2, "council": 3, "board": 3, "commissioner": 3, "trust": 4, "neighbourhood": 5,
    "practice": 6, "other": 9,
}  # fmt: skip
#: Denominators that say nothing about people in the records.
_PUBLIC: Final = frozenset({"days", "area_population", "series"})
_PENCE: Final = 100.0
FIGURES: Final = ("numerator", "denominator", "value", "lower", "upper", "strict", "loose")


@dataclass(frozen=True, slots=True)
class Raw:
    """Raw measure values as columns, with what their groups are."""

    table: pa.Table
    columns: Mapping[str, Floats]
    measures: Sequence[str]
    groups: tuple[NDArray[np.int64], NDArray[np.int64]]

    @property
    def size(self) -> int:
        """How many cells."""
        return self.table.num_rows


def release_measures(
    folder: Path, values: pa.Table, library: MeasureLibrary, areas: Sequence[Area]
) -> tuple[Path, int]:
    """Write the published cells of a release.

    Args:
        folder: where to write.
        values: rows of MEASURE_VALUE.
        library: the definitions they follow, which name their disclosure policies.
        areas: the place's areas; parents tell which cells add up to a published total.

    Returns:
        The file, and how many cells were hidden.
    """
    raw = _raw(values, areas)
    parts: dict[str, list[tuple[NDArray[np.int64], ReleasedColumn]]] = {name: [] for name in FIGURES}
    names = np.array(raw.measures, dtype=object)
    for definition in library.measures:
        rows = np.flatnonzero(names == definition.id)
        if rows.size:
            for name, column in _released(definition, raw, rows).items():
                parts[name].append((rows, column))
    figures = {name: joined(found, raw.size) for name, found in parts.items()}
    status = np.array(_items(values, "status"), dtype=str)
    path = write_cells(folder, _keys(values), figures, np.where(status == "ok", "published", status))
    return path, int(figures["numerator"].hidden.sum())


def _raw(values: pa.Table, areas: Sequence[Area]) -> Raw:
    columns = {name: values[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in (*FIGURES, "persons")}
    parents = {(area.kind, area.code): area.parent or "" for area in areas}
    where = list(zip(_items(values, "area_type"), _items(values, "area_code"), strict=True))
    keys = {name: _items(values, name) for name in ("measure", "period_start", "period_end", "dimension", "category")}
    base = list(zip(keys["measure"], keys["period_start"], keys["period_end"], keys["dimension"], strict=True))
    within = [None if key[3] == "all" else (*key, *area) for key, area in zip(base, where, strict=True)]
    across = [
        (*key, category, area[0], parents.get(area, ""))
        for key, category, area in zip(base, keys["category"], where, strict=True)
    ]
    return Raw(values, columns, keys["measure"], (_numbers(within), _numbers(across)))


def _items(values: pa.Table, name: str) -> list[Any]:
    return values[name].to_pylist()


def _numbers(keys: Sequence[object | None]) -> NDArray[np.int64]:
    """Groups as numbers from 0; -1 for cells of no group."""
    seen: dict[object, int] = {}
    return np.array([-1 if key is None else seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)


def _released(definition: MeasureDefinition, raw: Raw, rows: NDArray[np.int64]) -> dict[str, ReleasedColumn]:
    picked = {name: column[rows] for name, column in raw.columns.items()}
    numerator = _numerator(definition, picked, [group[rows] for group in raw.groups])
    public = definition.denominator is None or definition.denominator.function in _PUBLIC
    policy = Policy.EXACT if public else _of_people(definition.disclosure)
    denominator = release_counts(policy, picked["denominator"], np.full(rows.size, np.nan))
    again = _estimates(definition, picked, numerator, denominator)
    behind = (numerator, denominator)
    return {
        "numerator": numerator,
        "denominator": derive(denominator.values, *behind),
        "value": derive(again[0], *behind),
        "lower": derive(again[1], *behind),
        "upper": derive(again[2], *behind),
        "strict": derive(_in_step(picked["strict"], picked["value"], again[0]), *behind),
        "loose": derive(_in_step(picked["loose"], picked["value"], again[0]), *behind),
    }


def _of_people(policy: Policy) -> Policy:
    """The policy for a count of people beside a total of money."""
    return Policy.HES if policy is Policy.COST else policy


def _numerator(
    definition: MeasureDefinition, picked: Mapping[str, Floats], groups: Sequence[NDArray[np.int64]]
) -> ReleasedColumn:
    counts, persons, policy = picked["numerator"], picked["persons"], definition.disclosure
    small = is_small(policy, persons) | (is_small(policy, counts) if policy is not Policy.COST else False)
    if policy is Policy.SMALL5 and definition.statistic is Statistic.PROPORTION:
        small = small | is_small(policy, picked["denominator"] - counts)  # 11 of 15 would show the other 4
    hidden = _not_alone(policy, groups, counts, small)
    if policy is Policy.COST:
        released = release_costs(counts * _PENCE, persons, hidden)
        return derive(released.values / _PENCE, released)
    return release_counts(policy, counts, persons, hidden)


def _not_alone(policy: Policy, groups: Sequence[NDArray[np.int64]], counts: Floats, small: Flags) -> Flags:
    """Hide a neighbour of each lone hidden cell, unless rounding already keeps totals from giving it away."""
    if policy in {Policy.HES, Policy.EXACT}:
        return small
    within, across = groups
    hidden = small
    for group in (within, across, within):
        hidden = secondary(_dense(group), np.nan_to_num(counts), hidden)
    return hidden


def _dense(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    found, dense = np.unique(groups, return_inverse=True)
    return dense - 1 if found.size and found[0] < 0 else dense


def _estimates(
    definition: MeasureDefinition,
    picked: Mapping[str, Floats],
    numerator: ReleasedColumn,
    denominator: ReleasedColumn,
) -> tuple[Floats, Floats, Floats]:
    raw = tuple(picked[name] for name in ("value", "lower", "upper"))
    if definition.disclosure is Policy.EXACT:
        return raw[0], raw[1], raw[2]
    cells = zip(*(_optional(column) for column in (*raw, numerator.values, denominator.values)), strict=True)
    again = [republish(definition, Estimate(*cell[:3]), cell[3], cell[4]) for cell in cells]
    columns = [
        np.array([np.nan if end is None else end for end in ends], dtype=np.float64)
        for ends in ([e.value for e in again], [e.lower for e in again], [e.upper for e in again])
    ]
    return columns[0], columns[1], columns[2]


def _optional(column: Floats) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124 - NaN is not itself


def _in_step(variant: Floats, raw: Floats, published: Floats) -> Floats:
    """A value at other links, moved as much as the published value was moved by rounding its counts."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(raw > 0, published / raw, 1.0)
    return variant * scale


def _keys(values: pa.Table) -> dict[str, Any]:
    plain = {name: _items(values, name) for name in values.column_names[:8]}
    last = [day - timedelta(days=1) for day in plain["period_end"]]
    parts = ("measure", "area_code", "period_start", "last", "dimension", "category")
    named = {**plain, "last": last}
    ids = ["/".join(str(part) for part in cell) for cell in zip(*(named[part] for part in parts), strict=True)]
    cadences = _cadences(set(zip(plain["period_start"], plain["period_end"], strict=True)))
    spans = zip(plain["period_start"], plain["period_end"], strict=True)
    return {
        "id": pa.array(ids, pa.string()),
        "measure": values["measure"].combine_chunks(),
        "area_rank": pa.array([AREA_RANKS.get(kind, 8) for kind in plain["area_type"]], pa.int64()),
        "area_type": values["area_type"].combine_chunks(),
        "area_code": values["area_code"].combine_chunks(),
        "area_name": values["area_name"].combine_chunks(),
        "cadence": pa.array([cadences[span] for span in spans], pa.string()),
        "period_start": values["period_start"].combine_chunks(),
        "period_end": pa.array(last, pa.date32()),
        "dimension": values["dimension"].combine_chunks(),
        "category": values["category"].combine_chunks(),
    }


def _cadences(spans: set[tuple[date, date]]) -> dict[tuple[date, date], str]:
    """The cadence of each period; a period of another length is a survey's own and counts as a year."""
    found = {}
    for start, end in spans:
        period = Period(start, end)
        match = (cadence for cadence in Cadence if period_of(start, cadence) == period)
        found[(start, end)] = next(match, Cadence.FINANCIAL_YEAR).value
    return found
