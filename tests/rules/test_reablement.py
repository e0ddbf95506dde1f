"""Where a person counts as being on the 91st day after discharge."""

from __future__ import annotations

from datetime import date

from joinedup.rules.care.reablement import Whereabouts, follow_up_day, whereabouts

DAY, KNOWN = date(2024, 12, 31), date(2025, 4, 1)


def test_the_follow_up_is_the_91st_day_and_not_three_months() -> None:
    assert follow_up_day(date(2024, 10, 1)) == DAY
    assert follow_up_day(date(2024, 12, 31)) == date(2025, 4, 1)


def test_death_on_the_day_comes_before_anything_else() -> None:
    assert whereabouts(DAY, KNOWN, DAY, hospital=((DAY, None),)) is Whereabouts.DIED


def test_leaving_hospital_on_the_day_is_being_at_home() -> None:
    assert whereabouts(DAY, KNOWN, None, hospital=((date(2024, 12, 20), DAY),)) is Whereabouts.HOME


def test_a_place_in_a_care_home_that_ends_that_day_is_not_home() -> None:
    assert whereabouts(DAY, KNOWN, None, care_home=((date(2024, 12, 1), DAY),)) is Whereabouts.CARE_HOME


def test_a_day_the_records_do_not_reach_is_unknown() -> None:
    assert whereabouts(DAY, DAY, None) is Whereabouts.UNKNOWN


def test_a_person_on_no_register_is_unknown() -> None:
    assert whereabouts(DAY, KNOWN, None, registered=False) is Whereabouts.UNKNOWN
