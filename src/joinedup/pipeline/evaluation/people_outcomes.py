"""What an accepted comparison of people shows in each outcome: how often, whether, how much, when and at what cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from scipy import stats

from joinedup.methods.balance import effective_size
from joinedup.methods.effect import Effect
from joinedup.methods.outcome import Comparison, chance_effects, count_effects, mean_effect, score_effects
from joinedup.methods.survival import hazard_ratio, restricted_mean
from joinedup.pipeline.evaluation.panel import numbers
from joinedup.pipeline.evaluation.people_design import Compared
from joinedup.pipeline.evaluation.people_rows import Flags, Floats, Ints, People, people_parts
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Outcome, OutcomeKind, PeopleMethod, Protocol, Role

#: Choice: fewer people than this, of both groups together, say nothing.
_FEWEST: Final = 10
#: Choice: people that each covariate adjusted for needs. Source: the rule of ten (Peduzzi and others 1996), halved
#: because covariates are adjusted for, not interpreted (Vittinghoff and McCulloch 2007).
_PER_COVARIATE: Final = 5
#: Choice: fewer people than this in a group show no spread, and an interval from them is far too narrow.
_FEWEST_A_SIDE: Final = 5
#: Kinds of which one value for everybody says nothing; a time to an event is not one of them.
_MUST_VARY: Final = frozenset({OutcomeKind.COUNT, OutcomeKind.CONTINUOUS, OutcomeKind.COST})


@dataclass(frozen=True, slots=True)
class Materials:
    """A design's comparison with the outcomes of those compared.

    Attributes:
        protocol: what was promised.
        people, compared: of the design.
        after: outcomes by row of the table.
        comparison: of each use of a person.
    """

    protocol: Protocol
    people: People
    compared: Compared
    after: pa.Table
    comparison: Comparison

    @classmethod
    def of(cls, protocol: Protocol, people: People, compared: Compared, after: pa.Table) -> Materials:
        """Uses that move together: those of a cluster, of a matched set, and of a person who serves again."""
        sets: Ints = compared.sets
        if compared.serves_again:
            sets = np.column_stack([compared.rows, compared.sets])
        clusters = sets if people.clusters is None else people.clusters[compared.rows]
        made = Comparison(people.treated[compared.rows], compared.weights, clusters, compared.adjust)
        return cls(protocol, people, compared, after, made)

    @property
    def method(self) -> PeopleMethod:
        """The design's method."""
        return people_parts(self.protocol)[1].method

    def of_column(self, column: str) -> Floats:
        """A column by use of a person."""
        values: Floats = numbers(self.after, column)[self.compared.rows]
        return values

    @property
    def follow_up(self) -> Floats:
        """How long each was followed up, in the table's unit; one for everybody where the protocol names none."""
        column = people_parts(self.protocol)[0].follow_up
        return self.of_column(column) if column else np.ones(len(self.compared.rows))

    def time_of(self, outcome: Outcome) -> Floats:
        """The time until an event or the end."""
        return self.of_column(outcome.time) if outcome.time else self.follow_up

    def only(self, keep: Flags) -> Materials:
        """Part of those compared."""
        compared = replace(
            self.compared, rows=self.compared.rows[keep], weights=self.compared.weights[keep],
            sets=self.compared.sets[keep], adjust=self.compared.adjust[keep],
        )  # fmt: skip
        return Materials.of(self.protocol, self.people, compared, self.after)

    @property
    def by_sets(self) -> Comparison:
        """The comparison with matched sets as clusters, within which hazards can be compared."""
        if self.method is not PeopleMethod.MATCHED:
            return self.comparison
        return replace(self.comparison, clusters=self.compared.sets)

    @property
    def plain(self) -> Materials:
        """Without adjustment."""
        compared = replace(self.compared, adjust=np.empty((len(self.compared.rows), 0)))
        return Materials.of(self.protocol, self.people, compared, self.after)


@dataclass(frozen=True, slots=True)
class OutcomeFound:
    """What was found of one outcome.

    Attributes:
        effects: the one that counts first; empty where nothing could be estimated.
        counterfactual: the mean of those in the scheme, had they not been; None for ratios alone.
        why: the reason, where nothing could be estimated.
        note: how the estimate departs from the usual one; "" otherwise.
    """

    outcome: Outcome
    effects: tuple[Effect, ...]
    counterfactual: float | None = None
    why: str = ""
    note: str = ""

    @property
    def main(self) -> Effect | None:
        """The effect that counts."""
        return self.effects[0] if self.effects else None


def find_outcome(materials: Materials, outcome: Outcome) -> OutcomeFound:
    """Estimate one outcome; what cannot be estimated says why and gives no number."""
    try:
        values = materials.of_column(outcome.name)
        if not np.isfinite(values).all():
            raise NotEvaluable(
                "the outcome is missing for some of those compared; a gap is not a zero: complete it or leave those "
                "people out"
            )
        _require_spread(materials, outcome, values)
        effects, note = _adjusted(materials, outcome, values)
    except NotEvaluable as exc:
        return OutcomeFound(outcome, (), why=str(exc))
    effects = tuple(replace(each, n=_people(materials)) for each in effects)
    return OutcomeFound(outcome, effects, _counterfactual(materials, values, effects), "", note)


def _require_spread(materials: Materials, outcome: Outcome, values: Floats) -> None:
    """Refuse groups, or groups of clusters, too small to show how much people differ, and a constant outcome."""
    used = materials.compared.weights > 0
    own, others = materials.comparison.treated & used, ~materials.comparison.treated & used
    fewest = min(len(np.unique(materials.compared.rows[group])) for group in (own, others))
    if fewest < _FEWEST_A_SIDE:
        raise NotEvaluable(f"fewer than {_FEWEST_A_SIDE} people of one group are compared; nothing can be said of them")
    clusters = materials.people.clusters
    if clusters is not None:
        names = clusters[materials.compared.rows]
        if min(len(np.unique(names[group])) for group in (own, others)) < 2:
            raise NotEvaluable("one group is a single cluster; what it did by itself cannot be told from the scheme")
    if outcome.kind in _MUST_VARY and values.any() and np.ptp(values[used]) == 0:
        raise NotEvaluable("the outcome is the same for everybody compared; nothing can be learned from it")


def _people(materials: Materials) -> int:
    return len(np.unique(materials.compared.rows[materials.compared.weights > 0]))


def _adjusted(materials: Materials, outcome: Outcome, values: Floats) -> tuple[tuple[Effect, ...], str]:
    """Adjusted after matching; as matched where the adjusting model cannot be fitted."""
    run, people, columns = _RUN[outcome.kind], _people(materials), materials.compared.adjust.shape[1]
    if people < _FEWEST:
        raise NotEvaluable(f"fewer than {_FEWEST} people are compared; nothing can be said of so few")
    carries = people >= _PER_COVARIATE * (columns + 1) or not columns
    if materials.method is not PeopleMethod.MATCHED:
        if not carries:
            raise NotEvaluable(f"so few people cannot carry a model of {columns} covariates; name fewer")
        return run(materials, outcome, values), ""
    if not carries:
        return run(materials.plain, outcome, values), "as matched: too few people for a model that adjusts"
    try:
        return run(materials, outcome, values), ""
    except NotEvaluable:
        return run(materials.plain, outcome, values), "as matched: the model that adjusts could not be fitted"


def _counterfactual(materials: Materials, values: Floats, effects: tuple[Effect, ...]) -> float | None:
    own = materials.comparison.treated
    if effects[0].scale != "difference":
        return None
    return float(np.average(values[own], weights=materials.compared.weights[own])) - effects[0].value


def _counts(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    return count_effects(materials.comparison, values, materials.follow_up)


def _chances(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    return chance_effects(materials.comparison, values)


def _means(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    if outcome.role is Role.EXPERIENCE:
        return _scores(materials, outcome, values)
    is_pooled = materials.method is PeopleMethod.RANDOMISED and materials.people.clusters is None
    return (mean_effect(materials.comparison, values, pooled=is_pooled),)


def _scores(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    """Points, standard deviations, and the share of positive answers where the protocol says which they are."""
    made = score_effects(materials.comparison, values)
    if outcome.positive_from is None:
        return made
    is_positive = values <= outcome.positive_from
    if outcome.polarity is not Direction.LOWER:
        is_positive = values >= outcome.positive_from
    if np.ptp(is_positive[materials.comparison.weights > 0].astype(float)) == 0:
        return made  # all answers are positive, or none is: nothing differs
    share = mean_effect(materials.comparison, is_positive.astype(np.float64))
    return (*made, replace(share, estimand="share_positive"))


def _costs(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    """Costs as means, in pounds: the mean is what a payer pays, however uneven costs are."""
    return (mean_effect(materials.comparison, values),)


def _times(materials: Materials, outcome: Outcome, values: Floats) -> tuple[Effect, ...]:
    """Hazard ratio and time gained; weighted people have no sets, so the ratio of their rates stands for it."""
    if not np.isin(values, (0.0, 1.0)).all():
        raise NotEvaluable(f"{outcome.name} must be 1 where the event happened and 0 where follow-up ended without it")
    time, happened = materials.time_of(outcome), values == 1
    if materials.method is PeopleMethod.WEIGHTING:
        made = [count_effects(materials.comparison, values, time)[0]]
    else:
        made = [hazard_ratio(materials.by_sets, time, happened)]
    if materials.method is not PeopleMethod.REGRESSION:  # curves cannot be adjusted
        own = materials.comparison.treated
        until = min(float(time[own].max()), float(time[~own].max()))
        made.append(restricted_mean(materials.comparison, time, happened, until))
    return tuple(made)


_RUN: Final[Mapping[OutcomeKind, Callable[[Materials, Outcome, Floats], tuple[Effect, ...]]]] = {
    OutcomeKind.COUNT: _counts,
    OutcomeKind.BINARY: _chances,
    OutcomeKind.CONTINUOUS: _means,
    OutcomeKind.COST: _costs,
    OutcomeKind.TIME_TO_EVENT: _times,
}


def gets_worse(found: OutcomeFound) -> bool | None:
    """Whether an interval lies wholly on the worse side; None where there is none.

    Less is taken as better unless the protocol says otherwise.
    """
    main = found.main
    if main is None or main.low is None or main.high is None:
        return None
    none = 1.0 if main.scale == "ratio" else 0.0
    return main.high < none if found.outcome.polarity is Direction.HIGHER else main.low > none


def subgroup_findings(materials: Materials, outcome: Outcome, least: int) -> list[tuple[str, str, OutcomeFound]]:
    """The primary outcome within each promised subgroup with enough people on both sides.

    A matched set belongs where its person of the scheme does, so that sets stay whole.

    Args:
        least: people on either side below which a subgroup is not shown.

    Returns:
        Column, category and what was found.
    """
    made, is_matched = [], materials.method is PeopleMethod.MATCHED
    for column in materials.protocol.subgroups:
        given = materials.after.column(column).to_pylist()
        texts = np.array(["" if value is None else str(value) for value in given], object)
        values = texts[materials.compared.sets if is_matched else materials.compared.rows]
        for category in _told(materials, outcome, values, max(least, 2)):
            made.append((column, category, find_outcome(materials.only(values == category), outcome)))
    return made


def _told(materials: Materials, outcome: Outcome, values: Any, least: int) -> list[str]:
    """Categories with enough people, and enough with the outcome; those left out are too many to be worked out.

    The whole less the categories that are told is what the others had: while these are few, the smallest category that
    could be told stays out with them.
    """
    sizes = {str(category): _sides(materials, values == category) for category in sorted(set(values))}
    told = [
        category
        for category, sides in sizes.items()
        if category and min(sides) >= least and not _has_few(materials.only(values == category), outcome, least)
    ]
    while told and _is_few([sizes[category] for category in sizes if category not in told], least):
        told.remove(min(told, key=lambda category: min(sizes[category])))
    return told


def _sides(materials: Materials, keep: Flags) -> tuple[int, int]:
    """How many people of the scheme, and how many controls, are among some of those compared."""
    used, own = keep & (materials.compared.weights > 0), materials.comparison.treated
    treated, controls = (len(np.unique(materials.compared.rows[used & group])) for group in (own, ~own))
    return treated, controls


def _is_few(sides: list[tuple[int, int]], least: int) -> bool:
    return any(0 < sum(people) < least for people in zip(*sides, strict=True))


def _has_few(materials: Materials, outcome: Outcome, least: int) -> bool:
    """Whether few of one side had the outcome, or few were without it."""
    row = group_table(materials, outcome)
    with_event = [row.get(f"people_with_event_{side}", 0) for side in ("treated", "controls")]
    return any(0 < people < least for people in with_event) or bool(few_without(row, outcome, least))


def few_without(row: Mapping[str, Any], outcome: Outcome, least: int) -> list[str]:
    """Sides of which nearly everybody had an outcome that one has or has not.

    >>> died = Outcome("died", OutcomeKind.BINARY, Role.SAFETY, None)
    >>> row = {"people_treated": 100, "people_with_event_treated": 98, "people_controls": 90,
    ...        "people_with_event_controls": 20}
    >>> few_without(row, died, 8)
    ['treated']
    """
    if outcome.kind not in {OutcomeKind.BINARY, OutcomeKind.TIME_TO_EVENT}:
        return []
    sides = ("treated", "controls")
    return [side for side in sides if 0 < row[f"people_{side}"] - row[f"people_with_event_{side}"] < least]


def _mean_interval(values: Floats, weights: Floats) -> tuple[float, float]:
    """95% interval of a weighted mean, by the effective number of people."""
    mean, size = float(np.average(values, weights=weights)), effective_size(weights)
    spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights) / max(size - 1, 1)))
    half = float(stats.t.ppf(0.975, max(size - 1, 1))) * spread
    return mean - half, mean + half


def group_table(materials: Materials, outcome: Outcome) -> dict[str, Any]:
    """How many of each group had the outcome, and its weighted mean."""
    values, made = materials.of_column(outcome.name), dict[str, Any](outcome=outcome.name)
    for name, group in (("treated", materials.comparison.treated), ("controls", ~materials.comparison.treated)):
        used = group & (materials.compared.weights > 0)
        _, first = np.unique(materials.compared.rows[used], return_index=True)
        made[f"people_{name}"] = len(first)
        if outcome.kind in {OutcomeKind.COUNT, OutcomeKind.BINARY, OutcomeKind.TIME_TO_EVENT}:
            made[f"people_with_event_{name}"] = int((values[used][first] > 0).sum())
        made[f"mean_{name}"] = float(np.average(values[used], weights=materials.compared.weights[used]))
        if outcome.role is Role.EXPERIENCE:
            low, high = _mean_interval(values[used], materials.compared.weights[used])
            made |= {f"mean_low_{name}": low, f"mean_high_{name}": high}
    return made
