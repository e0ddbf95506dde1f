"""Panel protocols by differences: one start or waves, overlapping schemes, few clusters, trends that part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from joinedup.methods.differences import Differences, difference_in_differences
from joinedup.methods.effect import Effect, effect_of, largest_test
from joinedup.methods.honest_bounds import relative_magnitudes, smoothness
from joinedup.methods.panel import Panel, common_start, covariates_before
from joinedup.methods.period_effect import PeriodEffects
from joinedup.methods.resampling import (
    Resampled,
    is_few,
    randomisation,
    randomised_difference,
    widest,
    wild_bootstrap,
)
from joinedup.methods.staggered import Controls, Staggered, callaway_santanna, group_time_effects
from joinedup.methods.triple_difference import triple_difference
from joinedup.pipeline.evaluation.panel import LoadedPanel, panel_parts
from joinedup.pipeline.evaluation.panel_findings import Findings, labels_of, mean_since, rows_of, within_pre
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Protocol


def run_differences(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """One start: difference in differences, event study, bounds; the triple difference where schemes overlap."""
    panel = within_pre(loaded.panel, panel_parts(protocol)[1])
    found = difference_in_differences(panel)
    effects, resampled = _resampled_differences(panel, found, protocol)
    diagnostics: dict[str, Any] = {**pre_trend(found), "clusters": found.n_clusters, **resampled}
    if loaded.group is not None:
        effects = (*_overlap(panel, loaded.group, diagnostics), *effects)
    series = _mean_series(loaded, panel, found)
    events = _events(found, panel)
    return Findings(effects, {}, series, diagnostics, _bounds(found, protocol), found.counterfactual, events)


def pre_trend(found: Differences | Staggered) -> dict[str, Any]:
    """The test that treated and controls moved alike before the start.

    Of all periods together where the groups are many enough for it; else by the largest difference of them, which
    needs no more than how each period goes with the others.
    """
    if found.pre_trend_p is not None:
        return {"pre_trend_p": found.pre_trend_p, "pre_trend_test": "all periods before the start together"}
    early = found.event_times < 0
    matrix = found.event_covariance[np.ix_(early, early)]
    p = largest_test(found.event_values[early], matrix, df=max(found.n_clusters - 2, 1))
    words = "the largest difference of any period before the start: too few groups to test all together"
    return {"pre_trend_p": p, "pre_trend_test": words} if p is not None else {"pre_trend_p": None}


def _resampled_differences(
    panel: Panel, found: Differences, protocol: Protocol
) -> tuple[tuple[Effect, ...], dict[str, Any]]:
    """With few clusters the primary interval is that of the wild bootstrap, and the lot is drawn as well.

    Both are also made where the protocol promises them, and then said beside the clustered errors.
    """
    asked = bool({"wild_bootstrap", "randomisation"} & set(protocol.checks))
    if panel.n_clusters < 3 or not (asked or is_few(panel)):
        return found.effects, {"inference": "clustered errors"}
    seed = panel_parts(protocol)[1].seed
    early = panel.times < common_start(panel)
    change = panel.outcome[:, ~early].mean(axis=1) - panel.outcome[:, early].mean(axis=1)
    columns = np.column_stack([np.ones(len(change)), panel.is_treated, covariates_before(panel)])
    if len(change) <= columns.shape[1]:
        return found.effects, {"inference": "clustered errors; too few units to resample"}
    wild = wild_bootstrap(change, columns, 1, panel.clusters, seed=seed)
    lot = randomised_difference(change, panel.is_treated, panel.clusters, covariates_before(panel), seed=seed)
    if not is_few(panel):
        return found.effects, {
            "inference": "clustered errors", "wild_bootstrap_p": wild.p, "randomisation_p": lot.p,
            "wild_bootstrap_low": wild.low, "wild_bootstrap_high": wild.high,
        }  # fmt: skip
    low, high = widest(wild, lot)
    primary = replace(found.effects[0], p=max(wild.p, lot.p), low=low, high=high)
    return (primary, *found.effects[1:]), {
        "inference": "the wider of wild cluster bootstrap and randomisation, because few clusters decided",
        "wild_bootstrap_p": wild.p,
        "randomisation_p": lot.p,
    }


def _overlap(panel: Panel, group: Any, diagnostics: dict[str, Any]) -> tuple[Effect, ...]:
    """The triple difference first, then each scheme alone."""
    early = panel.times < common_start(panel)
    change = panel.outcome[:, ~early].mean(axis=1) - panel.outcome[:, early].mean(axis=1)
    found = triple_difference(change, panel.is_treated, group, panel.clusters)
    diagnostics["units_with_neither_one_other_both"] = list(found.n_by_group)
    return replace(found.together, estimand="triple_difference"), found.alone, found.other_alone


def _bounds(found: Differences | Staggered, protocol: Protocol) -> dict[str, Any]:
    """How the effect fares if trends would have parted."""
    events, values, matrix = found.event_times, found.event_values, found.event_covariance
    try:
        bounds = relative_magnitudes(events, values, matrix)
    except NotEvaluable as exc:
        return {"honest_did": {"reason": str(exc)}}
    rows = [
        {"multiple": b.multiple, "lowest": b.lowest, "highest": b.highest, "low": b.low, "high": b.high}
        for b in bounds.bounds
    ]
    made: dict[str, Any] = {"honest_did": {"relative_magnitudes": rows, "breakdown": bounds.breakdown}}
    if "honest_smoothness" in protocol.checks:
        low, high = smoothness(events, values, matrix, 0.0)
        made["honest_did"]["straight_line"] = {"low": low, "high": high}
    return made


def _mean_series(loaded: LoadedPanel, panel: Panel, found: Differences) -> tuple[Mapping[str, Any], ...]:
    """Mean of the treated beside the mean of controls shifted to the level before the start."""
    treated = panel.outcome[panel.is_treated].mean(axis=0)
    effect = dict(zip(found.event_times.tolist(), found.event_values.tolist(), strict=True))
    start = panel.periods_before(panel.cohorts[0])
    gaps = [effect.get(t - start, 0.0) for t in range(len(panel.times))]
    return rows_of(labels_of(loaded, panel), treated, treated - np.array(gaps))


def run_staggered(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """Waves: effects over all, by distance from the start, by wave and by period; bounds."""
    design = panel_parts(protocol)[1]
    panel, controls = within_pre(loaded.panel, design), Controls(str(design.controls))
    found = callaway_santanna(panel, controls, anticipation=design.anticipation, draws=999, seed=design.seed)
    diagnostics: dict[str, Any] = {
        **pre_trend(found), "clusters": found.n_clusters, "band": found.band,
        "inference": "clustered errors",
    }  # fmt: skip
    effects = found.effects
    asked = "randomisation" in protocol.checks
    if (asked or is_few(panel)) and not panel.predictors:
        lot = randomisation(
            panel, lambda drawn: _simple(drawn, controls, design.anticipation), draws=499, seed=design.seed
        )
        diagnostics["randomisation_p"] = lot.p
        if is_few(panel):
            diagnostics["inference"] = "the wider of randomisation and clustered errors: few clusters"
            effects = (_by_lot(effects[0], lot), *effects[1:])
    names = dict(zip((f"{time:g}" for time in loaded.panel.times.tolist()), loaded.labels, strict=True))
    effects = tuple(replace(item, horizon=_named(item.horizon, names)) for item in effects)
    observed = mean_since(panel)
    return Findings(
        effects, {}, (), diagnostics, _bounds(found, protocol), observed - effects[0].value, _events(found, panel)
    )


def _events(found: Differences | Staggered, panel: Panel) -> PeriodEffects:
    """The event study in the shape that questions of lasting take."""
    n = int(panel.is_treated.sum())
    periods = tuple(int(event) for event in found.event_times)
    return PeriodEffects(
        periods, found.event_values, found.event_covariance, False, (n,) * len(periods), max(found.n_clusters - 2, 1)
    )


def _by_lot(effect: Effect, lot: Resampled) -> Effect:
    """An effect with the larger p-value and the wider interval of the lot and of the formula."""
    made = effect_of(effect.estimand, effect.horizon, effect.value, lot.spread or 0.0, effect.n)
    if effect.low is None or effect.high is None or made.low is None or made.high is None:
        return replace(effect, p=lot.p)
    low, high = min(effect.low, made.low), max(effect.high, made.high)
    return replace(effect, low=low, high=high, p=max(lot.p, effect.p or 0.0))


def _named(horizon: str, names: Mapping[str, str]) -> str:
    if horizon.startswith("g="):
        return f"g={names.get(horizon[2:], horizon[2:])}"
    return names.get(horizon, horizon)


def _simple(panel: Panel, controls: Controls, anticipation: int) -> float:
    """The effect over all waves and periods, without its error."""
    if controls is Controls.NEVER and not panel.predictors:
        return _simple_from_means(panel, anticipation)
    cells = group_time_effects(panel, controls, anticipation)
    post = cells.event >= 0
    size = np.array([(panel.first_treated == wave).sum() for wave in cells.wave[post]])
    return float(np.average(cells.value[post], weights=size))


def _simple_from_means(panel: Panel, anticipation: int) -> float:
    """The same from the means of each wave and of the units that never start: hundreds of lots take a moment."""
    never = panel.outcome[~panel.is_treated].mean(axis=0)
    total, weight = 0.0, 0
    for wave in panel.cohorts:
        first = panel.periods_before(wave)
        if first - 1 - anticipation < 0:
            continue
        own = panel.first_treated == wave
        gap = panel.outcome[own].mean(axis=0) - never
        size = int(own.sum())
        total += size * float((gap[first:] - gap[first - 1 - anticipation]).sum())
        weight += size * (len(gap) - first)
    return total / weight
