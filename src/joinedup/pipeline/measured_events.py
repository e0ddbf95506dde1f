"""Cells of measures that count events of people, for one cadence: numerators, exposures, strata and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.evidence.measures.calendar import month_number, months_of
from joinedup.evidence.measures.people import REGISTERED_AREAS, RESIDENT_AREAS, TRAITS
from joinedup.methods.figures import Counts, Strata
from joinedup.pipeline.cells import Cell
from joinedup.pipeline.placed import Placed
from joinedup.pipeline.rollups import (
    TRAIT_DIMENSIONS,
    Key,
    Matrix,
    Scheme,
    Totals,
    averages,
    categories,
    histograms,
    of_age,
    roll_up,
    scheme,
    stratify,
)
from joinedup.rules.foundation.definition import (
    AGE_GROUPS,
    EXPOSURES,
    MeasureDefinition,
    MeasureLibrary,
    Operand,
    Standard,
    Statistic,
)
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Cadence, Period, periods_between

#: Lengths of stay are told apart up to this many days.
_LONGEST_DAYS: Final = 730

_NONE: Final = Totals()


@dataclass(frozen=True, slots=True)
class _Table:
    """Totals of one area type and dimension, with what the statistic needs besides."""

    area_type: str
    dimension: str
    numerators: Mapping[Key, Totals]
    denominators: Mapping[Key, Totals]
    events: Matrix
    squares: Matrix
    people: Matrix
    plans: Mapping[str, Scheme]
    lengths: Mapping[Key, Sequence[float]]


def event_cells(
    placed: Placed, library: MeasureLibrary, definition: MeasureDefinition, cadence: Cadence, span: Period
) -> Iterator[Cell]:
    """Every cell of one measure at one cadence.

    Breakdowns by sex, age and deprivation, and practices, are given for financial years only; breakdowns by what an
    event is (setting, payer, reason ...) at each cadence.

    Raises:
        DefinitionError: the denominator is not one that this numerator can have, or a standard population is missing.
    """
    yield from _Measured(placed, library, definition, cadence, span).cells()


class _Measured:
    def __init__(
        self, placed: Placed, library: MeasureLibrary, definition: MeasureDefinition, cadence: Cadence, span: Period
    ) -> None:
        self._placed, self._library, self._definition, self._cadence = placed, library, definition, cadence
        self._periods = {
            month_number(period.start): period for period in periods_between(span, cadence) if definition.covers(period)
        }
        self._span = span
        self._reference: float | None = None

    def cells(self) -> Iterator[Cell]:
        if not self._periods:
            return
        statuses = self._statuses()
        if self._definition.numerator.function == "symptoms" and set(statuses.values()) == {"not_reported"}:
            return  # nothing in the place could show this symptom
        for area_type in self._definition.areas:
            is_yearly = self._cadence is Cadence.FINANCIAL_YEAR
            if area_type in REGISTERED_AREAS and not is_yearly:
                continue
            for dimension in ("all", *self._definition.dimensions):
                is_trait = dimension in TRAIT_DIMENSIONS
                if dimension == "all" or (area_type in RESIDENT_AREAS and (is_yearly or not is_trait)):
                    yield from self._dimension(area_type, dimension, statuses)

    def _dimension(self, area_type: str, dimension: str, statuses: Mapping[int, str]) -> Iterator[Cell]:
        table = self._table(area_type, dimension)
        kinds = categories(table.numerators) if self._is_event_kind(dimension) else ()
        for key in sorted(table.denominators):
            code, period, category = key
            if period not in self._periods:
                continue
            for kind in kinds or (category,):
                yield self._cell(table, (code, period, kind), key, statuses[period])

    def _cell(self, table: _Table, key: Key, of: Key, status: str) -> Cell:
        found, base = table.numerators.get(key, _NONE), table.denominators[of]
        period = self._periods[key[1]]
        has_denominator = self._definition.denominator is not None
        denominator = base.quantity * (period.days if self._definition.is_daily else 1) if has_denominator else None
        is_events = has_denominator and not self._is_exposure
        is_cost = self._definition.numerator.function == "costs"
        size = 0.01 if is_cost else 1.0
        has_variants = not (is_cost and self._is_event_kind(table.dimension))
        counts = Counts(
            numerator=found.quantity * size,
            denominator=denominator,
            squares=found.squares * size * size,
            expected=found.expected if self._definition.standardise is Standard.INDIRECT else None,
            reference=self._reference,
            strata=self._strata(table, key),
            histogram=table.lengths.get(key),
        )
        return Cell(
            table.area_type,
            key[0],
            period,
            table.dimension,
            key[2],
            counts,
            status,
            found.persons,
            (found.strict * size, base.strict if is_events else denominator) if has_variants else None,
            (found.loose * size, base.loose if is_events else denominator) if has_variants else None,
        )

    def _strata(self, table: _Table, key: Key) -> Strata | None:
        if self._definition.standardise is not Standard.ESP2013:
            return None
        plan = table.plans.get(key[2], table.plans[""])
        none = np.zeros(plan.size)
        events, squares, people = (matrix.get(key, none) for matrix in (table.events, table.squares, table.people))
        return Strata(events, people, plan.weight_array(), np.maximum(squares, events))

    # -- what a dimension's cells are made of

    def _table(self, area_type: str, dimension: str) -> _Table:
        definition = self._definition
        cube = self._cube(definition.numerator, area_type, dimension)
        numerators = roll_up(cube, area_type, dimension)
        plans = self._plans(dimension)
        events: Matrix = {}
        squares: Matrix = {}
        people: Matrix = {}
        if plans:
            events, squares = (stratify(cube, area_type, dimension, plans, name) for name in ("quantity", "squares"))
            people = self._stratified_people(area_type, dimension, plans)
        lengths: Mapping[Key, Sequence[float]] = {}
        if definition.statistic is Statistic.PERCENTILE:
            longer = self._placed.cube(definition.numerator, self._cadence, (area_type, "length_days"))
            lengths = histograms(longer, area_type, "length_days", _LONGEST_DAYS)
        return _Table(
            area_type,
            dimension,
            numerators,
            self._denominators(area_type, dimension, numerators),
            events,
            squares,
            people,
            plans,
            lengths,
        )

    def _stratified_people(self, area_type: str, dimension: str, plans: Mapping[str, Scheme]) -> Matrix:
        operand = self._definition.denominator
        if operand is None:
            return {}
        key = ("strata", *_of_whom(operand), self._cadence, area_type, dimension, self._definition.strata)
        exposure = self._exposure(operand, area_type)
        return self._placed.remember(key, lambda: stratify(exposure, area_type, dimension, plans, "quantity"))

    def _denominators(self, area_type: str, dimension: str, numerators: Mapping[Key, Totals]) -> Mapping[Key, Totals]:
        denominator = self._definition.denominator
        base = "all" if self._is_event_kind(dimension) else dimension
        if denominator is None or denominator.function == "days":
            cells = self._people_of(Operand("residents", ""), area_type, base)
            return {key: Totals(quantity=self._days(key[1])) for key in cells}
        if self._is_exposure:
            return self._people_of(denominator, area_type, base)
        rolled = roll_up(self._cube(denominator, area_type, base), area_type, base)
        self._set_reference(denominator)
        return rolled if numerators or rolled else {}

    def _people_of(self, operand: Operand, area_type: str, dimension: str) -> Mapping[Key, Totals]:
        key = ("totals", *_of_whom(operand), self._cadence, area_type, dimension)
        return self._placed.remember(key, lambda: roll_up(self._exposure(operand, area_type), area_type, dimension))

    def _set_reference(self, denominator: Operand) -> None:
        """The value of everybody the measure counts, over every period: what an indirect ratio is relative to."""
        if self._definition.standardise is Standard.INDIRECT and self._reference is None:
            observed = self._cube(self._definition.numerator, RESIDENT_AREAS[0], "all")["quantity"].to_numpy().sum()
            cases = self._cube(denominator, RESIDENT_AREAS[0], "all")["quantity"].to_numpy().sum()
            self._reference = float(observed) / float(cases) * self._definition.per if cases else None

    def _cube(self, operand: Operand, area_type: str, dimension: str) -> pa.Table:
        """One fetched cube serves every resident area type and breakdown by traits of a measure and cadence."""
        is_registered = area_type in REGISTERED_AREAS
        areas = REGISTERED_AREAS if is_registered else RESIDENT_AREAS
        if self._is_event_kind(dimension):
            return self._placed.cube(operand, self._cadence, (*areas, dimension))
        return self._placed.cube(operand, self._cadence, (*areas, *self._traits(is_registered)))

    def _traits(self, is_registered: bool) -> tuple[str, ...]:
        wanted = set()
        if self._definition.standardise is Standard.ESP2013:
            wanted |= {"band"} | ({"sex"} if "sex" in self._definition.strata else set())
        if self._cadence is Cadence.FINANCIAL_YEAR and not is_registered:
            wanted |= {TRAIT_DIMENSIONS[name] for name in self._definition.dimensions if name in TRAIT_DIMENSIONS}
        return tuple(name for name in TRAITS if name in wanted)

    def _exposure(self, operand: Operand, area_type: str) -> pa.Table:
        """Average people of some ages and sexes, in the finest cells."""
        if operand.function not in {"residents", "registered"}:
            raise DefinitionError(f"measure {self._definition.id!r} needs residents or registered people to divide by")
        is_registered = area_type in REGISTERED_AREAS
        columns = (*REGISTERED_AREAS, "sex", "band") if is_registered else (*RESIDENT_AREAS, *TRAITS)

        def made() -> pa.Table:
            people = self._placed.people(operand.function == "registered", columns)
            whole = (month_number(period.start) for period in periods_between(self._span, self._cadence))
            low, high = _ages(operand)
            return of_age(averages(people, self._cadence, tuple(whole)), low, high, operand.values("sex"))

        return self._placed.remember(("people", *_of_whom(operand), self._cadence, is_registered), made)

    def _plans(self, dimension: str) -> dict[str, Scheme]:
        definition = self._definition
        if definition.standardise is not Standard.ESP2013 or definition.denominator is None:
            return {}
        standard = self._library.populations.get(definition.standardise.value)
        if standard is None:
            raise DefinitionError(f"measure {definition.id!r} needs the standard population {definition.standardise}")
        low, high = _ages(definition.denominator)
        by_sex = "sex" in definition.strata and dimension != "sex"
        plans = {"": scheme(standard, low, high, by_sex)}
        if dimension == "age":
            ends = [first - 1 for first, _ in AGE_GROUPS[1:]]
            for (first, label), last in zip(AGE_GROUPS, [*ends, None], strict=True):
                top = last if high is None else high if last is None else min(high, last)
                if max(first, low) <= (top if top is not None else max(first, low)):
                    plans[label] = scheme(standard, max(first, low), top, by_sex)
        return plans

    # -- what the definition and the sources say

    @property
    def _is_exposure(self) -> bool:
        denominator = self._definition.denominator
        return denominator is not None and denominator.function in EXPOSURES

    def _is_event_kind(self, dimension: str) -> bool:
        return dimension != "all" and dimension not in TRAIT_DIMENSIONS

    def _days(self, month: int) -> float:
        return float(self._periods[month].days) if month in self._periods else 1.0

    def _statuses(self) -> dict[int, str]:
        """Which periods were reported: all, some or none of the months that the numerator looks at."""
        reported = self._placed.reported(self._definition.numerator)
        wanted = {int(month) for month in self._definition.numerator.values("months")} or set(range(1, 13))
        statuses = {}
        for start in self._periods:
            months = [m for m in range(start, start + months_of(self._cadence)) if m % 12 + 1 in wanted]
            known = sum(month in reported for month in months)
            statuses[start] = "ok" if known == len(months) else "incomplete" if known else "not_reported"
        return statuses


def _of_whom(operand: Operand) -> tuple[object, ...]:
    return operand.function, *_ages(operand), operand.values("sex")


def _ages(operand: Operand) -> tuple[int, int | None]:
    return int(operand.filters.get("age_min", 0)), operand.filters.get("age_max")
