"""Where people live: addresses, moves, arrivals and departures, practices, and the care homes of some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.demo.areas import HOUSES_A_POSTCODE, HOUSES_A_STREET, Ground
from joinedup.demo.months import DAYS, NEVER, Bools, Floats, Ints
from joinedup.demo.parameters import curve, number
from joinedup.demo.people import YEAR, People
from joinedup.demo.streams import chance, stream

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
DISTRICTS = ("FW", "AM")
FIRST, SECOND, CARE_HOME = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Homes:
    """Homes of a chunk of people: up to two addresses and a care home, in columns FIRST, SECOND, CARE_HOME.

    Attributes:
        area: small areas, person by column.
        address: positions in `texts` and `postcodes`, person by column.
        practice: practices, person by column.
        moved: day of the move to the second address.
        arrives, leaves: first day in the place and first day away again.
        texts, postcodes: every address of the chunk; care homes come first.
    """

    area: Ints
    address: Ints
    practice: Ints
    moved: Ints
    arrives: Ints
    leaves: Ints
    texts: list[str]
    postcodes: list[str]

    def column_on(self, person: Ints, day: Ints, care_home_from: Ints) -> Ints:
        """Which of the three homes a person lives in on a day."""
        column = np.where(day >= self.moved[person], SECOND, FIRST)
        return np.where(day >= care_home_from[person], CARE_HOME, column)


def make_homes(seed: int, chunk: int, chunks: int, people: People, ground: Ground) -> Homes:
    """House a chunk of people."""
    rng = stream(seed, "homes", chunk)
    count = people.households
    council = _councils(rng, people)
    area = np.empty(count, dtype=np.int64)
    for number_ in (0, 1):
        members = np.flatnonzero(council == number_)
        area[members] = rng.choice(ground.areas_of(number_), len(members))
    moves = chance(rng, number("population.mover_share"), count)
    moved = np.where(moves, rng.integers(20, DAYS - 20, count), NEVER)
    onward = _onward(rng, area, ground)
    wed = np.flatnonzero(people.married_later)
    areas = np.concatenate([area, onward, onward[people.household[wed]]])
    slots = _slots(areas, chunk, chunks, len(ground.lsoa))
    texts, postcodes = _addresses(areas, slots, ground)
    return _settle(rng, people, ground, areas, moved, texts=texts, postcodes=postcodes)


def _councils(rng: np.random.Generator, people: People) -> Ints:
    _, head = np.unique(people.household, return_index=True)
    oldest = np.full(people.households, -NEVER)
    np.maximum.at(oldest, people.household, -people.born)
    band = np.digitize(oldest / YEAR, [40, 65])
    rural = rng.random(len(head)) < curve("population.rural_share_by_age")[band]
    return rural.astype(np.int64)


def _onward(rng: np.random.Generator, area: Ints, ground: Ground) -> Ints:
    near = np.clip(area + rng.integers(-3, 4, len(area)), 0, len(ground.lsoa) - 1)
    far = rng.integers(0, len(ground.lsoa), len(area))
    return np.where(chance(rng, 0.7, len(area)), near, far)


def _slots(areas: Ints, chunk: int, chunks: int, n_areas: int) -> Ints:
    """A house of one's own for each household: its rank in the small area, interleaved between chunks."""
    order = np.argsort(areas, kind="stable")
    starts = np.searchsorted(areas[order], np.arange(n_areas))
    rank = np.empty(len(areas), dtype=np.int64)
    rank[order] = np.arange(len(areas)) - starts[areas[order]]
    return rank * chunks + chunk


def postcode_text(area: int, block: int, council: int) -> str:
    """An invented postcode in a district that does not exist; FW for the city and AM for the country.

    >>> postcode_text(3, 2, 0)
    'FW1 1UE'
    """
    number_ = area * 96 + block % 96
    district, rest = divmod(number_, 4000)
    return f"{DISTRICTS[council]}{district + 1} {rest // 400}{LETTERS[rest // 20 % 20]}{LETTERS[rest % 20]}"


def _addresses(areas: Ints, slots: Ints, ground: Ground) -> tuple[list[str], list[str]]:
    """Care homes first, then every household's address."""
    texts = [f"{name}, {ground.streets[(i * 37) % 800]}" for i, (_, name) in enumerate(ground.homes)]
    postcodes = [
        postcode_text(int(area), 90 + i % 6, int(ground.council[area])) for i, area in enumerate(ground.homes_area)
    ]
    council, streets = ground.council, ground.streets
    for area, slot in zip(areas.tolist(), slots.tolist(), strict=True):
        street = streets[(area * 131 + slot // HOUSES_A_STREET * 17) % 800]
        texts.append(f"{slot % HOUSES_A_STREET + 1} {street}")
        postcodes.append(postcode_text(area, slot // HOUSES_A_POSTCODE % 90, int(council[area])))
    return texts, postcodes


def _settle(
    rng: np.random.Generator,
    people: People,
    ground: Ground,
    areas: Ints,
    moved: Ints,
    *,
    texts: list[str],
    postcodes: list[str],
) -> Homes:
    size, count, household = people.size, people.households, people.household
    wed = np.flatnonzero(people.married_later)
    second = count + household
    second[wed] = 2 * count + np.arange(len(wed))
    day = moved[household]
    day[wed] = people.renamed[wed]
    arrives, leaves = _stay(rng, people)
    homes = len(ground.homes)
    care = _care_home(rng, size, ground)
    area = np.column_stack([areas[household], areas[second], ground.homes_area[care]])
    address = np.column_stack([homes + household, homes + second, care])
    return Homes(area, address, _practices(rng, area, household, ground), day, arrives, leaves, texts, postcodes)


def _stay(rng: np.random.Generator, people: People) -> tuple[Ints, Ints]:
    count = people.households
    joins = chance(rng, number("population.joiner_share"), count)
    arrival = np.where(joins, rng.integers(1, DAYS - 60, count), -1)
    goes = chance(rng, number("population.leaver_share"), count) & ~joins
    departure = np.where(goes, rng.integers(60, DAYS, count), NEVER)
    arrives = np.maximum(arrival[people.household], people.born)
    return arrives, np.maximum(departure[people.household], arrives + 1)


def _care_home(rng: np.random.Generator, size: int, ground: Ground) -> Ints:
    """The home each person would go to, drawn near nobody in particular: homes fill from both councils."""
    return rng.integers(0, len(ground.homes), size)


def _practices(rng: np.random.Generator, area: Ints, household: Ints, ground: Ground) -> Ints:
    """A practice near each home; a household keeps to one."""
    weights: Floats = np.array([0.62, 0.26, 0.12])
    pick = np.searchsorted(np.cumsum(weights), rng.random(int(household.max()) + 1))[household]
    near = ground.practice_near[area]
    return np.take_along_axis(near, np.clip(pick, 0, 2)[:, None, None], axis=2)[:, :, 0]


def resident(homes: Homes, died: Ints, day: int) -> Bools:
    """Who lives in the place on a day."""
    return (homes.arrives <= day) & (homes.leaves > day) & (died > day)
