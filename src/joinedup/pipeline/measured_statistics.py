"""Cells of measures over published series and surveys: figures that others counted, and answers people gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import pyarrow as pa

from joinedup.evidence.measures import statistics
from joinedup.evidence.measures.filters import keep
from joinedup.methods.figures import Counts
from joinedup.pipeline.cells import Cell, Material
from joinedup.pipeline.rollups import TRAIT_DIMENSIONS, categorised
from joinedup.rules.foundation.definition import MeasureDefinition, Operand
from joinedup.rules.foundation.period import Cadence, Period, add_months, period_of
from joinedup.store.place import Area

#: Rows of this kind count towards a total and are no area of their own.
_OTHER: Final = "other"

#: area type, code, period, dimension, category
_Key = tuple[str, str, Period, str, str]


def series_cells(material: Material, definition: MeasureDefinition) -> Iterator[Cell]:
    """Cells of a measure over published series.

    The newest vintage counts. Longer periods are sums of their months and only complete when every month of the area
    is there; a month without a value is not reported. `total = "<code>"` in the numerator adds a nation that is the
    sum of every area and of the rows that are no area; without it a nation is what was published for it.

    Args:
        material: series_value, and area_population where the denominator needs it.
        definition: the measure.
    """
    names: dict[tuple[str, str], str] = {}
    figures = _series(material, definition.numerator, definition, names)
    below = _denominators(material, definition, figures)
    for key in sorted(figures):
        area_type, code, period, dimension, category = key
        value, months = figures[key]
        status = "ok" if months == 0 and value is not None else "not_reported" if value is None else "incomplete"
        denominator = below.get((area_type, code, period)) if definition.denominator else None
        if definition.is_daily and denominator is not None:
            denominator *= period.days
        counts = Counts(value, denominator)
        yield Cell(area_type, code, period, dimension, category, counts, status, area_name=names.get((area_type, code)))


def _series(
    material: Material, operand: Operand, definition: MeasureDefinition, names: dict[tuple[str, str], str]
) -> dict[_Key, tuple[float | None, int]]:
    """Value and number of missing months of each cell, at every cadence of the definition."""
    span = material.span
    newest = statistics.latest_series(material.tables["series_value"], operand.values("series"), span)
    found = material.engine.fetch(newest)
    rows = _published(found, definition, names)
    if operand.filters.get("total"):
        rows.update(_total(rows, str(operand.filters["total"])))
    result: dict[_Key, tuple[float | None, int]] = {}
    for cadence in definition.cadences:
        grouped: dict[_Key, dict[date, float | None]] = defaultdict(dict)
        for (area_type, code, period, dimension, category), value in rows.items():
            whole = period_of(period.start, cadence)
            if area_type in definition.areas and period.end <= whole.end and definition.covers(whole):
                grouped[area_type, code, whole, dimension, category][period.start] = value
        lengths = {key: _months(key[2]) for key in grouped}
        for key, parts in grouped.items():
            published = rows.get((key[0], key[1], key[2], key[3], key[4]), None)
            if published is not None and len(parts) == 1:
                result[key] = (published, 0)
                continue
            values = [value for value in parts.values() if value is not None]
            result[key] = (sum(values) if values else None, lengths[key] - len(values))
    return {key: found for key, found in result.items() if key[2].start >= span.start and key[2].end <= span.end}


def _published(
    table: pa.Table, definition: MeasureDefinition, names: dict[tuple[str, str], str]
) -> dict[_Key, float | None]:
    rows: dict[_Key, float | None] = {}
    for record in table.to_pylist():
        dimension = record["dimension"] or "all"
        if dimension != "all" and dimension not in definition.dimensions:
            continue
        if record["area_type"] not in {*definition.areas, _OTHER}:
            continue
        if record["area_name"]:
            names[record["area_type"], record["area_code"]] = record["area_name"]
        period = Period(record["period_start"], record["period_end"])
        category = record["category"] or "all"
        rows[record["area_type"], record["area_code"], period, dimension, category] = record["value"]
    return rows


def _total(rows: Mapping[_Key, float | None], code: str) -> dict[_Key, float | None]:
    """A nation that is the sum of what was reported by every area and by rows that are no area."""
    sums: dict[_Key, float | None] = {}
    for (area_type, _, period, dimension, category), value in rows.items():
        if area_type != "nation" and value is not None:
            key = ("nation", code, period, dimension, category)
            sums[key] = (sums.get(key) or 0.0) + value
    return sums


def _months(period: Period) -> int:
    months, day = 0, period.start
    while day < period.end:
        months, day = months + 1, add_months(day, 1)
    return months


def _denominators(
    material: Material, definition: MeasureDefinition, figures: Mapping[_Key, object]
) -> Mapping[tuple[str, str, Period], float]:
    operand = definition.denominator
    if operand is None:
        return {}
    wanted = {(area_type, code, period) for area_type, code, period, _, _ in figures}
    if operand.function == "days":
        return {key: float(key[2].days) for key in wanted}
    if operand.function == "series":
        other = _series(material, operand, definition, {})
        whole = {key: value for key, (value, missing) in other.items() if value is not None and missing == 0}
        return {(key[0], key[1], key[2]): value for key, value in whole.items() if key[3] == "all"}
    estimates = _estimates(material, operand)
    return {key: people for key in wanted if (people := _people(estimates.get(key[:2], {}), key[2])) is not None}


def _estimates(material: Material, operand: Operand) -> dict[tuple[str, str], dict[Period, float]]:
    """People of the wanted ages in each area and year of the estimates."""
    low, high = int(operand.filters.get("age_min", 0)), operand.filters.get("age_max")
    basis, sexes = operand.filters.get("basis", "resident"), set(operand.values("sex"))
    groups: dict[tuple[str, str, Period], list[dict[str, object]]] = defaultdict(list)
    for record in material.engine.fetch(statistics.area_people(material.tables["area_population"])).to_pylist():
        if record["basis"] == basis:
            key = (record["area_type"], record["area_code"], Period(record["period_start"], record["period_end"]))
            groups[key].append(record)
    result: dict[tuple[str, str], dict[Period, float]] = defaultdict(dict)
    for (area_type, code, period), records in groups.items():
        total = _of_ages(records, low, high, sexes)
        if total is not None:
            result[area_type, code][period] = total
    return result


def _of_ages(records: Sequence[Mapping[str, object]], low: int, high: int | None, sexes: set[str]) -> float | None:
    """Sum the bands inside the ages, by the rows for both sexes together where they exist; None where no band fits."""
    together = [record for record in records if record["sex"] is None]
    of_sex = [record for record in records if record["sex"] in sexes] if sexes else together or list(records)
    banded = [record for record in of_sex if record["age_from"] is not None]
    if low == 0 and high is None and len(banded) < len(of_sex):
        banded = [record for record in of_sex if record["age_from"] is None]
    inside = [record for record in banded if _fits(record, low, high)]
    return float(sum(int(str(record["people"])) for record in inside)) if inside else None


def _fits(record: Mapping[str, object], low: int, high: int | None) -> bool:
    first, last = record["age_from"], record["age_to"]
    if first is None:
        return True
    above = last is None or int(str(last)) >= 90
    return int(str(first)) >= low and (high is None or (not above and int(str(last)) <= high))


def _people(estimates: Mapping[Period, float], period: Period) -> float | None:
    """The estimate of the year that holds the middle of a period, else of the nearest year."""
    middle = period.start + timedelta(days=period.days // 2)
    if not estimates:
        return None
    nearest = min(estimates, key=lambda year: (middle not in year, abs((year.start - middle).days), year.start))
    return estimates[nearest]


def survey_cells(material: Material, definition: MeasureDefinition) -> Iterator[Cell]:
    """Cells of a measure over survey answers: weighted shares or mean scores, for an area and the areas above it.

    A survey's own period is reported as the financial year it falls in.

    Args:
        material: survey_answer, and each area's kind and parent.
        definition: numerator and denominator filter the same survey and question.
    """
    above, span = _lineage(material.areas), material.span
    numerators = _answers(material, definition, definition.numerator, above)
    denominators = _answers(material, definition, definition.denominator, above) if definition.denominator else {}
    for key in sorted(denominators):
        area_type, code, period, dimension, category = key
        if area_type not in definition.areas or not definition.covers(period) or period.start < span.start:
            continue
        if period.end > span.end:
            continue
        part, squares, persons = numerators.get(key, (0.0, 0.0, 0))
        whole, base, _ = denominators[key]
        counts = Counts(part, whole, squares, base)
        yield Cell(area_type, code, period, dimension, category, counts, persons=persons)


def _answers(
    material: Material,
    definition: MeasureDefinition,
    operand: Operand,
    above: Mapping[str, Sequence[tuple[str, str]]],
) -> dict[_Key, tuple[float, float, int]]:
    dimensions = [name for name in definition.dimensions if name in {"sex", "age"}]
    answers = keep(statistics.survey_events(material.tables["survey_answer"]), operand, {})
    if definition.numerator.function == "survey_scores":
        answers = answers.filter(answers.score.notnull())  # a mean is of those who have a score
    traits = [TRAIT_DIMENSIONS[name] for name in dimensions]
    fetched = material.engine.fetch(statistics.survey_cube(answers, operand.function == "survey_scores", traits))
    sums: dict[_Key, tuple[float, float, int]] = {}
    for dimension in ("all", *dimensions):
        for record in categorised(fetched, dimension).to_pylist():
            period = period_of(record["period_start"], Cadence.FINANCIAL_YEAR)
            for area_type, code in above.get(record["area_code"], ()):
                key = (area_type, code, period, dimension, record["category"])
                quantity, squares, persons = sums.get(key, (0.0, 0.0, 0))
                sums[key] = (
                    quantity + record["quantity"], squares + record["squares"], persons + record["persons"]
                )  # fmt: skip
    return sums


def _lineage(areas: Sequence[Area]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Each area's code with the kinds and codes of itself and of every area above it."""
    by_code = {area.code: area for area in areas}
    result = {}
    for area in areas:
        line, seen, current = [], set(), area
        while current.code not in seen:
            seen.add(current.code)
            line.append((current.kind, current.code))
            parent = by_code.get(current.parent or "")
            if parent is None:
                break
            current = parent
        result[area.code] = tuple(line)
    return result
