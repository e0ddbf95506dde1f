"""Which price holds, what a line comes to, and that months add up to the whole."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import add_months
from joinedup.rules.funds.cost import (
    CostClass,
    CostSource,
    PayerRule,
    PricedThing,
    UnitCost,
    accrued_pence,
    choose_unit_cost,
    derive_payer,
    line_pence,
    month_of_package,
    point_of_delivery,
    price_book,
    price_in_year,
    spread_over_months,
)

CLASSES = [CostClass(letter, kind, age) for letter, kind, age in zip("ABCDEF", CostSource, range(6), strict=True)]
BY_POD = UnitCost(
    "pod", "inpatient", "episode", Decimal("5419.28"), "2024-25", CostSource.NATIONAL_POINT_OF_DELIVERY,
    delivery="non_elective_long",
)  # fmt: skip
BY_HRG = UnitCost(
    "hrg", "inpatient", "episode", Decimal("3000"), "2024-25", CostSource.NATIONAL_CURRENCY, currency="AA22C"
)
ESTIMATE = UnitCost("guess", "inpatient", "episode", Decimal("1"), "2024-25", CostSource.ESTIMATE)
STAY = PricedThing("inpatient", "episode", currency="AA22C", delivery="non_elective_long")


def test_the_national_cost_of_the_currency_comes_before_that_of_the_point_of_delivery() -> None:
    assert choose_unit_cost(STAY, [ESTIMATE, BY_POD, BY_HRG]) is BY_HRG
    assert choose_unit_cost(STAY, [ESTIMATE, BY_POD]) is BY_POD


def test_nothing_that_fits_leaves_the_cost_missing() -> None:
    assert choose_unit_cost(PricedThing("police", "incident"), [ESTIMATE]) is None
    assert line_pence(None, Decimal(1)) is None


def test_half_a_penny_is_rounded_up_once() -> None:
    assert line_pence(Decimal("0.5"), Decimal(1)) == 1
    assert line_pence(Decimal("0.5"), Decimal(-1)) == -1


def test_2016_prices_are_brought_to_the_year_of_the_event() -> None:
    cost = UnitCost(
        "op", "outpatient", "attendance", Decimal(120), "2016-17", CostSource.UNIT_COST_BOOK, apply_mff=True
    )
    index = {"2016-17": Decimal(80), "2024-25": Decimal(100)}
    assert price_in_year(cost, "2024-25", index, Decimal("1.05")) == Decimal(15750)
    assert price_in_year(cost, "2030-31", index) is None


def test_the_nearest_edition_of_a_price_is_used() -> None:
    old = UnitCost("a1", "x", "contact", Decimal(10), "2018-19", CostSource.UNIT_COST_BOOK)
    new = UnitCost("a2", "x", "contact", Decimal(20), "2024-25", CostSource.UNIT_COST_BOOK)
    index = {f"{y}-{y % 100 + 1}": Decimal(100) for y in range(2018, 2026)}
    book = price_book([old, new], ["2019-20", "2021-22", "2025-26"], index, {}, CLASSES)
    assert [row.unit_cost_id for row in book] == ["a1", "a2", "a2"]


def test_a_market_forces_factor_gives_its_provider_a_row_of_its_own() -> None:
    cost = UnitCost(
        "op", "outpatient", "attendance", Decimal(100), "2024-25", CostSource.UNIT_COST_BOOK, apply_mff=True
    )
    book = price_book([cost], ["2024-25"], {}, {"RX1": Decimal("1.1")}, CLASSES)
    assert [(row.provider, row.price) for row in book] == [("RX1", Decimal(11000)), ("", Decimal(10000))]


def test_a_negative_unit_cost_is_refused() -> None:
    with pytest.raises(DefinitionError, match="negative"):
        UnitCost("x", "x", "contact", Decimal(-1), "2024-25", CostSource.ESTIMATE)


@given(st.integers(-10_000_000, 10_000_000), st.dates(date(2020, 1, 1), date(2024, 1, 1)), st.integers(0, 800))
def test_a_stay_spread_over_months_adds_up_to_the_whole(total: int, start: date, nights: int) -> None:
    parts = spread_over_months(total, start, start + timedelta(days=nights))
    assert sum(parts.values()) == total


def test_of_equal_remainders_the_earlier_month_comes_first() -> None:
    parts = spread_over_months(7, date(2023, 3, 1), date(2023, 7, 12))
    assert list(parts.values()) == [2, 2, 2, 1, 0]


@given(st.integers(0, 500_000), st.dates(date(2020, 1, 1), date(2024, 1, 1)), st.integers(0, 800))
def test_months_of_a_package_add_up_to_the_whole(weekly: int, start: date, more: int) -> None:
    months = [add_months(start.replace(day=1), n) for n in range(30)]
    last = start + timedelta(days=more)
    assert sum(month_of_package(weekly, start, last, m) for m in months) == accrued_pence(weekly, more + 1)


def test_a_package_that_goes_on_leaves_earlier_months_as_they_were() -> None:
    start, may = date(2024, 5, 10), date(2024, 5, 1)
    assert month_of_package(1001, start, date(2024, 6, 1), may) == month_of_package(1001, start, date(2025, 6, 1), may)


def test_an_episode_that_has_not_ended_has_no_point_of_delivery() -> None:
    assert point_of_delivery("inpatient", "non_elective", True, None) is None
    assert point_of_delivery("inpatient", "non_elective", True, 2) == "non_elective_long"


def test_the_first_payer_rule_that_fits_holds() -> None:
    rules = [PayerRule("social_care", "", "", "@organisation"), PayerRule("", "", "", "nhs")]
    assert derive_payer(rules, "social_care", "home_care", "E1") == "E1"
    assert derive_payer(rules, "social_care", "home_care", None) == "nhs"
    assert derive_payer([], "social_care", None, None) is None
