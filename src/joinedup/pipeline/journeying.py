"""Journeys: from linked events to population, spells, delays, packages, reablement, symptoms and timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import ibis.expr.types as ir

from joinedup.evidence import tables as canonical
from joinedup.evidence.journeys import fragmentation as symptoms
from joinedup.evidence.journeys import timeline as events
from joinedup.evidence.journeys.delays import broken_delays, delays
from joinedup.evidence.journeys.packages import deaths, is_package, packages
from joinedup.evidence.journeys.population import population
from joinedup.evidence.journeys.reablement import reablement
from joinedup.evidence.journeys.spells import spells
from joinedup.rules.foundation.period import Period
from joinedup.store.care_definitions import CareDefinitions
from joinedup.store.engine import Engine

#: Delayed discharges that break a rule of the collection.
BROKEN_DELAY: Final = {
    "source": "string", "file": "string", "record_number": "int64", "event_id": "string", "rule": "string",
}  # fmt: skip

#: Buckets of the timeline that are held in memory together: fewer passes over the events, more memory.
_TOGETHER: Final = 8

#: A base of the timeline is rebuilt when more months than this have changed since.
_MOST_DELTAS: Final = 12


@dataclass(frozen=True, slots=True)
class JourneySettings:
    """What journeys need to know of a place.

    Attributes:
        definitions: what a spell, a delay, reablement and a symptom are.
        registers: ids of the sources that are GP registers.
        as_of: the day of the build: objections that hold on it apply.
        period: the days that are reported; the records are taken to reach to its end.
    """

    definitions: CareDefinitions
    registers: tuple[str, ...]
    as_of: date
    period: Period

    @property
    def known_until(self) -> date:
        """First day the records do not cover."""
        return self.period.end


@dataclass(slots=True)
class _Writer:
    """Writes one table after another into a folder and hands each back for the next to read."""

    engine: Engine
    folder: Path
    files: dict[str, list[Path]]

    def write(self, name: str, table: ir.Table, columns: dict[str, str], order_by: Sequence[str]) -> ir.Table:
        self.files[name] = self.engine.write(table, self.folder, name, order_by)
        return self.engine.read(self.files[name], columns)


def journeys(
    engine: Engine, tables: Mapping[str, ir.Table], settings: JourneySettings, folder: Path
) -> dict[str, list[Path]]:
    """Make every table of journeys and write each in a total order.

    Args:
        engine: either engine.
        tables: person_record, link, activity (every month), geography and objections.
        settings: what they need to know of the place.
        folder: where the files go; unfinished ones are removed.

    Returns:
        Files by table: population, spell, delay, broken_delay, package, reablement, fragmentation, symptom_month.
    """
    out = _Writer(engine, folder, {})
    found = {"population": _population(out, tables, settings)}
    lasting = _lasting(out, tables["activity"], settings)
    found |= _stays_and_packages(out, lasting, tables["link"], found["population"], settings)
    rule, known = settings.definitions, settings.known_until
    cases = reablement(lasting, tables["link"], found, rule.reablement, known)
    out.write("reablement", cases, canonical.REABLEMENT, ["person_id", "discharge", "event_id"])
    shown = symptoms.fragmentation(tables["activity"], tables["link"], found, rule.fragmentation, settings.period)
    out.write("fragmentation", shown, canonical.FRAGMENTATION, list(canonical.FRAGMENTATION))
    judged = symptoms.judged_months(tables["activity"], rule.fragmentation, settings.period)
    out.write("symptom_month", judged, canonical.SYMPTOM_MONTH, ["symptom", "month"])
    for path in out.files.pop("lasting"):
        path.unlink()
    return out.files


def _population(out: _Writer, tables: Mapping[str, ir.Table], settings: JourneySettings) -> ir.Table:
    made = population(
        tables["person_record"],
        tables["link"],
        tables["geography"],
        tables["objections"],
        registers=settings.registers,
        as_of=settings.as_of,
    )
    return out.write("population", made, canonical.POPULATION, ["person_id", "valid_from"])


def _lasting(out: _Writer, activity: ir.Table, settings: JourneySettings) -> ir.Table:
    """The few events that last (stays, packages, reablement), read once from the many."""
    wanted = activity.filter(
        (activity.setting == "inpatient").fill_null(False)
        | activity.ready_date.notnull()
        | activity.unit.isin(["episode", "spell", "bed_day"]).fill_null(False)
        | activity.service.isin(list(settings.definitions.reablement.services)).fill_null(False)
        | is_package(activity)
    )
    return out.write("lasting", wanted, canonical.ACTIVITY, ())


def _stays_and_packages(
    out: _Writer, lasting: ir.Table, link: ir.Table, people: ir.Table, settings: JourneySettings
) -> dict[str, ir.Table]:
    rule = settings.definitions
    broken = broken_delays(lasting, rule.reasons)
    out.write("broken_delay", broken, BROKEN_DELAY, ["source", "file", "record_number", "rule", "event_id"])
    made = spells(lasting, link, rule.spell)
    late = delays(lasting, link, rule.delay)
    bought = packages(lasting, link, deaths(people), rule.long_term)
    return {
        "population": people,
        "spell": out.write("spell", made, canonical.SPELL, ["person_id", "start", "spell_id"]),
        "delay": out.write("delay", late, canonical.DELAY, ["person_id", "start", "event_id"]),
        "package": out.write("package", bought, canonical.PACKAGE, ["person_id", "start", "event_id"]),
    }


def timelines(engine: Engine, activity: ir.Table, folder: Path) -> dict[str, list[Path]]:
    """Write the base of the timeline: every event, by bucket of its record, a record's events together.

    Args:
        engine: either engine.
        activity: canonical activity of every month.
        folder: where the files go.

    Returns:
        Files by table: ``timeline@00`` to ``timeline@31``.
    """
    files: dict[str, list[Path]] = {}
    every = events.timeline(activity)
    for first in range(0, events.BUCKETS, _TOGETHER):
        numbers = range(first, first + _TOGETHER)
        held = engine.cache(every.filter(events.bucket_of(every.record_key).isin(list(numbers))))
        for number in numbers:
            name = f"timeline@{number:02d}"
            files[name] = engine.write(events.in_bucket(held, number), folder, name, events.ORDER)
        _release(held)
    return files


def _release(table: ir.Table) -> None:
    """Give back the memory of rows that an engine kept."""
    release: Callable[[], None] | None = getattr(table, "release", None)
    if release is not None:
        release()


def timeline_delta(engine: Engine, activity: ir.Table, month: str, folder: Path) -> dict[str, list[Path]]:
    """Write the events of one month that is new, or has changed since the base was written.

    Args:
        engine: either engine.
        activity: canonical activity of the events that began in the month.
        month: "2024-04".
        folder: where the file goes.

    Returns:
        Files by table: ``timeline+2024-04``.
    """
    name = f"timeline+{month}"
    return {name: engine.write(events.timeline(activity), folder, name, events.ORDER)}


def timeline_people(engine: Engine, link: ir.Table, folder: Path) -> dict[str, list[Path]]:
    """Write the index by which a person's records, and so their timeline, are found.

    Returns:
        Files by table: ``timeline_people``, in order of person.
    """
    index = events.people(link)
    return {"timeline_people": engine.write(index, folder, "timeline_people", ["person_id", "record_key"])}


def changed_months(
    now: Mapping[str, Sequence[str]], base: Mapping[str, Sequence[str]] | None
) -> tuple[str, ...] | None:
    """Which months a timeline must be read from deltas for; None when the base has to be written again.

    Args:
        now: month -> names of its activity objects in this build.
        base: the same when the base was written; None when there is no base.

    >>> changed_months({"2024-04": ["a"], "2024-05": ["b"]}, {"2024-04": ["a"]})
    ('2024-05',)
    >>> changed_months({"2024-04": ["a"]}, None) is None
    True
    """
    if base is None:
        return None
    months = sorted(set(now) | set(base))
    changed = tuple(m for m in months if list(now.get(m, ())) != list(base.get(m, ())))
    return None if len(changed) > _MOST_DELTAS else changed
