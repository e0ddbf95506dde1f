"""Small counts in the results of one area: hidden or rounded, and not to be worked out from the effect beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.small_counts import hidden
from joinedup.rules.foundation.disclosure import Policy


def guarded(findings: Findings, policy: Policy) -> Findings:
    """Findings of one area's counts as they may be shown.

    What was seen is rounded to 5, or hidden below 8 (policy of hospital records), and gaps and effects by period follow
    from what is shown. Effects over all periods rest on many counts and stay.

    Args:
        findings: whose series is of one area, or a sum, in counts.
    """
    if policy is Policy.EXACT or not findings.series:
        return findings
    rows = [_row(row, policy) for row in findings.series]
    shift = {
        str(new["time"]): None if new["observed"] is None else float(new["observed"]) - float(old["observed"])
        for old, new in zip(findings.series, rows, strict=True)
    }
    effects = tuple(
        kept for effect in findings.effects if (kept := _effect(effect, shift)) is not None
    )  # fmt: skip
    return replace(findings, effects=effects, series=tuple(rows))


def without(findings: Findings, times: frozenset[str]) -> Findings:
    """Findings of one area without the periods that rest on too few people."""
    rows = tuple(
        {**row, "observed": None, "gap": None} if str(row["time"]) in times else row for row in findings.series
    )
    return replace(findings, series=rows, effects=tuple(e for e in findings.effects if e.horizon not in times))


def _row(row: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    count = round(float(row["observed"]))
    if hidden(count, policy):
        return {**row, "observed": None, "gap": None}
    seen = float(5 * round(count / 5)) if policy is Policy.HES else float(count)
    return {**row, "observed": seen, "gap": seen - float(row["counterfactual"])}


def _effect(effect: Effect, shift: Mapping[str, float | None]) -> Effect | None:
    """An effect of one period, moved by what rounding moved the count; None where the count is hidden."""
    if effect.horizon not in shift or effect.scale != "difference":
        return effect
    moved = shift[effect.horizon]
    if moved is None:
        return None
    low, high = (None if end is None else end + moved for end in (effect.low, effect.high))
    return replace(effect, value=effect.value + moved, low=low, high=high)
