"""True yearly rates of every kind of contact, scaled to the margins, and the events they give rise to."""

from __future__ import annotations

from typing import Final

import numpy as np

from joinedup.demo.cast import HIDDEN_NEED_LOG, HIDDEN_NEED_PRACTICE, Cast
from joinedup.demo.months import DAYS, NEVER, START, YEAR_STARTS, YEARS, Bools, Floats, Ints, years_of
from joinedup.demo.needs import CONDITIONS
from joinedup.demo.parameters import column, log_by_age, number
from joinedup.demo.streams import chance

#: Emergencies by month of the financial year, April to March: more in winter.
WINTER: Final = np.array([0.97, 0.98, 0.96, 0.96, 0.94, 0.95, 1.00, 1.02, 1.08, 1.07, 1.04, 1.03])
LEVEL: Final = np.ones(12)
#: Log of the rate of people whom a service does not serve.
NOT_SERVED: Final = -12.0


def scaled(cast: Cast, log_rate: Floats, per_1000: Floats, ltc_share: float) -> Floats:
    """Scale relative rates so that each year has its rate per 1,000 and people with conditions their share.

    Args:
        log_rate: log of relative rates, person by year.
        per_1000: events a year per 1,000 people, by year.
        ltc_share: part of events that people with a long-term condition have.

    Returns:
        Events a year, person by year.
    """
    weight = np.exp(np.clip(log_rate, -12, 4.5))
    wanted = per_1000 / 1000 * cast.exposure.sum(axis=0)
    has = cast.conditions > 0
    rate = np.zeros_like(weight)
    for group, share in ((has, ltc_share), (~has, 1 - ltc_share)):
        total = (weight * group * cast.exposure).sum(axis=0)
        rate += weight * group * (share * wanted / np.maximum(total, 1e-9))
    return rate


def growing(section: str, key: str = "per_1000") -> Floats:
    """A rate per 1,000 in each year, growing as the section says."""
    yearly: Floats = np.asarray(
        number(f"{section}.{key}") * (1 + number(f"{section}.growth")) ** np.arange(YEARS), np.float64
    )
    return yearly


def log_need(cast: Cast, section: str, frailty: float, deprivation: float, conditions: float) -> Floats:
    """Log of a relative rate from age, frailty, deprivation and the number of conditions, person by year."""
    person = frailty * cast.needs.frailty + deprivation * cast.deprivation
    return log_by_age(section, cast.ages) + person[:, None] + conditions * cast.conditions


def emergency_log_rate(cast: Cast, confounder: bool) -> Floats:
    """Log of the relative rate of emergency admission, person by year."""
    middles = YEAR_STARTS[:YEARS] + 182
    effects = column("conditions", "emergency_log")
    ill = np.stack([(cast.needs.since <= day) @ effects for day in middles], axis=1)
    person = number("emergency.frailty_sd") * cast.needs.frailty
    person += number("emergency.deprivation") * cast.deprivation
    # In a care home, who came again and again does so no more than their neighbours.
    person += number("emergency.tail_log") * (cast.needs.comes_again & (cast.lives.care_home_from >= NEVER))
    person += HIDDEN_NEED_LOG * (cast.homes.practice[:, 0] == HIDDEN_NEED_PRACTICE)
    if confounder:
        person += np.log(number("initiatives.confounder_protects")) * cast.needs.carer_support
    home = np.clip((YEAR_STARTS[1:] - cast.lives.care_home_from[:, None]) / 365, 0, 1)
    return log_by_age("emergency", cast.ages) + 0.42 * ill + person[:, None] + number("emergency.care_home_log") * home


def dies_in_hospital(cast: Cast) -> Floats:
    """How likely each person's death would be in hospital: less likely from a care home."""
    return np.where(cast.lives.care_home_from < NEVER, 0.25, number("mortality.hospital_share"))


def last_illness_share(cast: Cast) -> Floats:
    """Stays in which people die, per 1,000 people and year, expected; part of the emergency rate."""
    died = cast.lives.died < DAYS
    share = dies_in_hospital(cast)
    years = years_of(cast.lives.died[died])
    found: Floats = np.bincount(years, share[died], minlength=4)[:4] / np.maximum(cast.exposure.sum(axis=0), 1) * 1000
    return found


def emergency_rate(cast: Cast, confounder: bool) -> Floats:
    """True rate of emergency admission with no initiative, person by year."""
    wanted = growing("emergency") * number("emergency.overlap_uplift") - last_illness_share(cast)
    return scaled(cast, emergency_log_rate(cast, confounder), wanted, number("emergency.ltc_share"))


def draw_events(rng: np.random.Generator, cast: Cast, rate: Floats, season: Floats = LEVEL) -> tuple[Ints, Ints]:
    """Events of a rate: who and on which day, only while the person lives in the place; in order of person and day."""
    counts = rng.poisson(rate)
    person, year = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
    day = _days(rng, year, season)
    here = cast.lives.present(person, day)
    person, day = person[here], day[here]
    order = np.lexsort((day, person))
    return person[order], day[order]


def _days(rng: np.random.Generator, year: Ints, season: Floats) -> Ints:
    edges = np.concatenate([[0.0], np.cumsum(season) / season.sum()])
    share = np.interp(rng.random(len(year)), edges, np.linspace(0, 1, 13))
    length = np.diff(YEAR_STARTS)[year]
    found: Ints = YEAR_STARTS[year] + np.minimum((share * length).astype(np.int64), length - 1)
    return found


def on_working_days(day: Ints) -> Ints:
    """Move Saturdays and Sundays to the Friday before."""
    weekday = (day + START.weekday()) % 7
    return np.clip(day - np.maximum(weekday - 4, 0), 0, DAYS - 1)


def on_caseload(cast: Cast, rng: np.random.Generator, log_rate: Floats, share: float) -> Bools:
    """Who is ever on a service's caseload: a share of people, the needier more often."""
    need = np.exp(np.clip(log_rate.mean(axis=1), -12, 4.5))
    probability = np.minimum(need * share / max(float(need.mean()), 1e-9), 0.97)
    probability *= share / max(float(probability.mean()), 1e-9)
    return chance(rng, np.minimum(probability, 1.0), cast.size)


def caseload(cast: Cast, rng: np.random.Generator, log_rate: Floats, share: float) -> Floats:
    """Relative rates that fall on a caseload only, where they differ less by need than who is on it."""
    on = on_caseload(cast, rng, log_rate, share)
    spread = rng.normal(0, 0.9, cast.size)
    return np.where(on[:, None], log_rate * 0.5 + spread[:, None], NOT_SERVED)


def referred(cast: Cast) -> Bools:
    """Who is ever referred to a hospital specialist in the four years; clinics and planned stays are theirs."""
    log_rate = log_need(cast, "outpatient", 0.30, -0.02, 0.06)
    return on_caseload(cast, cast.stream("referrals"), log_rate, number("outpatient.caseload"))


def register_index(code: str) -> int:
    """Position of a condition, or -1 for none."""
    return CONDITIONS.index(code) if code else -1
