"""What would have been: a treated series beside the path that donors say it would have taken without the scheme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from joinedup.methods.effect import Floats, Ints
from joinedup.methods.panel import Flags, Panel, require_controls
from joinedup.rules.foundation.errors import NotEvaluable


@dataclass(frozen=True, slots=True)
class Special:
    """A predictor taken at some times only, averaged over them; the outcome itself may be one.

    Attributes:
        column: a predictor's name; "" for the outcome.
        times: before the start.
    """

    column: str
    times: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which predictors a counterfactual is built on.

    Attributes:
        predictors: averaged over the periods before the start.
        specials: averaged over the times they name.
        pre: first and last period used before the start; None for all.
    """

    predictors: tuple[str, ...] = ()
    specials: tuple[Special, ...] = ()
    pre: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One treated series and its donors; several units that start together are one series, their mean.

    Attributes:
        treated: (T, M).
        donors: (T, J).
        n_pre: periods before the start.
        target, donor_predictors: predictors of both, (K,) and (K, J); K may be 0.
        covariates, donor_covariates: columns that run through time, (T, M, C) and (T, J, C); C may be 0.
    """

    treated: Floats
    donors: Floats
    n_pre: int
    target: Floats
    donor_predictors: Floats
    covariates: Floats
    donor_covariates: Floats

    @property
    def observed(self) -> Floats:
        """The mean of the treated; (T,)."""
        mean: Floats = self.treated.mean(axis=1)
        return mean

    @property
    def size(self) -> int:
        """How many units the series stands for."""
        return int(self.treated.shape[1])


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The path without the scheme.

    Attributes:
        observed, path: (T,).
        n_pre: periods before the start.
        weights: of the donors, (J,); empty where the method has none.
        importance: of the predictors or periods, (K,); empty where the method has none.
        facts: further numbers of the method, by name.
    """

    observed: Floats
    path: Floats
    n_pre: int
    weights: Floats = field(default_factory=lambda: np.empty(0))
    importance: Floats = field(default_factory=lambda: np.empty(0))
    facts: tuple[tuple[str, float], ...] = ()

    @property
    def gap(self) -> Floats:
        """Observed minus path; (T,)."""
        return self.observed - self.path

    @property
    def effect(self) -> float:
        """The mean gap since the start."""
        return float(self.gap[self.n_pre :].mean())

    @property
    def fit(self) -> float:
        """Root mean squared gap before the start."""
        return float(np.sqrt((self.gap[: self.n_pre] ** 2).mean()))

    @property
    def ratio(self) -> float:
        """Root mean squared gap after the start as a multiple of that before: large is unusual."""
        return float(np.sqrt((self.gap[self.n_pre :] ** 2).mean()) / max(self.fit, 1e-12))


Estimator = Callable[[Case], Counterfactual]


def cases_of(panel: Panel, recipe: Recipe = Recipe()) -> tuple[Case, ...]:
    """One case for each wave of treated units, with the units that never start as donors.

    Raises:
        NotEvaluable: fewer than two donors, fewer than two periods before a start, or a predictor that is unknown
            before it or the same for all donors.
    """
    require_controls(panel)
    donors = np.flatnonzero(~panel.is_treated)
    made = tuple(
        case_of(panel, np.flatnonzero(panel.first_treated == start), donors, start, recipe) for start in panel.cohorts
    )
    names = (*recipe.predictors, *(special.column or "outcome" for special in recipe.specials))
    for name, values in zip(names, made[0].donor_predictors, strict=True):
        if np.ptp(values) == 0:
            raise NotEvaluable(f"predictor {name} is the same for all donors; leave it out")
    return made


def case_of(panel: Panel, treated: Ints, donors: Ints, start: float, recipe: Recipe) -> Case:
    """Units treated from one start, as one series, and their donors.

    Args:
        treated, donors: positions of units.
        start: of the scheme, or of a placebo.
    """
    used = _used_periods(panel, start, recipe)
    times, outcome = panel.times[used], panel.outcome[:, used]
    n_pre = int((times < start).sum())
    if n_pre < 2:
        raise NotEvaluable("a counterfactual needs at least two periods before the start")
    if len(donors) < 2:
        raise NotEvaluable("a counterfactual needs at least two units that never start")
    rows = predictor_rows(panel, start, recipe)
    columns = [panel.predictors[name][:, used] for name in recipe.predictors]
    through_time = np.stack(columns, axis=-1) if columns else np.empty((*outcome.shape, 0))
    return Case(
        outcome[treated].T, outcome[donors].T, n_pre, rows[:, treated].mean(axis=1), rows[:, donors],
        through_time[treated].transpose(1, 0, 2), through_time[donors].transpose(1, 0, 2),
    )  # fmt: skip


def _used_periods(panel: Panel, start: float, recipe: Recipe) -> Flags:
    if recipe.pre is None:
        return np.ones(len(panel.times), bool)
    first, last = recipe.pre
    used: Flags = (panel.times >= first) & ((panel.times <= last) | (panel.times >= start))
    return used


def predictor_rows(panel: Panel, start: float, recipe: Recipe) -> Floats:
    """The predictors of every unit, known before the start; (K, N)."""
    early = (panel.times < start) & _used_periods(panel, start, recipe)
    rows = [_mean_known(panel.predictors[name], early, name) for name in recipe.predictors]
    for special in recipe.specials:
        at = np.isin(panel.times, special.times)
        if at.sum() < len(set(special.times)) or (panel.times[at] >= start).any():
            raise NotEvaluable(f"special predictor {special.column or 'outcome'}: its times must lie before the start")
        values = panel.predictors[special.column] if special.column else panel.outcome
        rows.append(_mean_known(values, at, special.column))
    return np.array(rows) if rows else np.empty((0, len(panel.units)))


def _mean_known(values: Floats, at: Flags, name: str) -> Floats:
    known = np.isfinite(values[:, at])
    if not known.any(axis=1).all():
        raise NotEvaluable(f"predictor {name} is missing before the start for at least one unit")
    mean: Floats = np.where(known, values[:, at], 0).sum(axis=1) / known.sum(axis=1)
    return mean


def joint_effect(found: Sequence[Counterfactual], cases: Sequence[Case]) -> float:
    """The mean gap since the start over treated units, each unit counting once."""
    return float(np.average([item.effect for item in found], weights=[case.size for case in cases]))
