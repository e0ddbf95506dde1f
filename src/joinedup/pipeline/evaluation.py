"""Evaluating by a protocol: register, judge the design unseen, estimate, grade, say the verdict, write result.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from joinedup import __version__
from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation_design import Design, design_panel
from joinedup.pipeline.evaluation_findings import Findings
from joinedup.pipeline.evaluation_methods import run_method
from joinedup.pipeline.evaluation_panel import panel_parts, read_frame, read_panel
from joinedup.pipeline.report import write_report
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.deviation import deviations
from joinedup.rules.programme.grade import Check, Diagnostic, grade
from joinedup.rules.programme.protocol import Protocol
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.rules.programme.verdict import Primary, verdict_of
from joinedup.store.evaluation_tables import EvaluationTable
from joinedup.store.objects import write_atomically
from joinedup.store.protocols import (
    ProtocolFile,
    load_protocol,
    register,
    registrations,
    registrations_file,
)

#: Choice: donors that miss the treated by more than this share of its standard deviation before do not resemble it.
LARGEST_MISFIT: Final = 0.25

AT_RUN_TIME: Final = "registered at run time"
REGISTERED: Final = "registered"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands to what was registered.

    Attributes:
        heading: "registered", or "registered at run time" where nothing was registered before.
        deviations: how the protocol departs from its first registration.
    """

    heading: str
    hash: str
    time: str
    deviations: tuple[str, ...]

    @property
    def record(self) -> dict[str, str]:
        """As result.json holds it."""
        return {"hash": self.hash, "time": self.time, "heading": self.heading}


def evaluate(protocol: Path, data: Path, out: Path, *, now: datetime, registering: bool = False) -> Result:
    """Evaluate a table of one's own by a protocol, and write result.json.

    Args:
        protocol: TOML file.
        data: CSV or Parquet file.
        out: folder; made when it does not exist.
        now: with its time zone.
        registering: append the protocol to the registrations before anything is read.

    Raises:
        UsageError: a file or column is missing, or the protocol is not one of units over time.
        ConfigError: the protocol is wrong, or the registrations were altered.
    """
    file = load_protocol(protocol)
    panel_parts(file.protocol)
    standing = stand(file, now, registering=registering)
    table = EvaluationTable(data)
    result = evaluate_panel(file, table, standing, now)
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "result.json", json.dumps(result.as_dict(), indent=1, ensure_ascii=False) + "\n")
    write_report(result, out)
    return result


def stand(file: ProtocolFile, now: datetime, *, registering: bool = False) -> Standing:
    """Register a protocol if asked, and compare it with its first registration.

    The first counts even where an altered protocol was registered again: a promise is not changed by a second one.
    """
    path = registrations_file(file.path)
    if registering:
        register(path, file, now)
    known = [item for item in registrations(path) if item.name == file.name]
    if not known:
        return Standing(AT_RUN_TIME, file.hash, now.isoformat(), ())
    first = known[0]
    changes = tuple(f"since its registration {change}" for change in deviations(first.content, file.content))
    again = next((item for item in known[1:] if item.hash == file.hash), None)
    if changes and again:
        changes += (f"the altered protocol was registered on {again.time}",)
    return Standing(REGISTERED, first.hash, first.time, changes)


def evaluate_panel(file: ProtocolFile, table: EvaluationTable, standing: Standing, now: datetime) -> Result:
    """Design first, on what lay before the start; estimates only if it is accepted."""
    protocol = file.protocol
    provenance = {
        "data": table.path.name, "data_sha256": table.sha256, "protocol": file.path.name, "protocol_hash": file.hash,
        "code_version": __version__, "run_at": now.isoformat(), "seed": panel_parts(protocol)[1].seed,
        "question": protocol.question, "statements": dict(protocol.statements),
    }  # fmt: skip
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
        diagnostics=_of_design(design) if design else {}, deviations=standing.deviations, registered=standing.record,
        provenance=provenance,
    )  # fmt: skip


def _of_design(design: Design) -> dict[str, Any]:
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
    diagnostics = {**_of_design(design), **findings.diagnostics, "assumptions": _assumptions(data.polarity)}
    promised = not any("design." in change or "data." in change for change in standing.deviations)
    return Result(
        title=protocol.title, design=str(protocol.design.method),
        verdict=verdict_of(_primary(findings), data.polarity, given.level),
        grade=GradeGiven(given.level, given.because),
        estimates=tuple(_estimate(data.outcome, effect, promised) for effect in findings.effects),
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
    made = [
        Diagnostic(
            Check.REGISTERED, standing.heading == REGISTERED,
            f"the protocol was {standing.heading}" + (f" on {standing.time}" if standing.heading == REGISTERED else ""),
        ),
        Diagnostic(
            Check.AS_REGISTERED, not standing.deviations if standing.heading == REGISTERED else None,
            f"{len(standing.deviations)} change(s) since registration",
        ),
    ]  # fmt: skip
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
