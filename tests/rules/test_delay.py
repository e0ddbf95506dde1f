"""What counts as a day of delay, and what may stand in one series."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.care.delay import (
    DelayReason,
    DelayRule,
    Era,
    broken_rules,
    check_one_series,
    days_by_month,
    delay_days,
    delay_rate,
    discharge_ready,
    era_of,
    split_by_reason,
)
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Period

DAYS = st.dates(date(2014, 1, 1), date(2019, 12, 31))
C = DelayReason("C", ("nhs",), date(2006, 1, 1))
O = DelayReason("O", ("nhs", "social_care", "both"), date(2017, 4, 1))  # noqa: E741


def test_ready_28_january_and_gone_3_february_is_4_and_2_days() -> None:
    months = days_by_month(date(2016, 1, 28), date(2016, 2, 3))
    assert {f"{month:%Y-%m}": days for month, days in months.items()} == {"2016-01": 4, "2016-02": 2}


@given(DAYS, st.integers(0, 400))
def test_months_add_up_to_the_whole_delay(ready: date, length: int) -> None:
    assert sum(days_by_month(ready, ready + timedelta(days=length)).values()) == length


def test_the_day_of_discharge_does_not_count() -> None:
    assert delay_days(date(2016, 1, 1), date(2016, 1, 1), Period(date(2016, 1, 1), date(2016, 2, 1))) == 0


def test_discharge_before_ready_is_refused() -> None:
    with pytest.raises(DefinitionError, match="before the day the person was ready"):
        delay_days(date(2016, 1, 2), date(2016, 1, 1), Period(date(2016, 1, 1), date(2016, 2, 1)))


def test_1240_days_in_january_among_250000_adults() -> None:
    rate = delay_rate(1240, 250_000, 31)
    assert (rate.per_100k, rate.beds, rate.per_100k_per_day) == (Decimal(496), Decimal(40), Decimal(16))


def test_3479_days_in_a_quarter_of_92_are_37_8_beds() -> None:
    assert round(delay_rate(3479, 1_000_000, 92).beds, 1) == Decimal("37.8")


def test_one_hundred_discharges_by_delay() -> None:
    found = discharge_ready({0: 70, 1: 8, 2: 6, 3: 5, 5: 4, 7: 3, 14: 3, 30: 1})
    assert found.on_day == Decimal("0.7")
    assert found.mean_late is not None
    assert round(found.mean_late, 6) == Decimal("4.933333")
    assert (found.mean_all, found.late_7) == (Decimal("1.48"), Decimal("0.07"))


def test_everyone_leaving_on_the_day_has_no_mean_delay() -> None:
    assert discharge_ready({0: 3}).mean_late is None


def test_further_nhs_care_may_not_be_put_down_to_social_care() -> None:
    day = date(2016, 1, 1)
    assert broken_rules("C", "social_care", day, None, [C]) == ("attribution_not_allowed",)
    assert broken_rules("C", "nhs", day, None, [C]) == ()


def test_a_reason_counts_from_the_day_it_was_introduced() -> None:
    assert broken_rules("O", "nhs", date(2017, 3, 31), None, [O]) == ("unknown_reason",)
    assert broken_rules("O", "nhs", date(2017, 4, 1), None, [O]) == ()


def test_a_missing_reason_is_missing_and_not_broken() -> None:
    assert broken_rules(None, None, date(2016, 1, 1), date(2016, 1, 2), [C]) == ()


def test_a_change_of_reason_splits_the_wait() -> None:
    spans = split_by_reason([(date(2016, 1, 1), "A"), (date(2016, 1, 5), "E")], date(2016, 1, 9))
    assert [(s.start.day, s.end.day if s.end else None, s.reason) for s in spans] == [(1, 5, "A"), (5, 9, "E")]


def test_both_eras_are_refused_as_one_series() -> None:
    with pytest.raises(DefinitionError, match="cannot be one series"):
        check_one_series([Era.DTOC, Era.DRD])


def test_both_eras_stand_side_by_side_with_a_break() -> None:
    check_one_series([Era.DTOC, Era.DRD], break_marked=True)


def test_the_first_era_ends_with_february_2020() -> None:
    rule = DelayRule(date(2020, 3, 1), ())
    assert [era_of(day, rule) for day in (date(2020, 2, 29), date(2020, 3, 1))] == [Era.DTOC, Era.DRD]
