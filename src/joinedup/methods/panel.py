"""A panel: the same units seen over the same periods, some of which start a scheme; checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: When a unit starts that never does.
NEVER = np.inf


@dataclass(frozen=True, slots=True)
class Panel:
    """Units over periods, complete: every unit has an outcome in every period.

    Attributes:
        units: names, all different; (N,).
        times: ascending; (T,). Only their order counts for methods, except in a series with a trend.
        outcome: finite; (N, T).
        first_treated: the time from which a unit is treated, `NEVER` for a control; (N,).
        clusters: which group of units decided together, as numbers; the unit itself unless given; (N,).
        predictors: further columns, each (N, T); a missing value is NaN.

    Raises:
        NotEvaluable: no treated unit, units twice, gaps, values that are not numbers, or an outcome
            that is zero everywhere.
    """

    units: tuple[str, ...]
    times: Floats
    outcome: Floats
    first_treated: Floats
    clusters: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    predictors: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not len(self.clusters):
            object.__setattr__(self, "clusters", np.arange(len(self.units)))
        self._check_shape()
        self._check_outcome()
        if not np.isfinite(self.first_treated).any():
            raise NotEvaluable("no unit is ever treated; name the column that says who started when")

    def _check_shape(self) -> None:
        if len(set(self.units)) < len(self.units):
            raise NotEvaluable("a unit occurs twice in one period; give one row for each unit and period")
        if (np.diff(self.times) <= 0).any():
            raise NotEvaluable("periods are not in ascending order, or one occurs twice")

    def _check_outcome(self) -> None:
        gaps = int((~np.isfinite(self.outcome)).sum())
        if gaps:
            raise NotEvaluable(
                f"the outcome is missing or not a number for {gaps} of {self.outcome.size} units and periods; "
                "a gap is not a zero: leave the unit out of the protocol, or complete the data"
            )
        if not self.outcome.any():
            raise NotEvaluable("the outcome is zero for every unit in every period; nothing can be learned from it")
        if self.outcome.size > 1 and np.ptp(self.outcome) == 0:
            raise NotEvaluable("the outcome is the same for every unit in every period; nothing can be learned from it")

    @property
    def is_treated(self) -> Flags:
        """Which units ever start; (N,)."""
        return np.isfinite(self.first_treated)

    @property
    def cohorts(self) -> tuple[float, ...]:
        """The times at which units start, ascending."""
        return tuple(np.unique(self.first_treated[self.is_treated]).tolist())

    @property
    def n_clusters(self) -> int:
        """How many groups of units decided together."""
        return len(np.unique(self.clusters))

    def periods_before(self, start: float) -> int:
        """How many periods lie before a time."""
        return int((self.times < start).sum())

    def only(self, keep: Flags) -> Panel:
        """The panel of some of its units.

        Args:
            keep: (N,).
        """
        return Panel(
            tuple(np.array(self.units, object)[keep]), self.times, self.outcome[keep], self.first_treated[keep],
            self.clusters[keep], {name: values[keep] for name, values in self.predictors.items()},
        )  # fmt: skip

    def before(self, time: float) -> Panel:
        """The panel as it was known before a time; who starts later stays known, no later outcome does."""
        keep = self.times < time
        if not keep.any():
            raise NotEvaluable(f"no period lies before {time:g}; nothing can be said of what went before")
        return Panel(
            self.units, self.times[keep], self.outcome[:, keep], self.first_treated, self.clusters,
            {name: values[:, keep] for name, values in self.predictors.items()},
        )  # fmt: skip


def set_aside_always_treated(panel: Panel) -> tuple[Panel, tuple[str, ...]]:
    """Leave out units that were treated before the data begin, and drop starts after the data end.

    A unit without a period before its start tells nothing of its change. One that starts after the last period is
    a control for all that is seen.

    Returns:
        The panel that can be evaluated, and the names of the units set aside.

    Raises:
        NotEvaluable: nobody who starts is seen before the start, or nobody starts within the data.
    """
    always = panel.first_treated <= panel.times[0]
    starts = np.where(panel.first_treated > panel.times[-1], NEVER, panel.first_treated)
    if not (np.isfinite(starts) & ~always).any():
        if always.any():
            raise NotEvaluable("every treated unit was treated before the data begin; earlier periods are needed")
        raise NotEvaluable("every start lies after the last period; the effect cannot be seen yet")
    seen = Panel(panel.units, panel.times, panel.outcome, starts, panel.clusters, panel.predictors)
    return seen.only(~always), tuple(np.array(panel.units, object)[always])


def common_start(panel: Panel) -> float:
    """The one time at which all treated units start.

    Raises:
        NotEvaluable: they start at different times.
    """
    if len(panel.cohorts) > 1:
        starts = ", ".join(f"{start:g}" for start in panel.cohorts)
        raise NotEvaluable(f"units start at different times ({starts}); use the method staggered_did")
    return panel.cohorts[0]


def require_controls(panel: Panel) -> None:
    """Refuse a panel without a unit that never starts.

    Raises:
        NotEvaluable: every unit starts.
    """
    if panel.is_treated.all():
        raise NotEvaluable(
            "there are no controls: every unit is treated at some time; add units that never were, use staggered_did "
            "with controls not yet treated, or say interrupted_time_series and accept its lower grade"
        )


def covariates_before(panel: Panel) -> Floats:
    """Each unit's mean of each predictor before the earliest start, missing values left out; (N, K).

    Raises:
        NotEvaluable: a unit has no value of a predictor before the earliest start.
    """
    early = panel.times < panel.cohorts[0]
    columns = []
    for name, values in panel.predictors.items():
        known = np.isfinite(values[:, early])
        if not known.any(axis=1).all():
            raise NotEvaluable(f"predictor {name} has no value before the earliest start for at least one unit")
        columns.append(np.where(known, values[:, early], 0).sum(axis=1) / known.sum(axis=1))
    return np.column_stack(columns) if columns else np.empty((len(panel.units), 0))
