"""Evaluating by a protocol: register, judge the design unseen, estimate, grade, say the verdict, write result.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.opening import opened
from joinedup.pipeline.evaluation.panel import panel_parts, read_frame, read_panel
from joinedup.pipeline.evaluation.panel_design import Design, design_panel
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.panel_methods import run_method
from joinedup.pipeline.evaluation.people import evaluate_people
from joinedup.pipeline.evaluation.standing import (
    AT_RUN_TIME,
    REGISTERED,
    Standing,
    provenance_of,
    stand,
    standing_checks,
)
from joinedup.pipeline.evaluation.synthesis import evaluate_synthesis
from joinedup.pipeline.report import write_report
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import Check, Diagnostic, grade
from joinedup.rules.programme.protocol import PanelDesign, PeopleDesign, Protocol, SynthesisDesign
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.rules.programme.verdict import Primary, verdict_of
from joinedup.store.evaluation_tables import Table
from joinedup.store.objects import write_atomically
from joinedup.store.protocols import ProtocolFile, load_protocol

__all__ = ["AT_RUN_TIME", "REGISTERED", "Standing", "evaluate", "evaluate_panel", "stand"]

#: Choice: donors that miss the treated by more than this share of its standard deviation before do not resemble it.
LARGEST_MISFIT: Final = 0.25


def evaluate(
    protocol: Path,
    out: Path | None = None,
    *,
    now: datetime,
    data: Path | None = None,
    place: Path | None = None,
    registering: bool = False,
) -> Result:
    """Evaluate a table of one's own, or a place, by a protocol of areas, people or studies, and write result.json.

    Args:
        protocol: TOML file.
        out: folder; made when it does not exist.
        data: CSV or Parquet file.
        place: folder of a place that was built; give either data or place.
        now: with its time zone.
        registering: append the protocol to the registrations before anything is read.

    Raises:
        UsageError: a file or column is missing, or neither or both of data and place are given.
        ReleaseError: the place was not built yet.
        ConfigError: the protocol is wrong, or the registrations were altered.
    """
    file = load_protocol(protocol)
    standing = stand(file, now, registering=registering)
    with opened(file, data, place) as table:
        result = evaluate_table(file, table, standing, now)
    if out is not None:
        write_result(result, out)
    return result


def evaluate_table(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Evaluate an open table by a protocol of areas, people or studies; a result that is not evaluable says why.

    Raises:
        UsageError: a column is missing.
    """
    return _EVALUATE[type(file.protocol.design)](file, table, standing, now)


def write_result(result: Result, out: Path) -> None:
    """Write result.json and report.html into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "result.json", json.dumps(result.as_dict(), indent=1, ensure_ascii=False) + "\n")
    write_report(result, out)


def evaluate_panel(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Design first, on what lay before the start; estimates only if it is accepted."""
    protocol = file.protocol
    provenance = provenance_of(file, table, now, panel_parts(protocol)[1].seed)
    try:
        frame = read_frame(table, protocol)
        design = design_panel(table, protocol, frame)
        if not design.is_accepted:
            return _not_evaluable(protocol, "; ".join(design.reasons), design, standing, provenance)
        findings = run_method(read_panel(table, protocol, frame), protocol)
    except NotEvaluable as exc:
        return _not_evaluable(protocol, str(exc), None, standing, provenance)
    return _result(protocol, design, findings, standing, provenance)


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


def _result(
    protocol: Protocol, design: Design, findings: Findings, standing: Standing, provenance: Mapping[str, Any]
) -> Result:
    data, _ = panel_parts(protocol)
    given = grade(protocol.design.method, _checks(design, findings, standing))
    diagnostics = {**design_view(design), **findings.diagnostics, "assumptions": _assumptions(data.polarity)}
    return Result(
        title=protocol.title, design=str(protocol.design.method),
        verdict=verdict_of(_primary(findings), data.polarity, given.level),
        grade=GradeGiven(given.level, given.because),
        estimates=tuple(_estimate(data.outcome, effect, standing.is_as_promised) for effect in findings.effects),
        weights=findings.weights, series=findings.series, diagnostics=diagnostics, sensitivity=findings.sensitivity,
        deviations=standing.deviations, registered=standing.record, provenance=provenance,
    )  # fmt: skip


def _primary(findings: Findings) -> Primary:
    effect = findings.effects[0]
    if effect.scale == "ratio":
        return Primary(effect.low, effect.high, none=1.0)
    return Primary(effect.low, effect.high, counterfactual=findings.counterfactual)


def _estimate(outcome: str, effect: Effect, promised: bool) -> Estimate:
    return Estimate(
        outcome, effect.estimand, effect.value, effect.scale, effect.horizon, "all", effect.se, effect.low, effect.high,
        effect.p, effect.n, promised,
    )  # fmt: skip


def _assumptions(polarity: Direction | None) -> list[str]:
    if polarity in {Direction.LOWER, Direction.HIGHER}:
        return []
    return ["the protocol does not say which way the outcome gets better; less of it was taken as better"]


def _checks(design: Design, findings: Findings, standing: Standing) -> list[Diagnostic]:
    """What was looked at, in the words of the grade."""
    made = standing_checks(standing)
    found = findings.diagnostics
    if "pre_trend_p" in found:
        p = found["pre_trend_p"]
        words = "trends before the start could not be tested" if p is None else f"test of parallel trends: p = {p:.3f}"
        made.append(Diagnostic(Check.PRE_TREND, None if p is None else p >= 0.05, words))
    if "pre_fit_share_of_sd" in found:
        share = found["pre_fit_share_of_sd"]
        words = f"the mixture missed the treated by {share:.2f} of its standard deviation before the start"
        made.append(Diagnostic(Check.PRE_FIT, share <= LARGEST_MISFIT, words))
    if "clusters" in found:
        known = findings.effects[0].low is not None
        words = f"{found['clusters']} clusters" + ("" if known else ", too few for an interval")
        made.append(Diagnostic(Check.CLUSTERS, known, words))
    return made


_EVALUATE: Final[Mapping[type, Callable[[ProtocolFile, Table, Standing, datetime], Result]]] = {
    PanelDesign: evaluate_panel,
    PeopleDesign: evaluate_people,
    SynthesisDesign: evaluate_synthesis,
}
