"""Stays in hospital: emergencies, planned care, births and last illnesses, without overlaps and with their delays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from joinedup.demo.cast import Cast
from joinedup.demo.initiatives import Effects
from joinedup.demo.months import DAYS, NEVER, Bools, Ints, years_of
from joinedup.demo.parameters import column, labels, number, rows
from joinedup.demo.rates import (
    NOT_SERVED,
    dies_in_hospital,
    draw_events,
    growing,
    log_need,
    on_working_days,
    referred,
    register_index,
    scaled,
)
from joinedup.demo.streams import chance, choose, choose_by_group

EMERGENCY, DAY_CASE, ORDINARY, MATERNITY, BIRTH = range(5)
EMERGENCY_METHODS: Final = ("21", "22", "24", "25", "2A", "2D")
_METHOD_WEIGHTS: Final = np.array([0.74, 0.12, 0.05, 0.01, 0.03, 0.05])
EMERGENCY_CODES: Final = labels("emergency_diagnoses", "code")
PLANNED_CODES: Final = labels("planned_diagnoses", "code")
REASONS: Final = labels("delay_reasons", "reason")
RESPONSIBLE: Final = labels("delay_reasons", "responsible")
ACSC_WITH, ACSC_WITHOUT = 0.115, 0.034


@dataclass(frozen=True, slots=True)
class Spells:
    """Stays in hospital, one position each, in order of person and first day.

    Attributes:
        kind: EMERGENCY, DAY_CASE, ORDINARY, MATERNITY or BIRTH.
        end: day of discharge.
        detail: position in the diagnoses of the kind.
        method: position in EMERGENCY_METHODS, for emergencies.
        dies: the person dies in this stay.
        ready: day the person was ready to leave.
        delay: position in REASONS and RESPONSIBLE; -1 without a delay.
        prevented: stays that an initiative prevented; they happen only in the truth.
    """

    person: Ints
    start: Ints
    end: Ints
    kind: Ints
    detail: Ints
    method: Ints
    dies: Bools
    ready: Ints
    delay: Ints
    prevented: Bools

    def keep(self, which: Bools | Ints) -> Spells:
        """The same for some stays only, or in another order."""
        return Spells(*(getattr(self, name)[which] for name in self.__slots__))


def make_spells(cast: Cast, emergencies: tuple[Ints, Ints], effects: Effects) -> Spells:
    """Every stay of a chunk of people.

    Args:
        emergencies: who needs an emergency admission and on which day, were there no initiative.
        effects: what initiatives do to them.
    """
    rng = cast.stream("spells")
    stays = [
        _emergencies(rng, cast, emergencies, effects),
        _last_illnesses(rng, cast),
        *_planned(rng, cast),
        *_births(rng, cast),
    ]
    joined = Spells(*(np.concatenate([getattr(stay, name) for stay in stays]) for name in Spells.__slots__))
    ordered = joined.keep(np.lexsort((joined.end, joined.start, joined.person)))
    return _delayed(cast.stream("delays"), cast, effects, _ending_at_death(cast, _without_overlaps(ordered)))


def _spells(person: Ints, start: Ints, nights: Ints, kind: int, detail: Ints, *, method: Ints | None = None) -> Spells:
    count = len(person)
    never = np.full(count, NEVER, dtype=np.int64)
    return Spells(
        person=person,
        start=start,
        end=start + nights,
        kind=np.full(count, kind, dtype=np.int64),
        detail=detail,
        method=np.zeros(count, dtype=np.int64) if method is None else method,
        dies=np.zeros(count, dtype=np.bool_),
        ready=never,
        delay=np.full(count, -1, dtype=np.int64),
        prevented=np.zeros(count, dtype=np.bool_),
    )


def _nights(rng: np.random.Generator, age: Ints, ill: Ints) -> Ints:
    band = np.digitize(age, [18, 65, 80])
    zero = rng.random(len(age)) < np.array([0.52, 0.42, 0.26, 0.16])[band]
    middle = np.array([1.0, 2.3, 4.2, 6.3])[band] * (1 + 0.07 * np.minimum(ill, 4))
    nights = np.ceil(middle * np.exp(rng.normal(0, 0.85, len(age))))
    return np.where(zero, 0, np.minimum(nights, 120)).astype(np.int64)


def _emergency_detail(rng: np.random.Generator, cast: Cast, person: Ints, day: Ints, age: Ints) -> Ints:
    acsc = column("emergency_diagnoses", "acsc") == 1
    band = np.digitize(age, [18, 65])
    weights = np.stack([column("emergency_diagnoses", key) for key in ("child", "adult", "older")])
    chosen = choose_by_group(rng, weights * ~acsc, band)
    ill = cast.conditions[person, years_of(day)] > 0
    sensitive = np.flatnonzero(chance(rng, np.where(ill, ACSC_WITH, ACSC_WITHOUT), len(person)))
    own = np.flatnonzero(acsc)
    register = np.array([register_index(row["register"]) for row in rows("emergency_diagnoses")])[own]
    since = cast.needs.since[person[sensitive]][:, np.maximum(register, 0)]
    likely = np.where((since <= day[sensitive, None]) & (register >= 0), 1.0, 0.02) * weights[:, own][band[sensitive]]
    chosen[sensitive] = own[(likely * rng.random(likely.shape)).argmax(axis=1)]
    return chosen


def _emergencies(rng: np.random.Generator, cast: Cast, needed: tuple[Ints, Ints], effects: Effects) -> Spells:
    person, day = needed
    age = cast.age_on(person, day)
    ill = cast.conditions[person, years_of(day)]
    detail = _emergency_detail(rng, cast, person, day, age)
    method = choose(rng, _METHOD_WEIGHTS, len(person))
    spells = _spells(person, day, _nights(rng, age, ill), EMERGENCY, detail, method=method)
    return replace(spells, prevented=effects.prevents_emergency(person, day))


def _last_illnesses(rng: np.random.Generator, cast: Cast) -> Spells:
    person = np.flatnonzero((cast.lives.died < DAYS) & chance(rng, dies_in_hospital(cast), cast.size))
    died = cast.lives.died[person]
    start = np.maximum(died - rng.geometric(0.11, len(person)), np.maximum(cast.lives.arrives[person], 0))
    detail = _emergency_detail(rng, cast, person, start, cast.age_on(person, start))
    spells = _spells(person, start, died - start, EMERGENCY, detail)
    return replace(spells, dies=np.ones(len(person), dtype=np.bool_))


def _planned(rng: np.random.Generator, cast: Cast) -> list[Spells]:
    log_rate = log_need(cast, "elective", 0.35, -0.03, 0.10)
    log_rate = np.where(referred(cast)[:, None], log_rate, NOT_SERVED)
    stays = []
    for kind, key, flag in ((DAY_CASE, "day_case_per_1000", 1), (ORDINARY, "ordinary_per_1000", 0)):
        rate = scaled(cast, log_rate, growing("elective", key), number("elective.ltc_share"))
        person, day = draw_events(rng, cast, rate)
        day = np.maximum(on_working_days(day), np.maximum(cast.lives.arrives[person], 0))
        weights = np.stack([column("planned_diagnoses", name) for name in ("child", "adult", "older")])
        weights = weights * (column("planned_diagnoses", "day_case") == flag)
        detail = choose_by_group(rng, weights, np.digitize(cast.age_on(person, day), [18, 65]))
        nights = np.zeros(len(person), dtype=np.int64) if flag else rng.geometric(0.36, len(person))
        stays.append(_spells(person, day, nights, kind, detail))
    return stays


def _births(rng: np.random.Generator, cast: Cast) -> list[Spells]:
    baby = np.flatnonzero((cast.people.born >= 0) & (cast.lives.arrives == cast.people.born))
    mother = cast.people.mother[baby]
    known = mother >= 0
    day, nights = cast.people.born[baby], rng.geometric(0.5, len(baby))
    none = np.zeros(len(baby), dtype=np.int64)
    # Twins are born in one stay of their mother.
    first = np.unique(np.where(known, mother, -1 - np.arange(len(baby))), return_index=True)[1]
    mothers = first[known[first]]
    mothers = mothers[cast.lives.present(mother[mothers], day[mothers])]
    delivery = _spells(mother[mothers], day[mothers], nights[mothers], MATERNITY, none[mothers])
    return [_spells(baby, day, nights, BIRTH, none), delivery]


def _without_overlaps(spells: Spells) -> Spells:
    """Leave out a stay that begins while another lasts; prevented stays never displace real ones."""
    real = spells.keep(~spells.prevented)
    if len(real.person) == 0:
        return spells
    # Distance between people exceeds any day, so one running maximum serves everyone.
    base = real.person * 4 * NEVER
    reach = np.maximum.accumulate(base + real.end + 1)
    clear = np.ones(len(real.person), dtype=np.bool_)
    clear[1:] = (base + real.start)[1:] >= reach[:-1]
    # A last illness stays; what it overlaps goes.
    dying = real.person[real.dies]
    last = np.full(int(real.person.max()) + 1, NEVER)
    last[dying] = real.start[real.dies]
    clear = (clear & (real.end < last[real.person])) | real.dies
    kept = real.keep(clear)
    gone = spells.keep(spells.prevented)
    joined = Spells(*(np.concatenate([getattr(kept, n), getattr(gone, n)]) for n in Spells.__slots__))
    return joined.keep(np.lexsort((joined.start, joined.person)))


def _ending_at_death(cast: Cast, spells: Spells) -> Spells:
    died = cast.lives.died[spells.person]
    dies = spells.dies | ((spells.end >= died) & ~spells.prevented)
    return replace(spells, end=np.where(dies, died, spells.end), dies=dies)


def _delayed(rng: np.random.Generator, cast: Cast, effects: Effects, spells: Spells) -> Spells:
    """Add discharge delays to stays of two nights or more of adults: more for the old, longer each year."""
    age = cast.age_on(spells.person, spells.start)
    nights = spells.end - spells.start
    share = np.array([0.05, 0.16, 0.30])[np.digitize(age, [65, 80])]
    may = (spells.kind == EMERGENCY) & (nights >= 2) & (age >= 18) & ~spells.dies
    delayed = may & (rng.random(len(nights)) < share)
    growth = (1 + number("delays.growth")) ** (spells.start / 365.25)
    days = number("delays.median_days") * growth * np.exp(rng.normal(0, number("delays.spread"), len(nights)))
    days *= effects.delay_scale(spells.person, spells.start)
    days = np.minimum(np.ceil(days - 0.5).clip(1), 60).astype(np.int64)
    end = spells.end + np.where(delayed, days, 0)
    following = np.full(len(end), NEVER)
    following[:-1] = np.where(spells.person[1:] == spells.person[:-1], spells.start[1:], NEVER)
    fits = delayed & (end < np.minimum(following, cast.lives.leaves[spells.person]))
    return replace(
        spells,
        end=np.where(fits, end, spells.end),
        ready=np.where(may, spells.end, NEVER),
        delay=np.where(fits, choose(rng, column("delay_reasons", "weight"), len(end)), -1),
    )
