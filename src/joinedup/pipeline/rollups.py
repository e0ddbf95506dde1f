"""Small cubes rolled up to areas and categories: the step between what an engine counted and a measure's cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.evidence.measures.calendar import months_of, period_start
from joinedup.rules.foundation.definition import AGE_EDGES, AGE_GROUPS, StandardPopulation
from joinedup.rules.foundation.period import Cadence

#: Area code, numbered month in which the period begins, category ("all" for the total).
Key = tuple[str, int, str]

#: Breakdowns by what a person is, and the cube column each one reads.
TRAIT_DIMENSIONS: Final = {"sex": "sex", "age": "band", "deprivation": "quintile"}

_ADDITIVE: Final = ("quantity", "squares", "persons", "strict", "loose", "expected")
#: Averages are kept to the nearest of so many parts of one: sums of them are exact and do not depend on row order.
_STEPS: Final = 2.0**24


@dataclass(slots=True)
class Totals:
    """Sums of one cell; squares and persons as the cube defines them."""

    quantity: float = 0.0
    squares: float = 0.0
    persons: int = 0
    strict: float = 0.0
    loose: float = 0.0
    expected: float = 0.0


def roll_up(cube: pa.Table, area: str, dimension: str = "all") -> dict[Key, Totals]:
    """Totals of each area, period and category.

    Args:
        cube: a fetched cube.
        area: the area column; rows without that area are left out.
        dimension: all, sex, age, deprivation, or a column of the cube; people of unknown category are left out.
    """
    present = [name for name in _ADDITIVE if name in cube.column_names]
    by = [area, "period"] if dimension == "all" else [area, "period", TRAIT_DIMENSIONS.get(dimension, dimension)]
    fine = cube.group_by(by).aggregate([(name, "sum") for name in present])
    table = categorised(fine, dimension)
    if dimension == "age":
        again = table.group_by([area, "period", "category"]).aggregate([(f"{name}_sum", "sum") for name in present])
        table = again.rename_columns({f"{name}_sum_sum": f"{name}_sum" for name in present})
    columns = [table[f"{name}_sum"].to_pylist() for name in present]
    keys = zip(*(table[name].to_pylist() for name in (area, "period", "category")), strict=True)
    return {
        key: Totals(**dict(zip(present, values, strict=True)))
        for key, values in zip(keys, zip(*columns, strict=True), strict=True)
        if key[0]
    }


def categorised(table: pa.Table, dimension: str) -> pa.Table:
    """A table with each row's category of a dimension; rows of unknown category are left out."""
    if dimension == "all":
        labels = np.full(table.num_rows, "all", dtype=object)
    elif dimension == "age":
        labels = _age_groups(table["band"].to_numpy())
    else:
        labels = table[TRAIT_DIMENSIONS.get(dimension, dimension)].to_numpy().astype(object)
    if dimension == "deprivation":
        labels = np.array([str(fifth) if fifth else "" for fifth in labels], dtype=object)
    named = table.append_column("category", pa.array(labels, pa.string()))
    return named if dimension == "all" else named.filter(pc.field("category") != "")


def _age_groups(bands: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    starts = np.array([first for first, _ in AGE_GROUPS])
    names = np.array(["", *(label for _, label in AGE_GROUPS)], dtype=object)
    return names[np.searchsorted(starts, bands, side="right")]


def averages(people: pa.Table, cadence: Cadence, periods: Sequence[int]) -> pa.Table:
    """People on the first days of months, averaged over each whole period.

    Args:
        people: month, people and the columns counted by.
        cadence: length of the periods.
        periods: the numbered months whole periods begin in.

    Returns:
        The same with period and quantity (average people) instead of month and people.
    """
    months, place = np.unique(people["month"].to_numpy(), return_inverse=True)
    starts = np.array([period_start(int(month), cadence) for month in months], dtype=np.int64)[place]
    dated = people.append_column("period", pa.array(starts)).filter(np.isin(starts, np.array(periods)))
    by = [name for name in people.column_names if name not in {"month", "people"}]
    summed = dated.group_by([*by, "period"]).aggregate([("people", "sum")])
    mean = summed["people_sum"].to_numpy() / months_of(cadence)
    return summed.drop_columns(["people_sum"]).append_column("quantity", pa.array(np.round(mean * _STEPS) / _STEPS))


def unpivot(table: pa.Table, kind: str, names: Mapping[str, str]) -> pa.Table:
    """One row a cell and category from one column a category; categories that nobody has are left out.

    Args:
        table: a cube with <column>, <column>_squares and <column>_persons for each category.
        kind: name of the category column to make.
        names: column -> category.
    """
    measures = ("quantity", "squares", "persons")
    sums = {*measures, "strict", "loose"} | {f"{name}{end}" for name in names for end in ("", "_squares", "_persons")}
    cells = table.select([name for name in table.column_names if name not in sums])
    parts = [
        cells.append_column(kind, pa.array([category] * table.num_rows, pa.string()))
        .append_column("quantity", table[name])
        .append_column("squares", table[f"{name}_squares"])
        .append_column("persons", table[f"{name}_persons"])
        for name, category in names.items()
        if any(table[f"{name}_persons"].to_numpy())
    ]
    empty = cells.slice(0, 0).append_column(kind, pa.array([], pa.string()))
    for measure in measures:
        empty = empty.append_column(measure, pa.array([], table[measure].type))
    return pa.concat_tables(parts) if parts else empty


def of_age(cube: pa.Table, low: int, high: int | None, sexes: Sequence[str] = ()) -> pa.Table:
    """The rows of some ages (high included) and sexes; people of unknown age only where every age is asked for."""
    kept = cube
    if low > 0 or high is not None:
        upper = high if high is not None else AGE_EDGES[-1]
        kept = kept.filter((pc.field("band") >= low) & (pc.field("band") <= upper))
    return kept.filter(pc.field("sex").isin(list(sexes))) if sexes else kept


@dataclass(frozen=True, slots=True)
class Scheme:
    """The strata of a standard population that some ages make up, with their weights.

    A band that the ages cut (18 and 19 of 15-19) takes its weight in proportion to its years.
    """

    bands: tuple[int, ...]
    weights: tuple[float, ...]
    sexes: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many strata there are."""
        return len(self.bands) * len(self.sexes)

    def stratum(self, band: int, sex: str) -> int | None:
        """The position of a band's stratum; None outside the scheme."""
        standard = max((start for start in self.bands if start <= band), default=None)
        if standard is None or (sex not in self.sexes and self.sexes != ("",)):
            return None
        at_sex = self.sexes.index(sex) if self.sexes != ("",) else 0
        return at_sex * len(self.bands) + self.bands.index(standard)

    def weight_array(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Weights of all strata in order; each sex carries the whole standard population."""
        return np.tile(np.array(self.weights), len(self.sexes))


def scheme(standard: StandardPopulation, low: int, high: int | None, by_sex: bool) -> Scheme:
    """The strata of a standard population between two ages (high included).

    >>> from joinedup.rules.foundation.definition import StandardPopulation
    >>> scheme(StandardPopulation("two", {0: 10.0, 15: 5.0, 20: 85.0}), 18, None, False).weights
    (2.0, 85.0)
    """
    starts = sorted(standard.weights)
    ends = [*starts[1:], 10**6]
    top = 10**6 if high is None else high + 1
    shares = {}
    for start, end in zip(starts, ends, strict=True):
        inside = max(0, min(end, top) - max(start, low))
        whole = end == 10**6 or inside == end - start
        if inside > 0:
            shares[start] = standard.weights[start] * (1.0 if whole else inside / (end - start))
    return Scheme(tuple(shares), tuple(shares.values()), ("F", "M") if by_sex else ("",))


Matrix = dict[Key, np.ndarray[tuple[int], np.dtype[np.float64]]]


def stratify(cube: pa.Table, area: str, dimension: str, plans: Mapping[str, Scheme], measure: str) -> Matrix:
    """One column of a cube by stratum, for each area, period and category.

    Args:
        cube: a cube with band (and sex where the scheme tells sexes apart).
        area: the area column.
        dimension: as in `roll_up`.
        plans: the scheme of each category; "" is for every other.
        measure: the column to sum.
    """
    kind = TRAIT_DIMENSIONS.get(dimension, dimension)
    by = list(dict.fromkeys([area, "period", "band", *(["sex"] if "sex" in cube.column_names else [])]))
    by += [] if dimension == "all" or kind in by else [kind]
    table = categorised(cube.group_by(by).aggregate([(measure, "sum")]), dimension)
    if "sex" not in table.column_names:
        table = table.append_column("sex", pa.array([""] * table.num_rows, pa.string()))
    names = [area, "period", "category", "band", "sex", f"{measure}_sum"]
    result: Matrix = {}
    places: dict[tuple[str, int, str], int | None] = {}
    for code, period, category, band, sex, value in zip(*(table[name].to_pylist() for name in names), strict=True):
        if not code:
            continue
        plan = plans.get(category, plans[""])
        place = (category, band, sex)
        if place not in places:
            places[place] = plan.stratum(band, sex)
        at = places[place]
        if at is not None:
            cell = result.setdefault((code, period, category), np.zeros(plan.size))
            cell[at] += value
    return result


def histograms(cube: pa.Table, area: str, column: str, longest: int) -> dict[Key, list[float]]:
    """Cases by a whole quantity 0, 1, 2 ... for each area and period; longer ones count as the longest."""
    table = cube.filter((pc.field(area) != "") & pc.field(column).is_valid())
    summed = table.group_by([area, "period", column]).aggregate([("quantity", "sum")])
    result: dict[Key, list[float]] = {}
    rows = zip(*(summed[name].to_pylist() for name in (area, "period", column, "quantity_sum")), strict=True)
    for code, period, size, count in rows:
        result.setdefault((code, period, "all"), [0.0] * (longest + 1))[min(max(size, 0), longest)] += count
    return result


def categories(cells: Iterable[Key]) -> tuple[str, ...]:
    """Every category that occurs, sorted."""
    return tuple(sorted({category for _, _, category in cells}))
