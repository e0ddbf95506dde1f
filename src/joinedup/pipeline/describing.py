"""What a release says about itself: each measure's definition in words, its sources, steps and query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from joinedup.evidence import tables as canonical
from joinedup.evidence.sources.statistics import SERIES_OF_KIND
from joinedup.pipeline.cells import Material
from joinedup.pipeline.measuring import counted_tables
from joinedup.pipeline.objections import Objections, operands
from joinedup.pipeline.placed import Placed
from joinedup.rules.foundation.definition import MeasureDefinition, MeasureLibrary, Operand, Standard
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.flow import OptOut
from joinedup.store.engine import Engine
from joinedup.store.library import DefinitionText
from joinedup.store.place import Place

_PEOPLE: Final = frozenset({"persons", "deaths", "cld", "objections", "register_objections", "identity_decisions"})
_HOSPITAL: Final = frozenset({"apc", "hes_apc"})
_EVENTS: Final = frozenset({"gp_contacts", "ecds", "apc", "outpatient", "csds", "mhsds", "cld", "generic_events"})
#: Kinds of extract that each function's figures rest on.
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "residents": _PEOPLE,
    "registered": _PEOPLE,
    "area_population": frozenset({"area_population"}),
    "days": frozenset(),
    "admissions": _HOSPITAL | _PEOPLE,
    "discharges": _HOSPITAL | _PEOPLE,
    "readmissions": _HOSPITAL | _PEOPLE,
    "bed_days": _HOSPITAL | _PEOPLE,
    "attendances": frozenset({"ecds", "hes_ae"}) | _PEOPLE,
    "delayed_days": _HOSPITAL | _PEOPLE,
    "ready_discharges": _HOSPITAL | _PEOPLE,
    "ready_delay_days": _HOSPITAL | _PEOPLE,
    "care_home_admissions": frozenset({"cld"}) | _PEOPLE,
    "reablement": frozenset({"cld", "apc"}) | _PEOPLE,
    "contacts": _EVENTS | _PEOPLE,
    "symptoms": _EVENTS | _PEOPLE,
    "costs": _EVENTS | _PEOPLE,
    "survey_answers": frozenset({"survey_answers"}),
    "survey_scores": frozenset({"survey_answers"}),
    "series": frozenset({"series", *SERIES_OF_KIND}),
}

_HOW: Final[Mapping[str, str]] = {
    "residents": "People are counted where they live, averaged over the first days of the period's months.",
    "registered": "People are counted where they are registered, averaged over the first days of the period's months.",
    "area_population": "People come from published population estimates.",
    "days": "Days of the period are counted.",
    "admissions": "Episodes become continuous inpatient spells, which are counted on the day they began.",
    "discharges": "Episodes become continuous inpatient spells, which are counted on the day they ended.",
    "readmissions": "Discharges followed by an emergency admission within 30 days are counted, at any hospital.",
    "bed_days": "Midnights that people spent in a hospital bed are counted.",
    "attendances": "Attendances at accident and emergency departments are counted.",
    "delayed_days": "Midnights in bed after the person was ready to leave are counted.",
    "ready_discharges": "Discharges with a discharge-ready date are counted.",
    "ready_delay_days": "Days between the discharge-ready date and discharge are added up.",
    "care_home_admissions": "First council-supported long-term placements in a care home are counted.",
    "reablement": "Discharges to reablement are followed to the 91st day.",
    "contacts": "Events of the service are counted.",
    "symptoms": "Events of all services around a person are compared; a symptom counts on the day it shows.",
    "costs": "Events are priced line by line; pence are added up by month, setting and payer.",
    "survey_answers": "Answers are counted with their weights.",
    "survey_scores": "Scores are added up with their weights.",
    "series": "Published values are added up; the vintage received last by the as-of date wins.",
}

_GATE: Final[Mapping[Policy, str]] = {
    Policy.HES: "Disclosure control hides counts from 1 to 7 and rounds others to the nearest 5.",
    Policy.SMALL5: "Disclosure control hides counts from 1 to 4, and a neighbour where one alone would be hidden.",
    Policy.COST: "Disclosure control hides money about fewer than 8 people or mostly about two, and rounds to £100.",
    Policy.EXACT: "The figures were public already, so nothing is hidden or rounded.",
}


def definition_rows(library: MeasureLibrary, texts: Iterable[DefinitionText]) -> list[dict[str, object]]:
    """Rows of the published table `definition`, in the order of the library."""
    written = {text.measure: text for text in texts}
    return [_definition(place, item, written[item.id]) for place, item in enumerate(library.measures)]


def _definition(position: int, item: MeasureDefinition, text: DefinitionText) -> dict[str, object]:
    return {
        "position": position,
        "id": item.id,
        "label": item.label,
        "unit": item.unit,
        "polarity": item.polarity.value,
        "topic": item.topic,
        "description": item.description,
        "numerator": item.numerator.words,
        "denominator": item.denominator.words if item.denominator else "",
        "source": item.source,
        "disclosure": item.disclosure.value,
        "cadences": json.dumps([cadence.value for cadence in item.cadences]),
        "version": text.version,
        "toml": text.toml,
        "break_dates": json.dumps([day.isoformat() for day in item.break_dates]),
        "plan": item.plan.value if item.plan else None,
        "plan_source": item.plan.source if item.plan else "",
        "statistic": item.statistic.value,
        "per": item.per,
        "verify": item.verify,
    }


#: Whom objections leave out of a measure, by the strictest source that it reads.
_OBJECTING: Final[Mapping[OptOut, str]] = {
    OptOut.NONE: "no objection reaches the sources of this figure, so nobody is left out.",
    OptOut.NATIONAL: (
        "people with a national data opt-out, which reaches a source of this figure, are left out of it, and of the "
        "population it is divided by."
    ),
    OptOut.TYPE1: (
        "people with a national data opt-out or a type 1 objection, which reach a source of this figure, are left out "
        "of it, and of the population it is divided by."
    ),
}


def step_rows(library: MeasureLibrary, place: Place, objections: Objections) -> list[dict[str, object]]:
    """Rows of the published table `step`: sources, plain steps and query of each measure."""
    return [
        {
            "measure": item.id,
            "sources": json.dumps(_sources(item, place)),
            "steps": json.dumps(_steps(item, objections.respected_by(operands(item)))),
            "sql": query(library, item, place, objections),
        }
        for item in library.measures
    ]


def _sources(item: MeasureDefinition, place: Place) -> list[str]:
    kinds = {kind for operand in operands(item) for kind in _kinds(operand)}
    return [source.id for source in place.sources.values() if source.kind in kinds]


def _kinds(operand: Operand) -> frozenset[str]:
    """Kinds of extract behind an operand; a series that a published workbook gives rests on that workbook alone."""
    if operand.function != "series":
        return _KINDS[operand.function]
    wanted = frozenset(operand.values("series"))
    printed = frozenset(kind for kind, given in SERIES_OF_KIND.items() if wanted & given)
    return printed if wanted <= frozenset().union(*SERIES_OF_KIND.values()) else printed | {"series"}


def _steps(item: MeasureDefinition, respected: OptOut) -> list[str]:
    functions = [operand.function for operand in operands(item)]
    is_personal = item.numerator.function not in _AGGREGATE
    steps = ["Each file is read once, typed and checked; rows that break a rule are set aside and counted."]
    if is_personal:
        steps.append(f"Records of one person are linked across sources; {_OBJECTING[respected]}")
    steps += [_HOW[function] for function in dict.fromkeys(functions)]
    if item.standardise is not Standard.NONE:
        steps.append(f"The rate is standardised ({item.standardise.value}) for {' and '.join(item.strata)}.")
    steps.append(_GATE[item.disclosure])
    if item.standardise is not Standard.NONE:
        steps.append("A standardised rate gives nobody away, so it is published wherever its counts are.")
    elif item.disclosure is not Policy.EXACT:
        steps.append("Value and interval are computed from the published counts.")
    return steps


def origin_rows(library: MeasureLibrary, values: ir.Table, engine: Engine) -> list[dict[str, object]]:
    """Rows of the published table `origin`: which files hold a published series in which period.

    Args:
        library: the measures of the release.
        values: canonical series values.
        engine: fetches one row a series, file and period.
    """
    held = engine.fetch(values.select("series", "file", "period_start", "period_end").distinct()).to_pylist()
    counted = {
        item.id: set(item.numerator.values("series"))
        for item in library.measures
        if item.numerator.function == "series"
    }
    rows = [
        {"measure": measure, **row} for measure, series in counted.items() for row in held if row["series"] in series
    ]
    kept = [{name: value for name, value in row.items() if name != "series"} for row in rows]
    return sorted(kept, key=lambda row: (row["measure"], str(row["period_start"]), row["file"]))


class _Unbound:
    """An engine that computes nothing, so that a query can be written down without data."""

    name = "none"

    def cache(self, expr: ir.Table) -> ir.Table:
        return expr

    def fetch(self, expr: ir.Table) -> pa.Table:
        return expr.schema().to_pyarrow().empty_table()


def query(library: MeasureLibrary, item: MeasureDefinition, place: Place, objections: Objections) -> str:
    """The query that counts a measure's numerator over the canonical tables, as DuckDB writes it."""
    tables = {name: ibis.table(ibis.schema(canonical.columns_of(name)), name=name) for name in canonical.names()}
    if item.numerator.function in _AGGREGATE:
        return str(ibis.to_sql(_aggregate(item.numerator, tables), dialect="duckdb"))
    counted = counted_tables(tables, objections, objections.respected_by(operands(item)))
    placed = Placed(Material(_Unbound(), counted, library, (), place.span))  # type: ignore[arg-type]
    return str(ibis.to_sql(placed.events(item.numerator), dialect="duckdb"))


def _aggregate(operand: Operand, tables: Mapping[str, ir.Table]) -> ir.Table:
    name, filters = _AGGREGATE[operand.function]
    table = tables[name]
    for column in filters:
        if operand.values(column):
            table = table.filter(table[column].isin(operand.values(column)))
    by = [column for column in ("area_type", "area_code", "period_start", "dimension", "category") if column in table]
    return table.group_by(by).agg(figure=table["value" if name == "series_value" else "weight"].sum())


_AGGREGATE: Final = {
    "series": ("series_value", ("series",)),
    "survey_answers": ("survey_answer", ("survey", "question", "answer")),
    "survey_scores": ("survey_answer", ("survey", "question")),
}
