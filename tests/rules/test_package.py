"""What a care package costs a week, and when an open one ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from joinedup.rules.care.client_level import OUTCOME_RANKS, service_of, term_of
from joinedup.rules.care.package import end_by_death, period_cost, weekly_pence
from joinedup.rules.foundation.errors import DefinitionError


@pytest.mark.parametrize(
    ("frequency", "pence"),
    [("weekly", 52000), ("fortnightly", 26000), ("four_weekly", 13000), ("monthly", 12000), ("quarterly", 4000),
     ("annual", 1000), ("one_off", None), (None, None)],
)  # fmt: skip
def test_every_frequency_has_its_weekly_share(frequency: str | None, pence: int | None) -> None:
    assert weekly_pence(52000, frequency) == pence


def test_half_a_penny_goes_up() -> None:
    assert weekly_pence(101, "fortnightly") == 51


def test_an_unknown_frequency_is_refused() -> None:
    with pytest.raises(DefinitionError, match="none of"):
        weekly_pence(100, "hourly")


def test_a_negative_cost_is_refused() -> None:
    with pytest.raises(DefinitionError, match="negative"):
        weekly_pence(-1, "weekly")


@pytest.mark.parametrize(
    ("cost", "frequency", "units", "expected"),
    [
        (2150, "Hourly", Decimal("10.5"), (22575, "weekly")),
        (9000, "Per session", Decimal(2), (18000, "weekly")),
        (-80000, "4-Weekly", None, (80000, "four_weekly")),
        (80000, "Annual", Decimal(0), (80000, "annual")),
        (0, "Weekly", Decimal(1), (None, "weekly")),
        (2150, None, Decimal(2), (4300, "weekly")),
        (2150, "Hourly", None, (None, "weekly")),
        (2150, "Hourly", Decimal(0), (None, "weekly")),
        (None, "One-off", None, (None, "one_off")),
    ],
)
def test_a_period_is_trusted_over_planned_units(
    cost: int | None, frequency: str | None, units: Decimal | None, expected: tuple[int | None, str]
) -> None:
    assert period_cost(cost, frequency, units) == expected


def test_nobody_is_served_after_death() -> None:
    assert end_by_death(date(2024, 4, 1), date(2024, 9, 1), date(2024, 5, 3)) == date(2024, 5, 3)
    assert end_by_death(date(2024, 4, 1), date(2024, 5, 1), date(2024, 5, 3)) == date(2024, 5, 1)
    assert end_by_death(date(2024, 4, 1), None, None) is None


def test_a_service_that_starts_after_death_is_refused() -> None:
    with pytest.raises(DefinitionError, match="after the death"):
        end_by_death(date(2024, 6, 1), None, date(2024, 5, 3))


@pytest.mark.parametrize(
    ("service_type", "component", "mechanism", "service"),
    [
        ("Long Term Support: Nursing Care", "Long Term Nursing Care", None, "nursing"),
        ("Long term support: Residential care", None, "Direct payment", "residential"),
        ("Short Term Support: ST-Max", "Home Support", None, "reablement"),
        ("Unpaid carer support: Direct to unpaid carer", "Carer Respite", "Direct payment", "direct_payment"),
        (None, None, None, "other"),
    ],
)  # fmt: skip
def test_both_releases_name_the_same_services(
    service_type: str | None, component: str | None, mechanism: str | None, service: str
) -> None:
    assert service_of(service_type, component, mechanism) == service


def test_both_releases_name_the_same_terms() -> None:
    assert term_of("Carer Support: Direct to Carer") == term_of("Unpaid carer support: Direct to unpaid carer")


def test_progress_to_reablement_comes_first_among_outcomes() -> None:
    assert OUTCOME_RANKS["reablement"] == 1
