"""The planted truth: who is enrolled in what and when, and what it truly changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from joinedup.demo.cast import Cast
from joinedup.demo.months import MONTH_STARTS, NEVER, Bools, Floats, Ints, months_of
from joinedup.demo.parameters import number

#: The team's first site is Fenwick, where it works a little; the second is Aldmoor, where it does nothing.
WORKS, COPY = 0, 1
COPY_LATER_MONTHS: Final = 6
FULL_EFFECT_DAYS: Final = 365
FADED_DAYS: Final = 545


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who is enrolled, by person.

    Attributes:
        team_from: day the multi-disciplinary team took the person on, else NEVER.
        site: WORKS or COPY; -1 for people never enrolled.
        home_from: first day of enhanced support in the person's care home, else NEVER.
    """

    team_from: Ints
    site: Ints
    home_from: Ints


def enrol(cast: Cast, person: Ints, day: Ints, confounder: bool) -> Enrolment:
    """Enrol people as a real team would: those with most emergency admissions in the last year.

    Eligible are people of a taking-part practice admitted in the last year who were also admitted the year before,
    or have two or more long-term conditions. The more admissions, the likelier; nobody sees the future.

    Args:
        person, day: emergencies as they would happen with no initiative.
    """
    rng = cast.stream("initiatives")
    everyone = np.arange(cast.size)
    site = cast.council_on(everyone, np.full(cast.size, 730))
    practice = cast.practice_on(everyone, np.full(cast.size, 730))
    wave = practice % int(number("initiatives.mdt_waves"))
    month = int(number("initiatives.mdt_start_month")) + wave + COPY_LATER_MONTHS * (site == COPY)
    start = MONTH_STARTS[month] + rng.integers(0, 28, cast.size)
    recent = np.bincount(person[(day < start[person]) & (day >= start[person] - 365)], minlength=cast.size)
    before = np.bincount(person[(day < start[person] - 365) & (day >= start[person] - 730)], minlength=cast.size)
    ill = (cast.needs.since <= start[:, None]).sum(axis=1)
    eligible = (recent >= 1) & ((before >= 1) | (ill >= 2))
    eligible &= (practice % 5 != 3) & cast.lives.present(everyone, start) & (cast.lives.care_home_from > start)
    chance = np.minimum(0.14 + 0.24 * recent + 0.18 * (before >= 1), 0.95)
    if confounder:
        chance = np.where(cast.needs.carer_support, chance, chance / number("initiatives.confounder_enrols"))
    enrolled = eligible & (rng.random(cast.size) < chance)
    return Enrolment(
        team_from=np.where(enrolled, start, NEVER),
        site=np.where(enrolled, site, -1),
        home_from=_supported_homes(cast),
    )


def supported_home(home: Ints) -> Bools:
    """Whether a care home takes part in enhanced support: every second one."""
    found: Bools = home % 2 == 0
    return found


def _supported_homes(cast: Cast) -> Ints:
    start = int(MONTH_STARTS[int(number("initiatives.care_home_start_month"))])
    lives = cast.lives.care_home_from < NEVER
    return np.where(lives & supported_home(cast.care_home()), np.maximum(cast.lives.care_home_from, start), NEVER)


@dataclass(frozen=True, slots=True)
class Effects:
    """What the initiatives truly do, applied by leaving out events that would have happened."""

    cast: Cast
    enrolment: Enrolment

    def prevents_emergency(self, person: Ints, day: Ints) -> Bools:
        """Which emergency admissions do not happen because of an initiative."""
        keep = self.team_multiplier(person, day)
        at_home = day >= self.enrolment.home_from[person]
        keep = keep * np.where(at_home, number("initiatives.care_home_emergency"), 1.0)
        return self.cast.stream("prevented").random(len(person)) >= keep

    def prevents_attendance(self, person: Ints, day: Ints) -> Bools:
        """Which A&E attendances without admission do not happen; the team has no effect on them."""
        at_home = day >= self.enrolment.home_from[person]
        keep = np.where(at_home, number("initiatives.care_home_urgent"), 1.0)
        return self.cast.stream("prevented attendances").random(len(person)) >= keep

    def team_multiplier(self, person: Ints, day: Ints) -> Floats:
        """The team's effect: full for twelve months, gone after eighteen, none at the second site."""
        since = day - self.enrolment.team_from[person]
        full = 1 - number("initiatives.mdt_effect")
        left = np.clip((FADED_DAYS - since) / (FADED_DAYS - FULL_EFFECT_DAYS), 0, 1)
        works = (since >= 0) & (self.enrolment.site[person] == WORKS)
        found: Floats = 1 - full * left * works
        return found

    def delay_scale(self, person: Ints, day: Ints) -> Floats:
        """By what the reablement expansion in Fenwick multiplies the length of a discharge delay."""
        begun = months_of(day) >= int(number("initiatives.reablement_start_month"))
        fenwick = self.cast.council_on(person, day) == 0
        return np.where(begun & fenwick, number("initiatives.reablement_delay_days"), 1.0)
