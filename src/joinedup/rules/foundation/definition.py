"""What a measure is: a dated definition that names functions and a closed set of filters, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Cadence, Period

#: Ages at which people are told apart; ages in filters must begin or end a band, so that one table serves them all.
AGE_EDGES: Final = (0, 5, 10, 15, 18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90)

#: The published age groups: first age of each.
AGE_GROUPS: Final = ((0, "0-17"), (18, "18-64"), (65, "65-74"), (75, "75-84"), (85, "85+"))

_AGE: Final = frozenset({"age_min", "age_max", "sex"})
_STAY: Final = _AGE | {
    "method", "diagnosis", "any_diagnosis", "no_diagnosis", "no_specialty", "destination", "no_destination",
    "is_alive", "months", "weekdays",
}  # fmt: skip
_DELAY: Final = _AGE | {"era", "care", "reason", "responsible", "months"}
_READY: Final = _AGE | {"delay_min", "delay_max", "months"}
_SERIES: Final = frozenset({"series", "total"})

#: Every function a measure may count with, and the filters it understands. Nothing else can be asked for.
FUNCTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "residents": _AGE,  # people who live in the area, averaged over the first days of the months
        "registered": _AGE,  # people registered with a practice, averaged over the first days of the months
        "area_population": _AGE | {"basis"},  # published population estimates
        "days": frozenset(),  # days in the period
        "admissions": _STAY,  # spells, on the day they began
        "discharges": _STAY,  # spells, on the day they ended
        "readmissions": _STAY,  # discharges followed by an emergency admission within 30 days
        "bed_days": _STAY,  # midnights in a hospital bed
        "attendances": _AGE | {"diagnosis", "any_diagnosis", "attendance", "months"},  # A&E
        "delayed_days": _DELAY,  # midnights in bed after the person was ready to leave
        "ready_discharges": _AGE | {"delay_min", "delay_max"},  # discharges with a discharge-ready date
        "ready_delay_days": _AGE | {"delay_min", "delay_max"},  # days between that date and discharge
        "care_home_admissions": _AGE | {"service"},  # first council-supported long-term placement
        "reablement": _AGE | {"is_at_home", "months"},  # discharges to reablement
        "symptoms": _AGE | {"symptom"},  # symptoms of fragmented care, on the day each shows
        "costs": _AGE,  # pounds, for financial years; by setting and payer as dimensions
        "survey_answers": _AGE | {"survey", "question", "answer"},  # weighted answers
        "survey_scores": _AGE | {"survey", "question"},  # weighted sum of scores
        "series": _SERIES,  # a published or local series
    }
)

#: Functions that count people or time at risk, not events.
EXPOSURES: Final = frozenset({"residents", "registered", "area_population", "days"})


class Statistic(StrEnum):
    """How a value is made of numerator and denominator."""

    RATE = "rate"  # events for each person at risk
    PROPORTION = "proportion"  # part of a whole
    MEAN = "mean"  # a quantity for each case
    COUNT = "count"  # the numerator alone
    PERCENTILE = "percentile"  # a percentile of the length of stay of the numerator's cases


class Standard(StrEnum):
    """Which population a rate is standardised to."""

    NONE = "none"
    ESP2013 = "esp2013"
    INDIRECT = "indirect"


class IntervalMethod(StrEnum):
    """How uncertainty is given."""

    NONE = "none"
    WILSON = "wilson"
    BYAR = "byar"
    BYAR_REPEAT = "byar_repeat"  # a crude rate of events of which a person may have several
    DOBSON = "dobson"
    DOBSON_REPEAT = "dobson_repeat"
    MEAN = "mean"  # of a mean, or of weighted survey answers
    RANK = "rank"  # of a percentile


class Direction(StrEnum):
    """Which way a measure gets better."""

    LOWER = "lower"
    HIGHER = "higher"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Operand:
    """A numerator or denominator: a registered function, its filters, and what it counts in words.

    Raises:
        DefinitionError: an unknown function, a filter it does not understand, or an age inside a band.
    """

    function: str
    words: str
    filters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        allowed = FUNCTIONS.get(self.function)
        if allowed is None:
            raise DefinitionError(f"no function {self.function!r}; use one of {', '.join(FUNCTIONS)}")
        unknown = sorted(set(self.filters) - allowed)
        if unknown:
            known = ", ".join(sorted(allowed)) or "none"
            raise DefinitionError(f"{self.function} has no filter {unknown[0]!r}; it understands: {known}")
        low, high = self.filters.get("age_min", 0), self.filters.get("age_max")
        if low not in AGE_EDGES or (high is not None and high + 1 not in AGE_EDGES):
            raise DefinitionError(
                f"{self.function} asks for ages {low} to {high}; ages begin and end bands that start at {AGE_EDGES}"
            )

    def values(self, name: str) -> tuple[str, ...]:
        """A filter's values as text; empty where it is not set."""
        found = self.filters.get(name, ())
        return tuple(str(item) for item in found) if isinstance(found, list | tuple) else (str(found),)


@dataclass(frozen=True, slots=True)
class Plan:
    """A target that a measure is compared with, and who set it."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class MeasureDefinition:
    """One measure, dated, with everything needed to compute, judge and explain it.

    Attributes:
        per: what a value is multiplied by: 100,000 for a rate, 100 for a percentage.
        is_daily: the denominator is multiplied by the days in the period (a rate for each day).
        percentile: between 0 and 1; only for a percentile.
        strata: what a standardised rate is standardised for: age, or age and sex.
        areas: kinds of area it is given for.
        dimensions: ways it is broken down, for financial years (published series: for every period).
        break_dates: days across which no line may be drawn.
        sets: published sets of measures it belongs to.
        verify: something in it could not be checked against its source yet.

    Raises:
        DefinitionError: parts that contradict each other; the message names the measure.
    """

    id: str
    label: str
    unit: str
    polarity: Direction
    topic: str
    description: str
    valid_from: date
    valid_to: date | None
    numerator: Operand
    denominator: Operand | None
    statistic: Statistic
    per: float
    standardise: Standard
    interval: IntervalMethod
    disclosure: Policy
    source: str
    cadences: tuple[Cadence, ...]
    areas: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    strata: tuple[str, ...] = ("age",)
    is_daily: bool = False
    percentile: float | None = None
    break_dates: tuple[date, ...] = ()
    plan: Plan | None = None
    sets: tuple[str, ...] = ()
    verify: bool = False

    def __post_init__(self) -> None:
        faults = [message for is_wrong, message in self._checks() if is_wrong]
        if faults:
            raise DefinitionError(f"measure {self.id!r}: {'; '.join(faults)}")

    def _checks(self) -> tuple[tuple[bool, str], ...]:
        repeat = self.interval in {IntervalMethod.DOBSON, IntervalMethod.DOBSON_REPEAT}
        return (
            (not self.id.isidentifier(), "an id is lower-case words joined by _"),
            (self.per <= 0, "per must be above zero"),
            (self.valid_to is not None and self.valid_to <= self.valid_from, "valid_to must come after valid_from"),
            (self.denominator is None and self.statistic in _NEEDS_DENOMINATOR, "needs a denominator"),
            (self.standardise is Standard.ESP2013 and not repeat, "a standardised rate takes a dobson interval"),
            (repeat and self.standardise is not Standard.ESP2013, "a dobson interval needs standardise = 'esp2013'"),
            (self.interval is IntervalMethod.WILSON and self.statistic is not Statistic.PROPORTION,
             "a wilson interval is for proportions"),
            ((self.percentile is not None) != (self.statistic is Statistic.PERCENTILE),
             "percentile goes with statistic = 'percentile'"),
            (not set(self.strata) <= {"age", "sex"} or "age" not in self.strata, "strata are age, or age and sex"),
            (not self.cadences, "needs at least one cadence"),
            (self.numerator.function == "costs" and self.cadences != (Cadence.FINANCIAL_YEAR,),
             "costs are counted for financial years only"),
            (not self.source, "needs a source"),
        )  # fmt: skip

    def covers(self, period: Period) -> bool:
        """Whether the definition holds for the whole of a period."""
        return self.valid_from <= period.start and (self.valid_to is None or period.end <= self.valid_to)


_NEEDS_DENOMINATOR: Final = frozenset({Statistic.RATE, Statistic.PROPORTION, Statistic.MEAN})
_PER: Final = {Statistic.RATE: 100_000, Statistic.PROPORTION: 100}
_AREAS: Final = ("system", "place", "council", "neighbourhood", "practice")


def measure_from(table: Mapping[str, Any]) -> MeasureDefinition:
    """Make a measure from a parsed TOML table.

    Args:
        table: keys as in the attributes; numerator and denominator are tables of function, words and filters;
            `daily`, `plan = {value, source}`, `per`, `cadences`, `areas` and `dimensions` are optional.

    Raises:
        DefinitionError: a key is missing, unknown, or says something impossible; the message names the measure.
    """
    name = table.get("id", "without id")
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise DefinitionError(f"measure {name!r}: unknown key {unknown[0]!r}; known keys: {', '.join(sorted(_KEYS))}")
    missing = [key for key in _REQUIRED if key not in table]
    if missing:
        raise DefinitionError(f"measure {name!r}: {missing[0]!r} is missing")
    try:
        return _measure(table)
    except DefinitionError as exc:
        stated = str(exc)
        raise DefinitionError(stated if repr(name) in stated else f"measure {name!r}: {stated}") from exc
    except (ValueError, TypeError, AttributeError) as exc:
        raise DefinitionError(f"measure {name!r}: {exc}") from exc


def _measure(table: Mapping[str, Any]) -> MeasureDefinition:
    statistic = Statistic(table.get("statistic", "rate"))
    plan = table.get("plan")
    return MeasureDefinition(
        id=table["id"],
        label=table["label"],
        unit=table["unit"],
        polarity=Direction(table["polarity"]),
        topic=table.get("topic", "Other"),
        description=table.get("description", ""),
        valid_from=table["valid_from"],
        valid_to=table.get("valid_to"),
        numerator=_operand(table["numerator"]),
        denominator=_operand(table["denominator"]) if "denominator" in table else None,
        statistic=statistic,
        per=float(table.get("per", _PER.get(statistic, 1))),
        standardise=Standard(table.get("standardise", "none")),
        interval=IntervalMethod(table.get("interval", "none")),
        disclosure=Policy(table["disclosure"]),
        source=table["source"],
        cadences=tuple(Cadence(item) for item in table.get("cadences", list(Cadence))),
        areas=tuple(table.get("areas", _AREAS)),
        dimensions=tuple(table.get("dimensions", ())),
        strata=tuple(table.get("strata", ("age",))),
        is_daily=bool(table.get("daily", False)),
        percentile=table.get("percentile"),
        break_dates=tuple(table.get("break_dates", ())),
        plan=Plan(float(plan["value"]), plan["source"]) if plan else None,
        sets=tuple(table.get("sets", ())),
        verify=bool(table.get("verify", False)),
    )


def _operand(table: Mapping[str, Any]) -> Operand:
    return Operand(table["function"], table.get("words", ""), MappingProxyType(dict(table.get("filters", {}))))


_KEYS: Final = ({item.name for item in fields(MeasureDefinition)} - {"is_daily"}) | {"daily"}
_REQUIRED: Final = ("id", "label", "unit", "polarity", "valid_from", "numerator", "disclosure", "source")


@dataclass(frozen=True, slots=True)
class DiagnosisCode:
    """One ICD-10 code of a list: it stands for every code that begins with it.

    Attributes:
        prefix: the code without its dot.
        requires: prefixes of which at least one must be among the spell's other codes; empty for none.
        valid_from, valid_to: the half-open span of its use; None is open.
    """

    prefix: str
    label: str
    requires: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class DiagnosisList:
    """A dated list of ICD-10 codes that a definition names."""

    id: str
    codes: tuple[DiagnosisCode, ...]

    def __post_init__(self) -> None:
        if not self.codes or any(not item.prefix.isalnum() for item in self.codes):
            raise DefinitionError(f"diagnosis list {self.id!r} is empty or holds a code that is not letters and digits")


@dataclass(frozen=True, slots=True)
class StandardPopulation:
    """A standard population: people in each age band, by the first age of the band.

    Raises:
        DefinitionError: a band does not begin where ages are told apart, or weights are missing.
    """

    id: str
    weights: Mapping[int, float]

    def __post_init__(self) -> None:
        if not self.weights or not set(self.weights) <= set(AGE_EDGES) or min(self.weights.values()) < 0:
            raise DefinitionError(f"standard population {self.id!r} has bands that start at none of {AGE_EDGES}")


@dataclass(frozen=True, slots=True)
class MeasureLibrary:
    """Everything a place measures with: definitions, the lists they name, and standard populations."""

    measures: tuple[MeasureDefinition, ...]
    diagnoses: Mapping[str, DiagnosisList]
    populations: Mapping[str, StandardPopulation]

    def __post_init__(self) -> None:
        for measure in self.measures:
            named = [
                name
                for operand in (measure.numerator, measure.denominator)
                if operand is not None
                for key in ("diagnosis", "any_diagnosis", "no_diagnosis")
                for name in operand.values(key)
            ]
            missing = sorted(set(named) - set(self.diagnoses))
            if missing:
                raise DefinitionError(
                    f"measure {measure.id!r} names the diagnosis list {missing[0]!r}, which is not in definitions/codes"
                )

    def select(self, ids: Sequence[str]) -> MeasureLibrary:
        """The same library with some of its measures only, in the order asked.

        Raises:
            DefinitionError: a measure is not in the library.
        """
        by_id = {measure.id: measure for measure in self.measures}
        unknown = [name for name in ids if name not in by_id]
        if unknown:
            raise DefinitionError(f"no measure {unknown[0]!r}; the library has: {', '.join(sorted(by_id))}")
        return MeasureLibrary(tuple(by_id[name] for name in ids), self.diagnoses, self.populations)
