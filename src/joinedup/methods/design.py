"""Design: among ways of finding controls, the one under which the groups were most alike before; outcomes unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from joinedup.methods.balance import LARGEST_DIFFERENCE, Balance, balance
from joinedup.methods.distance import Candidates, Scores, match_by
from joinedup.methods.matching import Matches
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Likeness


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of finding controls.

    Attributes:
        distance: what likeness is measured on.
        ratio: controls for each person of the scheme.
        caliper: in standard deviations of the score; None for none.
        replace: whether a control may serve several people.
    """

    distance: Likeness = Likeness.PROPENSITY
    ratio: int = 1
    caliper: float | None = 0.2
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When a design is good enough.

    Attributes:
        max_smd: every standardised difference must be below it.
        min_matched: the least part of the people of the scheme who must have a control.
    """

    max_smd: float = LARGEST_DIFFERENCE
    min_matched: float = 0.95


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe, and how alike the groups are under it.

    Attributes:
        recipe: what was tried.
        matches: who was matched with whom; None where nobody could be.
        balance: how alike; None where nobody could be matched.
        reasons: why it is not good enough; empty where it is.
    """

    recipe: Recipe
    matches: Matches | None
    balance: Balance | None
    reasons: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether the design is good enough."""
        return not self.reasons


#: Recipes tried where a protocol leaves the search to joinedup, simplest first.
USUAL: Final = tuple(
    Recipe(distance, ratio, 0.2, replace)
    for replace in (False, True)
    for distance in (Likeness.PROPENSITY, Likeness.MAHALANOBIS)
    for ratio in (3, 2, 1)
)


def try_recipe(people: Candidates, scores: Scores, names: Sequence[str], recipe: Recipe, accept: Acceptance) -> Trial:
    """Match by one recipe, and say whether the design is good enough and why not."""
    found = match_by(
        people, scores, recipe.distance, ratio=recipe.ratio, caliper=recipe.caliper, replace=recipe.replace
    )
    if not found.n_matched:
        return Trial(recipe, None, None, ("nobody has a control within the caliper and the exact groups",))
    alike = balance(people.covariates, people.treated, found.weights(len(people.treated)), names)
    reasons = []
    if unlike := alike.unlike(accept.max_smd):
        reasons.append(f"not alike (standardised difference {accept.max_smd:g} or more): {', '.join(unlike)}")
    if found.share_matched < accept.min_matched:
        reasons.append(
            f"{100 * found.share_matched:.1f}% of the people of the scheme have a control; "
            f"at least {100 * accept.min_matched:g}% is asked for"
        )
    return Trial(recipe, found, alike, tuple(reasons))


def search(
    people: Candidates, scores: Scores, names: Sequence[str], recipes: Sequence[Recipe], accept: Acceptance
) -> tuple[Trial, tuple[Trial, ...]]:
    """Try recipes and choose by balance alone.

    Accepted designs come before others; among accepted ones the one that says most (largest effective number of
    controls), so that balance far below the limit is not bought with people; among others the most alike. Ties go to
    the earlier recipe.

    Returns:
        The chosen trial, and all in the order given.

    Raises:
        NotEvaluable: no recipe gave anybody a control.

    Source: Choice: balance before precision; Stuart 2010 on choosing designs without outcomes.
    """
    trials = tuple(try_recipe(people, scores, names, recipe, accept) for recipe in recipes)
    possible = [(at, trial) for at, trial in enumerate(trials) if trial.balance is not None]
    if not possible:
        raise NotEvaluable("no design gave anybody a control; widen the caliper or name fewer exact groups")
    return min(possible, key=lambda each: _rank(*each))[1], trials


def _rank(at: int, trial: Trial) -> tuple[bool, float, int]:
    if trial.balance is None:
        return (True, float("inf"), at)
    goodness = -trial.balance.effective_controls if trial.is_accepted else trial.balance.largest
    return (not trial.is_accepted, goodness, at)
