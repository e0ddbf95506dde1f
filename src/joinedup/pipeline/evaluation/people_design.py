"""The design of an evaluation of people: controls found, and judged, from what was known before the index date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from joinedup.methods.balance import Balance, balance, effective_size, overlap, shared_mass
from joinedup.methods.design import USUAL as USUAL_RECIPES
from joinedup.methods.design import Acceptance, Recipe, Trial, search, try_recipe
from joinedup.methods.distance import Candidates, Scores
from joinedup.methods.power import USUAL, design_effect, detectable_difference, detectable_proportion
from joinedup.methods.power import detectable_rate_ratio as detectable_ratio
from joinedup.methods.prognosis import prognosis
from joinedup.methods.regression import Family
from joinedup.methods.weighting import entropy_weights, odds_weights
from joinedup.pipeline.evaluation.people_rows import Flags, Floats, Ints, People, people_parts
from joinedup.pipeline.evaluation.small_counts import hidden, shown_counts
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Likeness, OutcomeKind, PeopleDesign, PeopleMethod, Protocol, Role

#: Choice: what is taken as usual where nothing is known of an outcome before it is seen.
_USUAL_SHARE: Final = 0.3
_USUAL_RATE: Final = 1.0
_USUAL_CORRELATION: Final = 0.01
#: Choice: groups drawn by lot differ by more errors than this in one of a million covariates.
_BEYOND_CHANCE: Final = 5.0
#: Choice: in larger tables trying a dozen designs takes longer than a reader waits.
_SEARCHED_BELOW: Final = 200_000
_FAMILY: Final = {OutcomeKind.COUNT: Family.COUNT, OutcomeKind.BINARY: Family.CHANCE}


@dataclass(frozen=True, slots=True)
class Compared:
    """Who is compared with whom: one entry for each use of a person.

    Attributes:
        rows: of the table; (M,).
        weights: how much each use counts; (M,).
        sets: the matched set of each use, the person's own row where there are no sets; (M,).
        adjust: covariates adjusted for after; (M, K), no columns for none.
        serves_again: whether a person may be used more than once.
        score: log odds of being in the scheme by row of the table; None where chance decided.
    """

    rows: Ints
    weights: Floats
    sets: Ints
    adjust: Floats
    serves_again: bool = False
    score: Floats | None = None


@dataclass(frozen=True, slots=True)
class PeopleDesigned:
    """How good a comparison the protocol's design gives, no outcome seen.

    Attributes:
        reasons: why it is not accepted; empty where it is.
        flow: people in the data, incomplete, eligible, matched; small numbers hidden.
        balance: rows of covariate, means, smd_before, smd_after, variance ratios.
        overlap: part of the people of the scheme whose score lies where controls are; None where chance decided.
        power: the smallest effect that would be seen with 80% power, for each outcome.
        largest_smd, share_matched: what acceptance rests on.
        compared: None where nobody is.
        facts: further figures.
    """

    reasons: tuple[str, ...]
    flow: Mapping[str, Any] = field(default_factory=dict)
    balance: tuple[Mapping[str, Any], ...] = ()
    overlap: float | None = None
    power: Mapping[str, Any] = field(default_factory=dict)
    largest_smd: float | None = None
    share_matched: float | None = None
    compared: Compared | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether effects may be estimated by it."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class _Found:
    """What a method of comparison gave."""

    compared: Compared | None
    alike: Balance | None
    share_matched: float | None
    reasons: tuple[str, ...]
    score: Floats | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def design_people(people: People, protocol: Protocol) -> PeopleDesigned:
    """Find controls and judge the design by balance, overlap and power; there is no outcome to look at.

    Returns:
        A design that is not accepted where the data cannot carry it or the protocol's own conditions fail.
    """
    flow = _flow(people, protocol, None)
    if lacking := int((~people.is_complete).sum()):
        said = "some" if hidden(lacking, protocol.disclosure) else str(lacking)
        reason = f"{said} people have a covariate that is missing; a gap is not a zero: complete it or leave them out"
        return PeopleDesigned((reason,), flow)
    _, design = people_parts(protocol)
    try:
        _require_both(people)
        found = _BY_METHOD[design.method](people, protocol)
    except NotEvaluable as exc:
        return PeopleDesigned((str(exc),), flow)
    rows = () if found.alike is None else tuple(_balance_row(row) for row in found.alike.rows)
    return PeopleDesigned(
        found.reasons, _flow(people, protocol, found.compared), rows,
        None if found.score is None else overlap(found.score, people.treated),
        {} if found.compared is None else _power(people, found.compared, protocol),
        None if found.alike is None else found.alike.largest, found.share_matched, found.compared,
        _facts(people, found),
    )  # fmt: skip


def _require_both(people: People) -> None:
    if not people.treated.any():
        raise NotEvaluable("nobody was treated; check the column that says who was in the scheme")
    if people.treated.all():
        raise NotEvaluable("there are no controls: everybody was in the scheme; add people who were not")


def _matched(people: People, protocol: Protocol) -> _Found:
    _, design = people_parts(protocol)
    candidates = Candidates(
        people.covariates,
        people.treated,
        people.strata,
        people.key,
        people.person,
        prognosis=_prognosis(people, protocol),
        period=people.period,
    )
    scores = Scores.of(candidates)
    recipe = Recipe(design.distance, design.ratio, design.caliper, design.replace)
    accept = Acceptance(design.max_smd, design.min_matched)
    trial = try_recipe(candidates, scores, people.names, recipe, accept)
    others: dict[str, Any] = {}
    if not trial.is_accepted and (found := _searched(candidates, scores, people.names, accept)) is not None:
        others = {"other_designs": [_tried(each) for each in found[1]]}
        trial = found[0] if design.search and found[0].is_accepted else trial
    if trial.matches is None:
        return _Found(None, None, 0.0, trial.reasons, scores.logit, others)
    rows, sets, weights = trial.matches.long()
    used = trial.recipe
    compared = Compared(rows, weights, sets, people.covariates[rows], used.replace, scores.logit)
    facts = {
        "share_matched": trial.matches.share_matched, "distance": str(used.distance), "ratio": used.ratio,
        "replace": used.replace, "found_by_search": used != recipe, **others,
    }  # fmt: skip
    return _Found(compared, trial.balance, trial.matches.share_matched, trial.reasons, scores.logit, facts)


def _searched(
    candidates: Candidates, scores: Scores, names: tuple[str, ...], accept: Acceptance
) -> tuple[Trial, tuple[Trial, ...]] | None:
    """The best of the usual designs, and all of them, for this protocol or the next; balance alone is looked at."""
    if len(candidates.treated) > _SEARCHED_BELOW:
        return None
    try:
        return search(candidates, scores, names, USUAL_RECIPES, accept)
    except NotEvaluable:
        return None


def _tried(trial: Trial) -> dict[str, Any]:
    return {
        "distance": str(trial.recipe.distance), "ratio": trial.recipe.ratio, "caliper": trial.recipe.caliper,
        "replace": trial.recipe.replace, "accepted": trial.is_accepted,
        "largest_smd": trial.balance.largest if trial.balance else None,
    }  # fmt: skip


def _prognosis(people: People, protocol: Protocol) -> Floats | None:
    """What would be expected without the scheme, learned from the outcome of an earlier period among controls."""
    if people_parts(protocol)[1].distance not in {Likeness.PROGNOSTIC, Likeness.BOTH}:
        return None
    if people.earlier is None:
        raise NotEvaluable(
            "a prognostic distance needs the outcome of an earlier period; name its column as data.earlier_outcome"
        )
    kind = next((o.kind for o in protocol.outcomes if o.role is Role.PRIMARY), OutcomeKind.CONTINUOUS)
    family = _FAMILY.get(kind, Family.LINEAR)
    same = np.array([np.array_equal(column, people.earlier) for column in people.covariates.T])
    return prognosis(people.covariates[:, ~same], people.earlier, ~people.treated, family)


def _weighted(people: People, protocol: Protocol) -> _Found:
    """Odds of the propensity; where they leave the groups unlike, weights that meet every mean. Balance decides."""
    _, design = people_parts(protocol)
    x, names = people.adjusted
    logit = Scores.of(Candidates(x, people.treated)).logit
    weights, kind = odds_weights(logit, people.treated), "odds of the propensity"
    alike = balance(x, people.treated, weights, names)
    if not alike.is_accepted(design.max_smd):
        try:
            weights, kind = entropy_weights(x, people.treated), "entropy balancing"
            alike = balance(x, people.treated, weights, names)
        except NotEvaluable:
            kind = "odds of the propensity; no weights meet every mean"
    rows = np.arange(len(people.treated))
    compared = Compared(rows, weights, rows, np.empty((len(rows), 0)), score=logit)
    facts = {"weights": kind, "effective_controls": alike.effective_controls}
    return _Found(compared, alike, None, _unlike(alike, design), logit, facts)


def _unlike(alike: Balance, design: PeopleDesign) -> tuple[str, ...]:
    if names := alike.unlike(design.max_smd):
        return (f"not alike (standardised difference {design.max_smd:g} or more): {', '.join(names)}",)
    return ()


def _regressed(people: People, protocol: Protocol) -> _Found:
    """Everybody as they are, adjusted by a model; balance is shown, and cannot refuse what does not rest on it."""
    x, names = people.adjusted
    logit = Scores.of(Candidates(x, people.treated)).logit
    rows, one = np.arange(len(people.treated)), np.ones(len(people.treated))
    return _Found(Compared(rows, one, rows, x, score=logit), balance(x, people.treated, one, names), None, (), logit)


def _randomised(people: People, protocol: Protocol) -> _Found:
    """Everybody as chance put them; differences before are chance and are shown."""
    x, names = people.adjusted
    rows, one = np.arange(len(people.treated)), np.ones(len(people.treated))
    alike = balance(x, people.treated, one, names) if names else None
    reasons = () if alike is None else _beyond_chance(people, alike)
    return _Found(Compared(rows, one, rows, np.empty((len(rows), 0))), alike, None, reasons)


def _beyond_chance(people: People, alike: Balance) -> tuple[str, ...]:
    """Covariates so far apart that a lot cannot have drawn the groups."""
    groups = (people.treated, ~people.treated)
    sizes = [int(g.sum()) if people.clusters is None else len(np.unique(people.clusters[g])) for g in groups]
    limit = _BEYOND_CHANCE * float(np.sqrt(1 / sizes[0] + 1 / sizes[1]))
    if names := alike.unlike(limit):
        return (f"further apart than chance can explain: {', '.join(names)}; a lot did not draw these groups",)
    return ()


_BY_METHOD: Final[Mapping[PeopleMethod, Callable[[People, Protocol], _Found]]] = {
    PeopleMethod.MATCHED: _matched,
    PeopleMethod.WEIGHTING: _weighted,
    PeopleMethod.REGRESSION: _regressed,
    PeopleMethod.RANDOMISED: _randomised,
}


def _flow(people: People, protocol: Protocol, compared: Compared | None) -> dict[str, Any]:
    """How many there were, were left out and are compared."""
    complete, own = people.is_complete, people.treated
    counts = {
        "people_in_data": len(own), "incomplete": int((~complete).sum()), "eligible": int(complete.sum()),
        "eligible_treated": int((complete & own).sum()), "eligible_controls": int((complete & ~own).sum()),
    }  # fmt: skip
    if people.flow:  # rows are people at several dates; people themselves were counted before
        counts = dict(people.flow)
    if compared is not None:
        used = np.zeros(len(own), bool)
        used[compared.rows[compared.weights > 0]] = True
        for name, group in (("treated", own), ("controls", ~own)):
            counts[f"matched_{name}"] = int((used & group).sum())
        counts["unmatched_treated"] = int((~used & own).sum())
    flow: dict[str, Any] = dict(shown_counts(counts, protocol.disclosure))
    if not people.flow:
        flow["linkage_loss"] = "not known: the table holds linked people only; give those lost in linkage beside it"
    return flow


def _balance_row(row: Any) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _facts(people: People, found: _Found) -> dict[str, Any]:
    made = dict(found.facts)
    if found.score is not None:
        made["shared_mass"] = shared_mass(found.score, people.treated)
    if people.clusters is not None:
        made["clusters_treated"] = len(np.unique(people.clusters[people.treated]))
        made["clusters_controls"] = len(np.unique(people.clusters[~people.treated]))
    return made


def _power(people: People, compared: Compared, protocol: Protocol) -> dict[str, Any]:
    """What each outcome could show, from how many are compared; usual rates stand in for outcomes not seen."""
    own: Flags = people.treated[compared.rows]
    treated, controls = effective_size(compared.weights[own]), effective_size(compared.weights[~own])
    inflation = 1.0
    if people.clusters is not None:
        size = len(compared.rows) / max(len(np.unique(people.clusters[compared.rows])), 1)
        inflation = design_effect(max(size, 1.0), _USUAL_CORRELATION)
    return {
        "detectable": detectable_difference(1.0, treated, controls, design_effect=inflation),
        "unit": "standard deviations of the outcome", "power": USUAL.power,
        "effective_treated": hide_small(treated, protocol), "effective_controls": hide_small(controls, protocol),
        "design_effect": inflation,
        "by_outcome": [
            {"outcome": o.name, **_detectable(o.kind, (treated, controls), inflation, _rate(people, compared))}
            for o in protocol.outcomes
        ],
    }  # fmt: skip


def hide_small(size: float, protocol: Protocol) -> float | None:
    """An effective number of people, hidden where it is small."""
    return None if hidden(round(size), protocol.disclosure) else size


def _detectable(
    kind: OutcomeKind, sizes: tuple[float, float], inflation: float, usual: tuple[float, str]
) -> dict[str, Any]:
    treated, controls = sizes
    if kind is OutcomeKind.COUNT:
        rate, how = usual
        ratio = detectable_ratio(treated, rate, control_years=controls, dispersion=2.0, design_effect=inflation)
        return {"detectable": ratio, "unit": "rate ratio", "assumed": f"{how}, dispersion 2"}
    if kind in {OutcomeKind.BINARY, OutcomeKind.TIME_TO_EVENT}:
        share = detectable_proportion(_USUAL_SHARE, treated, controls, design_effect=inflation)
        return {"detectable": share, "unit": "share", "assumed": f"{_USUAL_SHARE:g} without it"}
    value = detectable_difference(1.0, treated, controls, design_effect=inflation)
    return {"detectable": value, "unit": "standard deviations", "assumed": "nothing explained"}


def _rate(people: People, compared: Compared) -> tuple[float, str]:
    if people.earlier is not None and people.earlier[compared.rows].mean() > 0:
        rate = float(people.earlier[compared.rows].mean())
        return rate, f"{rate:.2f} events a person, as in the earlier period"
    return _USUAL_RATE, f"{_USUAL_RATE:g} event a person"
