"""NHS numbers from the test range only, each valid by its check digit, no two people with one."""

from __future__ import annotations

from typing import Final

import numpy as np

from joinedup.demo.months import Bools, Ints
from joinedup.demo.streams import stream

#: The test range holds a million numbers; one in eleven has no valid check digit.
_FIRST: Final = 999_000_000
_SIZE: Final = 1_000_000
NO_NUMBER: Final = -1
#: Kept for the people of the stories and for numbers that belong to nobody.
RESERVED: Final = 4_000


def check_digits(nine: Ints) -> Ints:
    """The modulus 11 check digit of nine-digit prefixes; 10 where no valid number exists."""
    digits = nine[:, None] // 10 ** np.arange(8, -1, -1) % 10
    rest = 11 - (digits * np.arange(10, 1, -1)).sum(axis=1) % 11
    return np.where(rest == 11, 0, rest)


def all_numbers(seed: int) -> Ints:
    """Every valid test number, in an order of its own."""
    nine = _FIRST + stream(seed, "nhs numbers").permutation(_SIZE)
    check = check_digits(nine)
    return (nine * 10 + check)[check < 10]


def assign_numbers(seed: int, people: int) -> tuple[Ints, Ints]:
    """A number for each person, and numbers that belong to nobody.

    The test range has about 909,000 valid numbers. In a larger place the people left over have none that anyone
    ever traced; in any place one in two hundred has none.
    """
    numbers = all_numbers(seed)
    spare, given = numbers[:RESERVED], numbers[RESERVED:]
    assigned = np.full(people, NO_NUMBER, dtype=np.int64)
    rng = stream(seed, "untraced")
    traced = rng.random(people) >= 0.005
    order = rng.permutation(np.flatnonzero(traced))[: len(given)]
    assigned[order] = given[: len(order)]
    return assigned, spare


def wrong_numbers(numbers: Ints, wrong: Bools, luck: Ints) -> Ints:
    """Two neighbouring digits swapped, or one mistyped: most fail their check, some do not."""
    place = 10 ** (1 + luck % 5)
    low, high = numbers // place % 10, numbers // (place * 10) % 10
    swapped = numbers + (low - high) * place * 10 + (high - low) * place
    typed = numbers + place * ((low + 1 + luck // 10 % 8) % 10 - low)
    return np.where(wrong, np.where((low == high) | (luck // 100 % 10 < 4), typed, swapped), numbers)
