"""From a protocol's [population] and [data] to what it asks of a place."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Final

from joinedup.rules.programme.protocol_fields import Fields
from joinedup.rules.programme.protocol_place import (
    Comparison,
    Enrolments,
    Index,
    PlaceAreas,
    PlaceData,
    PlacePeople,
    PlaceStudies,
    Value,
)
from joinedup.rules.programme.protocol_synthesis import PooledScale

_AREA_TYPES: Final = ("practice", "neighbourhood", "council", "place", "care_home")
_CADENCES: Final = ("month", "quarter", "year")
_PARTS: Final = ("value", "numerator", "denominator")


def read_place(population: Fields, data: Fields) -> PlaceData | None:
    """What a protocol asks of a place; None where it is about a table of one's own."""
    if data.has("results"):
        return _studies(data)
    if population.has("scheme") or population.has("enrolments"):
        return _people(population)
    if population.has("measure") or population.has("series"):
        return _areas(population)
    return None


def _studies(data: Fields) -> PlaceStudies:
    made = PlaceStudies(
        data.texts("results"), data.text("outcome", required=True), data.choice("scale", PooledScale, PooledScale.RATIO)
    )  # fmt: skip
    if len(made.protocols) < 2:
        data.wrong("results", "name at least two protocols of the place whose results are put together")
    return made


def _areas(population: Fields) -> PlaceAreas:
    population.raw("level")
    made = PlaceAreas(
        population.text("measure"), population.text("series"), population.text("area_type", default="council"),
        _one_of(population, "cadence", _CADENCES), _one_of(population, "part", _PARTS), population.text("people"),
        _day(population, "from"), _day(population, "to"), _joined(population),
        MappingProxyType(_groups(population.table("groups"))), population.texts("overlap"),
        MappingProxyType(_groups(population.table("sites"))), MappingProxyType(_columns(population.table("columns"))),
    )  # fmt: skip
    if bool(made.measure) == bool(made.series):
        population.wrong("measure", "name either a measure or a series")
    population.done()
    return made


def _day(fields: Fields, key: str) -> date | None:
    value = fields.raw(key)
    if value is None or isinstance(value, date):
        return value
    fields.wrong(key, f"is {value!r}; write a day, for example 2013-04-01")
    return None


def _joined(population: Fields) -> tuple[tuple[str, ...], ...]:
    value = population.raw("joined")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, list) and len(item) > 1 for item in value):
        population.wrong("joined", 'write lists of at least two areas, for example [["E06000058", "E06000059"]]')
        return ()
    return tuple(tuple(str(code) for code in item) for item in value)


def _groups(table: Fields) -> dict[str, tuple[str, ...]]:
    return {name: table.texts(name) for name in table.values}


def _columns(table: Fields) -> dict[str, str]:
    return {name: table.text(name, required=True) for name in table.values}


def _people(population: Fields) -> PlacePeople:
    population.raw("level")
    comparison, pool = _comparison(population)
    eligible = population.table("eligible")
    either = tuple(MappingProxyType(_eligible(group)) for group in eligible.tables("any_of"))
    made = PlacePeople(
        _enrolments(population), population.texts("areas"), comparison, pool,
        population.whole("alike_areas", 1, least=1, most=10_000) if population.has("alike_areas") else None,
        _one_of(population, "area_type", _AREA_TYPES), MappingProxyType(_eligible(eligible)),
        population.choice("index", Index, Index.RISK_SET),
        population.whole("lead_in_days", 0, least=0, most=365),
        population.whole("follow_up_days", 365, least=28, most=3660),
        population.whole("history_days", 365, least=0, most=3660), population.texts("exclude_schemes"), either,
        population.whole("persistence_days", 0, least=0, most=3660),
    )  # fmt: skip
    population.raw("eligible")
    if made.lead_in_days >= made.follow_up_days:
        population.wrong("lead_in_days", "must be fewer than follow_up_days")
    population.done()
    return made


def _comparison(population: Fields) -> tuple[Comparison, tuple[str, ...]]:
    """A word, or a list of areas."""
    if isinstance(population.raw("comparison"), list):
        return Comparison.NAMED, population.texts("comparison")
    made = population.choice("comparison", Comparison, Comparison.REST)
    if made is Comparison.NAMED:
        population.wrong("comparison", 'write the areas themselves, for example comparison = ["E06990002"]')
    return made, ()


def _enrolments(population: Fields) -> Enrolments:
    if population.has("enrolments") and population.has("scheme"):
        population.wrong("scheme", "name either a scheme or enrolments")
    if not population.has("enrolments"):
        return Enrolments(population.text("scheme", required=True))
    table = population.table("enrolments")
    population.raw("enrolments")
    made = Enrolments(table.text("method", required=True), table.text("setting"), table.text("service"))
    table.done()
    return made


def _eligible(table: Fields) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for key, value in table.values.items():
        if key == "any_of":
            continue
        if not isinstance(value, bool | int | float | str):
            table.wrong(key, f"is {value!r}; write a number, a text, true or false")
        else:
            made[key] = value
    return made


def _one_of(fields: Fields, key: str, options: tuple[str, ...]) -> str:
    value = fields.text(key, default=options[0])
    if value not in options:
        fields.wrong(key, f"is {value!r}; write one of {', '.join(options)}")
        return options[0]
    return value
