"""The people of the place: ages and sexes like England's, in households, with names that fit their families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.demo import names
from joinedup.demo.months import DAYS, NEVER, Bools, Ints
from joinedup.demo.parameters import curve, number
from joinedup.demo.streams import chance, choose, choose_by_group, stream

YEAR = 365.25
NOBODY = -1


@dataclass(frozen=True, slots=True)
class People:
    """A chunk of people, one position each; days count from the start of the demonstration.

    Attributes:
        first: number of the first person of the chunk in the whole place.
        born: day of birth, negative before the start.
        household: number of the household within the chunk.
        mother, father, partner: positions, or -1.
        surname, surname_later: name numbers, the second from the day `renamed` on.
        married_later: True for a change at marriage, which comes with a move.
        community: which pool the names come from.
    """

    first: int
    male: Bools
    born: Ints
    household: Ints
    mother: Ints
    father: Ints
    partner: Ints
    community: Ints
    ethnic: Ints
    forename: Ints
    surname: Ints
    surname_later: Ints
    renamed: Ints
    married_later: Bools
    twin: Bools
    namesake: Bools

    @property
    def size(self) -> int:
        """How many people the chunk holds."""
        return len(self.born)

    @property
    def households(self) -> int:
        """How many households the chunk holds."""
        return int(self.household.max()) + 1


#: ONS ethnic category codes drawn by community of names: white; Asian; black, mixed and others.
ETHNIC_CODES = ("A", "B", "C", "H", "J", "K", "L", "M", "N", "P", "D", "F", "G", "R", "S")
_ETHNIC_WEIGHTS = np.array(
    [
        [0.92, 0.01, 0.06, 0, 0, 0, 0, 0, 0, 0, 0.002, 0.004, 0.004, 0, 0],
        [0, 0, 0, 0.38, 0.32, 0.14, 0.13, 0, 0, 0, 0, 0.03, 0, 0, 0],
        [0, 0, 0.30, 0, 0, 0, 0, 0.12, 0.30, 0.06, 0.06, 0, 0.03, 0.07, 0.06],
    ]
)


def make_people(seed: int, chunk: int, first: int, size: int) -> People:
    """Draw a chunk of people with their families."""
    rng = stream(seed, "people", chunk)
    male, born = _ages(rng, size)
    partner = _partners(rng, male, born)
    mother = _mothers(rng, male, born, partner)
    born, twin = _twins(rng, born, mother)
    father = np.where(mother == NOBODY, NOBODY, partner[mother])
    household = _households(rng, born, partner, mother)
    community = _by_household(choose(rng, np.array([0.88, 0.07, 0.05]), size), household)
    surname, birth_name, married = _surnames(rng, community, male, partner, mother=mother, father=father)
    forename = names.draw_forenames(rng, community, male, (DAYS - born) // 3652)
    forename, namesake = _fathers_names(rng, forename, male, father)
    later, renamed, wed = _name_changes(
        rng, male, born, partner, surname=surname, birth_name=birth_name, married=married, community=community
    )
    return People(
        first=first,
        male=male,
        born=born,
        household=household,
        mother=mother,
        father=father,
        partner=partner,
        community=community,
        ethnic=choose_by_group(rng, _ETHNIC_WEIGHTS, community),
        forename=forename,
        surname=surname,
        surname_later=later,
        renamed=renamed,
        married_later=wed,
        twin=twin,
        namesake=namesake,
    )


def _ages(rng: np.random.Generator, size: int) -> tuple[Bools, Ints]:
    band = choose(rng, curve("population.pyramid"), size)
    male = rng.random(size) >= curve("population.female")[band]
    years = band * 5 + rng.random(size) * np.where(band == 18, 9, 5)
    born = -np.floor(years * YEAR).astype(np.int64) - 1
    newborn = chance(rng, number("population.newborn_share"), size)
    born[newborn] = rng.integers(0, DAYS, int(newborn.sum()))
    return male, born


def _partners(rng: np.random.Generator, male: Bools, born: Ints) -> Ints:
    band = np.clip(-born // 1826, 0, 18)
    paired = chance(rng, 1.0, len(born)) & (rng.random(len(born)) < curve("population.partnered")[band])
    order = born + rng.normal(0, 2.5 * YEAR, len(born)) + np.where(male, 2.0 * YEAR, 0)
    men, women = np.flatnonzero(paired & male), np.flatnonzero(paired & ~male)
    men, women = men[np.argsort(order[men])], women[np.argsort(order[women])]
    count = min(len(men), len(women))
    men = men[np.linspace(0, len(men) - 1, count).astype(np.int64)] if count else men
    women = women[np.linspace(0, len(women) - 1, count).astype(np.int64)] if count else women
    partner = np.full(len(born), NOBODY, dtype=np.int64)
    partner[men], partner[women] = women, men
    return partner


def _mothers(rng: np.random.Generator, male: Bools, born: Ints, partner: Ints) -> Ints:
    ages = -born / YEAR
    home = (ages < 18) | ((ages < 25) & chance(rng, 0.55, len(born))) | ((ages < 30) & chance(rng, 0.18, len(born)))
    children = np.flatnonzero(home)
    likely = np.where(partner != NOBODY, 0.85, 0.40)
    pool = np.flatnonzero(~male & (ages >= 17) & (ages < 66) & ~home & (rng.random(len(born)) < likely))
    mother = np.full(len(born), NOBODY, dtype=np.int64)
    if len(pool) == 0:
        return mother
    pool = pool[np.argsort(-born[pool], kind="stable")]
    wanted = ages[children] + np.clip(rng.normal(30.0, 5.2, len(children)), 17, 45)
    place = np.searchsorted(ages[pool], wanted) + rng.integers(-3, 4, len(children))
    mother[children] = pool[np.clip(place, 0, len(pool) - 1)]
    return mother


def _twins(rng: np.random.Generator, born: Ints, mother: Ints) -> tuple[Ints, Bools]:
    order = np.lexsort((born, mother))
    same = (mother[order][1:] == mother[order][:-1]) & (mother[order][1:] != NOBODY)
    made = same & chance(rng, number("names.twins"), len(same))
    older, younger = order[:-1][made], order[1:][made]
    born = born.copy()
    born[younger] = born[older]
    twin = np.zeros(len(born), dtype=np.bool_)
    twin[older] = twin[younger] = True
    return born, twin


def _households(rng: np.random.Generator, born: Ints, partner: Ints, mother: Ints) -> Ints:
    head = np.arange(len(born))
    head = np.where(partner != NOBODY, np.minimum(head, partner), head)
    head = np.where(mother != NOBODY, head[mother], head)
    ages = -born / YEAR
    alone = np.flatnonzero((mother == NOBODY) & (partner == NOBODY) & (ages >= 18))
    sharing = alone[(ages[alone] < 36) & chance(rng, 0.35, len(alone))]
    rng.shuffle(sharing)
    head[sharing] = sharing[np.arange(len(sharing)) // 3 * 3]
    joining = alone[(ages[alone] >= 75) & chance(rng, 0.06, len(alone))]
    hosts = np.flatnonzero((ages >= 45) & (ages < 62) & (partner != NOBODY))
    if len(hosts):
        head[joining] = head[rng.choice(hosts, len(joining))]
    return np.unique(head, return_inverse=True)[1].astype(np.int64)


def _by_household(values: Ints, household: Ints) -> Ints:
    """Everyone takes the value of the first member of their household."""
    _, first = np.unique(household, return_index=True)
    return values[first][household]


def _surnames(
    rng: np.random.Generator, community: Ints, male: Bools, partner: Ints, *, mother: Ints, father: Ints
) -> tuple[Ints, Ints, Bools]:
    birth = names.draw_surnames(rng, community)
    married = (partner != NOBODY) & ~male & chance(rng, number("names.married_share"), len(birth))
    now = np.where(married, birth[partner], birth)
    parent = np.where(father != NOBODY, father, mother)
    family = np.where(parent != NOBODY, now[parent], now)
    unmarried = partner == NOBODY
    return np.where(unmarried, family, now), birth, married


def _fathers_names(rng: np.random.Generator, forename: Ints, male: Bools, father: Ints) -> tuple[Ints, Bools]:
    namesake = male & (father != NOBODY) & chance(rng, number("names.father_son"), len(forename))
    return np.where(namesake, forename[father], forename), namesake


def _name_changes(
    rng: np.random.Generator,
    male: Bools,
    born: Ints,
    partner: Ints,
    *,
    surname: Ints,
    birth_name: Ints,
    married: Bools,
    community: Ints,
) -> tuple[Ints, Ints, Bools]:
    ages = -born / YEAR
    size = len(born)
    weds = ~male & (partner == NOBODY) & (ages >= 19) & (ages < 46)
    weds &= chance(rng, 4 * number("names.marriage_a_year"), size)
    parts = married & (ages < 65) & chance(rng, 4 * number("names.divorce_a_year"), size)
    later = np.where(weds, names.draw_surnames(rng, community), np.where(parts, birth_name, surname))
    renamed = np.where(weds | parts, rng.integers(30, DAYS - 30, size), NEVER)
    return later, renamed, weds
