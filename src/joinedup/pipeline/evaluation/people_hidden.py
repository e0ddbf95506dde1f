"""How strong a hidden difference between people would have to be to explain a finding, or to hide one."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from joinedup.methods.benchmarking import Strength, strengths
from joinedup.methods.effect import Effect
from joinedup.methods.regression import Family, fit
from joinedup.methods.sensitivity import e_value, robustness
from joinedup.pipeline.evaluation.panel import numbers
from joinedup.pipeline.evaluation.people_outcomes import Materials, OutcomeFound
from joinedup.pipeline.evaluation.people_rows import Flags, Floats, people_parts
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import Check, Diagnostic
from joinedup.rules.programme.protocol import Outcome, OutcomeKind, PeopleMethod

#: Choice: a finding that a confounder of this risk ratio on both sides could undo is fragile.
FRAGILE: Final = 1.25


def evalue_row(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """The E-value of the primary effect, as a row of the sensitivity analyses."""
    value, low, high, how = _as_ratio(materials, primary)
    made = e_value(value, low, high)
    return {"value": made.value, "limit": made.limit, "ratio": value, "how": how}


def _as_ratio(materials: Materials, primary: OutcomeFound) -> tuple[float, float, float, str]:
    main = primary.main
    if main is None or main.low is None or main.high is None:
        raise NotEvaluable("the primary effect has no interval")
    if main.scale == "ratio":
        values, how = (main.value, main.low, main.high), "the ratio itself"
        if primary.outcome.kind is OutcomeKind.TIME_TO_EVENT and _is_common(materials, primary.outcome):
            values = (math.sqrt(main.value), math.sqrt(main.low), math.sqrt(main.high))
            how = "square root of the ratio, because the event is common (VanderWeele and Ding 2017)"
        return *values, how
    outcome = materials.of_column(primary.outcome.name)
    others = ~materials.comparison.treated
    weights = materials.compared.weights[others]
    mean = float(np.average(outcome[others], weights=weights))
    spread = math.sqrt(float(np.average((outcome[others] - mean) ** 2, weights=weights)))
    if not spread > 0:
        raise NotEvaluable("controls do not vary in the outcome; a standardised difference does not exist")
    made = [math.exp(max(-50.0, min(50.0, 0.91 * x / spread))) for x in (main.value, main.low, main.high)]
    return made[0], made[1], made[2], "exp(0.91 x standardised difference) (VanderWeele and Ding 2017)"


def _is_common(materials: Materials, outcome: Outcome) -> bool:
    return float(materials.of_column(outcome.name).mean()) > 0.15


def robustness_row(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """The robustness value of the primary effect, as a row of the sensitivity analyses."""
    main = primary.main
    if main is None or not main.se:
        raise NotEvaluable("the primary effect has no standard error")
    estimate = math.log(main.value) if main.scale == "ratio" else main.value
    made = robustness(estimate, main.se, max(main.n - materials.comparison.columns.shape[1], 2))
    return {"value": made.value, "limit": made.limit, "partial": made.partial}


def confounding_check(materials: Materials, primary: OutcomeFound) -> list[Diagnostic]:
    """Only of an effect that shows: nothing needs no confounder to explain it."""
    if materials.method is PeopleMethod.RANDOMISED:
        return []
    try:
        limit = evalue_row(materials, primary)["limit"]
    except NotEvaluable:
        return []
    if limit <= 1:
        return []
    words = f"a confounder tied to scheme and outcome by a risk ratio of {limit:.2f} could explain the effect"
    strongest, difference = strongest_known(materials, primary), _difference(primary)
    if strongest is None or difference is None or not difference.se:
        return [Diagnostic(Check.HIDDEN_CONFOUNDING, limit >= FRAGILE, words)]
    is_enough = strongest.explains(difference.value, difference.se)
    words += f"; one as strong as {strongest.name}, the strongest thing known, {'could' if is_enough else 'could not'}"
    return [Diagnostic(Check.HIDDEN_CONFOUNDING, limit >= FRAGILE and not is_enough, words)]


def hidden_difference(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """What page one says of differences nobody recorded; nothing where chance decided who was in the scheme."""
    if materials.method is PeopleMethod.RANDOMISED:
        return {}
    made: dict[str, Any] = {}
    try:
        made |= {"limit": evalue_row(materials, primary)["limit"]}
    except NotEvaluable as exc:
        made |= {"not_made": str(exc)}
    strongest, difference = strongest_known(materials, primary), _difference(primary)
    if strongest is not None and difference is not None and difference.se:
        made |= {
            "strongest": strongest.name, **_own_ratios(materials, primary, strongest.name),
            "is_enough": strongest.explains(difference.value, difference.se),
            "times_needed": strongest.needed(difference.value, difference.se), "could_shift": strongest.bias(),
            "shift_of": abs(difference.value),
        }  # fmt: skip
    return {"hidden_difference": made}


def strongest_known(materials: Materials, primary: OutcomeFound) -> Strength | None:
    """The covariate that could hide or make the largest difference, were something hidden as strong as it."""
    try:
        y, weights, keep = _eligible(materials, primary)
        x, names = materials.people.adjusted
        made = strengths(x[keep], names, materials.people.treated[keep], y, weights)
    except NotEvaluable:
        return None
    return max(made, key=lambda item: (item.bias(), item.name), default=None)


def _difference(primary: OutcomeFound) -> Effect | None:
    return next((item for item in primary.effects if item.scale == "difference"), None)


def _eligible(materials: Materials, primary: OutcomeFound) -> tuple[Floats, Floats, Flags]:
    """The outcome of everybody eligible as a rate or a value, how much each counts, and of whom it is known."""
    kind = primary.outcome.kind
    if kind is OutcomeKind.TIME_TO_EVENT:
        raise NotEvaluable("a time to an event has no difference to set beside covariates")
    y = numbers(materials.after, primary.outcome.name)
    column = people_parts(materials.protocol)[0].follow_up
    is_rate = kind is OutcomeKind.COUNT and bool(column)
    time = numbers(materials.after, column) if is_rate else np.ones(len(y))
    keep: Flags = np.isfinite(y) & np.isfinite(time) & (time > 0)
    return y[keep] / time[keep], time[keep], keep


def _own_ratios(materials: Materials, primary: OutcomeFound, name: str) -> dict[str, float]:
    """How many times likelier those above the middle of a covariate are in the scheme, and their outcome.

    Everything else known is allowed for. No figures where a model cannot be fitted or the outcome can be below zero.
    """
    x, names = materials.people.adjusted
    at = names.index(name)
    y, weights, keep = _eligible(materials, primary)
    column, own = x[keep, at], materials.people.treated[keep].astype(np.float64)
    middle = float(np.median(column))
    above = (column > middle if (column > middle).any() else column >= middle).astype(np.float64)
    rest = np.delete(x[keep], at, axis=1)
    spread = rest.std(axis=0)
    rest = (rest - rest.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    if (y < 0).any():
        return {}
    columns = np.column_stack([np.ones(len(y)), above, rest])
    try:
        with_scheme = fit(columns, own, Family.COUNT)
        with_outcome = fit(np.column_stack([columns, own]), y, Family.COUNT, weights=weights)
    except NotEvaluable:
        return {}
    ratios = [math.exp(abs(float(found.coefficients[1]))) for found in (with_scheme, with_outcome)]
    return {"ratio_scheme": ratios[0], "ratio_outcome": ratios[1]}
