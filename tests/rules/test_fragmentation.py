"""When care counts as fragmented."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from joinedup.rules.care.fragmentation import (
    Assessment,
    FragmentationRule,
    duplicate_assessments,
    is_avoidable,
    is_lost_at_transition,
    is_unaccepted_referral,
    rate_per_1000,
    repeat_trips,
)
from joinedup.rules.foundation.errors import DefinitionError

RULE = FragmentationRule(
    28, (), ("home_visit",), 3, 14, ("outpatient",), ("accepted",), 7, ("camhs",), 18, 90, ("J44",), ("W0", "W1")
)
FAR = date(2030, 1, 1)


def assessed(day: int, by: str, domain: str = "mobility", ref: str | None = None) -> Assessment:
    return Assessment(f"{by}{day}", date(2024, 5, 1) + timedelta(days=day), by, frozenset(domain.split("|")), ref)


@pytest.mark.parametrize(
    ("second", "pairs"),
    [
        (assessed(28, "B"), 1),
        (assessed(29, "B"), 0),
        (assessed(5, "A"), 0),
        (assessed(5, "B", "finance"), 0),
        (assessed(5, "B", "finance|mobility"), 1),
        (assessed(5, "B", ref="A0"), 0),
    ],
    ids=["day 28", "day 29", "same organisation", "other domain", "overlapping domain", "linked to the first"],
)
def test_a_second_assessment_is_a_duplicate_only_when_all_holds(second: Assessment, pairs: int) -> None:
    assert len(duplicate_assessments([second, assessed(0, "A")], RULE)) == pairs


def test_a_run_of_hospital_trips_counts_once() -> None:
    days = [date(2024, 5, day) for day in (1, 5, 14, 17, 18)]
    assert repeat_trips(days, RULE) == (date(2024, 5, 14),)


def test_three_trips_in_fifteen_days_are_not_repeated_trips() -> None:
    assert repeat_trips([date(2024, 5, day) for day in (1, 8, 15)], RULE) == ()


def test_a_referral_still_within_its_time_is_not_judged() -> None:
    assert not is_unaccepted_referral(date(2024, 5, 1), None, date(2024, 5, 8), RULE)
    assert is_unaccepted_referral(date(2024, 5, 1), None, date(2024, 5, 9), RULE)


def test_a_referral_accepted_on_the_eighth_day_is_late() -> None:
    assert is_unaccepted_referral(date(2024, 5, 1), date(2024, 5, 9), FAR, RULE)
    assert not is_unaccepted_referral(date(2024, 5, 1), date(2024, 5, 8), FAR, RULE)


def test_a_young_person_seen_within_90_days_is_not_lost() -> None:
    birthday, child = date(2024, 5, 1), [date(2024, 3, 1)]
    assert is_lost_at_transition(birthday, child, [], FAR, RULE)
    assert not is_lost_at_transition(birthday, child, [date(2024, 7, 30)], FAR, RULE)
    assert not is_lost_at_transition(birthday, [], [], FAR, RULE)


def test_a_fall_counts_in_any_place_and_a_condition_only_in_the_first() -> None:
    assert is_avoidable(["S720", "W19"], RULE)
    assert is_avoidable(["J441"], RULE)
    assert not is_avoidable(["I10", "J441"], RULE)


def test_a_rate_needs_people() -> None:
    assert rate_per_1000(12, 4000) == Decimal(3)
    with pytest.raises(DefinitionError):
        rate_per_1000(1, 0)
