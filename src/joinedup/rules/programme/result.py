"""The result of an evaluation: one shape for every design, and what it becomes as result.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joinedup.rules.foundation.errors import DefinitionError

#: The verdicts an evaluation may give; nothing else.
VERDICTS = (
    "works",
    "promising",
    "no conclusive evidence",
    "no effect larger than",  # followed by the effect that is ruled out
    "harm",
    "not evaluable",
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate of one outcome.

    Attributes:
        outcome: its name in the protocol.
        estimand: att, simple, dynamic, level ...
        value: on its scale: difference, percent or ratio.
        horizon: all, e=2, g=2004, or a period.
        low, high: 95% interval; None where there is none.
        n: units or people it rests on.
        pre_specified: whether the protocol promised it.
        unit: of a difference, as it is read after the figure: a person a year, pounds a person; "" where unknown.
    """

    outcome: str
    estimand: str
    value: float
    scale: str = "difference"
    horizon: str = "all"
    subgroup: str = "all"
    se: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    n: int | None = None
    pre_specified: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True)
class GradeGiven:
    """The grade of the evidence and why."""

    level: int
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    Attributes:
        design: the method.
        verdict: one of `VERDICTS`, "no effect larger than" followed by the effect.
        reason: why it is not evaluable; "" otherwise.
        grade: None where nothing could be evaluated.
        weights: donor -> weight.
        series: rows of time, observed, counterfactual, gap.
        deviations: how the run departs from what was registered; the first thing a reader sees.
        registered: hash and time of the registration; time is empty when it was registered at run time.
        provenance: data, code and protocol the result rests on.
    """

    title: str
    design: str
    verdict: str
    reason: str = ""
    grade: GradeGiven | None = None
    estimates: tuple[Estimate, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    series: Sequence[Mapping[str, Any]] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    deviations: tuple[str, ...] = ()
    registered: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.verdict.startswith(VERDICTS):
            raise DefinitionError(f"{self.verdict!r} is no verdict; use one of {', '.join(VERDICTS)}")
        if (self.verdict == "not evaluable") != bool(self.reason):
            raise DefinitionError("a result that is not evaluable says why, and no other does")

    def as_dict(self) -> dict[str, Any]:
        """The result as result.json holds it; numbers that are not finite become null."""
        made = {
            "title": self.title, "design": self.design, "verdict": self.verdict,
            "grade": {"level": self.grade.level, "because": list(self.grade.because)} if self.grade else None,
            "estimates": [_estimate(item) for item in self.estimates], "weights": dict(self.weights),
            "series": [dict(row) for row in self.series], "diagnostics": dict(self.diagnostics),
            "sensitivity": dict(self.sensitivity), "cost": dict(self.cost), "deviations": list(self.deviations),
            "registered": dict(self.registered), "provenance": dict(self.provenance),
        }  # fmt: skip
        if self.reason:
            made["reason"] = self.reason
        return {key: finite(value) for key, value in made.items()}


def _estimate(item: Estimate) -> dict[str, Any]:
    return {
        "outcome": item.outcome, "estimand": item.estimand, "scale": item.scale, "horizon": item.horizon,
        "subgroup": item.subgroup, "value": item.value, "se": item.se, "low": item.low, "high": item.high,
        "p": item.p, "n": item.n, "pre_specified": item.pre_specified, "unit": item.unit,
    }  # fmt: skip


def finite(value: Any) -> Any:
    """A value with everything that JSON cannot hold made null.

    >>> finite({"a": [1.0, float("nan")], "b": (2,)})
    {'a': [1.0, None], 'b': [2]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
