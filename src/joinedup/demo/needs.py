"""What people need: frailty that nobody records, long-term conditions with their onset, and the rates that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from joinedup.demo.months import NEVER, YEAR_STARTS, YEARS, Bools, Floats, Ints
from joinedup.demo.parameters import column, labels, number
from joinedup.demo.people import YEAR, People
from joinedup.demo.streams import chance, stream

CONDITIONS = labels("conditions", "condition")
DEMENTIA = CONDITIONS.index("DEM")


@dataclass(frozen=True, slots=True)
class Needs:
    """Health of a chunk of people.

    Attributes:
        frailty: standard normal; nobody in the place can see it.
        comes_again: the few people whose rate of emergencies is many times the others'.
        carer_support: the unobserved helper; only used when the confounder is switched on.
        since: day each condition began (NEVER if not), person by condition.
    """

    frailty: Floats
    comes_again: Bools
    carer_support: Bools
    since: Ints

    def counts(self) -> Ints:
        """Long-term conditions in the middle of each year, person by year."""
        middles = YEAR_STARTS[:YEARS] + 182
        return np.stack([(self.since <= day).sum(axis=1) for day in middles], axis=1).astype(np.int64)


def make_needs(seed: int, chunk: int, people: People, deprivation: Floats) -> Needs:
    """Draw the health of a chunk of people.

    Args:
        deprivation: person's small area, 2 = most deprived fifth, -2 = least.
    """
    rng = stream(seed, "needs", chunk)
    frailty = rng.normal(0, 1, people.size)
    return Needs(
        frailty=frailty,
        comes_again=chance(rng, number("emergency.tail_share"), people.size),
        carer_support=chance(rng, 0.35, people.size),
        since=_onset(rng, people, frailty, deprivation),
    )


def _onset(rng: np.random.Generator, people: People, frailty: Floats, deprivation: Floats) -> Ints:
    rho = number("needs.frailty_correlation")
    shared = rho * frailty + number("needs.deprivation_shift") * deprivation
    own = rng.normal(0, np.sqrt(1 - rho**2), (people.size, len(CONDITIONS)))
    rank = 1 - ndtr(shared[:, None] + own)
    ceiling = column("conditions", "ceiling") * np.exp(np.outer(people.male - 0.5, column("conditions", "sex_log")))
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.maximum(ceiling / np.maximum(rank, 1e-12) - 1, 1e-9)
    age = np.maximum(column("conditions", "middle_age") - column("conditions", "spread") * np.log(odds), 0.0)
    begins = people.born[:, None] + np.floor(age * YEAR).astype(np.int64)
    return np.where(rank < ceiling, begins, NEVER)


def ages_by_year(people: People) -> Floats:
    """Age in the middle of each year, person by year; newborns not yet born count as 0."""
    return np.maximum((YEAR_STARTS[:YEARS] + 182 - people.born[:, None]) / YEAR, 0.0)
