"""Reading the raw figures of a release by area: cells of measures and published series, before disclosure control."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from joinedup.rules.foundation.definition import MeasureDefinition
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.period import Cadence
from joinedup.store.library import load_library
from joinedup.store.objects import Objects
from joinedup.store.place import Area, Place, load_place
from joinedup.store.release import Manifest, current_release, read_manifest
from joinedup.store.template import DEFINITIONS

_MEASURES: Final = "facts/measure_value"
_SERIES: Final = "facts/series_value"
#: Days of a period of each cadence.
_DAYS: Final = {Cadence.MONTH: (28, 31), Cadence.QUARTER: (89, 92), Cadence.FINANCIAL_YEAR: (365, 366)}
_CELL: Final = ["area_code", "period_start", "period_end"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cells are wanted.

    Attributes:
        name: id of a measure; or source and series joined by "/".
        dimension, category: "all" for the whole.
    """

    name: str
    area_type: str
    cadence: Cadence
    dimension: str = "all"
    category: str = "all"


class AreaFacts:
    """The raw figures of a place's current release.

    Args:
        place: the place's folder.

    Raises:
        ReleaseError: nothing was built yet.
    """

    def __init__(self, place: Path) -> None:
        self.place: Place = load_place(place)
        self.manifest: Manifest = read_manifest(place, current_release(place))

    @property
    def release(self) -> str:
        """The release that is read."""
        return self.manifest.release

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The areas of the place with their dates and successors."""
        return self.place.areas()

    @cached_property
    def sha256(self) -> str:
        """A hash of every raw figure by area and of the areas; files are named by their content."""
        names = [name for table in (_MEASURES, _SERIES) for name in self.manifest.objects.get(table, ())]
        return hashlib.sha256("\n".join([*sorted(names), repr(self.areas)]).encode()).hexdigest()

    def definition(self, measure: str) -> MeasureDefinition:
        """The definition of a measure.

        Raises:
            UsageError: the place has no such measure.
        """
        known = self._known
        if measure not in known or measure not in self.manifest.definitions:
            names = ", ".join(sorted(set(known) & set(self.manifest.definitions)))
            raise UsageError(f"release {self.release} has no measure {measure!r}; it has: {names}")
        return known[measure]

    @cached_property
    def _known(self) -> dict[str, MeasureDefinition]:
        library, _ = load_library([DEFINITIONS, self.place.definitions])
        return {item.id: item for item in library.measures}

    def version(self, measure: str) -> str:
        """The version of a measure's definition that the release was built with."""
        return self.manifest.definitions.get(measure, "")

    def cells(self, asked: Asked, columns: Sequence[str], before: date | None = None) -> pa.Table:
        """Cells of a measure; only those whose period starts before a day, where one is given.

        Args:
            columns: of numerator, denominator, value and status; what is not asked for is not read.

        Returns:
            area_code, period_start, period_end and the columns.
        """
        wanted: Any = (
            (ds.field("measure") == asked.name)
            & (ds.field("area_type") == asked.area_type)
            & (ds.field("dimension") == asked.dimension)
            & (ds.field("category") == asked.category)
        )
        if before is not None:
            wanted = wanted & (ds.field("period_start") < before)
        return _of_cadence(self._read(_MEASURES, [*_CELL, *columns], wanted), asked.cadence)

    def series(self, asked: Asked, before: date | None = None) -> pa.Table:
        """The newest vintage of a published series; see `cells`.

        Returns:
            area_code, period_start, period_end, value and unit.
        """
        source, _, name = asked.name.partition("/")
        wanted: Any = (
            (ds.field("source") == source) & (ds.field("series") == name) & (ds.field("area_type") == asked.area_type)
            & (ds.field("dimension") == asked.dimension) & (ds.field("category") == asked.category)
        )  # fmt: skip
        if before is not None:
            wanted = wanted & (ds.field("period_start") < before)
        order = ["received", "file", "record_number"]
        rows = self._read(_SERIES, [*_CELL, "value", "unit", *order], wanted)
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in sorted(rows.to_pylist(), key=lambda item: tuple(item[name] for name in order)):
            newest[row["area_code"], row["period_start"], row["period_end"]] = row
        made = pa.Table.from_pylist(list(newest.values()), schema=rows.schema).drop_columns(order)
        return _of_cadence(made, asked.cadence)

    def _read(self, table: str, columns: Sequence[str], wanted: Any) -> pa.Table:
        names = self.manifest.objects.get(table, ())
        if not names:
            raise UsageError(f"release {self.release} holds no {table.partition('/')[2]}; build the place again")
        paths = [str(path) for path in Objects(self.place.objects).paths(names)]
        return ds.dataset(paths, format="parquet").to_table(columns=list(dict.fromkeys(columns)), filter=wanted)


def _of_cadence(rows: pa.Table, cadence: Cadence) -> pa.Table:
    least, most = _DAYS[cadence]
    starts, ends = (np.array(rows.column(name), "datetime64[D]") for name in ("period_start", "period_end"))
    days = (ends - starts).astype(np.int64)
    return rows.filter(pa.array((days >= least) & (days <= most)))
