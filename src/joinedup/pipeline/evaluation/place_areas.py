"""Areas of a place as the table of a protocol: one row for each area and period, mergers followed, gaps named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from joinedup.pipeline.evaluation.panel import panel_parts
from joinedup.rules.foundation.definition import MeasureDefinition, Statistic
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.foundation.period import Cadence
from joinedup.rules.foundation.succession import units_of
from joinedup.rules.programme.protocol import OutcomeKind, Protocol, Wave
from joinedup.rules.programme.protocol_place import PlaceAreas
from joinedup.store.area_facts import AreaFacts, Asked
from joinedup.store.evaluation_tables import Before, Table
from joinedup.store.protocols import ProtocolFile

_CADENCES: Final = {"month": Cadence.MONTH, "quarter": Cadence.QUARTER, "year": Cadence.FINANCIAL_YEAR}
_ADDED: Final = {Statistic.COUNT, Statistic.RATE, Statistic.PROPORTION, Statistic.MEAN}
_PARTS: Final = ("value", "numerator", "denominator", "rate")
AREA, PERIOD, GROUP, OVERLAP, SITE = "area", "period", "group", "overlap", "site"
#: A rate asked for as `measure:rate` is for so many people.
PEOPLE: Final = 100_000

_Key = tuple[str, date]


@contextmanager
def open_areas(file: ProtocolFile, place: Path) -> Iterator[Table]:
    """The areas that a protocol asks a place for.

    Raises:
        ReleaseError: the place was not built yet.
        UsageError: it has no such measure or series.
    """
    yield AreaTable(file.protocol, place)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures: a measure or series, one category of it, and which part of a cell.

    Written `measure`, `measure:part`, `measure/dimension/category` or `measure/dimension/category:part`; a series as
    `source/series`.
    """

    name: str
    dimension: str = "all"
    category: str = "all"
    part: str = "value"

    @classmethod
    def of(cls, written: str, is_series: bool) -> Column:
        """Read a column's name.

        Raises:
            UsageError: it is no such name.

        >>> Column.of("delayed_days/reason/I:rate", False)
        Column(name='delayed_days', dimension='reason', category='I', part='rate')
        """
        if is_series:
            return cls(written)
        whole, _, part = written.partition(":")
        pieces = whole.split("/")
        if len(pieces) not in {1, 3} or (part or "value") not in _PARTS:
            raise UsageError(
                f"{written!r} names no figure of a place; write measure, measure:numerator, measure:rate or "
                "measure/dimension/category"
            )
        dimension, category = pieces[1:] or ("all", "all")
        return cls(pieces[0], dimension, category, part or "value")


class AreaTable:
    """One row for each area and period of a measure or series of a place's current release.

    Areas that merged are one unit throughout, under the code of the area that followed. Units that lack a figure of
    the primary outcome in any period are left out and named; whether a figure is there is all that is read for that.

    Args:
        protocol: of areas of a place.
        place: folder.
    """

    def __init__(self, protocol: Protocol, place: Path) -> None:
        if not isinstance(protocol.place, PlaceAreas):
            raise UsageError(f"{protocol.title!r} asks for no areas of a place")
        self.asked, self.facts = protocol.place, AreaFacts(place)
        self._primary = panel_parts(protocol)[0].outcome
        self._cadence = _CADENCES[self.asked.cadence]

    @property
    def name(self) -> str:
        """The measure or series by the release."""
        return f"{self.asked.measure or self.asked.series} of release {self.facts.release}"

    @property
    def sha256(self) -> str:
        """A hash of every raw figure by area of the release, and of the areas."""
        return self.facts.sha256

    @property
    def policy(self) -> Policy:
        """How figures of the outcome are protected."""
        if self.asked.series:
            source = self.facts.place.sources.get(self.asked.series.partition("/")[0])
            return source.disclosure if source else Policy.HES
        return self._definition.disclosure

    def column(self, name: str) -> Column:
        """The figure that a name stands for: as the protocol says, or as it is written.

        Raises:
            UsageError: it names no figure of a place.
        """
        return Column.of(self.asked.columns.get(name, name), bool(self.asked.series))

    def numerator(self, name: str) -> str:
        """The name of the figure that counts the cases of another."""
        return self.asked.columns.get(name, name).partition(":")[0] + ":numerator"

    @property
    def per(self) -> float:
        """How many people a rate of the outcome is of; 1 for counts, series and parts."""
        column = self.column(self._primary)
        if column.part == "rate":
            return float(PEOPLE)
        return float(self._definition.per) if column.part == "value" and not self.asked.series else 1.0

    @property
    def is_of_counts(self) -> bool:
        """Whether the outcome is counted from cases, so that few cases must be protected."""
        return not self.asked.series and self._definition.statistic in _ADDED

    @cached_property
    def _definition(self) -> MeasureDefinition:
        return self.facts.definition(self.column(self._primary).name)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Place, release, versions of the measures read, and what the outcome is."""
        asked = self.asked
        told: dict[str, Any] = {
            "id": asked.columns.get(self._primary, self._primary), "area_type": asked.area_type,
            "cadence": asked.cadence, "part": asked.part,
        }  # fmt: skip
        if asked.series:
            label = asked.series.partition("/")[2].replace("_", " ")
            told |= {"label": label[:1].upper() + label[1:], "unit": self._unit, "source": self.facts.place.id}
        else:
            d = self._definition
            told |= {"label": d.label, "unit": d.unit, "polarity": str(d.polarity), "source": d.source}
        named = () if asked.series else asked.columns.values()
        names = {name.partition("/")[0].partition(":")[0] for name in (asked.measure, asked.people, *named) if name}
        return {
            "place": self.facts.place.id, "release": self.facts.release,
            "definitions": {name: self.facts.version(name) for name in sorted(names)}, "measure": told,
        }  # fmt: skip

    @cached_property
    def _unit(self) -> str:
        rows = self.facts.series(Asked(self.asked.series, self.asked.area_type, self._cadence))
        units = {unit for unit in rows.column("unit").to_pylist() if unit}
        return units.pop() if len(units) == 1 else ""

    @cached_property
    def units(self) -> dict[str, str]:
        """Every area code and the unit it is counted in."""
        known: dict[str, str | None] = {
            area.code: area.successor for area in self.facts.areas if area.kind == self.asked.area_type
        }
        return units_of(known, self.asked.joined)

    def unit(self, code: str) -> str:
        """The unit an area is counted in: itself where it never merged."""
        return self.units.get(code, code)

    @cached_property
    def _held(self) -> tuple[tuple[str, ...], tuple[date, ...], dict[str, int]]:
        """Units with a figure in every period, the periods, and how many each other unit lacks."""
        seen = self._known(self._primary)
        periods = tuple(sorted({period for _, period in seen}))
        if not periods:
            raise NotEvaluable(
                f"{self.name} has no figures by {self.asked.area_type} and {self.asked.cadence} in the period asked for"
            )
        lacking = {
            unit: sum((unit, period) not in seen for period in periods) for unit in sorted({unit for unit, _ in seen})
        }
        whole = tuple(unit for unit, count in lacking.items() if not count)
        return whole, periods, {unit: count for unit, count in lacking.items() if count}

    @property
    def flow(self) -> dict[str, Any]:
        """How areas became units."""
        merged = defaultdict(list)
        for code, unit in self.units.items():
            if code != unit:
                merged[unit].append(code)
        whole, _, lacking = self._held
        return {
            "areas_without_every_period": [f"{unit} ({count} missing)" for unit, count in lacking.items()],
            "merged": [f"{unit}: {', '.join(sorted(codes))}" for unit, codes in merged.items() if unit in whole],
        }

    def resolved(self, protocol: Protocol) -> Protocol:
        """A protocol in the codes of units: waves, exclusions, controls and areas covered in part.

        An area that merged with areas that the protocol does not name with it is left out: what it became is neither
        treated nor not.

        Raises:
            NotEvaluable: a wave has no area left, or one lacks figures.
        """
        data, _ = panel_parts(protocol)
        waves = tuple(replace(wave, units=tuple(dict.fromkeys(map(self.unit, wave.units)))) for wave in protocol.waves)
        half = self._half(protocol)
        kept = [replace(wave, units=tuple(unit for unit in wave.units if unit not in half)) for wave in waves]
        excluded = tuple(dict.fromkeys([*map(self.unit, data.exclude), *sorted(half)]))
        self._check(kept, excluded)
        polarity = data.polarity
        if polarity is None and not self.asked.series:
            polarity = self._definition.polarity
        waves = tuple(replace(w, units=tuple(u for u in w.units if u not in excluded)) for w in kept)
        return replace(
            protocol, waves=tuple(wave for wave in waves if wave.units),
            data=replace(data, exclude=excluded, polarity=polarity, kind=self._kind(data.kind)),
        )  # fmt: skip

    def _kind(self, given: OutcomeKind) -> OutcomeKind:
        """A count where the measure, or the part asked for, is one."""
        column = self.column(self._primary)
        is_count = not self.asked.series and (
            column.part in {"numerator", "denominator"}
            or (column.part == "value" and self._definition.statistic is Statistic.COUNT)
        )
        return OutcomeKind.COUNT if is_count else given

    def _half(self, protocol: Protocol) -> set[str]:
        """Units of which a wave names some areas that existed side by side, and not others."""
        members: dict[str, set[str]] = defaultdict(set)
        for code, unit in self.units.items():
            members[unit].add(code)
        found = set()
        for wave in protocol.waves:
            named = set(wave.units)
            for unit in {self.unit(code) for code in named}:
                is_whole = unit in named or members[unit] - {unit} <= named
                found |= set() if is_whole else {unit}
        return found

    def _check(self, waves: Sequence[Wave], excluded: Sequence[str]) -> None:
        whole, _, lacking = self._held
        for unit in (unit for wave in waves for unit in wave.units if unit not in excluded):
            if unit in lacking:
                raise NotEvaluable(
                    f"area {unit} of a wave lacks {lacking[unit]} periods of {self._primary}; shorten the period asked "
                    "for, or exclude the area in the protocol"
                )
            if unit not in whole:
                raise NotEvaluable(f"{self.name} has no area {unit}, which a wave of the protocol names")

    def require(self, columns: Sequence[str]) -> None:
        """Refuse names of figures that the release does not hold.

        Raises:
            UsageError: names what is missing.
        """
        for written in dict.fromkeys(name for name in columns if name):
            if written not in {AREA, PERIOD, GROUP, OVERLAP, SITE} and not self.asked.series:
                self.facts.definition(self.column(written).name)

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for; with `before` only periods before that day are read from the release."""
        units, periods, _ = self._held
        limit = before[1] if before else None
        if limit is not None and not isinstance(limit, date):
            raise UsageError("periods of a place are days; compare them with a day")
        periods = tuple(period for period in periods if limit is None or period < limit)
        keys = [(unit, period) for unit in units for period in periods]
        made: dict[str, Any] = {}
        for name in dict.fromkeys(column for column in columns if column):
            made[name] = self._column(name, keys, limit)
        return pa.table(made)

    def _column(self, name: str, keys: Sequence[_Key], limit: date | None) -> Any:
        if name == AREA:
            return pa.array([unit for unit, _ in keys])
        if name == PERIOD:
            return pa.array([period for _, period in keys], pa.date32())
        if name == OVERLAP:
            inside = {self.unit(code) for code in self.asked.overlap}
            return pa.array([int(unit in inside) for unit, _ in keys])
        if name in {GROUP, SITE}:
            named = self.asked.groups if name == GROUP else self.asked.sites
            of = {self.unit(code): group for group, codes in named.items() for code in codes}
            return pa.array([of.get(unit, "elsewhere" if name == GROUP else unit) for unit, _ in keys])
        found = self._figures(name, limit)
        return pa.array([found.get(key) for key in keys], pa.float64())

    def _asked(self, column: Column) -> Asked:
        return Asked(column.name, self.asked.area_type, self._cadence, column.dimension, column.category)

    def _known(self, name: str) -> set[_Key]:
        """Units and periods for which a figure was given; no figure is read."""
        column = self.column(name)
        if self.asked.series:
            rows = self.facts.series(self._asked(column)).select(["area_code", "period_start"]).to_pylist()
            return {(self.unit(row["area_code"]), row["period_start"]) for row in rows if self._inside(row)}
        return {key for key, rows in self._rows(column, ["status"], None).items() if _is_whole(rows)}

    def _rows(self, column: Column, wanted: Sequence[str], limit: date | None) -> dict[_Key, list[dict[str, Any]]]:
        """Cells of the areas in each unit."""
        found: dict[_Key, list[dict[str, Any]]] = defaultdict(list)
        for row in self.facts.cells(self._asked(column), wanted, limit).to_pylist():
            if self._inside(row):
                found[self.unit(row["area_code"]), row["period_start"]].append(row)
        return found

    def _figures(self, name: str, limit: date | None) -> dict[_Key, float]:
        column = self.column(name)
        if self.asked.series:
            return self._of_series(column, limit)
        people = self._people(limit) if column.part == "rate" else {}
        cells = self._rows(column, ["numerator", "denominator", "value", "status"], limit)
        found = {}
        for key, rows in cells.items():
            value = self._figure(column, rows, people.get(key)) if _is_whole(rows) else None
            if value is not None:
                found[key] = value
        return found

    def _people(self, limit: date | None) -> dict[_Key, float | None]:
        if not self.asked.people:
            raise UsageError("a rate needs population.people: the measure whose denominator counts people")
        cells = self._rows(Column(self.asked.people), ["denominator"], limit)
        return {key: self._below(self.asked.people, rows) for key, rows in cells.items()}

    def _figure(self, column: Column, rows: Sequence[Mapping[str, Any]], people: float | None) -> float | None:
        """One unit's figure of one period: the cell itself, or put together from those of areas that merged."""
        if column.part == "value" and len(rows) == 1:
            value: float | None = rows[0]["value"]
            return value
        above = _sum([row["numerator"] for row in rows])
        if column.part == "numerator" or above is None:
            return above
        if column.part == "rate":
            return PEOPLE * above / people if people else None
        below = self._below(column.name, rows)
        if column.part == "denominator":
            return below
        return self._merged(self.facts.definition(column.name), above, below)

    def _merged(self, definition: MeasureDefinition, above: float, below: float | None) -> float | None:
        if definition.statistic not in _ADDED:
            raise NotEvaluable(
                f"{definition.id} of areas that merged cannot be put together from its parts; leave those areas out"
            )
        if definition.denominator is None:
            return above
        return definition.per * above / below if below else None

    def _below(self, measure: str, rows: Sequence[Mapping[str, Any]]) -> float | None:
        """Denominators added up; people only of areas that exist at the period's end, or a merger counts them twice."""
        d = self.facts.definition(measure).denominator
        is_stock = d is not None and d.function == "area_population"
        alive = [row for row in rows if self._exists(row)] if is_stock else []
        return _sum([row["denominator"] for row in alive or rows])

    def _exists(self, row: Mapping[str, Any]) -> bool:
        until = self._ends.get(row["area_code"])
        return until is None or until >= row["period_end"]

    @cached_property
    def _ends(self) -> dict[str, date | None]:
        return {area.code: area.valid_to for area in self.facts.areas}

    def _inside(self, row: Mapping[str, Any]) -> bool:
        start, (first, last) = row["period_start"], (self.asked.first, self.asked.last)
        return (first is None or start >= first) and (last is None or start <= last)

    def _of_series(self, column: Column, limit: date | None) -> dict[_Key, float]:
        found: dict[_Key, float] = {}
        for row in self.facts.series(self._asked(column), limit).to_pylist():
            key = (self.unit(row["area_code"]), row["period_start"])
            if not self._inside(row):
                continue
            if key in found:
                raise NotEvaluable(
                    f"{column.name} is given for areas that merged ({key[0]}); figures of a series cannot be put "
                    "together, because it does not say of how many people they are"
                )
            if row["value"] is not None:
                found[key] = float(row["value"])
        return found


def _is_whole(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a unit has a figure: its one cell is whole, or each area that merged in the period reported its part."""
    if len(rows) == 1:
        return bool(rows[0]["status"] == "ok")
    return all(row["status"] in {"ok", "incomplete"} for row in rows)


def _sum(values: Sequence[float | None]) -> float | None:
    """A sum of what is known; unknown where a part is, or where there is none."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
