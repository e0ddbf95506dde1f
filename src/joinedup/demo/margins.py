"""The margins of a demonstration place, measured on the truth: do its people use and cost what England's do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.demo import social_care as care
from joinedup.demo import spells as stays
from joinedup.demo.appointments import general_practice_rows, outpatient_rows
from joinedup.demo.areas import lay_ground
from joinedup.demo.cast import Cast, make_cast
from joinedup.demo.community import community_rows, mental_health_rows
from joinedup.demo.initiatives import Effects, Enrolment, enrol, supported_home
from joinedup.demo.local_ids import make_local_ids
from joinedup.demo.months import DAYS, MONTH_STARTS, NEVER, YEARS, Bools, Floats, Ints, years_of
from joinedup.demo.parameters import number, rows
from joinedup.demo.rates import WINTER, draw_events, emergency_rate
from joinedup.demo.social_care import CareEvents
from joinedup.demo.spells import Spells
from joinedup.demo.urgent_care import attendance_rows


@dataclass(frozen=True, slots=True)
class Lived:
    """What happened to a chunk of people, by setting: who and when.

    Attributes:
        rate: true rate of emergency admission, person by year, without initiatives.
        contacts: person and day of contacts, by setting.
    """

    cast: Cast
    rate: Floats
    enrolment: Enrolment
    spells: Spells
    care: CareEvents
    contacts: dict[str, tuple[Ints, Ints]]


def live(people: int, seed: int, confounder: bool = False) -> Lived:
    """Let a place's people live through the four years, in one chunk and without writing anything."""
    cast = make_cast(seed, (0, 1), 0, people, lay_ground(people, seed))
    rate = emergency_rate(cast, confounder)
    needed = draw_events(cast.stream("emergencies"), cast, rate, WINTER)
    enrolment = enrol(cast, *needed, confounder=confounder)
    effects = Effects(cast, enrolment)
    spells = stays.make_spells(cast, needed, effects)
    ids = make_local_ids(cast, "acute")
    return Lived(
        cast=cast,
        rate=rate,
        enrolment=enrolment,
        spells=spells.keep(~spells.prevented),
        care=care.make_care(cast, spells),
        contacts={
            "general_practice": general_practice_rows(cast, ids)[:2],
            "outpatient": outpatient_rows(cast, ids)[:2],
            "attendance": attendance_rows(cast, spells, effects, ids)[:2],
            "community_contact": community_rows(cast, ids)[:2],
            "mental_health_contact": mental_health_rows(cast, ids)[:2],
        },
    )


def ltc_share(lived: Lived, person: Ints, day: Ints, weight: Floats | None = None) -> float:
    """The part of events, or of their weight, that people with a long-term condition have."""
    has = lived.cast.conditions[person, years_of(day)] > 0
    weights = np.ones(len(person)) if weight is None else weight
    return float(weights[has].sum() / weights.sum())


def bed_days(lived: Lived) -> Floats:
    """Nights of each stay."""
    return (lived.spells.end - lived.spells.start).astype(np.float64)


def emergencies_per_1000(lived: Lived) -> Floats:
    """Emergency admissions per 1,000 people in each year."""
    admitted = lived.spells.kind == stays.EMERGENCY
    counts = np.bincount(years_of(lived.spells.start[admitted]), minlength=YEARS)[:YEARS]
    found: Floats = counts / lived.cast.exposure.sum(axis=0) * 1000
    return found


def acsc_share(lived: Lived) -> float:
    """The part of emergency admissions for chronic ambulatory care sensitive conditions."""
    sensitive = np.array([row["acsc"] == "1" for row in rows("emergency_diagnoses")])
    return float(sensitive[lived.spells.detail[lived.spells.kind == stays.EMERGENCY]].mean())


def delay_days(lived: Lived) -> dict[tuple[str, str], float]:
    """Days of discharge delay by reason and responsible body."""
    delayed = lived.spells.keep(lived.spells.delay >= 0)
    days = np.bincount(delayed.delay, delayed.end - delayed.ready, minlength=len(stays.REASONS))
    return {pair: float(days[i]) for i, pair in enumerate(zip(stays.REASONS, stays.RESPONSIBLE, strict=True))}


def residential_per_100k(lived: Lived) -> float:
    """Council-supported admissions to care homes of people of 65 and over, per 100,000 of them and year."""
    events = lived.care.keep((lived.care.kind <= care.RESIDENTIAL) & (lived.care.start > 0))
    old = lived.cast.age_on(events.person, events.start) >= 65
    older = (lived.cast.exposure * (lived.cast.ages >= 65)).sum()
    return float(old.sum() / older * 100_000)


def at_home_on_day_91(lived: Lived) -> float:
    """The part of people in reablement who are at home on the 91st day after leaving hospital."""
    events = lived.care.keep(lived.care.kind == care.REABLEMENT)
    ends = np.sort(lived.spells.person * (4 * NEVER) + lived.spells.end)
    last = np.searchsorted(ends, events.person * (4 * NEVER) + events.start, side="right") - 1
    discharge = ends[last] - events.person * (4 * NEVER)
    return float(care.home_on_day_91(lived.cast, lived.spells, events.person, discharge).mean())


def care_pounds(lived: Lived) -> Floats:
    """What each social care event cost within the four years."""
    events = lived.care
    weeks = np.clip(np.minimum(events.end, DAYS) - np.maximum(events.start, 0), 0, None) / 7
    once = (events.kind == care.EQUIPMENT) | (events.kind == care.CARER_SUPPORT)
    found: Floats = np.where(once, events.pence, events.pence * events.units * weeks) / 100
    return found


def direct_payment_share(lived: Lived) -> float:
    """The part of social care spend that goes out as direct payments."""
    pounds = care_pounds(lived)
    return float(pounds[lived.care.kind == care.DIRECT_PAYMENT].sum() / pounds.sum())


def yearly_pounds(lived: Lived) -> Floats:
    """What each person cost in each year at the seed's prices, person by year."""
    cast = lived.cast
    spent = cast.conditions * number("seed_prices.prescribed_per_condition") * cast.exposure
    for name, (person, day) in lived.contacts.items():
        np.add.at(spent, (person, years_of(day)), number(f"seed_prices.{name}"))
    keys = ("emergency_spell", "day_case", "ordinary_spell", "maternity_spell", "birth_spell")
    price = np.array([number(f"seed_prices.{key}") for key in keys])[lived.spells.kind]
    excess = np.maximum(bed_days(lived) - number("seed_prices.excess_after_nights"), 0)
    price = price + excess * number("seed_prices.excess_bed_day")
    np.add.at(spent, (lived.spells.person, years_of(lived.spells.start)), price)
    pounds = care_pounds(lived) / np.maximum(_years_covered(lived.care), 1)
    for year in range(YEARS):
        during = _covers(lived.care, year)
        np.add.at(spent[:, year], lived.care.person[during], pounds[during])
    return spent


def _covers(events: CareEvents, year: int) -> Bools:
    first, last = years_of(np.maximum(events.start, 0)), years_of(np.clip(events.end, 0, DAYS - 1))
    return (first <= year) & (last >= year) & (events.end >= 0)


def _years_covered(events: CareEvents) -> Ints:
    found: Ints = np.sum([_covers(events, year) for year in range(YEARS)], axis=0, dtype=np.int64)
    return found


def pounds_by_conditions(lived: Lived, year: int) -> Floats:
    """Mean yearly cost of people with 0, 1, 2 and 3 or more long-term conditions."""
    spent, exposure = yearly_pounds(lived)[:, year], lived.cast.exposure[:, year]
    group = np.minimum(lived.cast.conditions[:, year], 3)
    found: Floats = np.bincount(group, spent) / np.bincount(group, exposure)
    return found


def oracle_auc(lived: Lived, year: int = YEARS - 1) -> float:
    """How well a model that knows the true rates tells who will have an emergency admission in a year."""
    present = (lived.cast.exposure[:, year] > 0) & (lived.cast.lives.arrives < 365 * year)
    admitted = np.zeros(lived.cast.size, dtype=np.bool_)
    inside = (lived.spells.kind == stays.EMERGENCY) & (years_of(lived.spells.start) == year)
    admitted[lived.spells.person[inside]] = True
    rank = np.argsort(np.argsort(lived.rate[present, year], kind="stable"), kind="stable") + 1
    cases = admitted[present]
    n_cases, n_others = int(cases.sum()), int((~cases).sum())
    return float((rank[cases].sum() - n_cases * (n_cases + 1) / 2) / (n_cases * n_others))


def team_before_and_after(lived: Lived, site: int) -> tuple[float, float]:
    """Emergency admissions a year of people on the team's list: the year before, and the year after, enrolment."""
    enrolled = np.flatnonzero(lived.enrolment.site == site)
    start = lived.enrolment.team_from
    admitted = lived.spells.keep(lived.spells.kind == stays.EMERGENCY)
    since = admitted.start - start[admitted.person]
    listed = lived.enrolment.site[admitted.person] == site
    before = float((listed & (since >= -365) & (since < 0)).sum() / len(enrolled))
    until = np.minimum(np.minimum(lived.cast.lives.leaves[enrolled], DAYS) - start[enrolled], 365)
    return before, float((listed & (since >= 0) & (since < 365)).sum() / (until.sum() / 365))


def care_home_ratio(lived: Lived) -> float:
    """Emergency admissions a resident-year in supported homes against others, after the start against before."""
    start = int(MONTH_STARTS[int(number("initiatives.care_home_start_month"))])
    before_supported, before_others = (_resident_rate(lived, group, (0, start)) for group in (True, False))
    after_supported, after_others = (_resident_rate(lived, group, (start, DAYS)) for group in (True, False))
    return after_supported / before_supported / (after_others / before_others)


def _resident_rate(lived: Lived, is_supported: bool, days: tuple[int, int]) -> float:
    lives, supported = lived.cast.lives, supported_home(lived.cast.care_home())
    admitted = lived.spells.keep(lived.spells.kind == stays.EMERGENCY)
    inside = lives.in_care_home(admitted.person, admitted.start) & (supported[admitted.person] == is_supported)
    inside &= (admitted.start >= days[0]) & (admitted.start < days[1])
    stay = np.minimum(lives.leaves, days[1]) - np.maximum(lives.care_home_from, days[0])
    return float(inside.sum() / (np.clip(stay, 0, None)[supported == is_supported].sum() / 365))
