"""What only a place can check: other pools of controls, other thresholds of linkage, a later start, lasting effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from joinedup.evidence.cohorts.after import QUARTER_DAYS
from joinedup.methods.effect import Effect
from joinedup.methods.outcome import Comparison
from joinedup.methods.period_effect import PeriodEffects, period_effects
from joinedup.methods.persistence import half_life, persistence
from joinedup.pipeline.evaluation.people_checks import effect_row
from joinedup.pipeline.evaluation.people_design import design_people
from joinedup.pipeline.evaluation.people_outcomes import Materials, OutcomeFound, find_outcome
from joinedup.pipeline.evaluation.people_rows import Floats, read_outcomes, read_people
from joinedup.pipeline.evaluation.place_people import FOLLOW_UP, Cohort
from joinedup.pipeline.evaluation.small_counts import shown
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import OutcomeKind, Protocol
from joinedup.rules.programme.protocol_place import Comparison as Pool

#: Days of lead-in that are left out to see whether the first weeks decide the answer.
LEAD_INS: Final = (30, 60)
#: Choice: events that each covariate adjusted for needs in the smaller group of a quarter.
_EVENTS_PER_COVARIATE: Final = 10
_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Lasting:
    """Effects by quarter since the index date, and whether they last.

    Attributes:
        effects: one a quarter, horizon e=0 the first.
        said: verdict, means of the first and second year, half-life.
    """

    effects: tuple[Effect, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)


def place_sensitivity(cohort: Cohort, materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """Every promised check that needs the place; one that cannot be made says why."""
    made: dict[str, Any] = {}
    for check in materials.protocol.checks:
        if check in _CHECKS:
            try:
                made[check] = _CHECKS[check](cohort, materials, primary)
            except (NotEvaluable, UsageError) as exc:
                made[check] = {"not_made": str(exc)}
    return made


def _other_pool(cohort: Cohort, materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """The same protocol with people of other areas as controls."""
    pools = [pool for pool in (Pool.LOCAL, Pool.REST, Pool.ANYBODY) if pool is not cohort.asked.comparison]
    return {str(pool): _again(cohort.varied(comparison=pool), materials.protocol, primary) for pool in pools}


def _thresholds(cohort: Cohort, materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """The cohort made again with only sure links, and with doubtful ones too."""
    return {
        threshold: _again(cohort.varied(threshold=threshold), materials.protocol, primary)
        for threshold in ("strict", "loose")
    }


def _again(cohort: Cohort, protocol: Protocol, primary: OutcomeFound) -> dict[str, Any]:
    """Design and primary effect of a protocol on another cohort."""
    only = replace(protocol, outcomes=(primary.outcome,), subgroups=())
    other = replace(cohort, protocol=only, _kept={})
    try:
        people = read_people(other, only)
        design = design_people(people, only)
        if design.compared is None or not design.is_accepted:
            return {"not_made": "; ".join(design.reasons)}
        found = find_outcome(Materials.of(only, people, design.compared, read_outcomes(other, only)), primary.outcome)
    except NotEvaluable as exc:
        return {"not_made": str(exc)}
    if found.main is None:
        return {"not_made": found.why}
    treated = int(people.treated[design.compared.rows[design.compared.weights > 0]].sum())
    return {**effect_row(found.main), "matched_treated": shown(treated, protocol.disclosure)}


def _lead_in(cohort: Cohort, materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """The same people, followed from a later day."""
    made: dict[str, Any] = {}
    for days in LEAD_INS:
        if not cohort.asked.lead_in_days < days < cohort.asked.follow_up_days:
            continue
        later = cohort.with_lead_in(days)
        after = materials.after
        for name in {primary.outcome.name, FOLLOW_UP}:
            after = after.set_column(after.column_names.index(name), name, pa.array(later.column(name)))
        found = find_outcome(replace(materials, after=after), primary.outcome)
        made[f"without_the_first_{days}_days"] = (
            {"not_made": found.why} if found.main is None else effect_row(found.main)
        )
    return made


_CHECKS: Final[Mapping[str, Callable[[Cohort, Materials, OutcomeFound], dict[str, Any]]]] = {
    "other_pool": _other_pool,
    "linkage_threshold": _thresholds,
    "lead_in_excluded": _lead_in,
}


def lasting(cohort: Cohort, materials: Materials, primary: OutcomeFound) -> Lasting:
    """Effects on the primary outcome by quarter since the index date; why not where there are none."""
    if primary.outcome.kind is not OutcomeKind.COUNT:
        return Lasting(said={"not_made": "effects by quarter are made of counts of events"})
    try:
        days = cohort.asked.persistence_days or cohort.asked.follow_up_days
        days = days // QUARTER_DAYS * QUARTER_DAYS  # whole quarters, so that none is shorter than the others
        longer = cohort.following.varied(replace(cohort.asked, follow_up_days=days))
        events, years = longer.by_quarter(primary.outcome.name)
        rows = materials.compared.rows
        found = _by_quarter(materials, events[rows], years[rows])
    except NotEvaluable as exc:
        return Lasting(said={"not_made": str(exc)})
    return Lasting(found.effects(), _told(found))


def _by_quarter(materials: Materials, events: Floats, years: Floats) -> PeriodEffects:
    """Adjusted where each quarter has events enough for it; as matched otherwise."""
    compared: Comparison = materials.comparison
    own = compared.treated & (compared.weights > 0)
    fewest = min(events[own].sum(axis=0).min(), events[~own & (compared.weights > 0)].sum(axis=0).min())
    if fewest < _EVENTS_PER_COVARIATE * compared.columns.shape[1]:
        compared = materials.plain.comparison
    return period_effects(compared, events, years, range(events.shape[1]))


def _told(found: PeriodEffects) -> dict[str, Any]:
    verdict = persistence(found, _MONTHS)
    made: dict[str, Any] = {"verdict": str(verdict.verdict)}
    for name, effect in (("months_1_to_12", verdict.first_year), ("months_13_to_24", verdict.second_year)):
        made[name] = None if effect is None else effect_row(effect)
    if found.unknown:
        made["quarters_not_estimated"] = [quarter + 1 for quarter in found.unknown]
    try:
        fading = half_life(found)
    except NotEvaluable as exc:
        made["half_life"] = {"not_made": str(exc)}
        return made
    ends = {"low": _finite(fading.low), "high": _finite(fading.high)}
    made["half_life"] = {
        "months": _finite(_MONTHS * fading.periods),
        **{name: None if value is None else _MONTHS * value for name, value in ends.items()},
        "lost_each_quarter": fading.rate, "p_that_it_does_not_fade": fading.p,
    }  # fmt: skip
    return made


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
