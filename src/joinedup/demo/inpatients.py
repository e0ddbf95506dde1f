"""Consultant episodes as the hospitals send them, made from stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo import spells as stays
from joinedup.demo.areas import ACUTE, BOARD, COMMUNITY, COUNCILS, DISTANT, GROUP
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, days, missing_where, table, texts, words
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import DAYS, NEVER, Bools, Ints, day_of
from joinedup.demo.parameters import labels, number
from joinedup.demo.spells import Spells
from joinedup.demo.streams import chance

PROVIDERS: Final = (ACUTE[0], DISTANT[0], COMMUNITY[0])
HERE, AWAY, COMMUNITY_HOSPITAL = 0, 1, 2
BOARD_STARTS: Final = day_of(date(2022, 7, 1))
METHODS: Final = (*stays.EMERGENCY_METHODS, "11", "12", "31", "82", "81")
_WAITING, _BOOKED, _BEFORE_BIRTH, _BORN, _TRANSFERRED = 6, 7, 8, 9, 10
#: Older people who leave a longer emergency stay for a care home bed, most for a few weeks.
STEP_DOWN_SHARE: Final = 0.11
_DELIVERY, _BABY = ("O80X", "Z370", "501", "NZ30C"), ("Z380", None, "424", "PB03Z")


@dataclass(frozen=True, slots=True)
class Episodes:
    """Consultant episodes: which stay, part of it and time they cover."""

    spell: Ints
    part: Ints
    order: Ints
    start: Ints
    end: Ints
    is_last: Bools
    part_start: Ints
    part_end: Ints

    def keep(self, which: Bools) -> Episodes:
        """The same for some episodes only."""
        return Episodes(*(getattr(self, name)[which] for name in self.__slots__))


def commissioners(day: Ints) -> Column:
    """Who commissions on a day: the clinical commissioning group until June 2022, then the board."""
    return words((GROUP[0], BOARD[0]), (day >= BOARD_STARTS).astype(np.int64))


def inpatient_rows(cast: Cast, spells: Spells, ids: LocalIds) -> tuple[Ints, pa.Table]:
    """Episodes of stays: the day each is reported by, and the rows."""
    rng = cast.stream("episodes")
    spells = spells.keep(~spells.prevented)
    episodes = _episodes(rng, cast, spells)
    episodes = episodes.keep(episodes.start < DAYS)
    own = spells.keep(episodes.spell)
    finished = episodes.part_end < DAYS
    rows = table(
        {
            "local_patient_id": ids.on(own.person, own.start),
            "hospital_provider_spell_number": _spell_numbers(cast, episodes),
            "episode_number": episodes.order + 1,
            "admission_date": days(episodes.part_start),
            "admission_method": words(METHODS, _methods(rng, own, episodes)),
            "admission_source": words(("19", "51", "79"), _sources(own, episodes)),
            "patient_classification": words(("1", "2"), (own.kind == stays.DAY_CASE).astype(np.int64)),
            "episode_start_date": days(episodes.start),
            "episode_end_date": days(np.where(episodes.end < DAYS, episodes.end, NEVER)),
            "discharge_date": days(np.where(finished, episodes.part_end, NEVER)),
            **_leaving(rng, cast, own, episodes),
            **_delays(rng, cast, own, episodes),
            **_clinical(own),
            "provider_code": words(PROVIDERS, _providers(rng, own, episodes)),
            "commissioner_code": commissioners(own.start),
        }
    )
    return np.minimum(np.maximum(episodes.end, episodes.start), DAYS - 1), rows


def _episodes(rng: np.random.Generator, cast: Cast, spells: Spells) -> Episodes:
    """Split stays: long ones between consultants, some of older people between hospitals."""
    nights = spells.end - spells.start
    old = cast.age_on(spells.person, spells.start) >= 65
    moves = (spells.kind == stays.EMERGENCY) & (nights >= 5) & old & chance(rng, 0.09, len(nights))
    moves &= spells.ready - spells.start > 3
    turn = np.where(moves, spells.start + np.maximum(nights // 2, 1), spells.end)
    turn = np.minimum(turn, np.where(moves, spells.ready - 1, NEVER))
    several = (nights >= 3) & (spells.kind != stays.BIRTH) & chance(rng, 0.34, len(nights)) & ~moves
    second = np.where(several, spells.start + 1, np.where(moves, turn, spells.end))
    count = 1 + (several | moves)
    spell = np.repeat(np.arange(len(nights)), count)
    later = np.concatenate([[False], spell[1:] == spell[:-1]])
    first = count[spell] == 2
    return Episodes(
        spell=spell,
        part=(later & moves[spell]).astype(np.int64),
        order=(later & several[spell]).astype(np.int64),
        start=np.where(later, second[spell], spells.start[spell]),
        end=np.where(first & ~later, second[spell], spells.end[spell]),
        is_last=later | ~first,
        part_start=np.where(later & moves[spell], turn[spell], spells.start[spell]),
        part_end=np.where(~later & moves[spell], turn[spell], spells.end[spell]),
    )


def _spell_numbers(cast: Cast, episodes: Episodes) -> Column:
    """One number a stay and hospital; a transfer starts a new one."""
    base = (cast.chunk + 1) * 10_000_000 + episodes.spell * 2 + episodes.part
    return texts("S", base, 12)


def _methods(rng: np.random.Generator, own: Spells, episodes: Episodes) -> Ints:
    planned = np.where(chance(rng, 0.6, len(own.kind)), _WAITING, _BOOKED)
    kinds = np.stack([own.method, planned, planned, np.full_like(planned, _BEFORE_BIRTH), np.full_like(planned, _BORN)])
    method = kinds[own.kind, np.arange(len(own.kind))]
    return np.where(episodes.part == 1, _TRANSFERRED, method)


def _sources(own: Spells, episodes: Episodes) -> Ints:
    return np.where(episodes.part == 1, 1, np.where(own.kind == stays.BIRTH, 2, 0))


def _providers(rng: np.random.Generator, own: Spells, episodes: Episodes) -> Ints:
    # The hospital of a stay must not differ between its episodes, so chance is drawn by stay.
    away = chance(rng, 0.035, int(episodes.spell.max()) + 1 if len(episodes.spell) else 0)[episodes.spell]
    away &= (own.kind != stays.BIRTH) & (own.kind != stays.MATERNITY)
    return np.where(episodes.part == 1, COMMUNITY_HOSPITAL, np.where(away, AWAY, HERE))


def _leaving(rng: np.random.Generator, cast: Cast, own: Spells, episodes: Episodes) -> dict[str, Column]:
    """How and where to: death, another hospital, a care home for good or a while, or the usual place of residence."""
    last_part, gone = episodes.part_end == own.end, episodes.part_end >= DAYS
    dies = own.dies & last_part
    home_from = cast.lives.care_home_from[own.person]
    lives_there = home_from < own.start
    new_home = (home_from >= own.start) & (home_from <= own.end + 10)
    spells = int(episodes.spell.max()) + 1 if len(episodes.spell) else 0
    frail = (cast.age_on(own.person, own.start) >= 65) & (own.end - own.start >= 3) & (own.kind == stays.EMERGENCY)
    new_home |= frail & ~lives_there & chance(rng, STEP_DOWN_SHARE, spells)[episodes.spell]
    nursing = cast.lives.nursing[own.person]
    place = np.where(new_home & last_part, np.where(nursing, 2, 3), 0)
    place = np.where(~last_part, 1, np.where(dies, 4, place))
    return {
        "discharge_method": missing_where(words(("1", "4"), dies.astype(np.int64)), gone),
        "discharge_destination": missing_where(words(("19", "51", "55", "56", "79"), place), gone),
    }


def _delays(rng: np.random.Generator, cast: Cast, own: Spells, episodes: Episodes) -> dict[str, Column]:
    spells = int(episodes.spell.max()) + 1 if len(episodes.spell) else 0
    recorded = chance(rng, number("delays.ready_recorded"), spells)[episodes.spell]
    recorded &= (own.ready < NEVER) & (episodes.part_end == own.end)
    delay = np.where(recorded, own.delay, -1)
    council = cast.council_on(own.person, own.start)
    return {
        "discharge_ready_date": days(np.where(recorded & (own.ready < DAYS), own.ready, NEVER)),
        "delay_reason": words(stays.REASONS, delay),
        "delay_responsible": words(stays.RESPONSIBLE, delay),
        "responsible_council": words([code for code, _ in COUNCILS], council),
    }


def _clinical(own: Spells) -> dict[str, Column]:
    """Diagnoses, procedure, specialty and healthcare resource group by what the stay was for."""
    planned = (own.kind == stays.DAY_CASE) | (own.kind == stays.ORDINARY)
    first = len(stays.EMERGENCY_CODES)
    position = np.where(planned, first + own.detail, own.detail)
    position = np.where(own.kind == stays.MATERNITY, first + len(stays.PLANNED_CODES), position)
    position = np.where(own.kind == stays.BIRTH, first + len(stays.PLANNED_CODES) + 1, position)

    def joined(key: str, end: int) -> list[str | None]:
        ends = [_DELIVERY[end], _BABY[end]]
        return [*labels("emergency_diagnoses", key), *labels("planned_diagnoses", key), *ends]

    procedures = [None] * first + [*labels("planned_diagnoses", "procedure"), "R249", None]
    return {
        "treatment_function": words(joined("specialty", 2), position),
        "diag_01": words(joined("code", 0), position),
        "diag_02": words(joined("second", 1), position),
        "opertn_01": words(procedures, position),
        "hrg": words(joined("hrg", 3), position),
    }
