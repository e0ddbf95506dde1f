"""How lives go: when people die, and who moves into a care home, when and at whose cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.demo.homes import Homes
from joinedup.demo.months import DAYS, NEVER, YEAR_STARTS, Bools, Floats, Ints
from joinedup.demo.needs import DEMENTIA, Needs
from joinedup.demo.parameters import number
from joinedup.demo.people import YEAR, People
from joinedup.demo.streams import chance, stream

#: Some who would enter a care home die or are taken twice by chance first; this makes up for them.
ENTRIES_UPLIFT = 1.24


@dataclass(frozen=True, slots=True)
class Lives:
    """What becomes of a chunk of people.

    Attributes:
        died: day of death, NEVER while they live.
        care_home_from: first day in a care home, NEVER if none; before 0 for those already there.
        supported: the council pays for the care home.
        nursing: the care home place is a nursing one.
        leaves: first day no longer in the place, alive or not.
    """

    died: Ints
    care_home_from: Ints
    supported: Bools
    nursing: Bools
    arrives: Ints
    leaves: Ints

    def exposure(self) -> Floats:
        """Share of each year that a person was alive and in the place, person by year."""
        lengths = np.diff(YEAR_STARTS)
        start = np.maximum(self.arrives[:, None], YEAR_STARTS[:-1])
        end = np.minimum(self.leaves[:, None], YEAR_STARTS[1:])
        found: Floats = np.clip(end - start, 0, None) / lengths
        return found

    def present(self, person: Ints, day: Ints) -> Bools:
        """Whether people were alive and in the place on days."""
        return (day >= self.arrives[person]) & (day < self.leaves[person])

    def in_care_home(self, person: Ints, day: Ints) -> Bools:
        """Whether people lived in a care home on days."""
        return day >= self.care_home_from[person]


def make_lives(seed: int, chunk: int, people: People, homes: Homes, needs: Needs) -> Lives:
    """Draw deaths and care home stays of a chunk of people."""
    rng = stream(seed, "lives", chunk)
    natural = _natural_deaths(rng, people, homes, needs)
    enters, supported = _care_homes(rng, people, homes, needs, natural)
    died = _care_home_deaths(rng, enters, natural)
    # Who has moved away dies elsewhere, and nobody here learns of it.
    died = np.where(died < homes.leaves, died, NEVER)
    return Lives(
        died=died,
        care_home_from=enters,
        supported=supported,
        nursing=chance(rng, 0.42, people.size),
        arrives=homes.arrives,
        leaves=np.minimum(homes.leaves, died),
    )


def _natural_deaths(rng: np.random.Generator, people: People, homes: Homes, needs: Needs) -> Ints:
    """Gompertz: the hazard doubles every seven years of age and is higher for the frail and the ill."""
    slope = number("mortality.slope")
    start = np.maximum(homes.arrives, 0)
    age = (start - people.born) / YEAR
    ill = (needs.since <= start[:, None]).sum(axis=1)
    level = np.exp(number("mortality.level") + slope * age + 0.35 * needs.frailty + 0.22 * ill) * 0.43 + 0.00015
    years = np.log1p(slope * rng.exponential(1.0, people.size) / level) / slope
    day = start + 1 + np.floor(years * YEAR).astype(np.int64)
    return np.where(day < DAYS, day, NEVER)


def _care_homes(rng: np.random.Generator, people: People, homes: Homes, needs: Needs, died: Ints) -> tuple[Ints, Bools]:
    here = (homes.arrives < 0) & (homes.leaves >= NEVER)
    age = -people.born / YEAR
    ill = (needs.since <= 365).sum(axis=1)
    pull = np.exp(0.09 * (age - 80) + 0.9 * (ill > 0) + 0.12 * ill + 1.1 * (needs.since[:, DEMENTIA] <= 730))
    pull *= (age >= 62) & here
    stock = pull * number("care_homes.stock_share") * people.size / max(pull.sum(), 1e-9)
    lives_there = rng.random(people.size) < stock
    older = float(((age + 2 >= 65) & here).sum())
    entries = (
        ENTRIES_UPLIFT
        * 4
        * older
        * number("care_homes.supported_per_100k_65")
        / 100_000
        / number("care_homes.supported_share")
    )
    pull = pull * ~lives_there * (age >= 63)
    hazard = pull * entries / max(pull.sum(), 1e-9)
    waiting = rng.exponential(1.0, people.size) / np.maximum(hazard, 1e-12)
    enters = np.where(waiting < 1.0, (waiting**0.72 * DAYS).astype(np.int64) + 1, NEVER)
    enters = np.where(lives_there, -rng.integers(30, 900, people.size), enters)
    enters = np.where((enters < np.minimum(died, DAYS)) & (enters < homes.leaves), enters, NEVER)
    return enters, chance(rng, number("care_homes.supported_share"), people.size)


def _care_home_deaths(rng: np.random.Generator, enters: Ints, natural: Ints) -> Ints:
    stay = np.floor(rng.exponential(YEAR / number("mortality.care_home_a_year"), len(enters))).astype(np.int64)
    last = np.maximum(enters, 0) + 5 + stay
    died = np.where(enters < NEVER, np.minimum(natural, last), natural)
    return np.where(died < DAYS, died, NEVER)
