"""Placed events of each function, made once in a run and kept by the engine, and the cubes fetched from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Final, TypeVar, cast

import ibis.expr.types as ir
import pyarrow as pa

from joinedup.evidence.measures import care, hospital
from joinedup.evidence.measures.calendar import month_number
from joinedup.evidence.measures.cube import cube, reported_months
from joinedup.evidence.measures.filters import keep
from joinedup.evidence.measures.people import (
    RESIDENT_AREAS,
    area_numbers,
    number_areas,
    people,
    person_months,
    place,
)
from joinedup.pipeline.cells import Material
from joinedup.pipeline.rollups import unpivot
from joinedup.rules.foundation.definition import Operand
from joinedup.rules.foundation.period import Cadence, Period, periods_between

#: Below this many events in a typical month, a month without any may just be quiet.
_BUSY: Final = 30

#: Columns that filters alone need, and the mark of tables kept for one measure.
_WIDE: Final = frozenset({"diagnosis", "diagnoses", "specialty", "spell_id", "destination"})
_NARROW: Final = "narrow "

#: Breakdowns of costs by what they are, not by whose they are.
_COST_KINDS: Final = ("setting", "payer")

Made = TypeVar("Made")


class Placed:
    """What one run has placed so far.

    Args:
        material: a measure whose tables are absent cannot be counted.
    """

    def __init__(self, material: Material) -> None:
        self._engine, self._tables, self._span = material.engine, material.tables, material.span
        self._diagnoses = material.library.diagnoses
        self._kept: dict[str, ir.Table] = {}
        self._fetched: dict[tuple[object, ...], pa.Table] = {}
        self._months: dict[tuple[str, ...], dict[int, int]] = {}
        self._remembered: dict[tuple[object, ...], object] = {}

    def can_count(self, operand: Operand) -> bool:
        """Whether the tables that a function reads are there."""
        return all(name in self._tables for name in _NEEDS[operand.function])

    def cube(self, operand: Operand, cadence: Cadence, by: Sequence[str]) -> pa.Table:
        """The cube of an operand's events, fetched."""
        if operand.function == "costs":
            return self._costs(operand, by)
        key = (operand.function, repr(sorted(operand.filters.items())), cadence, tuple(by))
        if key not in self._fetched:
            counted = cube(self._narrow(operand), cadence, self._numbered(by), self._span)
            self._fetched[key] = self._named(self._engine.fetch(counted))
        return self._fetched[key]

    def events(self, operand: Operand) -> ir.Table:
        """The events an operand counts, each placed in an area; readmissions with how likely each one was.

        Of costs it is the query for all years at once; cubes are made a year at a time.
        """

        def made() -> ir.Table:
            return keep(self._events(operand.function), operand, self._diagnoses)

        if operand.function != "readmissions":
            return made()
        return hospital.expected_readmissions(self._keep(f"{_NARROW}index {sorted(operand.filters.items())!r}", made))

    def _narrow(self, operand: Operand) -> ir.Table:
        """An operand's events with the columns cubes need, kept until `release`: each measure makes several cubes."""
        if not operand.filters:
            return self.events(operand)

        def made() -> ir.Table:
            events = self.events(operand)
            return events.select([name for name in events.columns if name not in _WIDE])

        return self._keep(f"{_NARROW}{operand.function} {sorted(operand.filters.items())!r}", made)

    def release(self) -> None:
        """Give back what one measure alone needed."""
        for name in [name for name in self._kept if name.startswith(_NARROW)]:
            del self._kept[name]

    def _costs(self, operand: Operand, by: Sequence[str]) -> pa.Table:
        """Costs of each cell; by setting or payer, one row a category."""
        kind = next((name for name in by if name in _COST_KINDS), None)
        wanted = self._cost_columns()
        names = [name for name, (column, _) in wanted.items() if column == kind]
        areas = [name for name in by if name != kind]
        key = ("costs", repr(sorted(operand.filters.items())), tuple(by))
        if key not in self._fetched:
            years = [keep(self._year_costs(year), operand, self._diagnoses) for year in self._years()]
            cubes = [care.cost_cube(events, self._numbered(areas), names) for events in years]
            found = self._named(pa.concat_tables(self._engine.fetch(each) for each in cubes))
            self._fetched[key] = unpivot(found, kind, {name: wanted[name][1] for name in names}) if kind else found
        return self._fetched[key]

    def _years(self) -> tuple[Period, ...]:
        return tuple(periods_between(self._span, Cadence.FINANCIAL_YEAR))

    def _year_costs(self, year: Period) -> ir.Table:
        """Placed costs of one financial year: a year at a time keeps the groups of people in memory."""

        def made() -> ir.Table:
            facts = self._tables["month_fact"]
            inside = facts.filter((facts.month >= year.start) & (facts.month < year.end))
            spent = care.costs(inside, self._tables["link"], self._cost_columns())
            # placing reads its events twice; sums over millions of facts are kept, not done again
            return place(self._keep(f"spent {year}", lambda: spent), self._people())

        return self._keep(f"costs {year}", made)

    def _cost_columns(self) -> dict[str, tuple[str, str]]:
        """A column for each setting and payer that occurs."""

        def made() -> dict[str, tuple[str, str]]:
            pairs = self._engine.fetch(care.cost_kinds(self._tables["month_fact"])).to_pylist()
            kinds = sorted({(kind, pair[kind] or care.UNKNOWN) for pair in pairs for kind in _COST_KINDS})
            return {f"part_{number}": kind for number, kind in enumerate(kinds)}

        return self.remember(("cost columns",), made)

    def people(self, registered: bool, by: Sequence[str]) -> pa.Table:
        """People on the first day of each month, fetched."""
        key = ("people", registered, tuple(by))
        if key not in self._fetched:
            persons = self._people()
            kept = persons.filter(persons.practice != "") if registered else persons
            first, last = month_number(self._span.start), month_number(self._span.last_day)
            counted = person_months(kept, first, last, self._numbered(by))
            self._fetched[key] = self._named(self._engine.fetch(counted))
        return self._fetched[key]

    def remember(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """What was made for a key before, or is made now: several measures share exposures."""
        if key not in self._remembered:
            self._remembered[key] = make()
        return cast("Made", self._remembered[key])

    def reported(self, operand: Operand) -> frozenset[int]:
        """The months for which an operand's source holds anything.

        Months before the first and after the last are not reported; nor is a month without a single event where a
        typical month has thirty or more. Readmissions need 30 days of records after the month as well.
        """
        function = operand.function
        counts = self._counts(_COVERED_BY.get(function, function), operand.values("symptom"))
        last = month_number(self._span.last_day)
        if function == "readmissions":
            last = month_number(self._span.end - timedelta(days=30)) - 1
        if not counts:
            return frozenset()
        is_busy = median(counts.values()) >= _BUSY
        covered = range(min(counts), min(max(counts), last) + 1)
        return frozenset(month for month in covered if month in counts or not is_busy)

    def _counts(self, source: str, symptom: tuple[str, ...]) -> dict[int, int]:
        """Events of each month inside the span; for symptoms, events that could show one."""
        key = (source, *symptom)
        if key not in self._months:
            rows = self._engine.fetch(self._held_months(source, symptom)).to_pylist()
            first, last = month_number(self._span.start), month_number(self._span.last_day)
            counts = {int(row["month"]): int(row["events"]) for row in rows}
            self._months[key] = {month: n for month, n in counts.items() if first <= month <= last}
        return self._months[key]

    def _held_months(self, source: str, symptom: tuple[str, ...]) -> ir.Table:
        if source == "costs":
            return care.cost_months(self._tables["month_fact"])
        if source == "symptoms":
            return care.symptom_months(self._tables["symptom_month"], symptom)
        return reported_months(self._events(source))

    def _numbered(self, by: Sequence[str]) -> tuple[str, ...]:
        """The columns to count by, with the number of the areas of residence instead of their codes."""
        others = tuple(name for name in by if name not in RESIDENT_AREAS)
        return others if len(others) == len(by) else ("area", *others)

    def _named(self, table: pa.Table) -> pa.Table:
        """A fetched table with codes of areas instead of their number."""
        if "area" not in table.column_names:
            return table
        codes = self.remember(("areas",), lambda: self._engine.fetch(self._area_numbers().order_by("area")))
        place = table["area"].to_numpy()
        named = table.drop_columns(["area"])
        for name in RESIDENT_AREAS:
            named = named.append_column(name, codes[name].take(pa.array(place)))
        return named

    def _area_numbers(self) -> ir.Table:
        return self._keep("areas", lambda: area_numbers(self._everybody()))

    def _everybody(self) -> ir.Table:
        return self._keep("everybody", lambda: people(self._tables["population"]))

    def _people(self) -> ir.Table:
        return self._keep("people", lambda: number_areas(self._everybody(), self._area_numbers()))

    def _stays(self) -> ir.Table:
        return self._keep("stays", lambda: hospital.stays(self._tables["spell"], self._tables["link"]))

    def _events(self, function: str) -> ir.Table:
        """Placed events of a function; those of one table share it."""
        if function == "readmissions":
            return hospital.readmissions(self._events("discharges"))
        if function == "costs":
            spent = care.costs(self._tables["month_fact"], self._tables["link"], self._cost_columns())
            return place(spent, self._people())
        if function == "ready_delay_days":
            return hospital.ready_delay_days(self._events("ready_discharges"))
        return self._keep(function, lambda: place(self._made(function), self._people()))

    def _made(self, function: str) -> ir.Table:
        tables, until = self._tables, self._span.end
        made: Mapping[str, Callable[[], ir.Table]] = {
            "admissions": lambda: hospital.admissions(self._stays()),
            "discharges": lambda: self._keep("left", lambda: hospital.discharges(self._stays())),
            "bed_days": lambda: hospital.bed_days(self._stays(), until),
            "attendances": lambda: hospital.attendances(tables["activity"], tables["link"]),
            "delayed_days": lambda: hospital.delayed_days(tables["delay"], tables["link"], until),
            "ready_discharges": lambda: hospital.ready_discharges(tables["delay"], tables["link"]),
            "care_home_admissions": lambda: care.care_home_admissions(tables["package"], tables["link"]),
            "reablement": lambda: care.reablement(tables["reablement"], tables["link"]),
            "symptoms": lambda: care.symptoms(tables["fragmentation"], tables["link"]),
        }
        return made[function]()

    def _keep(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        if name not in self._kept:
            self._kept[name] = self._engine.cache(make())
        return self._kept[name]


_HOSPITAL: Final = ("population", "link", "spell")
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "residents": ("population",),
    "registered": ("population",),
    "area_population": ("area_population",),
    "days": (),
    "admissions": _HOSPITAL,
    "discharges": _HOSPITAL,
    "readmissions": _HOSPITAL,
    "bed_days": _HOSPITAL,
    "attendances": ("population", "link", "activity"),
    "delayed_days": ("population", "link", "delay"),
    "ready_discharges": ("population", "link", "delay"),
    "ready_delay_days": ("population", "link", "delay"),
    "care_home_admissions": ("population", "link", "package"),
    "reablement": ("population", "link", "reablement"),
    "symptoms": ("population", "link", "fragmentation", "symptom_month"),
    "costs": ("population", "link", "month_fact"),
    "survey_answers": ("survey_answer",),
    "survey_scores": ("survey_answer",),
    "series": ("series_value",),
}

#: Functions whose months are those of another's source.
_COVERED_BY: Final = {"bed_days": "admissions", "readmissions": "discharges", "ready_delay_days": "ready_discharges"}
