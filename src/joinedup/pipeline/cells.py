"""A cell of a measure before the disclosure gate: where, when and of whom, the counts behind it, and its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir

from joinedup.methods.figures import Counts, evaluate
from joinedup.methods.intervals import UNDEFINED
from joinedup.rules.foundation.definition import MeasureDefinition, MeasureLibrary, Statistic
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.period import Period
from joinedup.store.engine import Engine
from joinedup.store.place import Area

#: Two people make up more than 90% of a total only if squares reach this share of the squared total (2 x 0.45²).
_DOMINANT: Final = 0.405


@dataclass(frozen=True, slots=True)
class Material:
    """What measures are made of: an engine, canonical tables by lower-case name, definitions, areas and the period."""

    engine: Engine
    tables: Mapping[str, ir.Table]
    library: MeasureLibrary
    areas: Sequence[Area]
    span: Period


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure to be.

    Attributes:
        status: ok, not_reported or incomplete; cells that are not ok get no value.
        persons: people behind the numerator; None where it is not about people.
        strict, loose: numerator and denominator when only sure links count, and when doubtful ones count too.
    """

    area_type: str
    area_code: str
    period: Period
    dimension: str
    category: str
    counts: Counts
    status: str = "ok"
    persons: int | None = None
    strict: tuple[float, float | None] | None = None
    loose: tuple[float, float | None] | None = None
    area_name: str | None = None


def row(definition: MeasureDefinition, cell: Cell, names: Mapping[tuple[str, str], str]) -> dict[str, object]:
    """The cell as a row of MEASURE_VALUE.

    A cost of which two people may make up more than 90% is given two persons, so that the cost policy hides it.

    Args:
        definition: the measure.
        cell: its counts.
        names: area names by kind and code; a cell may bring its own.
    """
    counts = cell.counts
    estimate = evaluate(definition, counts) if cell.status == "ok" else UNDEFINED
    status = "not_evaluable" if cell.status == "ok" and estimate.value is None else cell.status
    name = names.get((cell.area_type, cell.area_code)) or cell.area_name or cell.area_code
    return {
        "measure": definition.id,
        "area_type": cell.area_type,
        "area_code": cell.area_code,
        "area_name": name,
        "period_start": cell.period.start,
        "period_end": cell.period.end,
        "dimension": cell.dimension,
        "category": cell.category,
        "numerator": None if cell.status == "not_reported" else counts.numerator,
        "denominator": counts.denominator,
        "value": estimate.value,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "status": status,
        "persons": _persons(definition, cell),
        "expected": counts.expected,
        "strict": _variant(definition, estimate.value, counts, cell.strict),
        "loose": _variant(definition, estimate.value, counts, cell.loose),
    }


def _persons(definition: MeasureDefinition, cell: Cell) -> int | None:
    total, squares = cell.counts.numerator, cell.counts.squares
    if cell.persons is None or definition.disclosure is not Policy.COST or not total or squares is None:
        return cell.persons
    return min(cell.persons, 2) if squares >= _DOMINANT * total * total else cell.persons


def _variant(
    definition: MeasureDefinition, value: float | None, counts: Counts, other: tuple[float, float | None] | None
) -> float | None:
    """The value with other links: in proportion to how its numerator and denominator change."""
    numerator, denominator = other or (None, None)
    if value is None or numerator is None or definition.statistic is Statistic.PERCENTILE:
        return None
    if not counts.numerator:
        again = evaluate(definition, Counts(numerator, denominator)) if _is_crude(definition) else UNDEFINED
        return again.value
    value *= numerator / counts.numerator
    if counts.denominator is None or denominator is None:
        return value
    return value * counts.denominator / denominator if denominator > 0 else None


def _is_crude(definition: MeasureDefinition) -> bool:
    return definition.standardise.value == "none" and definition.interval.value in {"none", "wilson", "byar"}
