"""Panel protocols by counterfactual areas: donors, placebos and what each donor carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from joinedup.methods.counterfactual import Case, Counterfactual, Estimator, Recipe, Special, cases_of, joint_effect
from joinedup.methods.effect import Effect, effect_of
from joinedup.methods.factor_model import generalised_synthetic_control
from joinedup.methods.panel import Flags, Panel
from joinedup.methods.period_effect import PeriodEffects
from joinedup.methods.placebo import Placebos, leave_one_out, placebos, scaled_interval, scaled_p
from joinedup.methods.synthetic_control import (
    augmented_synthetic_control,
    demeaned_synthetic_control,
    synthetic_control,
)
from joinedup.methods.synthetic_differences import synthetic_differences
from joinedup.pipeline.evaluation.panel import LoadedPanel, as_number, panel_parts
from joinedup.pipeline.evaluation.panel_findings import Findings, rows_of
from joinedup.rules.programme.protocol import PanelMethod, Protocol

#: Searches over the importance of predictors: more for the treated than for each placebo.
_STARTS: Final = 4
_PLACEBO_STARTS: Final = 2


def run_counterfactuals(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """The treated beside the path of their donors, with placebos, each period's gap and each donor left out."""
    design, panel, recipe = panel_parts(protocol)[1], loaded.panel, recipe_of(protocol)
    estimator, for_placebos = estimators_of(design.method)
    cases = cases_of(panel, recipe)
    found = [estimator(case) for case in cases]
    tried = placebos(panel, for_placebos(found[0]), found, recipe, seed=design.seed)
    effect, fit = joint_effect(found, cases), _weighted(found, cases, "fit")
    n = int(panel.is_treated.sum())
    primary = _primary(design.method, effect, fit, tried, n)
    without = leave_one_out(panel, for_placebos(found[0]), found, recipe)
    observed = float(np.average([f.observed[f.n_pre :].mean() for f in found], weights=[c.size for c in cases]))
    diagnostics: dict[str, Any] = {
        "pre_fit": fit, "pre_fit_share_of_sd": fit / max(float(cases[0].observed[: cases[0].n_pre].std()), 1e-12),
        "placebo_rank": tried.rank, "placebo_count": tried.count, "placebo_p": tried.p,
        "post_to_pre_ratio": _weighted(found, cases, "ratio"), "clusters": panel.n_clusters,
        **dict(found[0].facts),
    }  # fmt: skip
    sensitivity = {"leave_one_out": [{"without": name, "value": value} for name, value in without]}
    effects = [primary]
    series: tuple[Mapping[str, Any], ...] = ()
    if len(cases) == 1:
        labels = [name for name, kept in zip(loaded.labels, _used(panel, recipe), strict=True) if kept]
        effects += _by_period(found[0], tried, labels, n)
        series = rows_of(labels, found[0].observed, found[0].path)
    counterfactual = observed - effect
    if counterfactual > 0:
        effects.insert(1, _percent(primary, counterfactual))
    events = _events(found[0], tried, n) if len(cases) == 1 else None
    return Findings(
        tuple(effects), _weights(panel, found, cases), series, diagnostics, sensitivity, counterfactual, events
    )


def _events(found: Counterfactual, tried: Placebos, n: int) -> PeriodEffects | None:
    """Effects by period since the start; how they vary together is learned from the placebos, scaled by their fit."""
    floor = float(np.median(np.append(found.fit, tried.fits)))  # as the placebo test has it: fits by chance say nothing
    scale = max(found.fit, floor) / np.maximum(tried.fits, max(floor, 1e-12))
    gaps = tried.gaps[:, found.n_pre :] * scale[:, None]
    if len(gaps) < 3 or not gaps.any():
        return None
    periods = tuple(range(gaps.shape[1]))
    values = found.gap[found.n_pre :]
    return PeriodEffects(periods, values, gaps.T @ gaps / len(gaps), False, (n,) * len(periods), len(gaps) - 1)


def recipe_of(protocol: Protocol) -> Recipe:
    """The predictors that a protocol names, as the methods take them."""
    data, design = panel_parts(protocol)
    specials = tuple(
        Special("" if item.column == data.outcome else item.column, tuple(as_number(moment) for moment in item.at))
        for item in design.special_predictors
    )
    pre = (as_number(design.pre[0]), as_number(design.pre[1])) if design.pre else None
    return Recipe(data.predictors, specials, pre)


def estimators_of(method: PanelMethod) -> tuple[Estimator, Callable[[Counterfactual], Estimator]]:
    """The estimator, and the one that placebos take: choices that the treated made are kept, to spare time."""
    if method is PanelMethod.SYNTHETIC:
        return synthetic_control(_STARTS), lambda _: synthetic_control(_PLACEBO_STARTS)
    if method is PanelMethod.AUGMENTED:
        return augmented_synthetic_control(), lambda found: augmented_synthetic_control(dict(found.facts)["penalty"])
    if method is PanelMethod.GENERALISED:
        return (
            generalised_synthetic_control(),
            lambda found: generalised_synthetic_control(int(dict(found.facts)["factors"])),
        )
    plain = demeaned_synthetic_control if method is PanelMethod.DEMEANED else synthetic_differences
    return plain, lambda _: plain


def _used(panel: Panel, recipe: Recipe) -> Flags:
    if recipe.pre is None:
        return np.ones(len(panel.times), bool)
    start = panel.cohorts[0]
    used: Flags = (panel.times >= recipe.pre[0]) & ((panel.times <= recipe.pre[1]) | (panel.times >= start))
    return used


def _weighted(found: list[Counterfactual], cases: tuple[Case, ...], name: str) -> float:
    return float(np.average([getattr(item, name) for item in found], weights=[case.size for case in cases]))


def _primary(method: PanelMethod, effect: float, fit: float, tried: Placebos, n: int) -> Effect:
    """Synthetic differences have the placebo variance of their authors; the others invert the placebo test."""
    if method is PanelMethod.SYNTHETIC_DIFFERENCES:
        return effect_of("att", "all", effect, float(tried.effects.std()), n)
    interval = scaled_interval(effect, fit, tried.effects, tried.fits) or (None, None)
    p = scaled_p(effect, fit, tried.effects, tried.fits)
    return Effect("att", "all", effect, "difference", None, interval[0], interval[1], p, n)


def _by_period(found: Counterfactual, tried: Placebos, labels: list[str], n: int) -> list[Effect]:
    made = []
    for t in range(found.n_pre, len(found.gap)):
        value = float(found.gap[t])
        interval = scaled_interval(value, found.fit, tried.gaps[:, t], tried.fits) or (None, None)
        p = scaled_p(value, found.fit, tried.gaps[:, t], tried.fits)
        made.append(Effect("att", labels[t], value, "difference", None, interval[0], interval[1], p, n))
    return made


def _percent(effect: Effect, counterfactual: float) -> Effect:
    low, high, se = (None if x is None else 100 * x / counterfactual for x in (effect.low, effect.high, effect.se))
    value = 100 * effect.value / counterfactual
    return replace(effect, value=value, scale="percent", low=low, high=high, se=se)


def _weights(panel: Panel, found: list[Counterfactual], cases: tuple[Case, ...]) -> dict[str, float]:
    """Donor weights, averaged over waves, that are not zero; largest first."""
    if any(not len(item.weights) for item in found):
        return {}
    mean = np.average([item.weights for item in found], axis=0, weights=[case.size for case in cases])
    names = np.array(panel.units)[~panel.is_treated]
    order = np.argsort(-np.abs(mean), kind="stable")
    return {str(names[i]): round(float(mean[i]), 6) for i in order if abs(mean[i]) > 5e-5}
