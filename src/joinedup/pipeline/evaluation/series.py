"""Panel protocols without controls: an interrupted series, and before and after with its warning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from joinedup.methods.before_after import before_after
from joinedup.methods.interrupted_series import interrupted_series
from joinedup.methods.panel import Floats, common_start
from joinedup.pipeline.evaluation.panel import LoadedPanel, panel_parts
from joinedup.pipeline.evaluation.panel_findings import Findings, labels_of, mean_since, rows_of, within_pre
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Protocol


def run_series(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """An interrupted series of the sum of the treated units; controls play no part."""
    panel, design = within_pre(loaded.panel, panel_parts(protocol)[1]), panel_parts(protocol)[1]
    start, treated = common_start(panel), loaded.panel.is_treated
    total = panel.outcome[panel.is_treated].sum(axis=0)
    exposure = None
    if loaded.exposure is not None:
        exposure = loaded.exposure[treated][:, np.isin(loaded.panel.times, panel.times)].sum(axis=0)
    _require_even(panel.times)
    labels = labels_of(loaded, panel)
    season = _season(labels) if design.season is None else design.season
    found = interrupted_series(total, panel.periods_before(start), exposure=exposure, season=season)
    effects = tuple(replace(item, n=int(panel.is_treated.sum())) for item in found.effects)
    since = panel.times >= start
    diagnostics = {
        "dispersion": found.dispersion, "autocorrelation": found.autocorrelation, "lags": found.lags, "season": season
    }  # fmt: skip
    return Findings(effects, {}, rows_of(labels, total, found.path), diagnostics, {}, float(found.path[since].mean()))


def _require_even(times: Floats) -> None:
    """Refuse a series with a hole: months and years differ a little in length, a missing one differs by all of it."""
    steps = np.diff(times)
    if len(steps) and steps.max() > 1.5 * steps.min():
        raise NotEvaluable("the series lacks a period in between; a gap is not a zero: complete it")


def _season(labels: list[str]) -> int:
    """12 for months and 4 for quarters, where periods are dates; 0 otherwise."""
    if len(labels) < 3 or any(len(name) < 7 or name[4] != "-" for name in labels[:3]):
        return 0
    months = [int(name[:4]) * 12 + int(name[5:7]) for name in labels[:3]]
    return {1: 12, 3: 4}.get(months[1] - months[0], 0)


def run_before_after(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """The change of the treated units, with the warning that it proves nothing."""
    panel = within_pre(loaded.panel, panel_parts(protocol)[1])
    treated = panel.only(panel.is_treated)
    n_before = np.array([treated.periods_before(start) for start in treated.first_treated])
    found = before_after(treated.outcome, n_before, treated.clusters)
    return Findings(found.effects, {}, (), {"warning": found.warning}, {}, mean_since(treated) - found.effects[0].value)
