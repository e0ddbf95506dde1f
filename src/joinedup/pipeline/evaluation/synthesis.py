"""Bringing studies or sites together by a protocol: pooled effect, how far sites differ, whether an effect travels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joinedup.methods.study import Studies, studies_from_counts
from joinedup.methods.synthesis import Coefficient, Replication, Synthesis, leave_one_out, replication, synthesise
from joinedup.pipeline.evaluation.panel import label, numbers
from joinedup.pipeline.evaluation.standing import Standing, provenance_of, standing_checks
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.grade import Check, Diagnostic, grade
from joinedup.rules.programme.protocol import Measure, Protocol, SynthesisData, SynthesisDesign
from joinedup.rules.programme.protocol_place import PlaceStudies
from joinedup.rules.programme.protocol_synthesis import PooledScale
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.rules.programme.verdict import Primary, verdict_of
from joinedup.store.evaluation_tables import Table
from joinedup.store.protocols import ProtocolFile

Floats = NDArray[np.float64]
Moderators = tuple[tuple[str, Floats], ...]

_WORDS: Final[Mapping[Replication, str]] = {
    Replication.REPLICABLE: "a further site would see an effect of the same direction, with 95% confidence",
    Replication.MIXED: "the sites together show an effect, but a further site may see none or the opposite",
    Replication.NOT_SHOWN: "the sites together show no effect",
    Replication.TOO_FEW: "fewer than three sites cannot show that an effect travels",
}


def evaluate_synthesis(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Read the studies, pool them as the protocol says, and judge whether the effect travels.

    Raises:
        UsageError: a column is missing.
    """
    protocol = file.protocol
    provenance = provenance_of(file, table, now, 0)
    try:
        return _result(protocol, table, standing, provenance)
    except NotEvaluable as exc:
        return Result(
            protocol.title, str(protocol.design.method), "not evaluable", _with_reasons(str(exc), table),
            deviations=standing.deviations,
            registered=standing.record, provenance=provenance,
        )  # fmt: skip


def _with_reasons(reason: str, table: Table) -> str:
    """A reason, with why results that were to be put together give no estimate."""
    without = table.provenance.get("results_without_estimate", ())
    return "; ".join([reason, *(f"{item['study']}: {item['because']}" for item in without)])


def grade_checks(table: Table, protocol: Protocol) -> list[Diagnostic]:
    """The least grade of what is brought together, which caps that of the whole; [] where the table has none.

    Raises:
        NotEvaluable: a grade that is not a whole number from 1 to 5.
    """
    data, _ = _parts(protocol)
    if not data.grade:
        return []
    rows = table.read([data.study, data.grade])
    names, grades = [label(value) for value in rows.column(data.study).to_pylist()], numbers(rows, data.grade)
    if unknown := [name for name, grade in zip(names, grades, strict=True) if np.isnan(grade)]:
        return [Diagnostic(Check.STUDY_GRADES, False, f"nobody graded {', '.join(unknown)}", min(3, _least(grades)))]
    if not np.isin(grades, (1, 2, 3, 4, 5)).all():
        raise NotEvaluable(f"{data.grade} must be a whole number from 1 to 5 for every study, or empty")
    least = _least(grades)
    weakest = ", ".join(name for name, grade in zip(names, grades, strict=True) if grade == least)
    return [Diagnostic(Check.STUDY_GRADES, False, f"{weakest} has grade {least}, the least of what it rests on", least)]


def _least(grades: Floats) -> int:
    return int(np.nanmin(grades)) if np.isfinite(grades).any() else 3


def read_studies(table: Table, protocol: Protocol) -> tuple[Studies, Moderators]:
    """The studies of a table, and what each protocol's moderator is for them.

    Raises:
        UsageError: a column is missing.
        NotEvaluable: see `Studies` and `studies_from_counts`; a study without a name.
    """
    data, design = _parts(protocol)
    rows = table.read([data.study, data.estimate, data.variance, *data.counts, *design.moderators])
    given = rows.column(data.study).to_pylist()
    if any(value is None for value in given):
        raise NotEvaluable(f"{data.study} is missing in at least one row; every row must name its study")
    names = tuple(label(value) for value in given)
    moderators = tuple(item for name in design.moderators for item in _moderator(rows, name))
    if data.estimate:
        return Studies(names, numbers(rows, data.estimate), numbers(rows, data.variance)), moderators
    a, b, c, d = (numbers(rows, column) for column in data.counts)
    if data.has_totals:
        b, d = b - a, d - c
    return studies_from_counts(names, (a, b), (c, d), data.measure), moderators


def _moderator(rows: pa.Table, name: str) -> Moderators:
    """A column of numbers as it is; texts as yes or no for every category but the first of the alphabet."""
    column = rows.column(name)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return ((name, numbers(rows, name)),)
    if column.null_count:
        raise NotEvaluable(f"{name} is missing for a study; complete it or leave the study out")
    values = [str(value) for value in column.to_pylist()]
    categories = sorted(set(values))[1:]
    return tuple((f"{name}={each}", np.array([value == each for value in values], float)) for each in categories)


def _result(protocol: Protocol, table: Table, standing: Standing, provenance: Mapping[str, Any]) -> Result:
    data, design = _parts(protocol)
    studies, moderators = read_studies(table, protocol)
    checks = [*standing_checks(standing), *grade_checks(table, protocol)]
    found = synthesise(studies, design.tau2, hartung_knapp=design.hartung_knapp, moderators=moderators)
    pooled = found
    if moderators:  # the effect where every moderator is zero is nobody's effect; the verdict rests on all studies
        pooled = synthesise(studies, design.tau2, hartung_knapp=design.hartung_knapp)
    given = grade(design.method, checks)
    return Result(
        title=protocol.title, design=str(design.method),
        verdict=verdict_of(_primary(pooled, data), design.polarity, given.level),
        grade=GradeGiven(given.level, given.because),
        estimates=_estimates(found, pooled, protocol, promised=standing.is_as_promised),
        weights=dict(zip(studies.names, found.weights, strict=True)),
        diagnostics=_diagnostics(found, pooled, studies, protocol),
        sensitivity={"leave_one_out": _without_each(studies, design), "replication": _replication(studies)},
        deviations=standing.deviations, registered=standing.record, provenance=provenance,
    )  # fmt: skip


def _is_log(data: SynthesisData) -> bool:
    if data.counts:
        return data.measure in {Measure.LOG_RR, Measure.LOG_OR}
    return data.scale is PooledScale.RATIO


def _outcome(protocol: Protocol) -> str:
    data, _ = _parts(protocol)
    return protocol.place.outcome if isinstance(protocol.place, PlaceStudies) else data.estimate or str(data.measure)


def _primary(pooled: Synthesis, data: SynthesisData) -> Primary:
    low, high = pooled.effect.low, pooled.effect.high
    return Primary(math.exp(low), math.exp(high), none=1.0) if _is_log(data) else Primary(low, high)


def _estimates(
    found: Synthesis, pooled: Synthesis, protocol: Protocol, *, promised: bool
) -> tuple[Estimate, ...]:  # fmt: skip
    """The pooled effect first, also as a ratio where it is a logarithm; then what moderators do to it."""
    data, _ = _parts(protocol)
    is_plain = data.counts or data.scale is PooledScale.RATIO
    outcome, scale = _outcome(protocol), "log_ratio" if _is_log(data) else "difference" if is_plain else str(data.scale)
    made = [_estimate(outcome, "pooled", pooled.effect, scale, pooled.n)]
    if _is_log(data):
        effect = pooled.effect
        ends = [math.exp(value) for value in (effect.value, effect.low, effect.high)]
        made.append(Estimate(
            outcome.removeprefix("log_"), "pooled", ends[0], "ratio", se=effect.se, low=ends[1], high=ends[2],
            p=effect.p, n=pooled.n,
        ))  # fmt: skip
    if pooled is not found:
        made.append(_estimate(outcome, "pooled where all moderators are zero", found.effect, scale, found.n))
    for each in found.coefficients[1:]:
        made.append(_estimate(outcome, f"moderator {each.name}", each, scale, found.n))
    return tuple(replace(each, pre_specified=promised) for each in made)


def _estimate(
    outcome: str, estimand: str, found: Coefficient, scale: str, n: int
) -> Estimate:  # fmt: skip
    return Estimate(
        outcome,
        estimand,
        found.value,
        scale,
        se=found.se,
        low=found.low,
        high=found.high,
        p=found.p,
        n=n,
    )


def _diagnostics(found: Synthesis, pooled: Synthesis, studies: Studies, protocol: Protocol) -> dict[str, Any]:
    _, design = _parts(protocol)
    low, high = pooled.prediction or (None, None)
    said = design.polarity in {Direction.LOWER, Direction.HIGHER}
    return {
        "studies": [
            {"study": name, "estimate": float(y), "variance": float(v), "weight": weight}
            for name, y, v, weight in zip(studies.names, studies.effect, studies.variance, found.weights, strict=True)
        ],
        "k": found.n, "tau2": found.tau2, "tau": math.sqrt(found.tau2), "i2": found.i2, "q": found.q, "q_p": found.q_p,
        "tau2_method": str(design.tau2), "hartung_knapp": design.hartung_knapp,
        "prediction_interval": {"low": low, "high": high},
        "tau2_without_moderators": pooled.tau2,
        "replication": _replication(studies)["verdict"],
        "assumptions": _assumptions(protocol, has_polarity=said),
    }  # fmt: skip


def _assumptions(protocol: Protocol, *, has_polarity: bool) -> list[str]:
    data, _ = _parts(protocol)
    made = []
    if not data.grade:
        made.append("the grades of what is brought together are not in the table; the grade is at most 3")
    if not has_polarity:
        made.append("the protocol does not say which way the outcome gets better; less of it was taken as better")
    if isinstance(protocol.place, PlaceStudies):
        made.append("people who serve as controls of several of these evaluations were taken as different people")
    return made


def _replication(studies: Studies) -> dict[str, Any]:
    verdict, found = replication(studies)
    low, high = found.prediction or (None, None)
    return {
        "verdict": str(verdict), "meaning": _WORDS[verdict], "prediction_low": low, "prediction_high": high,
        "how": "reml with Hartung and Knapp's intervals, whatever the protocol pools with",
    }  # fmt: skip


def _without_each(studies: Studies, design: SynthesisDesign) -> list[dict[str, Any]]:
    if len(studies.names) < 3:
        return []
    return [
        {
            "without": name, "value": found.effect.value, "low": found.effect.low, "high": found.effect.high,
            "tau2": found.tau2,
        }
        for name, found in leave_one_out(studies, design.tau2, hartung_knapp=design.hartung_knapp)
    ]  # fmt: skip


def _parts(protocol: Protocol) -> tuple[SynthesisData, SynthesisDesign]:
    if not isinstance(protocol.data, SynthesisData) or not isinstance(protocol.design, SynthesisDesign):
        raise UsageError(f"{protocol.title!r} is no protocol of studies to be brought together")
    return protocol.data, protocol.design
