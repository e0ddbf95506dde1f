"""One chunk of the place's people with all that is true of them: who they are, where they live, what they need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.demo.areas import Ground, area_need
from joinedup.demo.homes import CARE_HOME, Homes, make_homes
from joinedup.demo.lives import Lives, make_lives
from joinedup.demo.months import Floats, Ints
from joinedup.demo.needs import Needs, ages_by_year, make_needs
from joinedup.demo.people import YEAR, People, make_people
from joinedup.demo.streams import stream

#: The practice whose list hides high need: its people are iller than its registers say.
HIDDEN_NEED_PRACTICE = 6
HIDDEN_NEED_LOG = 0.42
HIDDEN_NEED_RECORDED = 0.55


@dataclass(frozen=True, slots=True)
class Cast:
    """A chunk of people and everything true about them.

    Attributes:
        ages, conditions, exposure: person by year.
        deprivation: of the first home, 2 = most deprived.
    """

    seed: int
    chunk: int
    ground: Ground
    people: People
    homes: Homes
    needs: Needs
    lives: Lives
    ages: Floats
    conditions: Ints
    exposure: Floats
    deprivation: Floats

    @property
    def size(self) -> int:
        """How many people the chunk holds."""
        return self.people.size

    def stream(self, part: str) -> np.random.Generator:
        """This chunk's own stream of chance for a part."""
        return stream(self.seed, part, self.chunk)

    def age_on(self, person: Ints, day: Ints) -> Ints:
        """Completed years of age, near enough."""
        found: Ints = np.floor_divide(day - self.people.born[person], YEAR).astype(np.int64)
        return found

    def column_on(self, person: Ints, day: Ints) -> Ints:
        """Which of their homes people live in on days."""
        return self.homes.column_on(person, day, self.lives.care_home_from)

    def area_on(self, person: Ints, day: Ints) -> Ints:
        """Small areas people live in on days."""
        return self.homes.area[person, self.column_on(person, day)]

    def practice_on(self, person: Ints, day: Ints) -> Ints:
        """Practices people are registered with on days."""
        return self.homes.practice[person, self.column_on(person, day)]

    def council_on(self, person: Ints, day: Ints) -> Ints:
        """Councils people live in on days."""
        return self.ground.council[self.area_on(person, day)]

    def care_home(self) -> Ints:
        """The care home each person lives in, or would."""
        return self.homes.address[:, CARE_HOME]


def make_cast(seed: int, part: tuple[int, int], first: int, size: int, ground: Ground) -> Cast:
    """Make a chunk of people.

    Args:
        part: number of the chunk and of all chunks.
        first: number of its first person in the whole place.
    """
    chunk, chunks = part
    people = make_people(seed, chunk, first, size)
    homes = make_homes(seed, chunk, chunks, people, ground)
    deprivation = area_need(ground)[homes.area[:, 0]]
    needs = make_needs(seed, chunk, people, deprivation)
    lives = make_lives(seed, chunk, people, homes, needs)
    return Cast(
        seed=seed,
        chunk=chunk,
        ground=ground,
        people=people,
        homes=homes,
        needs=needs,
        lives=lives,
        ages=ages_by_year(people),
        conditions=needs.counts(),
        exposure=lives.exposure(),
        deprivation=deprivation,
    )
