"""Objections by use: which of them each source and each measure respects, and whom that leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.evidence.measures.objections import held_settings, not_objecting, objecting_by_source
from joinedup.pipeline.flows import allowed, usable_sources
from joinedup.pipeline.linking_report import REPORT, Row
from joinedup.pipeline.stage import Run
from joinedup.rules.foundation.definition import MeasureDefinition, Operand
from joinedup.rules.foundation.flow import OptOut, Use, strictest

ACTIVITY: Final = "facts/activity@"
HELD: Final = "facts/held_setting"
OBJECTING: Final = "facts/objecting"

_STAYS: Final = frozenset({"inpatient"})
_BEDS: Final = frozenset({"inpatient", "community", "mental_health"})
_EVERY: Final[frozenset[str] | None] = None
_NONE: Final[frozenset[str]] = frozenset()

#: Settings whose sources each function reads, besides the sources that say where people were; None is every setting.
_SETTINGS: Final[Mapping[str, frozenset[str] | None]] = {
    "residents": _NONE,
    "registered": _NONE,
    "area_population": _NONE,
    "days": _NONE,
    "admissions": _STAYS,
    "discharges": _STAYS,
    "readmissions": _STAYS,
    "bed_days": _STAYS,
    "attendances": frozenset({"urgent_care"}),
    "delayed_days": _BEDS,
    "ready_discharges": _BEDS,
    "ready_delay_days": _BEDS,
    "care_home_admissions": frozenset({"social_care", "continuing_care"}),
    "reablement": frozenset({"inpatient", "social_care", "continuing_care", "community"}),
    "symptoms": _EVERY,  # one population for all of them, so that they can be laid side by side
    "costs": _EVERY,
    "survey_answers": _NONE,  # given with consent, to the survey
    "survey_scores": _NONE,
    "series": _NONE,  # published already
}


@dataclass(frozen=True, slots=True)
class Objections:
    """Which objections each source of a place respects in planning, and what each source holds.

    Attributes:
        sources: which objections reach each source.
        registers: sources that say where people live and are registered: every measure of people reads them.
        settings: the settings in which each source that knows people holds events, if any.
    """

    sources: Mapping[str, OptOut]
    registers: Sequence[str]
    settings: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def respected_by(self, operands: Iterable[Operand]) -> OptOut:
        """Whose objections leave people out of a measure: those that reach any source that it reads.

        Args:
            operands: its numerator and denominator.
        """
        read = {source for operand in operands for source in self._read_by(operand.function)}
        return strictest(self.sources.get(source, OptOut.TYPE1) for source in [*self.registers, *sorted(read)])

    def counted(self, population: ir.Table, respected: OptOut) -> ir.Table:
        """The people whom a measure may count."""
        return not_objecting(population, respected, self.sources)

    def stated(self) -> dict[str, object]:
        """The same as plain values, by which a build knows whether anything has changed."""
        return {
            "sources": {source: respected.value for source, respected in self.sources.items()},
            "registers": sorted(self.registers),
            "settings": {source: sorted(held) for source, held in self.settings.items()},
        }

    def _read_by(self, function: str) -> list[str]:
        wanted = _SETTINGS[function]
        return [source for source, held in self.settings.items() if wanted is None or held & wanted]


#: Where nothing is known of sources, every objection counts.
EVERY_OBJECTION: Final = Objections({}, ("?",))


def operands(definition: MeasureDefinition) -> tuple[Operand, ...]:
    """The numerator and, where there is one, the denominator of a measure."""
    return (definition.numerator,) if definition.denominator is None else (definition.numerator, definition.denominator)


def find_objections(run: Run) -> Objections:
    """Leave which settings each source holds and how many of its people object, and say what measures must respect.

    Args:
        run: with population, link, person_record and activity; without them (published statistics) nobody can object.
    """
    sources = usable_sources(run.place, Use.PLANNING, run.place.today)
    registers = tuple(source.id for source in run.place.sources.values() if source.is_register)
    if not run.has("population"):
        return Objections(sources, registers)

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        tables = {
            name: allowed(run.read(name), run.place, Use.PLANNING)
            for name in ("person_record", "activity", "link", "population")
        }
        held = held_settings(tables["person_record"], tables["activity"])
        objecting = objecting_by_source(**tables)
        return {
            HELD: run.engine.write(held, folder, "held_setting", ["source", "setting"]),
            OBJECTING: run.engine.write(objecting, folder, "objecting", ["source", "objection"]),
        }

    inputs = ["facts/person_record", "facts/link", "facts/population", *run.matching(ACTIVITY)]
    run.stage("objections", inputs, {"planning": sorted(sources)}, make)
    held: dict[str, set[str]] = {}
    for row in _rows(run, HELD):
        held.setdefault(row["source"], set()).update([row["setting"]] if row["setting"] else [])
    settings = {source: frozenset(found) for source, found in held.items()}
    return Objections(sources, registers, settings)


def objection_rows(run: Run, objections: Objections) -> pa.Table:
    """How many people's records the flow of each source keeps out of figures, for the linkage report, raw.

    Returns:
        Rows of the linkage report: people with each kind of objection in all sources, then source by source.
    """
    found: dict[str | None, dict[str, int]] = {}
    for row in _rows(run, OBJECTING):
        found.setdefault(row["source"], {})[row["objection"]] = row["people"]
    given = [source for source in objections.sources if source in objections.settings]
    rows = _left_out("all sources", found.get(None, {}), strictest(objections.sources[source] for source in given))
    for source in given:
        rows += _left_out(source, found.get(source, {}), objections.sources[source])
    return pa.Table.from_pylist([dict(zip(REPORT.names, row, strict=True)) for row in rows], schema=REPORT)


def _left_out(category: str, people: Mapping[str, int], respected: OptOut) -> list[Row]:
    """People with a national opt-out that counts here, with a type 1 objection that counts here, and with either."""
    counted = {
        "national_opt_out": OptOut.NATIONAL.takes_out if respected is not OptOut.NONE else (),
        "type_1_objection": ("type1", "both") if respected is OptOut.TYPE1 else (),
        "people_left_out": respected.takes_out,
    }
    sums = {label: sum(people.get(kind, 0) for kind in kinds) for label, kinds in counted.items()}
    return [("objection", category, label, float(number), number, None, "people") for label, number in sums.items()]


def _rows(run: Run, name: str) -> list[dict[str, Any]]:
    return [row for path in run.paths(name) for row in pq.read_table(path).to_pylist()]
