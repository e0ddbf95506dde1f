"""Benefits: money is realised only as far as budgets fell, totals say what they rest on, nothing counts twice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.benefit import (
    Amounts,
    AreaClaim,
    Profile,
    Status,
    count_once,
    counted,
    status_of,
    totals_of,
    unbacked,
)

BEGINS, DUE, DAY = date(2024, 4, 1), date(2025, 3, 31), date(2024, 10, 1)
TIME = Profile(BEGINS, DUE)


def money(reduced: int) -> Profile:
    return Profile(BEGINS, DUE, is_cashable=True, reduced_pence=reduced)


@pytest.mark.parametrize(
    ("amounts", "profile", "day", "status"),
    [
        (Amounts(100), TIME, date(2024, 1, 1), Status.PLANNED),
        (Amounts(100), TIME, DAY, Status.ON_TRACK),
        (Amounts(100, forecast=100, realised=40), TIME, DAY, Status.ON_TRACK),
        (Amounts(100, forecast=99), TIME, DAY, Status.AT_RISK),
        (Amounts(100, realised=40), TIME, date(2025, 4, 1), Status.AT_RISK),
        (Amounts(100), TIME, date(2025, 4, 1), Status.AT_RISK),
        (Amounts(100, realised=0), TIME, date(2025, 4, 1), Status.LOST),
        (Amounts(100, forecast=0), TIME, DAY, Status.LOST),
        (Amounts(100, realised=100), TIME, DAY, Status.REALISED),
        (Amounts(100, realised=100), money(0), DAY, Status.AT_RISK),
        (Amounts(100, realised=100), money(100), DAY, Status.REALISED),
        (Amounts(100, realised=100, is_cancelled=True), TIME, DAY, Status.CANCELLED),
        (Amounts(-35, forecast=-20), TIME, DAY, Status.AT_RISK),
        (Amounts(-35, realised=-36), TIME, DAY, Status.REALISED),
        (Amounts(-35, realised=2), TIME, date(2025, 4, 1), Status.LOST),
    ],
)
def test_where_a_benefit_stands(amounts: Amounts, profile: Profile, day: date, status: Status) -> None:
    assert status_of(amounts, profile, day) is status


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_no_more_money_counts_than_budgets_fell_by(realised: int, reduced: int) -> None:
    amounts = Amounts(10**9, realised=realised)
    told = counted(amounts, money(reduced))
    assert told == min(realised, reduced)
    assert told + unbacked(amounts, money(reduced)) == realised


def test_what_nobody_said_is_not_zero() -> None:
    assert counted(Amounts(100), money(50)) is None
    found = totals_of([(Amounts(100), TIME)])
    assert (found.realised, found.forecast, found.share) == (None, None, None)


def test_totals_leave_out_what_was_cancelled() -> None:
    claims = [
        (Amounts(100, 80, 50), TIME),
        (Amounts(300, realised=200), money(150)),
        (Amounts(9, is_cancelled=True), TIME),
    ]
    found = totals_of(claims)
    assert (found.planned, found.forecast, found.realised, found.n_forecast, found.n) == (400, 80, 200, 1, 2)
    assert found.share == pytest.approx(0.5)


def test_the_better_care_fund_went_from_one_billion_to_511_million() -> None:
    """The national example: £1bn assumed in 2013, £532m in November 2014, £511m in February 2015 (NAO 2017 note 20)."""
    national = Profile(date(2015, 4, 1), date(2016, 3, 31), is_cashable=True, reduced_pence=0)
    history = [1_000_000_000_00, 532_000_000_00, 511_000_000_00]
    stages = [Amounts(history[0], forecast=amount) for amount in history]
    day = date(2015, 2, 28)
    assert [status_of(each, national, day) for each in stages] == [Status.PLANNED, Status.AT_RISK, Status.AT_RISK]
    assert totals_of([(stages[-1], national)]).forecast == 511_000_000_00


def claim(number: int, scheme: str, amount: int, cohort: str = "", area: str = "F") -> AreaClaim:
    return AreaClaim(number, scheme, area, "admissions", amount, cohort)


def test_two_schemes_that_claim_one_admission_are_shown_and_get_their_share() -> None:
    found = count_once([claim(1, "team", 210, "high"), claim(2, "ward", 450, "high")], {("F", "admissions"): 600})
    assert [(each.claimed, dict(each.allowed), each.shares_cohort) for each in found] == [(660, {1: 191, 2: 409}, True)]


def test_claims_that_fit_are_shown_together_and_left_as_they_are() -> None:
    found = count_once([claim(1, "team", 210), claim(2, "ward", 100)], {("F", "admissions"): 600})[0]
    assert (found.is_over, dict(found.allowed), found.shares_cohort) == (False, {1: 210, 2: 100}, False)


def test_one_scheme_in_one_place_is_not_worth_a_word_unless_it_claims_more_than_there_is() -> None:
    assert count_once([claim(1, "team", 210), claim(2, "ward", 5, area="A")], {("F", "admissions"): 600}) == ()
    assert count_once([claim(1, "team", 700)], {("F", "admissions"): 600})[0].allowed == {1: 600}


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=6), st.integers(1, 10**6))
def test_what_is_allowed_never_exceeds_what_there_is(amounts: list[int], total: int) -> None:
    claims = [claim(number, f"scheme {number}", amount) for number, amount in enumerate(amounts)]
    found = count_once(claims, {("F", "admissions"): total})[0]
    assert sum(found.allowed.values()) == min(total, sum(amounts))


def test_a_claim_below_zero_takes_nothing_away() -> None:
    with pytest.raises(DefinitionError):
        count_once([claim(1, "team", -1)], {})
