"""The design of a panel evaluation, judged before any outcome after the start is seen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from joinedup.methods.counterfactual import cases_of
from joinedup.methods.differences import difference_in_differences
from joinedup.methods.panel import NEVER, Floats, Panel, common_start, require_controls
from joinedup.methods.power import USUAL
from joinedup.pipeline.evaluation.counterfactuals import estimators_of, recipe_of
from joinedup.pipeline.evaluation.differences import pre_trend
from joinedup.pipeline.evaluation.panel import Frame, LoadedPanel, as_number, panel_parts, read_panel
from joinedup.pipeline.evaluation.panel_findings import Findings, within_pre
from joinedup.pipeline.evaluation.panel_methods import run_method
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import ControlGroup, PanelDesign, PanelMethod, Protocol
from joinedup.rules.programme.protocol_panel import Scale
from joinedup.store.evaluation_tables import Table

#: Choice: a mixture that misses by more than this many of the treated's own standard deviations is no likeness.
_NO_OVERLAP = 3.0
_WITHOUT_CONTROLS = {PanelMethod.INTERRUPTED, PanelMethod.BEFORE_AFTER}
_ONE_START = {PanelMethod.DIFFERENCES, PanelMethod.INTERRUPTED}
_WEIGHTED_BEFORE = {PanelMethod.SYNTHETIC, PanelMethod.AUGMENTED, PanelMethod.DEMEANED}


@dataclass(frozen=True, slots=True)
class Design:
    """How good a comparison the protocol's design gives, from what lay before the earliest start.

    Attributes:
        reasons: why it is not accepted; empty where it is.
        flow: units in the data, left out, treated, controls.
        balance: rows of covariate, smd_before, smd_after, variance_ratio_after.
        overlap: share of treated units within the range of controls in the mean outcome before.
        power: the smallest effect that would be seen with 80% power, as units and percent, and how it was found.
        diagnostics: further figures from before the start.
    """

    reasons: tuple[str, ...]
    flow: Mapping[str, Any] = field(default_factory=dict)
    balance: tuple[Mapping[str, Any], ...] = ()
    overlap: float | None = None
    power: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether effects may be estimated by it."""
        return not self.reasons


def design_panel(table: Table, protocol: Protocol, frame: Frame) -> Design:
    """Judge a design by balance, overlap, fit, trends and power; outcomes after the start are never read.

    The table is asked for rows before the earliest start only, so none of what follows can depend on later ones.

    Returns:
        A design that is not accepted where the data cannot carry it or the protocol's own conditions fail.

    Source: joinedup specification 13; power first.
    """
    design = panel_parts(protocol)[1]
    try:
        loaded = read_panel(table, protocol, frame, before_start=True)
        panel = within_pre(loaded.panel, design)
        _require_structure(panel, design)
        weights, diagnostics = _before_figures(panel, protocol)
    except NotEvaluable as exc:
        return Design((str(exc),))
    has_controls = not panel.is_treated.all()
    return Design(
        _refusals(diagnostics, design), loaded.flow, _balance(panel, weights) if has_controls else (),
        _overlap(panel) if has_controls else None, _power(loaded, protocol), diagnostics,
    )  # fmt: skip


def _require_structure(panel: Panel, design: PanelDesign) -> None:
    not_yet = design.method is PanelMethod.STAGGERED and design.controls is ControlGroup.NOT_YET
    if design.method not in _WITHOUT_CONTROLS and not not_yet:
        require_controls(panel)
    if design.method in _ONE_START:
        common_start(panel)
    if not_yet and len(panel.cohorts) < 2:
        require_controls(panel)


def _before_figures(panel: Panel, protocol: Protocol) -> tuple[Floats | None, dict[str, Any]]:
    """Donor weights where the method has them before the start, and fit or trends before the start."""
    method = panel_parts(protocol)[1].method
    if method in _WEIGHTED_BEFORE:
        cases = cases_of(panel, recipe_of(protocol))
        found = [estimators_of(method)[0](case) for case in cases]
        sizes = [case.size for case in cases]
        fit = float(np.average([item.fit for item in found], weights=sizes))
        spread = float(np.average([case.observed.std() for case in cases], weights=sizes))
        share = fit / spread if spread > 0 else None
        return np.average([item.weights for item in found], axis=0, weights=sizes), {
            "pre_fit": fit, "pre_fit_share_of_sd": share
        }  # fmt: skip
    if method is PanelMethod.DIFFERENCES:
        cut = panel.times[-1]  # the last period before the start stands as if it were after: trends before only
        if len(panel.times) > 2:
            early = replace(panel, first_treated=np.where(panel.is_treated, cut, NEVER))
            return None, pre_trend(difference_in_differences(early))
    return None, {}


def _refusals(diagnostics: Mapping[str, Any], design: PanelDesign) -> tuple[str, ...]:
    reasons = []
    p, share = diagnostics.get("pre_trend_p"), diagnostics.get("pre_fit_share_of_sd")
    if design.method in {PanelMethod.SYNTHETIC, PanelMethod.AUGMENTED} and share is not None and share > _NO_OVERLAP:
        reasons.append(
            f"the treated lie outside the range of their donors (missed by {share:.1f} standard deviations before the "
            "start); demeaned_synthetic_control or synthetic_did compare changes instead of levels"
        )
    if p is not None and p < design.min_pre_trend_p:
        reasons.append(f"trends before the start part (p = {p:.3f}); the protocol asks for {design.min_pre_trend_p:g}")
    if design.max_pre_fit is not None and share is not None and share > design.max_pre_fit:
        reasons.append(
            f"donors miss the treated by {share:.2f} of its standard deviation before the start; the protocol allows "
            f"{design.max_pre_fit:g}"
        )
    return tuple(reasons)


def _balance(panel: Panel, weights: Floats | None) -> tuple[Mapping[str, Any], ...]:
    """Treated beside controls in level and trend of the outcome and in each predictor, in deviations of all units."""
    half = len(panel.times) // 2
    columns = {"outcome before": panel.outcome.mean(axis=1)}
    if half:
        early, late = panel.outcome[:, :half], panel.outcome[:, half:]
        columns["change of outcome before"] = late.mean(axis=1) - early.mean(axis=1)
    for name, values in panel.predictors.items():
        known = np.isfinite(values)
        if known.any(axis=1).all():
            columns[name] = np.where(known, values, 0).sum(axis=1) / known.sum(axis=1)
    count = int((~panel.is_treated).sum())
    after = np.full(count, 1 / count) if weights is None else weights
    return tuple(_balance_row(name, column, panel.is_treated, after) for name, column in columns.items())


def _balance_row(name: str, column: Floats, treated: Any, weights: Floats) -> Mapping[str, Any]:
    own, others, spread = column[treated], column[~treated], float(column.std())
    after = float(weights @ others)
    variance = float(np.abs(weights) @ (others - after) ** 2 / max(np.abs(weights).sum(), 1e-12))
    return {
        "covariate": name, "mean_treated": float(own.mean()), "mean_controls": float(others.mean()),
        "smd_before": float(own.mean() - others.mean()) / spread if spread > 0 else 0.0,
        "smd_after": float(own.mean() - after) / spread if spread > 0 else 0.0,
        "variance_ratio_after": float(own.var()) / variance if len(own) > 1 and variance > 0 else None,
    }  # fmt: skip


def _overlap(panel: Panel) -> float:
    mean = panel.outcome.mean(axis=1)
    own, others = mean[panel.is_treated], mean[~panel.is_treated]
    return float(((own >= others.min()) & (own <= others.max())).mean())


def _power(loaded: LoadedPanel, protocol: Protocol) -> Mapping[str, Any]:
    """Run the design on a start moved back to two thirds of the time before: its error says what could be seen.

    Synthetic controls borrow the error of synthetic differences, because few periods fitted exactly give none.
    """
    try:
        moved, changed = _moved_back(loaded, protocol)
        found = run_method(moved, changed)
    except NotEvaluable as exc:
        return {"detectable": None, "because": str(exc)}
    return _detectable(found, moved, changed)


def _moved_back(loaded: LoadedPanel, protocol: Protocol) -> tuple[LoadedPanel, Protocol]:
    panel, design = loaded.panel, panel_parts(protocol)[1]
    if len(panel.times) < 3:
        raise NotEvaluable("fewer than three periods before the start; power cannot be learned from them")
    at = max(1, (2 * len(panel.times)) // 3)
    start = float(panel.times[at])
    earlier = replace(panel, first_treated=np.where(panel.is_treated, start, NEVER))
    specials = tuple(item for item in design.special_predictors if max(map(as_number, item.at)) < start)
    method = PanelMethod.SYNTHETIC_DIFFERENCES if design.method in _WEIGHTED_BEFORE else design.method
    changed = replace(protocol, design=replace(design, special_predictors=specials, method=method))
    return replace(loaded, panel=earlier), changed


def _detectable(found: Findings, moved: LoadedPanel, protocol: Protocol) -> Mapping[str, Any]:
    data, design = panel_parts(protocol)
    effect = next((item for item in found.effects if item.scale == "difference"), None)
    if effect is None or effect.low is None or effect.high is None:
        return {"detectable": None, "because": "too few units to give an interval"}
    smallest = USUAL.deviations * (effect.high - effect.low) / 2 / 1.96
    panel = moved.panel
    base = float(panel.outcome[panel.is_treated].mean())
    percent = 100 * smallest / base if base > 0 else None
    if data.scale is Scale.LOG:
        percent = 100 * (1 - math.exp(-smallest))
    return {
        "detectable": smallest,
        "detectable_percent": percent,
        "power": USUAL.power,
        "how": f"{design.method} on a start moved back to two thirds of the time before the earliest start",
        "effect_at_moved_start": {"value": effect.value, "low": effect.low, "high": effect.high, "p": effect.p},
    }
