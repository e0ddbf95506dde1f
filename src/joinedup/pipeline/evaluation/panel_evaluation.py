"""Evaluating areas by a protocol: the design before any outcome, then the estimate, and everything looked at beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.panel import Frame, LoadedPanel, panel_parts, read_frame, read_panel
from joinedup.pipeline.evaluation.panel_checks import (
    Beside,
    falsification_row,
    falsified,
    other_outcomes,
    promised_checks,
    scheme_checks,
    subgroup_effects,
)
from joinedup.pipeline.evaluation.panel_cost import panel_cost
from joinedup.pipeline.evaluation.panel_design import Design, design_panel
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.panel_lasting import lasting, slope_before
from joinedup.pipeline.evaluation.panel_methods import run_method
from joinedup.pipeline.evaluation.panel_probes import prepared, probes_by_scale, run_probes
from joinedup.pipeline.evaluation.panel_scale import on_ratio_scale
from joinedup.pipeline.evaluation.panel_small import guarded, without
from joinedup.pipeline.evaluation.place_areas import AREA, PERIOD, AreaTable
from joinedup.pipeline.evaluation.place_series import SchemeSeries
from joinedup.pipeline.evaluation.small_counts import hidden
from joinedup.pipeline.evaluation.standing import Standing, provenance_of, standing_checks
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import Check, Diagnostic, grade
from joinedup.rules.programme.protocol import OutcomeKind, PanelMethod, Protocol
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.rules.programme.verdict import Primary, verdict_of, withheld_because
from joinedup.store.evaluation_tables import Table
from joinedup.store.protocols import ProtocolFile

#: Choice: donors that miss the treated by more than this share of its standard deviation before do not resemble it.
LARGEST_MISFIT: Final = 0.25


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation of areas under way.

    Attributes:
        promised: the protocol as written.
        protocol: the same as it is run, in the codes of units.
    """

    promised: Protocol
    protocol: Protocol
    table: Table
    frame: Frame
    design: Design
    standing: Standing
    provenance: Mapping[str, Any]


def evaluate_panel(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Design first, on what lay before the start; estimates only if it is accepted."""
    provenance = provenance_of(file, table, now, panel_parts(file.protocol)[1].seed)
    try:
        protocol, frame, design = designed(table, file.protocol)
        run = Run(file.protocol, protocol, table, frame, design, standing, provenance)
        if not design.is_accepted:
            return _not_evaluable(protocol, "; ".join(design.reasons), design, standing, provenance)
        return _estimated(run)
    except NotEvaluable as exc:
        return _not_evaluable(file.protocol, str(exc), None, standing, provenance)


def designed(table: Table, promised: Protocol) -> tuple[Protocol, Frame, Design]:
    """The protocol in the codes of units, who starts when, and the design; no outcome after the start is read.

    Raises:
        NotEvaluable: see `read_frame`.
    """
    protocol = prepared(promised, table)
    frame = read_frame(table, protocol)
    design = design_panel(table, protocol, frame)
    if isinstance(table, AreaTable):
        design = replace(design, flow={**design.flow, **table.flow})
    return protocol, frame, design


def _not_evaluable(
    protocol: Protocol, reason: str, design: Design | None, standing: Standing, provenance: Mapping[str, Any]
) -> Result:
    return Result(
        protocol.title, str(protocol.design.method), "not evaluable", reason,
        diagnostics=design_view(design) if design else {}, deviations=standing.deviations, registered=standing.record,
        provenance=provenance,
    )  # fmt: skip


def design_view(design: Design) -> dict[str, Any]:
    """What was seen of a design before any outcome, as result.json holds it."""
    return {
        "design": {"accepted": design.is_accepted, "reasons": list(design.reasons)}, "flow": dict(design.flow),
        "balance": [dict(row) for row in design.balance], "overlap": design.overlap, "power": dict(design.power),
        "before_start": dict(design.diagnostics),
    }  # fmt: skip


def _estimated(run: Run) -> Result:
    """The primary answer, then what is looked at beside it."""
    loaded = read_panel(run.table, run.protocol, run.frame)
    findings = on_ratio_scale(run_method(loaded, run.protocol), run.protocol)
    beside = other_outcomes(run.protocol, run.table, run.frame)
    subgroups, untold = subgroup_effects(run.protocol, run.table, run.frame, loaded)
    sensitivity = {**findings.sensitivity, **promised_checks(run.protocol, findings, run.design.power)}
    if run.promised.probes:
        sensitivity |= probes_by_scale(run_probes(run.promised, run.table), findings.effects[0].scale)
    if falsehoods := falsified(beside):
        sensitivity["negative_control"] = [falsification_row(item) for item in falsehoods]
    if untold:
        sensitivity["subgroups_not_told"] = untold
    given = grade(run.protocol.design.method, _checks(run, loaded, findings, beside))
    verdict = _verdict(run, findings, beside, given.level)
    return _result(run, loaded, findings, given=GradeGiven(given.level, given.because), sensitivity=sensitivity,
                   verdict=verdict, further=[*_of_outcomes(run, beside), *_of_subgroups(run, subgroups)])  # fmt: skip


def _result(
    run: Run, loaded: LoadedPanel, findings: Findings, *, given: GradeGiven, sensitivity: Mapping[str, Any],
    verdict: tuple[str, Mapping[str, str]], further: list[Estimate],
) -> Result:  # fmt: skip
    data, _ = panel_parts(run.protocol)
    shown = _shown(run, loaded, findings)
    unit = _unit(run.table)
    own = [_estimate(data.outcome, effect, run.standing.is_as_promised, unit=unit) for effect in shown.effects]
    return Result(
        title=run.protocol.title, design=str(run.protocol.design.method),
        verdict=verdict[0], grade=given,
        estimates=(*own, *further), weights=findings.weights, series=shown.series,
        diagnostics={**_diagnostics(run, loaded, findings), "verdict": verdict[1]}, sensitivity=sensitivity,
        cost=panel_cost(run.protocol, loaded, findings, _per(run.table)),
        deviations=run.standing.deviations, registered=run.standing.record, provenance=run.provenance,
    )  # fmt: skip


def _verdict(
    run: Run, findings: Findings, beside: tuple[Beside, ...], level: int
) -> tuple[str, Mapping[str, str]]:  # fmt: skip
    """By the primary outcome; withheld where an outcome that the scheme cannot change did."""
    data, _ = panel_parts(run.protocol)
    verdict, rests = verdict_of(_primary(findings), data.polarity, level), f"{data.outcome}, the primary outcome"
    changed = [item.outcome for item in falsified(beside) if item.has_passed is False]
    if why := withheld_because(verdict, changed):
        return "no conclusive evidence", {
            "rests_on": data.outcome, "because": f"{rests}; withheld: {why}", "withheld": why
        }  # fmt: skip
    return verdict, {"rests_on": data.outcome, "because": rests}


def _diagnostics(run: Run, loaded: LoadedPanel, findings: Findings) -> dict[str, Any]:
    data, _ = panel_parts(run.protocol)
    drift = {} if findings.events is None else slope_before(findings.events)
    return {
        **design_view(run.design), **findings.diagnostics, **drift,
        **lasting(findings.events, loaded, run.protocol.exposure), "assumptions": _assumptions(data.polarity),
    }  # fmt: skip


def _per(table: Table) -> float:
    return table.per if isinstance(table, AreaTable) else 1.0


def _shown(run: Run, loaded: LoadedPanel, findings: Findings) -> Findings:
    """Findings with small counts of one area protected."""
    data, design = panel_parts(run.protocol)
    policy = run.table.policy if isinstance(run.table, AreaTable) else run.protocol.disclosure
    single = int(loaded.panel.is_treated.sum()) == 1 or design.method is PanelMethod.INTERRUPTED
    if not single or policy is Policy.EXACT:
        return findings
    if data.kind is OutcomeKind.COUNT:
        return guarded(findings, policy)
    if isinstance(run.table, AreaTable) and run.table.is_of_counts:
        return without(findings, _few(run, loaded, run.table, policy))
    return findings


def _few(run: Run, loaded: LoadedPanel, table: AreaTable, policy: Policy) -> frozenset[str]:
    """Periods in which the treated area's figure rests on too few cases to be shown."""
    treated = {name for name, own in zip(loaded.panel.units, loaded.panel.is_treated, strict=True) if own}
    column = table.numerator(panel_parts(run.protocol)[0].outcome)
    rows = table.read([AREA, PERIOD, column]).to_pylist()
    return frozenset(
        row[PERIOD].isoformat() for row in rows
        if row[AREA] in treated and row[column] is not None and hidden(round(row[column]), policy)
    )  # fmt: skip


def _primary(findings: Findings) -> Primary:
    effect = findings.effects[0]
    if effect.scale == "ratio":
        return Primary(effect.low, effect.high, none=1.0)
    return Primary(effect.low, effect.high, counterfactual=findings.counterfactual)


def _estimate(outcome: str, effect: Effect, promised: bool, subgroup: str = "all", unit: str = "") -> Estimate:
    return Estimate(
        outcome, effect.estimand, effect.value, effect.scale, effect.horizon, subgroup, effect.se, effect.low,
        effect.high, effect.p, effect.n, promised, unit if effect.scale == "difference" else "",
    )  # fmt: skip


def _unit(table: Table) -> str:
    """What a difference is counted by, where the table knows it."""
    return table.unit_of_outcome if isinstance(table, SchemeSeries) else ""


def _of_outcomes(run: Run, beside: tuple[Beside, ...]) -> list[Estimate]:
    promised = run.standing.is_as_promised
    return [_estimate(item.outcome.name, item.effect, promised) for item in beside if item.effect is not None]


def _of_subgroups(run: Run, found: list[tuple[str, Effect]]) -> list[Estimate]:
    outcome, promised = panel_parts(run.protocol)[0].outcome, run.standing.is_as_promised
    unit = _unit(run.table)
    return [_estimate(outcome, effect, promised, name, unit) for name, effect in found]


def _assumptions(polarity: Direction | None) -> list[str]:
    if polarity in {Direction.LOWER, Direction.HIGHER}:
        return []
    return ["the protocol does not say which way the outcome gets better; less of it was taken as better"]


def _checks(run: Run, loaded: LoadedPanel, findings: Findings, beside: tuple[Beside, ...]) -> list[Diagnostic]:
    """What was looked at, in the words of the grade."""
    code = run.table.unit if isinstance(run.table, AreaTable) else str
    made = [
        *standing_checks(run.standing), *_trend_checks(findings), *scheme_checks(run.protocol, loaded, code),
        *(
            Diagnostic(
                Check.NEGATIVE_CONTROL, item.has_passed,
                f"{item.outcome}: " + (item.why or f"p = {item.p:.3f}, corrected for how many were looked at"),
            )
            for item in falsified(beside)
        ),
    ]  # fmt: skip
    if "clusters" in findings.diagnostics:
        known = findings.effects[0].low is not None
        words = f"{findings.diagnostics['clusters']} clusters" + ("" if known else ", too few for an interval")
        made.append(Diagnostic(Check.CLUSTERS, known, words))
    return made


def _trend_checks(findings: Findings) -> list[Diagnostic]:
    """Trends before the start, and how closely a mixture followed the treated."""
    found, made = findings.diagnostics, []
    if "pre_trend_p" in found:
        p = found["pre_trend_p"]
        words = "trends before the start could not be tested" if p is None else f"test of parallel trends: p = {p:.3f}"
        made.append(Diagnostic(Check.PRE_TREND, None if p is None else p >= 0.05, words))
    if "pre_fit_share_of_sd" in found:
        share = found["pre_fit_share_of_sd"]
        words = f"the mixture missed the treated by {share:.2f} of its standard deviation before the start"
        made.append(Diagnostic(Check.PRE_FIT, share <= LARGEST_MISFIT, words))
    return made
