"""What is looked at beside the main answer about areas: other outcomes, subgroups, placebos in time, confounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from joinedup.methods.effect import Effect
from joinedup.methods.falsification import Falsification, negative_controls
from joinedup.methods.sensitivity import e_value
from joinedup.pipeline.evaluation.panel import Frame, LoadedPanel, as_number, label, panel_parts, read_panel
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.panel_methods import run_method
from joinedup.pipeline.evaluation.panel_probes import chosen, effect_row
from joinedup.pipeline.evaluation.panel_scale import on_ratio_scale
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import Check, Diagnostic
from joinedup.rules.programme.protocol import Outcome, Protocol, Role
from joinedup.rules.programme.protocol_panel import Covered
from joinedup.store.evaluation_tables import Table

#: Choice: another scheme that reached treated and controls as often, to a tenth, does not tell them apart.
SAME_REACH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Beside:
    """What was found of one outcome beside the primary one.

    Attributes:
        effect: None where it cannot be estimated; `why` says why.
    """

    outcome: Outcome
    effect: Effect | None
    why: str = ""


def other_outcomes(protocol: Protocol, table: Table, frame: Frame) -> tuple[Beside, ...]:
    """The effect on each further outcome of the protocol, by the same design on the same units."""
    return tuple(_outcome(item, protocol, table, frame) for item in protocol.outcomes)


def _outcome(outcome: Outcome, protocol: Protocol, table: Table, frame: Frame) -> Beside:
    data, _ = panel_parts(protocol)
    changed = replace(protocol, data=replace(data, outcome=outcome.name, kind=outcome.kind))
    try:
        loaded = read_panel(table, changed, frame)
        return Beside(outcome, on_ratio_scale(run_method(loaded, changed), changed).effects[0])
    except NotEvaluable as exc:
        return Beside(outcome, None, str(exc))


def falsified(found: Sequence[Beside]) -> tuple[Falsification, ...]:
    """Outcomes that the scheme cannot have changed, judged together."""
    those = [item for item in found if item.outcome.role is Role.NEGATIVE_CONTROL]
    made = negative_controls({item.outcome.name: item.effect for item in those if item.effect is not None})
    return made + tuple(
        Falsification(item.outcome.name, None, None, None, item.why) for item in those if item.effect is None
    )


def falsification_row(item: Falsification) -> dict[str, Any]:
    """One such outcome as a row of a table."""
    effect = effect_row(item.effect) if item.effect else {"value": None, "low": None, "high": None}
    return {"outcome": item.outcome, **effect, "p": item.p, "has_passed": item.has_passed, "why": item.why}


def subgroup_effects(
    protocol: Protocol, table: Table, frame: Frame, loaded: LoadedPanel
) -> tuple[list[tuple[str, Effect]], list[dict[str, Any]]]:
    """The effect in the treated units of each promised subgroup, beside the same controls as for all.

    Returns:
        Subgroup and effect; and the subgroups that cannot be told, with the reason.
    """
    made, without = [], []
    for column in protocol.subgroups:
        of_unit = _column(table, protocol, column)
        names = [of_unit.get(unit, "") for unit in loaded.panel.units]
        for name in sorted({n for n, own in zip(names, loaded.panel.is_treated, strict=True) if own and n}):
            keep = ~loaded.panel.is_treated | (np.array(names, str) == name)
            told = name if column == "group" else f"{column}: {name}"
            try:
                found = on_ratio_scale(run_method(chosen(loaded, keep), protocol), protocol)
                made.append((told, found.effects[0]))
            except NotEvaluable as exc:
                without.append({"subgroup": told, "reason": str(exc)})
    return made, without


def _column(table: Table, protocol: Protocol, column: str) -> dict[str, str]:
    data, _ = panel_parts(protocol)
    table.require([column])
    rows = table.read([data.unit, column])
    found: dict[str, str] = {}
    for unit, value in zip(rows.column(data.unit).to_pylist(), rows.column(column).to_pylist(), strict=True):
        if value is not None and found.setdefault(label(unit), label(value)) != label(value):
            raise NotEvaluable(f"{column} is not the same in all rows of a unit; a subgroup is known before the start")
    return found


def promised_checks(protocol: Protocol, findings: Findings, power: Mapping[str, Any]) -> dict[str, Any]:
    """The promised sensitivity analyses that rest on what was found, each under its name, or why it is not there."""
    made: dict[str, Any] = {}
    for name in protocol.checks:
        if name in _CHECKS:
            try:
                made[name] = _CHECKS[name](findings, power)
            except NotEvaluable as exc:
                made[name] = {"reason": str(exc)}
    return made


def _e_value(findings: Findings, power: Mapping[str, Any]) -> dict[str, Any]:
    del power
    effect = next((item for item in findings.effects if item.scale == "ratio" and item.horizon == "all"), None)
    if effect is None or effect.low is None or effect.high is None:
        raise NotEvaluable("there is no ratio with an interval; ask on the scale of logarithms (data.scale)")
    found = e_value(effect.value, effect.low, effect.high)
    return {"value": found.value, "limit": found.limit, "ratio": effect.value}


def _placebo_in_time(findings: Findings, power: Mapping[str, Any]) -> dict[str, Any]:
    """The effect of a start that never was, two thirds of the way to the real one."""
    del findings
    found = power.get("effect_at_moved_start")
    if found is None:
        raise NotEvaluable(str(power.get("because", "there are too few periods before the start")))
    low, high = found["low"], found["high"]
    return {
        **found, "has_passed": low <= 0 <= high if low is not None and high is not None else None,
        "how": power.get("how", ""),
    }  # fmt: skip


_CHECKS: Final[Mapping[str, Callable[[Findings, Mapping[str, Any]], dict[str, Any]]]] = {
    "evalue": _e_value,
    "placebo_in_time": _placebo_in_time,
}


def scheme_checks(protocol: Protocol, loaded: LoadedPanel, code: Callable[[str], str]) -> list[Diagnostic]:
    """Whether another scheme that began within the data tells treated and controls apart.

    Args:
        code: the unit of an area.
    """
    if loaded.group is not None and protocol.exposure.others:
        words = "the other scheme's effect is told apart by the triple difference"
        return [Diagnostic(Check.OVERLAPPING_SCHEME, True, words)]
    return [_reach(item, loaded, code) for item in protocol.exposure.others]


def _reach(other: Covered, loaded: LoadedPanel, code: Callable[[str], str]) -> Diagnostic:
    panel = loaded.panel
    if as_number(other.start) > panel.times[-1]:
        return Diagnostic(Check.OVERLAPPING_SCHEME, True, f"{other.name} began after the last period")
    units = np.array(panel.units, str)
    has = np.isin(units, [code(unit) for unit in other.units]) if other.units else np.ones(len(units), bool)
    own, others = has[panel.is_treated].mean(), has[~panel.is_treated].mean() if (~panel.is_treated).any() else 0.0
    words = f"{other.name} reached {100 * own:.0f}% of the treated and {100 * others:.0f}% of the controls"
    return Diagnostic(Check.OVERLAPPING_SCHEME, bool(abs(own - others) <= SAME_REACH), words)
