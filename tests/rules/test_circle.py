"""What the circle of support counts."""

from __future__ import annotations

from datetime import date

from joinedup.rules.care.circle import Touch, circle_of_support
from joinedup.rules.foundation.period import Period

YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))


def test_nineteen_services_are_nineteen_when_nineteen_are_loaded() -> None:
    touches = [Touch(date(2024, 5, 1), f"service {n}", "A", "nhs") for n in range(19)] * 3
    assert len(circle_of_support(touches, YEAR).services) == 19


def test_one_service_from_two_providers_is_one_service_and_two_organisations() -> None:
    circle = circle_of_support([Touch(date(2024, 5, 1), "x", name, "nhs") for name in ("A", "B")], YEAR)
    assert (len(circle.services), len(circle.organisations), len(circle.payers)) == (1, 2, 1)


def test_what_is_not_known_is_not_counted_as_an_organisation() -> None:
    circle = circle_of_support([Touch(date(2024, 5, 1), "x")], YEAR)
    assert (circle.organisations, circle.payers) == ((), ())


def test_a_package_that_began_before_the_window_and_lasts_touches_it() -> None:
    lasting = Touch(date(2020, 1, 1), "home_care", "A", "council", lasts=True)
    assert circle_of_support([lasting], YEAR).services == ("home_care",)


def test_a_contact_on_the_day_after_the_window_does_not_touch_it() -> None:
    assert circle_of_support([Touch(date(2025, 4, 1), "x", "A")], YEAR).ties == ()
