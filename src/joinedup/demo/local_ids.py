"""Each service's own number for a person, and the second number some people have by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, texts
from joinedup.demo.months import DAYS, NEVER, Ints
from joinedup.demo.streams import chance, stream

#: A prime above any number of people, so that numbers spread without telling who they belong to.
_PRIME: Final = 2_147_483_647
_SECOND: Final = 1_000_000_007
PREFIX: Final = {
    "gp": "G", "acute": "H", "community": "C", "mental_health": "M", "social_care_fenwick": "F",
    "social_care_aldmoor": "A", "police": "P", "housing": "T", "benefits": "B", "education": "E",
    "substance_misuse": "R", "domestic_abuse": "D", "voluntary": "V", "probation": "O", "initiatives": "I",
}  # fmt: skip
#: People whom a service registers twice: its own number changes for them on some day.
SECOND_NUMBER: Final = {"acute": 0.012, "community": 0.015, "mental_health": 0.010, "voluntary": 0.03}


@dataclass(frozen=True, slots=True)
class LocalIds:
    """One service's numbers for a chunk of people.

    Attributes:
        space: whose numbers they are.
        numbers: the number of each person, then of each person again for the second number.
        second_from: day from which the second number is used, NEVER for nearly everyone.
    """

    space: str
    numbers: Column
    second_from: Ints

    def position(self, person: Ints, day: Ints) -> Ints:
        """Position of the number that was used on a day."""
        return person + np.where(day >= self.second_from[person], len(self.second_from), 0)

    def on(self, person: Ints, day: Ints) -> Column:
        """The service's number of people on days."""
        return self.numbers.take(self.position(person, day))


def make_local_ids(cast: Cast, space: str) -> LocalIds:
    """One service's numbers for a chunk of people."""
    people = cast.people.first + np.arange(cast.size, dtype=np.int64)
    both = np.concatenate([people, people + _SECOND])
    rng = cast.stream(f"second numbers {space}")
    twice = chance(rng, SECOND_NUMBER.get(space, 0.0), cast.size)
    return LocalIds(
        space=space,
        numbers=local_texts(cast.seed, space, both),
        second_from=np.where(twice, rng.integers(0, DAYS, cast.size), NEVER),
    )


def local_texts(seed: int, space: str, whole_place: Ints) -> Column:
    """A service's numbers as it writes them."""
    rng = stream(seed, f"local ids {space}")
    # Both factors stay below 2**31, so their product fits 64 bits.
    step, start = int(rng.integers(10**8, 2 * 10**9)), int(rng.integers(0, 10**9))
    numbers = (whole_place % _PRIME * step + start) % _PRIME
    return texts(PREFIX[space], numbers, 10)
