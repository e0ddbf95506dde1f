"""Comparison areas: those most like the areas of a scheme before it began, by rates of their whole population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from joinedup.evidence.cohorts.happenings import happenings
from joinedup.evidence.cohorts.profiles import QUARTERS, area_profiles
from joinedup.pipeline.evaluation.place_facts import PlaceFacts
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol_place import PlacePeople

_KIND = "emergency_admissions"


def alike_areas(
    asked: PlacePeople, facts: PlaceFacts, controls: ir.Table, takes_part: Sequence[str]
) -> tuple[Mapping[str, Any], ...]:
    """The comparison areas most like those of the scheme, as many as the protocol asks for.

    Likeness is the distance between emergency admissions a head in each of eight quarters before the first enrolment,
    mean age and mean deprivation, each in standard deviations over all areas; nothing after that day is read.

    Returns:
        area and distance, most alike first.

    Raises:
        UsageError: areas of this kind have no population of their own.
        NotEvaluable: no area takes part, or none is left to compare with.
    """
    if asked.area_type == "care_home":
        raise UsageError("care homes have no registered population to compare; leave population.alike_areas out")
    engine = facts.engine
    day = engine.fetch(controls.agg(day=controls.index_date.min()))["day"][0].as_py()
    if day is None or not takes_part:
        raise NotEvaluable("no area takes part, or none is left to compare with")
    population = facts.tables["population"]
    people = population.filter(~population.objection.isin(facts.respected.takes_out).fill_null(False))
    events = happenings(facts.tables, [_KIND], {"avoidable": facts.avoidable})
    rows = engine.fetch(area_profiles(people, events, asked.area_type, day).order_by(["area", "quarter"])).to_pylist()
    names = sorted({row["area"] for row in rows})
    at = {name: i for i, name in enumerate(names)}
    figures, people_of = np.zeros((len(names), QUARTERS + 2)), np.zeros(len(names))
    for row in rows:
        i = at[row["area"]]
        figures[i, row["quarter"] - 1], people_of[i] = row["rate"], row["people"]
        figures[i, QUARTERS:] = row["age"], row["deprivation"]
    spread = figures.std(axis=0)
    scaled = figures / np.where(spread > 0, spread, 1)
    own = [at[name] for name in takes_part if name in at]
    centre = np.average(scaled[own], axis=0, weights=people_of[own])
    distance = np.sqrt(((scaled - centre) ** 2).sum(axis=1))
    held = engine.fetch(controls.select(ibis._[asked.area_type].name("area")).distinct()).column("area").to_pylist()
    possible = sorted((float(distance[at[name]]), name) for name in held if name in at)
    if not possible:
        raise NotEvaluable("no comparison area has eligible people; compare with other areas")
    return tuple({"area": name, "distance": value} for value, name in possible[: asked.alike_areas])
