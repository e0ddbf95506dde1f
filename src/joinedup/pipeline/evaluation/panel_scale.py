"""Outcomes compared by their logarithm: effects become ratios, the same for small and large areas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.rules.programme.protocol import PanelData, Protocol
from joinedup.rules.programme.protocol_panel import Scale


def on_ratio_scale(findings: Findings, protocol: Protocol) -> Findings:
    """Findings in logarithms told as ratios; others as they are."""
    if not isinstance(protocol.data, PanelData) or protocol.data.scale is Scale.LEVEL:
        return findings
    effects = tuple(as_ratio(effect) for effect in findings.effects if effect.scale == "difference")
    events = None if findings.events is None else replace(findings.events, is_ratio=True)
    diagnostics = dict(findings.diagnostics) | {"scale": "logarithms: effects are ratios"}
    sensitivity = {name: _ratios(found) for name, found in findings.sensitivity.items()}
    return replace(
        findings, effects=effects, sensitivity=sensitivity, series=tuple(map(_as_levels, findings.series)),
        counterfactual=None, events=events, diagnostics=diagnostics,
    )  # fmt: skip


def as_ratio(effect: Effect) -> Effect:
    """A difference of logarithms as a ratio; its standard error stays that of the logarithm.

    >>> round(as_ratio(Effect("att", "all", math.log(0.9))).value, 3)
    0.9
    """
    low, high = (None if end is None else math.exp(end) for end in (effect.low, effect.high))
    return replace(effect, value=math.exp(effect.value), scale="ratio", low=low, high=high)


#: Figures of a sensitivity analysis that are on the scale of the effect.
_ON_SCALE: Final = {"value", "low", "high", "lowest", "highest"}


def _ratios(found: Any) -> Any:
    """A sensitivity analysis with effects, limits and bounds as ratios."""
    if isinstance(found, Mapping):
        return {
            key: math.exp(item) if key in _ON_SCALE and isinstance(item, float) else _ratios(item)
            for key, item in found.items()
        }
    return [_ratios(item) for item in found] if isinstance(found, list | tuple) else found


def _as_levels(row: Mapping[str, Any]) -> dict[str, Any]:
    seen, would = math.exp(row["observed"]), math.exp(row["counterfactual"])
    return {**row, "observed": seen, "counterfactual": would, "gap": seen - would}
