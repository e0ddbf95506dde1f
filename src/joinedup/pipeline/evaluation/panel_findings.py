"""What a panel method found, before grade and verdict, in one shape for every design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joinedup.methods.effect import Effect
from joinedup.methods.panel import Panel
from joinedup.methods.period_effect import PeriodEffects
from joinedup.pipeline.evaluation.panel import LoadedPanel, as_number
from joinedup.rules.programme.protocol import PanelDesign


@dataclass(frozen=True, slots=True)
class Findings:
    """What a method found, before grade and verdict.

    Attributes:
        effects: the primary one first.
        weights: donor -> weight.
        series: rows of time, observed, counterfactual, gap.
        diagnostics, sensitivity: by name.
        counterfactual: what would have been since the start, on average; None where unknown.
        events: effects by period since the start, held together; None where the method gives none.
    """

    effects: tuple[Effect, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    series: tuple[Mapping[str, Any], ...] = ()
    diagnostics: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Any] = field(default_factory=dict)
    counterfactual: float | None = None
    events: PeriodEffects | None = None


def within_pre(panel: Panel, design: PanelDesign) -> Panel:
    """Only the periods that the protocol uses before the start."""
    if design.pre is None:
        return panel
    first, last = (as_number(moment) for moment in design.pre)
    keep = (panel.times >= first) & ((panel.times <= last) | (panel.times >= panel.cohorts[0]))
    return Panel(
        panel.units, panel.times[keep], panel.outcome[:, keep], panel.first_treated, panel.clusters,
        {name: values[:, keep] for name, values in panel.predictors.items()},
    )  # fmt: skip


def labels_of(loaded: LoadedPanel, panel: Panel) -> list[str]:
    """The periods of a panel as people write them."""
    names = dict(zip(loaded.panel.times.tolist(), loaded.labels, strict=True))
    return [names[time] for time in panel.times.tolist()]


def rows_of(labels: list[str], observed: Any, path: Any) -> tuple[Mapping[str, Any], ...]:
    """Rows of time, observed, counterfactual and gap."""
    return tuple(
        {"time": name, "observed": float(seen), "counterfactual": float(would), "gap": float(seen - would)}
        for name, seen, would in zip(labels, observed, path, strict=True)
    )


def mean_since(panel: Panel) -> float:
    """The mean outcome of treated units since their start."""
    return float(panel.outcome[panel.times >= panel.first_treated[:, None]].mean())
