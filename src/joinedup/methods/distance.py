"""Distance: what it means that two people are alike, and the caliper beyond which they are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.matching import NONE, Matches, Pool, Rule, match
from joinedup.methods.nearby import match_nearby, whitened
from joinedup.methods.propensity import caliper_width, propensity
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.protocol import Likeness

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everybody who could be compared, with what was known before the index date.

    Attributes:
        covariates: (N, K).
        treated: (N,).
        strata: exact groups, index dates among them; (N,). None for one group.
        key: different for every row, so that the order of rows never matters; (N,). None for the row's position.
        person: whose row it is, where people occur at several dates; (N,). None where each occurs once.
        prognosis: expected outcome without the scheme; (N,). Needed for prognostic and both.
        period: the index date, where people occur at several; (N,). None where each occurs once.
    """

    covariates: Floats
    treated: Flags
    strata: Ints | None = None
    key: Ints | None = None
    person: Ints | None = None
    prognosis: Floats | None = None
    period: Ints | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores that distances are measured on, worked out once for many designs.

    Attributes:
        logit: log odds of being in the scheme; (N,).
        prognosis: (N,), or None.
    """

    logit: Floats
    prognosis: Floats | None

    @classmethod
    def of(cls, people: Candidates) -> Scores:
        """Fit the propensity of candidates.

        Raises:
            NotEvaluable: see `propensity.propensity`.
        """
        return cls(propensity(people.covariates, people.treated).logit, people.prognosis)


def match_by(
    people: Candidates, scores: Scores, distance: Likeness, *, ratio: int = 1, caliper: float | None = 0.2,
    replace: bool = False,
) -> Matches:  # fmt: skip
    """Match people of the scheme with controls alike by a distance.

    Where people occur at several index dates, the dates choose in the order of time: a control taken at one is gone for
    later ones. Choosing over all dates at once would choose by the future, because whoever fell ill after an early date
    looks more like a person of the scheme at a later one, is taken there, and is missed at the early one.

    Args:
        caliper: in standard deviations of the score (propensity, but for the prognostic distance); None for none.

    Raises:
        NotEvaluable: see `matching.Pool.of` and `nearby.whitened`.
        DefinitionError: a prognostic distance without a prognosis.
    """
    needs_prognosis = distance in {Likeness.PROGNOSTIC, Likeness.BOTH}
    if needs_prognosis and scores.prognosis is None:
        raise DefinitionError(f"the distance {distance.value} needs a prognosis; name an outcome of an earlier period")
    score = scores.prognosis if distance is Likeness.PROGNOSTIC and scores.prognosis is not None else scores.logit
    width = None if caliper is None else caliper_width(score, people.treated, caliper)
    pool, rule = Pool.of(people.treated, score, people.strata, people.key, people.person), Rule(ratio, width, replace)
    coordinates = _coordinates(people, scores, distance)
    if people.period is None:
        return _matched(pool, coordinates, rule)
    return _in_time(pool, coordinates, rule, people.period)


def _coordinates(people: Candidates, scores: Scores, distance: Likeness) -> Floats | None:
    """What nearness is measured in, besides one score; None where the score is all."""
    if distance is Likeness.BOTH and scores.prognosis is not None:
        return whitened(np.column_stack([scores.logit, scores.prognosis]), people.treated)
    return whitened(people.covariates, people.treated) if distance is Likeness.MAHALANOBIS else None


def _matched(pool: Pool, coordinates: Floats | None, rule: Rule) -> Matches:
    return match(pool, rule) if coordinates is None else match_nearby(pool, coordinates, rule)


def _in_time(pool: Pool, coordinates: Floats | None, rule: Rule, period: Ints) -> Matches:
    """One date after the other; whoever is taken is gone for later dates."""
    _, person = np.unique(pool.person, return_inverse=True)
    gone = np.zeros(len(pool.treated), bool)
    treated, controls = [], []
    for at in np.unique(period[pool.treated]).tolist():
        rows = np.flatnonzero((period == at) & (pool.treated | ~gone[person]))
        own = rows[pool.treated[rows]]
        if len(own) == len(rows):  # nobody is left to compare with on this date
            treated.append(own)
            controls.append(np.full((len(own), rule.ratio), NONE, np.int64))
            continue
        part = Pool(pool.treated[rows], pool.score[rows], pool.strata[rows], pool.key[rows], pool.person[rows])
        found = _matched(part, None if coordinates is None else coordinates[rows], rule)
        chosen = np.where(found.controls == NONE, NONE, rows[found.controls])
        treated.append(rows[found.treated])
        controls.append(chosen)
        if not rule.replace:
            gone[person[chosen[chosen != NONE]]] = True
    return Matches(np.concatenate(treated), np.concatenate(controls))
