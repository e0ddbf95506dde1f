"""Staggered difference-in-differences: each wave against units not yet or never treated, then put together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from joinedup.methods.differences import contrast
from joinedup.methods.effect import TINY, Effect, Floats, Ints, covariance, effect_of, joint_test
from joinedup.methods.panel import Flags, Panel, covariates_before, require_controls
from joinedup.methods.small_samples import Spread, joint_f_test, spread
from joinedup.rules.foundation.errors import NotEvaluable


class Controls(StrEnum):
    """With whom a wave is compared."""

    NEVER = "never_treated"
    NOT_YET = "not_yet_treated"


@dataclass(frozen=True, slots=True)
class Cells:
    """The effect of each wave in each period against the last period before the wave started.

    Attributes:
        wave: start of the wave; (K,).
        time: (K,).
        event: periods since the start, 0 in the period of the start; (K,).
        value: (K,).
        influence: (N, K).
    """

    wave: Floats
    time: Floats
    event: Ints
    value: Floats
    influence: Floats


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A weighted mean of cells with what each unit contributes to its error, the weights' own error included."""

    estimand: str
    horizon: str
    value: float
    influence: Floats
    n: int


@dataclass(frozen=True, slots=True)
class Staggered:
    """What a staggered difference-in-differences found.

    Attributes:
        effects: simple, dynamic, group and calendar means first; then by event time, wave and period.
        cells: every wave in every period.
        pre_trend_p: joint test that all effects before the start are zero; None where untestable.
        event_times, event_values, event_covariance: the event study without its reference, for bounds.
        band: multiple of the standard error that covers the whole event study with 95%; None without bootstrap.
    """

    effects: tuple[Effect, ...]
    cells: Cells
    pre_trend_p: float | None
    event_times: Ints
    event_values: Floats
    event_covariance: Floats
    n_clusters: int
    band: float | None


def callaway_santanna(
    panel: Panel, controls: Controls = Controls.NEVER, *, anticipation: int = 0, draws: int = 0, seed: int = 1,
    asymptotic: bool = False,
) -> Staggered:  # fmt: skip
    """What changed in units that joined in waves, without comparing them with units already treated.

    Each wave in each period is compared with controls by the change since the last period before the wave started
    (before it could be anticipated). The cells are put together with the waves' sizes as weights: over all cells
    (simple), by periods since the start (dynamic), by wave (group) and by period (calendar).

    Args:
        panel: predictors, if any, are covariates by their mean before the earliest start.
        controls: never treated units only, or also those that have not started yet.
        anticipation: periods before the start in which an effect may already show.
        draws: multiplier bootstraps for a band around the whole event study; 0 for none.
        seed: of the bootstrap.
        asymptotic: errors, intervals and the test of trends as published, for very many units: without Welch's
            correction for few units in a wave, and the test over every wave in every period before.

    Raises:
        NotEvaluable: no controls, no wave with a period before its start, or an outcome without any error.

    Returns:
        Effects without interval where every wave is of one unit or cluster, because nothing shows its spread.

    Source: Callaway and Sant'Anna 2021, as in the R package did; the doubly robust estimator; errors of
        `small_samples.spread`, because waves of few areas are usual.
    """
    if controls is Controls.NEVER:
        require_controls(panel)
    cells = group_time_effects(panel, controls, anticipation)
    post = cells.event >= 0
    events = _by(panel, cells, "dynamic", cells.event.astype(float), "e={:g}")
    waves = _by(panel, cells, "group", np.where(post, cells.wave, np.nan), "g={:g}")
    periods = _by(panel, cells, "calendar", np.where(post, cells.time, np.nan), "{:g}")
    since = [item for item in events if not item.horizon.startswith("e=-")]
    overall = [
        _weighted(panel, cells, np.flatnonzero(post), "simple", "all"),
        _mean("dynamic", since), _mean_of_waves(panel, waves), _mean("calendar", periods),
    ]  # fmt: skip
    everything = [*overall, *events, *waves, *periods]
    known = _spread(everything, panel, asymptotic=asymptotic)
    errors = known.errors
    if errors[0] <= TINY * max(1.0, abs(overall[0].value)):
        raise NotEvaluable("the outcome follows the design without any error; no uncertainty can be estimated")
    lone = _lone_waves(panel)
    if len(lone) == len(panel.cohorts):  # a unit alone in its wave has no spread: errors would be far too small
        errors[:], draws = np.nan, 0
    errors[[a.horizon in lone for a in everything]] = np.nan
    of_events = _spread(events, panel, asymptotic=asymptotic)
    parts = zip(everything, errors, known.df, strict=True)
    return Staggered(
        tuple(effect_of(a.estimand, a.horizon, a.value, s, a.n, df=df) for a, s, df in parts),
        cells, _trends_p(cells, events, of_events, panel, asymptotic=asymptotic),
        np.unique(cells.event), np.array([a.value for a in events]), of_events.matrix, panel.n_clusters,
        _band(events, of_events.errors, panel.clusters, draws, seed) if draws else None,
    )  # fmt: skip


def _spread(parts: list[Aggregate], panel: Panel, *, asymptotic: bool) -> Spread:
    influence = np.column_stack([part.influence for part in parts])
    if asymptotic:
        return Spread(covariance(influence, panel.clusters), np.full(len(parts), np.inf))
    return spread(influence, panel.clusters, panel.first_treated)


def _trends_p(
    cells: Cells, events: list[Aggregate], of_events: Spread, panel: Panel, *, asymptotic: bool
) -> float | None:
    """Whether all moved alike before: by distance from the start, or as published in every wave and period."""
    if asymptotic:
        early = cells.event < 0
        return joint_test(cells.value[early], covariance(cells.influence[:, early], panel.clusters))
    before = np.unique(cells.event) < 0
    values = np.array([item.value for item in events])[before]
    return joint_f_test(values, Spread(of_events.matrix[np.ix_(before, before)], of_events.df[before]))


def _lone_waves(panel: Panel) -> frozenset[str]:
    """Horizons of waves in which one unit, or one group of units that decided together, starts alone."""
    return frozenset(
        f"g={wave:g}" for wave in panel.cohorts if len(np.unique(panel.clusters[panel.first_treated == wave])) < 2
    )


def group_time_effects(panel: Panel, controls: Controls, anticipation: int = 0) -> Cells:
    """The effect of each wave in each period; cells without controls or without a period before are left out."""
    covariates, n = covariates_before(panel), len(panel.units)
    rows: list[tuple[float, float, int, float]] = []
    influences: list[Floats] = []
    for wave in panel.cohorts:
        first = panel.periods_before(wave)
        base = first - 1 - anticipation
        if base < 0:
            continue
        for t, time in enumerate(panel.times):
            if t == base:
                continue
            used, treated = _compared(panel, wave, max(t, base), controls, anticipation)
            if treated.all():
                continue
            change = panel.outcome[used, t] - panel.outcome[used, base]
            found = contrast(change, treated, covariates[used])
            influence = np.zeros(n)
            influence[used] = found.influence * n / used.sum()
            rows.append((wave, float(time), t - first, found.value))
            influences.append(influence)
    if not any(event >= 0 for _, _, event, _ in rows):
        raise NotEvaluable("no wave has both a period before its start and controls after it")
    waves, times, events, values = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(waves, times, events.astype(np.int64), values, np.column_stack(influences))


def _compared(panel: Panel, wave: float, latest: int, controls: Controls, anticipation: int) -> tuple[Flags, Flags]:
    """Who is compared in a cell, and which of them belong to the wave."""
    own = panel.first_treated == wave
    if controls is Controls.NEVER:
        others = ~panel.is_treated
    else:
        horizon = panel.times[min(latest + anticipation, len(panel.times) - 1)]
        others = (panel.first_treated > horizon) & ~own
    used = own | others
    return used, own[used]


def _weighted(panel: Panel, cells: Cells, at: Ints, estimand: str, horizon: str, *, equal: bool = False) -> Aggregate:
    """Cells put together by the size of their waves, or equally."""
    value, influence = cells.value[at], cells.influence[:, at]
    waves = np.unique(cells.wave[at])
    count = int(np.isin(panel.first_treated, waves).sum())
    if equal:
        return Aggregate(estimand, horizon, float(value.mean()), influence.mean(axis=1), count)
    belongs = (panel.first_treated[:, None] == cells.wave[at]).astype(float)
    size = belongs.mean(axis=0)
    weight, off = size / size.sum(), belongs - size
    moves = off / size.sum() - off.sum(axis=1, keepdims=True) * size / size.sum() ** 2
    return Aggregate(estimand, horizon, float(weight @ value), influence @ weight + moves @ value, count)


def _by(panel: Panel, cells: Cells, estimand: str, label: Floats, words: str) -> list[Aggregate]:
    """One aggregate for each label; cells labelled "not a number" are left out. Periods of one wave count equally."""
    return [
        _weighted(panel, cells, np.flatnonzero(label == key), estimand, words.format(key), equal=estimand == "group")
        for key in np.unique(label[np.isfinite(label)])
    ]


def _mean(estimand: str, parts: list[Aggregate]) -> Aggregate:
    influence = np.column_stack([part.influence for part in parts]).mean(axis=1)
    return Aggregate(estimand, "all", float(np.mean([p.value for p in parts])), influence, max(p.n for p in parts))


def _mean_of_waves(panel: Panel, waves: list[Aggregate]) -> Aggregate:
    """Waves put together by their size."""
    starts = np.array([float(item.horizon[2:]) for item in waves])
    whole = Cells(
        starts, starts, np.zeros(len(waves), np.int64), np.array([item.value for item in waves]),
        np.column_stack([item.influence for item in waves]),
    )  # fmt: skip
    return _weighted(panel, whole, np.arange(len(waves)), "group", "all")


def _band(events: list[Aggregate], errors: Floats, clusters: Ints, draws: int, seed: int) -> float:
    """The 95th percentile of the largest |t| over the event study under Rademacher weights of the clusters."""
    influence = np.column_stack([item.influence for item in events])
    names, label = np.unique(clusters, return_inverse=True)
    sums = np.zeros((len(names), len(events)))
    np.add.at(sums, label, influence)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, len(names)))
    largest = np.abs(signs @ sums / len(clusters) / errors).max(axis=1)
    return max(float(np.quantile(largest, 0.95)), float(stats.norm.ppf(0.975)))
