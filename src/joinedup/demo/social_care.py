"""Who gets what from the councils: care homes, care at home, reablement, equipment and support for carers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from joinedup.demo import spells as stays
from joinedup.demo.cast import Cast
from joinedup.demo.months import DAYS, NEVER, Bools, Floats, Ints
from joinedup.demo.needs import CONDITIONS
from joinedup.demo.parameters import number
from joinedup.demo.people import YEAR
from joinedup.demo.spells import Spells
from joinedup.demo.streams import chance

(NURSING, RESIDENTIAL, HOME_CARE, DIRECT_PAYMENT, SUPPORTED_LIVING, DAY_SUPPORT, REABLEMENT, EQUIPMENT,
 CARER_SUPPORT, REQUEST, ASSESSMENT, CARER_ASSESSMENT, REVIEW) = range(13)  # fmt: skip
FIRST_NON_SERVICE: Final = REQUEST
NO_PERSON: Final = -1


@dataclass(frozen=True, slots=True)
class CareEvents:
    """Events as the councils know them, one position each.

    Attributes:
        kind: one of the kinds above.
        end: last day, NEVER while open.
        pence: cost of one unit; units: planned units a week.
        contribution: the person's own payment, in the unit of the cost.
        provider: position among care homes for care homes, among home care agencies otherwise; -1 for none.
        other: the person a carer cares for.
        outcome: position in the outcomes of `social_care_rows`.
    """

    person: Ints
    kind: Ints
    start: Ints
    end: Ints
    pence: Ints
    units: Floats
    contribution: Ints
    provider: Ints
    other: Ints
    outcome: Ints

    def keep(self, which: Bools | Ints) -> CareEvents:
        """The same for some events only."""
        return CareEvents(*(getattr(self, name)[which] for name in self.__slots__))


def _events(person: Ints, kind: Ints | int, start: Ints, end: Ints, **more: Ints | Floats) -> CareEvents:
    count = len(person)
    zero, none = np.zeros(count, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    return CareEvents(
        person=person,
        kind=np.full(count, kind, dtype=np.int64) if isinstance(kind, int) else kind,
        start=start,
        end=end,
        pence=np.asarray(more.get("pence", zero), dtype=np.int64),
        units=np.asarray(more.get("units", zero), dtype=np.float64),
        contribution=np.asarray(more.get("contribution", zero), dtype=np.int64),
        provider=np.asarray(more.get("provider", none), dtype=np.int64),
        other=np.asarray(more.get("other", none), dtype=np.int64),
        outcome=np.asarray(more.get("outcome", zero), dtype=np.int64),
    )


def joined(parts: list[CareEvents]) -> CareEvents:
    """Events of several kinds in one."""
    return CareEvents(*(np.concatenate([getattr(part, name) for part in parts]) for name in CareEvents.__slots__))


def make_care(cast: Cast, spells: Spells) -> CareEvents:
    """Everything the councils arrange for a chunk of people."""
    homes = _care_homes(cast)
    at_home = _care_at_home(cast)
    reablement = _reablement(cast, spells)
    services = [homes, at_home, reablement, _equipment(cast), _carers(cast)]
    return joined([*services, *_paperwork(cast, joined([homes, at_home, reablement]))])


def _price_growth(day: Ints) -> Floats:
    return 1.055 ** (day / YEAR)


def _care_homes(cast: Cast) -> CareEvents:
    rng = cast.stream("care homes")
    lives = cast.lives
    person = np.flatnonzero((lives.care_home_from < NEVER) & lives.supported)
    start = lives.care_home_from[person]
    nursing = lives.nursing[person]
    weekly = np.where(nursing, 92_000, 78_000) * _price_growth(start) * np.exp(rng.normal(0, 0.12, len(person)))
    return _events(
        person,
        np.where(nursing, NURSING, RESIDENTIAL),
        start,
        _open(lives.leaves[person]),
        pence=np.round(weekly),
        units=np.ones(len(person)),
        contribution=np.round(rng.uniform(9_000, 24_000, len(person))),
        provider=cast.care_home()[person],
    )


def _open(end: Ints) -> Ints:
    """An end in the future is no end yet."""
    return np.where(end < DAYS, end, NEVER)


def _care_at_home(cast: Cast) -> CareEvents:
    """Care at home: of those who had it at the start and those who begin; ends with a care home, death or leaving."""
    rng = cast.stream("care at home")
    age = -cast.people.born / YEAR
    weight = np.exp(
        0.09 * (age - 75) + 0.9 * (cast.conditions[:, 1] > 0) + 0.08 * cast.conditions[:, 1] + 0.5 * cast.needs.frailty
    ) * (age >= 63)
    here = (cast.lives.arrives < 0) & (cast.lives.care_home_from > 0)
    older = float(((age >= 65) & here).sum())
    had = _picked(rng, weight * here, older * number("social_care.stock_home_care_65"))
    young = here & (age >= 18) & (age < 63)
    disabled = (cast.needs.since[:, [CONDITIONS.index("LD"), CONDITIONS.index("MH")]] < 0).any(axis=1)
    had |= _picked(
        rng, np.where(disabled, 60.0, 1.0) * young, float(young.sum()) * number("social_care.stock_home_care_adult")
    )
    begins = _picked(rng, weight * here * ~had, 4 * older * number("social_care.new_home_care_65_a_year"))
    person = np.flatnonzero(had | begins)
    start = np.where(had[person], -rng.integers(10, 1200, len(person)), rng.integers(1, DAYS - 5, len(person)))
    stay = np.floor(rng.exponential(2.4 * YEAR, len(person))).astype(np.int64)
    length = np.where(age[person] < 63, 9_999, stay)
    stop = np.minimum(
        np.maximum(start, 0) + 20 + length, np.minimum(cast.lives.leaves, cast.lives.care_home_from)[person]
    )
    runs = stop > np.maximum(start, cast.lives.arrives[person])
    return _home_packages(rng, cast, person[runs], start[runs], stop[runs], young=age[person[runs]] < 63)


def _picked(rng: np.random.Generator, weight: Floats, count: float) -> Bools:
    share = weight * count / max(float(weight.sum()), 1e-9)
    return rng.random(len(weight)) < share


def _home_packages(
    rng: np.random.Generator, cast: Cast, person: Ints, start: Ints, stop: Ints, *, young: Bools
) -> CareEvents:
    count = len(person)
    direct = chance(rng, number("social_care.direct_payment_share"), count)
    living = young & ~direct & chance(rng, 0.30, count)
    kind = np.where(direct, DIRECT_PAYMENT, np.where(living, SUPPORTED_LIVING, HOME_CARE))
    growth = _price_growth(start)
    hours = np.round(np.clip(np.exp(rng.normal(2.35, 0.55, count)), 3, 60) * 2) / 2
    pence = np.where(kind == HOME_CARE, 2_020 * growth, np.where(living, 98_000 * growth, hours * 1_310 * growth))
    first = _events(
        person,
        kind,
        start,
        _open(stop),
        pence=np.round(pence).astype(np.int64),
        units=np.where(kind == HOME_CARE, hours, 1.0),
        contribution=np.where(kind == HOME_CARE, np.round(rng.uniform(0, 300, count)), 0),
        provider=np.where(direct, -1, rng.integers(0, len(cast.ground.agencies), count)),
    )
    return joined([*_reviewed(rng, first), _day_support(rng, cast, first.keep(living | (young & direct)))])


def _reviewed(rng: np.random.Generator, first: CareEvents) -> list[CareEvents]:
    """Some packages of care at home grow after a review: the old one ends and a larger one begins."""
    turn = np.maximum(first.start, 0) + rng.integers(150, 600, len(first.person))
    grows = (first.kind == HOME_CARE) & (turn < np.minimum(first.end, DAYS) - 20) & chance(rng, 0.45, len(turn))
    before = replace(first, end=np.where(grows, turn, first.end))
    after = first.keep(grows)
    more = np.round(after.units * rng.uniform(1.15, 1.8, len(after.units)) * 2) / 2
    later = _events(
        after.person, after.kind, turn[grows] + 1, after.end, pence=np.round(after.pence * 1.03), units=more,
        contribution=after.contribution, provider=after.provider,
    )  # fmt: skip
    return [before, later]


def _day_support(rng: np.random.Generator, cast: Cast, of: CareEvents) -> CareEvents:
    some = of.keep(chance(rng, 0.5, len(of.person)))
    count = len(some.person)
    return _events(
        some.person, DAY_SUPPORT, some.start + 3, some.end, pence=np.full(count, 5_800),
        units=rng.integers(1, 5, count).astype(np.float64), provider=rng.integers(0, len(cast.ground.agencies), count),
    ).keep(np.maximum(some.end, 0) > some.start + 3)  # fmt: skip


def home_on_day_91(cast: Cast, spells: Spells, person: Ints, discharge: Ints) -> Bools:
    """Who is alive, out of hospital and out of a care home on the 91st day after a discharge."""
    day = discharge + 91
    well = cast.lives.present(person, day) & ~cast.lives.in_care_home(person, day)
    real = spells.keep(~spells.prevented)
    order = np.lexsort((real.start, real.person))
    key = real.person[order] * NEVER * 4 + real.start[order]
    last = np.searchsorted(key, person * NEVER * 4 + day, side="right") - 1
    inside = (last >= 0) & (real.person[order][last] == person) & (real.end[order][last] > day)
    found: Bools = well & ~inside
    return found


def _reablement(cast: Cast, spells: Spells) -> CareEvents:
    """Reablement after a stay in hospital; chosen so that the share at home on day 91 is as in England."""
    rng = cast.stream("reablement")
    may = spells.keep((spells.kind == stays.EMERGENCY) & ~spells.prevented & ~spells.dies & (spells.end < DAYS - 40))
    old = (cast.age_on(may.person, may.end) >= 65) & ~cast.lives.in_care_home(may.person, may.end)
    may = may.keep(old & (may.end + 2 < cast.lives.leaves[may.person]))
    home = home_on_day_91(cast, spells, may.person, may.end)
    wanted, target = number("social_care.reablement_of_discharges_65"), number("social_care.at_home_91")
    share = float(home.mean()) if len(home) else 1.0
    probability = np.where(home, wanted * target / max(share, 1e-9), wanted * (1 - target) / max(1 - share, 1e-9))
    chosen = may.keep(rng.random(len(home)) < probability)
    count = len(chosen.person)
    start = chosen.end + rng.integers(0, 3, count)
    end = np.minimum(start + rng.integers(21, 43, count), cast.lives.leaves[chosen.person])
    return _events(
        chosen.person, REABLEMENT, start, _open(end), pence=np.full(count, 2_850),
        units=np.round(rng.uniform(5, 12, count)), provider=np.full(count, 0),
    )  # fmt: skip


def _equipment(cast: Cast) -> CareEvents:
    rng = cast.stream("equipment")
    age = -cast.people.born / YEAR
    weight = np.exp(0.05 * (age - 75) + 0.3 * cast.conditions[:, 1]) * (age >= 50) * (cast.exposure[:, 1] > 0)
    person = np.flatnonzero(_picked(rng, weight, cast.size * 0.012))
    start = rng.integers(0, DAYS, len(person))
    here = cast.lives.present(person, start)
    person, start = person[here], start[here]
    return _events(person, EQUIPMENT, start, start, pence=rng.integers(4_000, 60_000, len(person)))


def _carers(cast: Cast) -> CareEvents:
    """Carers known to a council: partners, most often, with a yearly payment or other support."""
    rng = cast.stream("carers")
    age = -cast.people.born / YEAR
    weight = np.where(cast.people.partner != NO_PERSON, 2.0, 1.0) * ((age >= 25) & (age < 82))
    person = np.flatnonzero(_picked(rng, weight, cast.size * number("social_care.carers")))
    start = rng.integers(0, DAYS - 30, len(person))
    here = cast.lives.present(person, start)
    person, start = person[here], start[here]
    count = len(person)
    paid = chance(rng, 0.35, count)
    support = _events(
        person, CARER_SUPPORT, start + 21, start + 21 + 364, pence=np.where(paid, 30_000, 0),
        units=np.zeros(count), other=cast.people.partner[person],
    )  # fmt: skip
    end = np.minimum(support.end, cast.lives.leaves[person] - 1)
    support = replace(support, end=end)
    kept = support.keep(support.end >= support.start)
    return joined([_events(person, CARER_ASSESSMENT, start, start, other=cast.people.partner[person]), kept])


def _paperwork(cast: Cast, services: CareEvents) -> list[CareEvents]:
    """Requests, assessments and yearly reviews round services, and requests that ended with advice."""
    rng = cast.stream("paperwork")
    new = services.keep((services.start > 30) & (services.kind != REABLEMENT))
    asked = new.start - rng.integers(12, 30, len(new.person))
    assessed = new.start - rng.integers(1, 11, len(new.person))
    long_term = services.keep((services.kind < REABLEMENT) & (np.minimum(services.end, DAYS) > 0))
    review = np.maximum(long_term.start, 0) + rng.integers(200, 420, len(long_term.person))
    held = review < np.minimum(long_term.end, DAYS)
    age = -cast.people.born / YEAR
    advice = np.flatnonzero(_picked(rng, np.where(age > 50, 1.0, 0.0), cast.size * 0.02))
    day = rng.integers(0, DAYS, len(advice))
    advised = cast.lives.present(advice, day)
    arrives = np.maximum(cast.lives.arrives, 0)
    return [
        _events(new.person, REQUEST, np.maximum(asked, arrives[new.person]), np.maximum(asked, arrives[new.person])),
        _events(
            new.person, ASSESSMENT, np.maximum(assessed, arrives[new.person]), np.maximum(assessed, arrives[new.person])
        ),
        _events(long_term.person[held], REVIEW, review[held], review[held]),
        _events(advice[advised], REQUEST, day[advised], day[advised], outcome=np.full(int(advised.sum()), 1)),
    ]
