"""Every measure of a place, raw: from canonical tables and definitions to rows of measure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from joinedup.evidence import tables as canonical
from joinedup.pipeline.cells import Cell, Material, row
from joinedup.pipeline.measured_events import event_cells
from joinedup.pipeline.measured_statistics import series_cells, survey_cells
from joinedup.pipeline.objections import EVERY_OBJECTION, Objections, operands
from joinedup.pipeline.placed import Placed
from joinedup.rules.foundation.definition import MeasureDefinition, MeasureLibrary
from joinedup.rules.foundation.flow import OptOut
from joinedup.rules.foundation.period import Period
from joinedup.store.engine import Engine
from joinedup.store.place import Area

_SURVEYS = frozenset({"survey_answers", "survey_scores"})


def compute(
    engine: Engine,
    tables: Mapping[str, ir.Table],
    library: MeasureLibrary,
    areas: Sequence[Area],
    span: Period,
    *,
    objections: Objections = EVERY_OBJECTION,
) -> pa.Table:
    """Compute every measure that the tables allow, before the disclosure gate.

    Residents and registered people are averages of the counts on the first days of the months of a period. People whose
    objection reaches any source that a measure reads are in neither its numerator nor its denominator. Values at the
    strict and the loose threshold let the numerator change and, where the denominator counts events too, the
    denominator.

    Args:
        engine: runs the evidence functions; only sums over cells are fetched, never rows about people.
        tables: canonical tables by lower-case name; a measure whose tables are absent is left out.
        library: definitions with the lists and populations they name.
        areas: names of areas, and the parents that survey answers roll up to.
        span: the place's period; a period cut by either end is not reported.
        objections: which objections each measure respects; by default every one.

    Returns:
        Rows of MEASURE_VALUE in the order of the definitions, then by area, period, dimension and category.

    Raises:
        DefinitionError: a definition asks for something that cannot be counted, or its counts cannot be.
    """
    names = {(area.kind, area.code): area.name for area in areas}
    rows: dict[str, list[dict[str, object]]] = {}
    respected = {item.id: objections.respected_by(operands(item)) for item in library.measures}
    for kind in OptOut:  # one population after the other, so that only one is held in memory
        material = Material(engine, counted_tables(tables, objections, kind), library, areas, span)
        placed = Placed(material)
        for definition in library.measures:
            if respected[definition.id] is kind and all(placed.can_count(each) for each in operands(definition)):
                cells = sorted(_cells(material, placed, definition), key=_order)
                rows[definition.id] = [row(definition, cell, names) for cell in cells]
                placed.release()
    ordered = [each for definition in library.measures for each in rows.get(definition.id, ())]
    return pa.Table.from_pylist(ordered, schema=ibis.schema(canonical.MEASURE_VALUE).to_pyarrow())


def counted_tables(tables: Mapping[str, ir.Table], objections: Objections, respected: OptOut) -> dict[str, ir.Table]:
    """The same tables with the people whom a measure may count as population."""
    people = {"population": objections.counted(tables["population"], respected)} if "population" in tables else {}
    return {**tables, **people}


def _order(cell: Cell) -> tuple[str, str, date, date, str, str]:
    return cell.area_type, cell.area_code, cell.period.start, cell.period.end, cell.dimension, cell.category


def _cells(material: Material, placed: Placed, definition: MeasureDefinition) -> Iterator[Cell]:
    if definition.numerator.function == "series":
        yield from series_cells(material, definition)
    elif definition.numerator.function in _SURVEYS:
        yield from survey_cells(material, definition)
    else:
        for cadence in definition.cadences:
            yield from event_cells(placed, material.library, definition, cadence, material.span)
