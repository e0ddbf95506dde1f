"""Evaluating people by a protocol: a design that sees no outcome, estimates only if it is accepted, grade, verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.people_checks import (
    effect_row,
    grade_checks,
    negative_control_findings,
    sensitivity_of,
)
from joinedup.pipeline.evaluation.people_cost import cost_of
from joinedup.pipeline.evaluation.people_design import PeopleDesigned, design_people
from joinedup.pipeline.evaluation.people_hidden import hidden_difference
from joinedup.pipeline.evaluation.people_outcomes import (
    Materials,
    OutcomeFound,
    few_without,
    find_outcome,
    gets_worse,
    group_table,
    subgroup_findings,
)
from joinedup.pipeline.evaluation.people_rows import People, check_columns, people_parts, read_outcomes, read_people
from joinedup.pipeline.evaluation.place_checks import Lasting, lasting, place_sensitivity
from joinedup.pipeline.evaluation.place_people import Cohort
from joinedup.pipeline.evaluation.small_counts import hidden, least_shown, shown_counts
from joinedup.pipeline.evaluation.standing import Standing, provenance_of, standing_checks
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import grade
from joinedup.rules.programme.protocol import OutcomeKind, Protocol, Role
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.rules.programme.verdict import Primary, verdict_of, withheld_because
from joinedup.store.evaluation_tables import Table
from joinedup.store.protocols import ProtocolFile


def evaluate_people(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Design first, on what was known before the index date; outcomes are read only if it is accepted.

    Raises:
        UsageError: a column is missing, or an outcome is also a covariate.
    """
    protocol = file.protocol
    check_columns(table, protocol)
    provenance = provenance_of(file, table, now, people_parts(protocol)[1].seed)
    design = None
    try:
        people, protocol = known_before(table, protocol), _priced(protocol, table)
        if isinstance(table, Cohort):
            provenance = {**provenance, **table.chosen}
        design = design_people(people, protocol)
        if not design.is_accepted or design.compared is None:
            return _not_evaluable(protocol, "; ".join(design.reasons), design, standing, provenance)
        materials = Materials.of(protocol, people, design.compared, read_outcomes(table, protocol))
        return _estimated(materials, design, standing, provenance, table)
    except NotEvaluable as exc:
        return _not_evaluable(protocol, str(exc), design, standing, provenance)


def known_before(table: Table, protocol: Protocol) -> People:
    """What a design is given: people as known before the index date, and how a place came to them.

    Raises:
        NotEvaluable: see `read_people`.
    """
    people = read_people(table, protocol)
    return replace(people, flow=table.flow) if isinstance(table, Cohort) else people


def _priced(protocol: Protocol, table: Table) -> Protocol:
    """The protocol with what the enrolments of a place say that the scheme cost, where the protocol does not say."""
    costs = protocol.costs
    if not isinstance(table, Cohort) or costs is None or costs.programme_pence is not None:
        return protocol
    return replace(protocol, costs=replace(costs, programme_pence=table.programme_pence))


def _not_evaluable(
    protocol: Protocol, reason: str, design: PeopleDesigned | None, standing: Standing, provenance: Mapping[str, Any]
) -> Result:
    return Result(
        protocol.title, str(protocol.design.method), "not evaluable", reason,
        diagnostics=design_view(design) if design else {}, deviations=standing.deviations, registered=standing.record,
        provenance=provenance,
    )  # fmt: skip


def design_view(design: PeopleDesigned) -> dict[str, Any]:
    """What was seen of a design before any outcome, as result.json holds it."""
    return {
        "design": {"accepted": design.is_accepted, "reasons": list(design.reasons), **design.facts},
        "flow": dict(design.flow), "balance": [dict(row) for row in design.balance], "overlap": design.overlap,
        "largest_smd": design.largest_smd, "power": dict(design.power),
    }  # fmt: skip


def _estimated(
    materials: Materials, design: PeopleDesigned, standing: Standing, provenance: Mapping[str, Any], table: Table
) -> Result:
    protocol = materials.protocol
    found = [find_outcome(materials, outcome) for outcome in protocol.outcomes]
    place = table if isinstance(table, Cohort) else None
    if place is not None:
        found = [replace(item, why=place.unavailable.get(item.outcome.name, item.why)) for item in found]
    primary = next((item for item in found if item.outcome.role is Role.PRIMARY), found[0])
    if primary.main is None:
        raise NotEvaluable(f"{primary.outcome.name}: {primary.why}")
    given = grade(
        protocol.design.method, [*standing_checks(standing), *grade_checks(materials, design, found, primary)]
    )
    verdict, because = _verdict(found, primary, given.level)
    least = least_shown(protocol.disclosure)
    subgroups = subgroup_findings(materials, primary.outcome, least)
    diagnostics = {
        **design_view(design), "groups": [_group(materials, item) for item in found if item.main is not None],
        "not_estimated": [{"outcome": item.outcome.name, "because": item.why} for item in found if item.why],
        "notes": [f"{item.outcome.name}: {item.note}" for item in found if item.note],
        "assumptions": _assumptions(found), "verdict": {"rests_on": primary.outcome.name, **because},
        **hidden_difference(materials, primary),
        "other_primary": _other_primary(found, primary, given.level),
    }  # fmt: skip
    sensitivity = sensitivity_of(materials, primary, found)
    over_time = Lasting()
    if place is not None:
        sensitivity |= place_sensitivity(place, materials, primary)
        over_time = lasting(place, materials, primary)
        diagnostics["persistence"] = dict(over_time.said)
    return Result(
        title=protocol.title, design=str(protocol.design.method), verdict=verdict,
        grade=GradeGiven(given.level, given.because),
        estimates=(
            *_estimates(found, subgroups, promised=standing.is_as_promised, follow_up=_follow_up(protocol)),
            *(
                _estimate(primary, effect, "all", standing.is_as_promised, _follow_up(protocol))
                for effect in over_time.effects
            ),
        ),
        diagnostics=diagnostics, sensitivity=sensitivity,
        cost=cost_of(materials, found), deviations=standing.deviations, registered=standing.record,
        provenance=provenance,
    )  # fmt: skip


def _verdict(found: Sequence[OutcomeFound], primary: OutcomeFound, level: int) -> tuple[str, dict[str, str]]:
    """By the primary outcome; an outcome of safety that is clearly worse is harm, whatever else got better.

    Withheld where an outcome that the scheme cannot change did: then it is said why.
    """
    for item in found:
        if item.outcome.role is Role.SAFETY and gets_worse(item):
            return "harm", {"because": f"{item.outcome.name}, an outcome of safety, got worse"}
    verdict, rests = _verdict_of(primary, level), f"{primary.outcome.name}, the primary outcome"
    if why := withheld_because(verdict, _changed(found)):
        return "no conclusive evidence", {"because": f"{rests}; withheld: {why}", "withheld": why}
    return verdict, {"because": rests}


def _changed(found: Sequence[OutcomeFound]) -> list[str]:
    """Outcomes that the scheme cannot change and that changed."""
    return [item.outcome for item in negative_control_findings(found) if item.has_passed is False]


def _verdict_of(item: OutcomeFound, level: int) -> str:
    main = item.main
    if main is None:
        return "not evaluable"
    low, high = main.low, main.high
    is_ratio = main.scale == "ratio"
    primary = Primary(low, high, none=1.0) if is_ratio else Primary(low, high, counterfactual=item.counterfactual)
    return verdict_of(primary, item.outcome.polarity, level)


def _other_primary(found: Sequence[OutcomeFound], primary: OutcomeFound, level: int) -> list[dict[str, str]]:
    changed = _changed(found)
    given = [(item, _verdict_of(item, level)) for item in found]
    return [
        {
            "outcome": item.outcome.name,
            "verdict": "no conclusive evidence" if withheld_because(verdict, changed) else verdict,
        }
        for item, verdict in given
        if item.outcome.role is Role.PRIMARY and item is not primary
    ]


def _assumptions(found: Sequence[OutcomeFound]) -> list[str]:
    unsaid = [i.outcome.name for i in found if i.outcome.polarity not in {Direction.LOWER, Direction.HIGHER}]
    if not unsaid:
        return []
    return [f"the protocol does not say which way these get better; less was taken as better: {', '.join(unsaid)}"]


def _group(materials: Materials, item: OutcomeFound) -> dict[str, Any]:
    """Counts and means of the two groups; means of a group with small numbers are hidden with them."""
    policy, row = materials.protocol.disclosure, group_table(materials, item.outcome)
    counts = {name: value for name, value in row.items() if name.startswith("people_")}
    few = few_without(row, item.outcome, least_shown(policy))
    for side in ("treated", "controls"):
        if side in few or any(hidden(value, policy) for name, value in counts.items() if name.endswith(side)):
            row[f"mean_{side}"] = None
    untold = dict.fromkeys(f"people_with_event_{side}" for side in few)
    return {**row, **shown_counts(counts, policy), **untold, "role": str(item.outcome.role)}


def _estimates(
    found: Sequence[OutcomeFound], subgroups: Sequence[tuple[str, str, OutcomeFound]], *, promised: bool, follow_up: str
) -> tuple[Estimate, ...]:
    """Primary outcomes first, in the order of the protocol; then subgroups."""
    ordered = sorted(found, key=lambda item: item.outcome.role is not Role.PRIMARY)
    made = [_estimate(item, effect, "all", promised, follow_up) for item in ordered for effect in item.effects]
    for column, category, item in subgroups:
        made += [_estimate(item, effect, f"{column}={category}", promised, follow_up) for effect in item.effects]
    return tuple(made)


def _estimate(item: OutcomeFound, effect: Effect, subgroup: str, promised: bool, follow_up: str) -> Estimate:
    row = effect_row(effect)
    return Estimate(
        item.outcome.name, effect.estimand, row["value"], row["scale"], effect.horizon, subgroup, effect.se, row["low"],
        row["high"], row["p"], effect.n, promised,
        _unit(item.outcome.kind, follow_up) if row["scale"] == "difference" else "",
    )  # fmt: skip


def _follow_up(protocol: Protocol) -> str:
    """The unit of follow-up; a place follows its people up in years."""
    return "years" if protocol.place is not None else people_parts(protocol)[0].follow_up


def _unit(kind: OutcomeKind, follow_up: str) -> str:
    """What a difference is counted by: counts for each unit of follow-up."""
    if kind is OutcomeKind.COST:
        return "pounds a person"
    if kind is not OutcomeKind.COUNT:
        return ""
    if not follow_up:
        return "a person"
    return "a person a year" if "year" in follow_up else f"a person and unit of {follow_up.replace('_', ' ')}"
