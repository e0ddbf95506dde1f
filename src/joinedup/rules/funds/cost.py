"""What one event cost: which price applies, how it is brought to the year, and how it falls on months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.money import apportion
from joinedup.rules.foundation.period import financial_year_of, month_of

#: A price is kept to a ten-thousandth of a penny; only the cost line is rounded to whole pence.
_PRICE_STEP = Decimal("0.0001")


class CostSource(StrEnum):
    """Kinds of unit cost, best first: the order in which they are tried."""

    PROVIDER = "provider"  # what the provider's own patient-level costing or the contract says
    NATIONAL_CURRENCY = "national_currency"  # national cost collection by currency (HRG)
    NATIONAL_POINT_OF_DELIVERY = "national_point_of_delivery"  # the same by point of delivery
    UNIT_COST_BOOK = "unit_cost_book"  # published unit costs
    LOCAL_AVERAGE = "local_average"
    ESTIMATE = "estimate"  # flagged


@dataclass(frozen=True, slots=True)
class CostClass:
    """One class of how good a price is, A best.

    Attributes:
        letter: A to F.
        kind: the kind of source that can be no better than this.
        age_years: a price this many years from the year of the event, or more, can be no better than this.
    """

    letter: str
    kind: CostSource
    age_years: int


@dataclass(frozen=True, slots=True)
class UnitCost:
    """The cost of one unit of a service, from a dated and sourced price book.

    Attributes:
        id: definition id.
        setting: setting it prices.
        unit: what one unit is: attendance, contact, spell, bed_day, hour, week, assessment.
        pounds: cost of one unit in the price year.
        price_year: financial year of the price, "2024-25".
        kind: where it comes from.
        service: only this service; "" = any.
        currency: only this currency, as a rule an HRG; "" = any.
        delivery: only this point of delivery; "" = any.
        provider: only this provider; "" = any.
        includes_overheads: whether overheads are in it; None when the source does not say.
        apply_mff: whether the provider's market forces factor applies.
        source: publication.
        verify: whether the figure still has to be confirmed.
    """

    id: str
    setting: str
    unit: str
    pounds: Decimal
    price_year: str
    kind: CostSource
    service: str = ""
    currency: str = ""
    delivery: str = ""
    provider: str = ""
    includes_overheads: bool | None = None
    apply_mff: bool = False
    source: str = ""
    verify: bool = False

    def __post_init__(self) -> None:
        if self.pounds < 0:
            raise DefinitionError(f"unit cost {self.id} is negative; a credit note is a negative quantity instead")
        year_start(self.price_year)

    @property
    def rank(self) -> tuple[int, int, str]:
        """Order of trial: kind of source, then how closely it fits, then id."""
        fit = 8 * bool(self.provider) + 4 * bool(self.currency) + 2 * bool(self.delivery) + bool(self.service)
        return (list(CostSource).index(self.kind), -fit, self.id)


def year_start(price_year: str) -> int:
    """First calendar year of a financial year written as 2024-25.

    Raises:
        DefinitionError: not two following years.

    >>> year_start("2024-25")
    2024
    """
    first, _, second = price_year.partition("-")
    if not (first.isdigit() and second.isdigit() and (int(first) + 1) % 100 == int(second)):
        raise DefinitionError(f"a price year is written like 2024-25, not {price_year!r}")
    return int(first)


def year_name(day: date) -> str:
    """The financial year that holds a day, as price years are written.

    >>> year_name(date(2025, 3, 31))
    '2024-25'
    """
    start = financial_year_of(day).start.year
    return f"{start}-{(start + 1) % 100:02d}"


def price_in_year(
    unit_cost: UnitCost, year: str, deflators: Mapping[str, Decimal], mff: Decimal = Decimal(1)
) -> Decimal | None:
    """Bring a unit cost to the prices of another financial year, for a provider's market forces factor.

    Formula: pounds x 100 x deflator(year) / deflator(price year) x factor.

    Args:
        unit_cost: the unit cost.
        year: financial year of the event.
        deflators: price index by financial year.
        mff: market forces factor of the provider; used only where the unit cost says so.

    Returns:
        Pence for one unit to a ten-thousandth of a penny; None when an index is missing: the price is not known.

    Source: joinedup specification 1.4 (M5).

    >>> c = UnitCost("x", "urgent_care", "attendance", Decimal("148"), "2016-17", CostSource.NATIONAL_CURRENCY)
    >>> price_in_year(c, "2017-18", {"2016-17": Decimal(100), "2017-18": Decimal("101.5")})
    Decimal('15022.0000')
    """
    if year == unit_cost.price_year:
        ratio = Decimal(1)
    elif year in deflators and unit_cost.price_year in deflators:
        ratio = deflators[year] / deflators[unit_cost.price_year]
    else:
        return None
    factor = mff if unit_cost.apply_mff else Decimal(1)
    return (unit_cost.pounds * 100 * ratio * factor).quantize(_PRICE_STEP, rounding=ROUND_HALF_UP)


def class_of(unit_cost: UnitCost, year: str, classes: Sequence[CostClass]) -> str:
    """How good a price is for an event of a year, A (best) to F: the worse of its kind and its age.

    A figure that still has to be verified has the worst class there is.

    Args:
        unit_cost: the unit cost.
        year: financial year of the event.
        classes: the classes, in any order.

    Source: cost-source classes (amendment 11; HMT cost-benefit guidance 2014, confidence grades: verify).

    >>> classes = [CostClass(l, k, a) for l, k, a in zip("ABCDEF", CostSource, range(6))]
    >>> c = UnitCost("x", "outpatient", "attendance", Decimal(120), "2016-17", CostSource.NATIONAL_POINT_OF_DELIVERY)
    >>> class_of(c, "2016-17", classes), class_of(c, "2020-21", classes), class_of(c, "2024-25", classes)
    ('C', 'E', 'F')
    """
    age = abs(year_start(year) - year_start(unit_cost.price_year))
    if unit_cost.verify:
        return max(cost_class.letter for cost_class in classes)
    return max(c.letter for c in classes if c.kind is unit_cost.kind or c.age_years <= age)


@dataclass(frozen=True, slots=True)
class PricedThing:
    """What a price is looked up by: the facts of an event that a price may depend on."""

    setting: str
    unit: str | None
    service: str | None = None
    currency: str | None = None
    delivery: str | None = None
    provider: str | None = None


def choose_unit_cost(thing: PricedThing, book: Sequence[UnitCost]) -> UnitCost | None:
    """The unit cost that prices an event: best source first, then closest fit; None when nothing fits.

    A missing unit is taken to be the unit of the price. A price without service, currency or provider fits any.

    Source: joinedup specification 1.4, order of sources.
    """
    fitting = [
        cost
        for cost in book
        if cost.setting == thing.setting
        and thing.unit in (None, cost.unit)
        and cost.service in ("", thing.service)
        and cost.currency in ("", thing.currency)
        and cost.delivery in ("", thing.delivery)
        and cost.provider in ("", thing.provider)
    ]
    return min(fitting, key=lambda cost: cost.rank, default=None)


#: Services of inpatient episodes that are a point of delivery already, whatever their length.
DELIVERED_AS = ("day_case", "regular_attender", "maternity")


def point_of_delivery(setting: str, service: str | None, is_emergency: bool, nights: int | None) -> str | None:
    """How hospital care was delivered, as the national cost collection divides it; None outside admitted care.

    A short stay is under 2 days. An episode that has not ended has no point of delivery yet.

    >>> point_of_delivery("inpatient", "non_elective", True, 1)
    'non_elective_short'
    >>> point_of_delivery("inpatient", "day_case", False, 0), point_of_delivery("outpatient", None, False, 0)
    ('day_case', None)

    Source: NHS England, National Cost Collection guidance: points of delivery.
    """
    if setting != "inpatient" or nights is None:
        return None
    if service in DELIVERED_AS:
        return service
    if is_emergency or service == "non_elective":
        return "non_elective_long" if nights >= 2 else "non_elective_short"
    return "elective" if nights or service == "elective" else "day_case"


def line_pence(price: Decimal | None, quantity: Decimal) -> int | None:
    """What an event cost: quantity x price, rounded half up to whole pence once. A missing price stays missing.

    Args:
        price: pence for one unit.
        quantity: units; negative only for a credit note.

    Source: amendment 1; joinedup specification 1.4.

    >>> line_pence(Decimal("5964.7963"), Decimal(3))
    17894
    >>> line_pence(None, Decimal(3)) is None
    True
    """
    if price is None:
        return None
    return int((price * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def spread_over_months(total_pence: int, start: date, end: date) -> dict[date, int]:
    """Spread the cost of a stay over the months it lasted, by nights; the parts add up to the whole.

    Args:
        total_pence: cost of the whole stay.
        start: day of admission.
        end: day of discharge, whose night does not count.

    Returns:
        Pence by first of the month; a stay without a night falls on the month it began.

    Raises:
        DefinitionError: end before start.

    Source: amendment 1 (largest remainder, earlier month first).

    >>> [p for p in spread_over_months(100, date(2024, 1, 30), date(2024, 2, 2)).values()]
    [67, 33]
    """
    if end < start:
        raise DefinitionError("a stay ends before it begins; correct one of the two dates")
    nights: dict[date, int] = {}
    day = start
    while day < end:
        month = month_of(day)
        nights[month.start] = month.overlap_days(day, end)
        day = month.end
    if not nights:
        return {month_of(start).start: total_pence}
    return dict(zip(nights, apportion(total_pence, list(nights.values())), strict=True))


def accrued_pence(weekly_pence: int, days: int) -> int:
    """What a weekly price comes to after some days: a seventh of it a day, rounded half up.

    >>> accrued_pence(70_000, 10)
    100000
    """
    return int((Decimal(weekly_pence) * days / 7).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def month_of_package(weekly_pence: int, start: date, last_day: date, month: date) -> int:
    """What a care package cost in one calendar month.

    The cost to the end of the month less the cost to its beginning, so that months add up to the whole package and a
    package that goes on never changes what an earlier month cost.

    Args:
        weekly_pence: price of a week.
        start: first day.
        last_day: last day paid for.
        month: any day of the month.

    Source: amendment 7 (weekly cost); Choice: running total, so that a refresh changes no earlier month.

    >>> sum(month_of_package(10_000, date(2024, 1, 30), date(2024, 3, 2), date(2024, m, 1)) for m in (1, 2, 3))
    47143
    """
    period = month_of(month)
    length = (last_day - start).days + 1
    until = [min(max((edge - start).days, 0), max(length, 0)) for edge in (period.start, period.end)]
    return accrued_pence(weekly_pence, until[1]) - accrued_pence(weekly_pence, until[0])


@dataclass(frozen=True, slots=True)
class BookRow:
    """One line of the price book of a place: what one unit costs in one year.

    Attributes:
        unit_cost_id: definition id of the unit cost.
        setting: setting it prices.
        unit: unit it prices.
        service: "" = any.
        currency: "" = any.
        delivery: "" = any.
        provider: "" = any.
        price_year: financial year, "2024-25".
        rank: order of trial, lowest first; unique.
        price: pence for one unit, to a ten-thousandth.
        cost_class: A to F.
    """

    unit_cost_id: str
    setting: str
    unit: str
    service: str
    currency: str
    delivery: str
    provider: str
    price_year: str
    rank: int
    price: Decimal
    cost_class: str


def price_book(
    unit_costs: Sequence[UnitCost],
    years: Sequence[str],
    deflators: Mapping[str, Decimal],
    mff: Mapping[str, Decimal],
    classes: Sequence[CostClass],
) -> tuple[BookRow, ...]:
    """Write out the price book of some years: every unit cost in the prices of each, and for each provider's factor.

    Of one publication only the edition whose price year is nearest to the year is used (the later of two as near), so
    that a newer book replaces an older one without losing the past. A year without index leaves the price out.

    Args:
        unit_costs: unit costs; those that differ only in price year are editions of one.
        years: financial years to write out.
        deflators: price index by financial year.
        mff: market forces factor by provider.
        classes: how good prices are.

    Source: joinedup specification 1.4 (M5).
    """
    rows: list[BookRow] = []
    ranked = sorted(unit_costs, key=lambda cost: cost.rank)
    for year in years:
        for cost in _nearest_editions(ranked, year):
            providers = ["", *mff] if cost.apply_mff and not cost.provider else [cost.provider]
            for provider in sorted(providers, reverse=True):
                price = price_in_year(cost, year, deflators, mff.get(provider, Decimal(1)))
                if price is not None:
                    names = (cost.id, cost.setting, cost.unit, cost.service, cost.currency, cost.delivery, provider)
                    row = BookRow(*names, year, len(rows), price, class_of(cost, year, classes))
                    rows.append(row)
    return tuple(rows)


def _nearest_editions(ranked: Sequence[UnitCost], year: str) -> list[UnitCost]:
    best: dict[tuple[str, ...], UnitCost] = {}
    for cost in ranked:
        key = (cost.kind.value, cost.setting, cost.unit, cost.service, cost.currency, cost.delivery, cost.provider)
        held = best.get(key)
        if held is None or _distance(cost, year) < _distance(held, year):
            best[key] = cost
    return sorted(best.values(), key=lambda cost: cost.rank)


def _distance(cost: UnitCost, year: str) -> tuple[int, int]:
    gap = year_start(cost.price_year) - year_start(year)
    return (abs(gap), -gap)


@dataclass(frozen=True, slots=True)
class PayerRule:
    """Who pays for an event whose source does not say.

    Attributes:
        setting: setting it holds for; "" = any.
        service: service it holds for; "" = any.
        organisation: responsible organisation it holds for; "" = any.
        payer: the payer, or ``@organisation`` for the responsible organisation itself.
    """

    setting: str
    service: str
    organisation: str
    payer: str


def derive_payer(rules: Sequence[PayerRule], setting: str, service: str | None, organisation: str | None) -> str | None:
    """The payer by the first rule that fits, in the order of the file; None when no rule fits.

    A rule that names the responsible organisation does not fit an event without one.

    Source: joinedup specification 1.4 (funder on each cost row).

    >>> rules = [PayerRule("social_care", "", "", "@organisation"), PayerRule("social_care", "", "", "council")]
    >>> derive_payer(rules, "social_care", None, "E06000001"), derive_payer(rules, "social_care", None, None)
    ('E06000001', 'council')
    """
    for rule in rules:
        fits = (
            rule.setting in ("", setting)
            and rule.service in ("", service)
            and rule.organisation in ("", organisation)
            and (rule.payer != "@organisation" or organisation is not None)
        )
        if fits:
            return organisation if rule.payer == "@organisation" else rule.payer
    return None
