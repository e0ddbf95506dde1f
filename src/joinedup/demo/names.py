"""Invented names with a true-to-life spread: a few common, most rare, different by generation and community."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from joinedup.demo.months import Bools, Ints
from joinedup.demo.parameters import number
from joinedup.demo.streams import choose, zipf_weights

#: Communities of names: the first is by far the largest; the second shares few surnames among many people.
COMMUNITIES: Final = 3
_SURNAME_STARTS: Final = (
    "Alder Brack Cold Dun Elms Fal Gar Hathers Ing Jas Kels Lor Mar Nor Ox Pel Quar Rav Sel Thorn Ul Vel Wen Yar "
    "Ash Bir Cran Drews Farl Gold Hol Ked Lang Mer Nettle Orm Pend Rud Stan Tar Wick Zeal Blay Crov Dray Flin "
    "Grim Hask Ister Jarr Kirb Lud Morl Nab Oaken Prest Quil Roth Skel Trev Under Vint Wether Yel Aver Bolt "
    "Chil Dent Ever Frith Gris Hux Ive Jor Knar Lith Mick Naz Osg Puck Rain Stav Toll Usk Vard Whin Yoxl Zan "
    "Arl Bund Clav Dris Ebb Fosk Glen Hob Irk Jud Kett Lim Mung Nidd Ott Plum Rook Sprat Twel Upp Voss Wold",
    "Abru Bashi Chandu Dhari Faru Gulza Hami Iqra Jalu Karo Lahi Mirzu",
    "Oku Adeba Boat Chuku Efio Ngoz Sowa Tembu Wiria Zubeku Abena Kwame Kowal Nowick Wisna Lewan Popes Ionel Stoy",
)
_SURNAME_ENDS: Final = (
    "wickle moss thwaitely combe shawly beckham fordley hurstle lowe mereson nellby oxby pithe quist ridley stowe "
    "tonby umber vale worthen ygate banner cliffe dingle ers field gill holm aby bery cotley dun efold garth hope "
    "ingly kell lund march nook pole rake scar tarn wath yeat burrow crake dale fell grave",
    "ni wala dar pur zai mani",
    "tse nko yama dele ski ova nyi rra zu baro chuk escu wicz mba",
)
_FEMALE: Final = (
    "Ma Ela Ro Li Ania Bre Cor Del Evi Fre Gwe Hes Isa Jo Kes Lu Mi Nel Ori Pru Que Sa Tam Una Vi",
    "Aa Fa Ha Na Ra Sa Za Mi",
    "Ade Bo Che Efe Ife Kem Ngo Ola Zor Mag Kat Ire",
)
_FEMALE_ENDS: Final = (
    "lwen rissa bella nora vina thea dora lina mira sana tilda wyn rose gretta phine",
    "isha riya neema zara mina leela nooshi",
    "bimi cia duni ela fola nka ria zia",
)
_MALE: Final = (
    "Al Bar Cor Dar Ed Fen Gar Har Ivo Jas Ken Lor Mar Nor Osw Per Quin Rol Sim Ted Ulr Vin Wal Yor Bre",
    "Aa Ba Fa Ha Ka Ra Sa Za",
    "Ade Bo Chi Emi Femi Kwa Obi Tun Zol Mir Pav Ion",
)
_MALE_ENDS: Final = (
    "rick dric bert ton wyn mond gan lan mer nard ric sley vard win den",
    "hid mir rooq zaan veer neel shan",
    "kun dele obi sola wale nko dek rel",
)


def _join(starts: str, ends: str) -> list[str]:
    return [start + end for end in ends.split() for start in starts.split()]


@cache
def surnames() -> tuple[str, ...]:
    """Every invented surname, community after community."""
    return tuple(name for parts in zip(_SURNAME_STARTS, _SURNAME_ENDS, strict=True) for name in _join(*parts))


@cache
def forenames() -> tuple[str, ...]:
    """Every invented forename: for each community the female ones and then the male ones."""
    female = [_join(*parts) for parts in zip(_FEMALE, _FEMALE_ENDS, strict=True)]
    male = [_join(*parts) for parts in zip(_MALE, _MALE_ENDS, strict=True)]
    return tuple(name for pair in zip(female, male, strict=True) for names in pair for name in names)


@cache
def nicknames() -> tuple[str, ...]:
    """The short form of each forename, at its position: Malwen is Maly, Aldric is Aldy."""
    return tuple(name[: 3 if len(name) > 4 else 2].rstrip("y") + "y" for name in forenames())


@dataclass(frozen=True, slots=True)
class _Block:
    first: int
    size: int


@cache
def _surname_blocks() -> tuple[_Block, ...]:
    sizes = [len(_join(*parts)) for parts in zip(_SURNAME_STARTS, _SURNAME_ENDS, strict=True)]
    return tuple(_Block(sum(sizes[:i]), size) for i, size in enumerate(sizes))


@cache
def _forename_blocks() -> tuple[_Block, ...]:
    sizes: list[int] = []
    for female, f_ends, male, m_ends in zip(_FEMALE, _FEMALE_ENDS, _MALE, _MALE_ENDS, strict=True):
        sizes += [len(_join(female, f_ends)), len(_join(male, m_ends))]
    return tuple(_Block(sum(sizes[:i]), size) for i, size in enumerate(sizes))


def draw_surnames(rng: np.random.Generator, community: Ints) -> Ints:
    """Surname numbers by community."""
    drawn = np.empty(len(community), dtype=np.int64)
    for number_, block in enumerate(_surname_blocks()):
        members = np.flatnonzero(community == number_)
        order = _shuffled(block, number_)
        ranks = choose(rng, zipf_weights(block.size, number("names.surname_exponent")), len(members))
        drawn[members] = block.first + order[ranks]
    return drawn


def draw_forenames(rng: np.random.Generator, community: Ints, male: Bools, birth_decade: Ints) -> Ints:
    """Forename numbers by community and sex; fashions move a few ranks with each decade of birth."""
    drawn = np.empty(len(community), dtype=np.int64)
    for number_, block in enumerate(_forename_blocks()):
        members = np.flatnonzero((community == number_ // 2) & (male == (number_ % 2 == 1)))
        ranks = choose(rng, zipf_weights(block.size, number("names.forename_exponent")), len(members))
        shift = birth_decade[members] * max(1, block.size // 17)
        drawn[members] = block.first + _shuffled(block, number_ + 10)[(ranks + shift) % block.size]
    return drawn


@cache
def _shuffled(block: _Block, salt: int) -> Ints:
    return np.random.Generator(np.random.PCG64(salt)).permutation(block.size)
