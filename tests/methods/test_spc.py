"""XmR charts name the same signals as the public reference."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.methods.comparison import Polarity
from joinedup.methods.spc import Assurance, Rule, Variation, limits, xmr
from joinedup.rules.foundation.errors import DefinitionError

SPIKE = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
BASELINE = [52, 48, 55, 50, 47, 53, 51, 49, 54, 50]

#: The names the reference gives to the rules.
REFERENCE = {
    "Above UCL": Rule.ABOVE_LIMIT,
    "Below LCL": Rule.BELOW_LIMIT,
    "7 Point Trend (Increasing)": Rule.RISING,
    "7 Point Trend (Decreasing)": Rule.FALLING,
    "2 in 3 Above CL": Rule.TWO_IN_THREE_ABOVE,
    "2 in 3 Below CL": Rule.TWO_IN_THREE_BELOW,
    "7 Points Above CL": Rule.SHIFT_ABOVE,
    "7 Points Below CL": Rule.SHIFT_BELOW,
    "Common Cause": Rule.COMMON,
}
VERDICTS = {
    "common_cause": Variation.COMMON,
    "special_cause_concern": Variation.CONCERN,
    "special_cause_improvement": Variation.IMPROVEMENT,
}


@pytest.mark.parametrize(
    ("values", "screen", "mean", "lower", "upper"),
    [
        (SPIKE, True, 1.9444, -0.7156, 4.6044),
        (SPIKE, False, 1.9444, -3.0626, 6.9515),
        (BASELINE, False, 50.9, 39.6689, 62.1311),
    ],
)
def test_limits_give_the_reference_values(
    values: list[float], screen: bool, mean: float, lower: float, upper: float
) -> None:
    found = limits(values, screen=screen)
    assert found is not None
    assert (found.mean, found.lower, found.upper) == pytest.approx((mean, lower, upper), abs=1e-4)


def test_every_reference_point_of_130_trusts_is_reproduced(published_data: Path) -> None:
    series = defaultdict(list)
    with (published_data / "evaluation" / "xmr_ae_plotthedots.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            series[row["org"], row["measure"]].append(row)
    seen = 0
    for rows in series.values():
        rows.sort(key=lambda row: row["period"])
        chart = xmr([float(row["value"]) for row in rows], Polarity.LOWER, screen=True)
        for point, row in zip(chart.points, rows, strict=True):
            assert (point.rule, point.variation) == (REFERENCE[row["type"]], VERDICTS[row["point_type"]])
            printed = [float(row[name]) for name in ("mean", "lpl", "upl")]
            assert [point.mean, point.lower, point.upper] == pytest.approx(printed, abs=1e-6)
            seen += 1
    assert seen == 9360


def test_points_beyond_a_fixed_limit_come_before_the_shift_they_belong_to() -> None:
    chart = xmr([*BASELINE, 62, 63, 61, 64, 62, 65, 63], Polarity.LOWER, fix_after=10)
    above = [point.value for point in chart.points if point.rule is Rule.ABOVE_LIMIT]
    assert above == [63, 64, 65, 63]
    assert all(point.variation is Variation.CONCERN for point in chart.points[10:])


def test_seven_points_on_one_side_are_a_shift_and_six_are_not() -> None:
    noise = [9, 11, 9, 11, 9, 11, 9, 11, 9, 11]
    six, seven = ([*noise, *[10.8, 10.6] * (n // 2), *[10.8] * (n % 2), 9, *noise[1:]] for n in (5, 6))
    assert Rule.SHIFT_ABOVE not in {p.rule for p in xmr(six, Polarity.HIGHER, fix_after=10).points}
    assert Rule.SHIFT_ABOVE in {p.rule for p in xmr(seven, Polarity.HIGHER, fix_after=10).points}


def test_seven_rising_points_are_a_trend_and_six_are_not() -> None:
    noise = [0, 20, 0, 20, 0, 20, 0, 20, 0, 20]
    assert Rule.RISING not in {p.rule for p in xmr([*noise, 6, 7, 8, 9, 10, 11], Polarity.HIGHER, fix_after=10).points}
    chart = xmr([*noise, 6, 7, 8, 9, 10, 11, 12], Polarity.HIGHER, fix_after=10)
    assert [p.rule for p in chart.points[10:]] == [Rule.RISING] * 7
    assert {p.variation for p in chart.points[10:]} == {Variation.IMPROVEMENT}


def test_a_missing_point_ends_a_run_and_is_never_zero() -> None:
    values = [*[9.0, 11.0] * 6, 10.5, 10.5, 10.5, None, 10.5, 10.5, 10.5]
    chart = xmr(values, Polarity.LOWER, fix_after=12)
    assert chart.points[15].value is None
    assert {p.rule for p in chart.points[12:]} == {Rule.COMMON}


def test_a_short_series_has_trial_limits_and_a_single_point_none() -> None:
    assert xmr([1, 2, 3], Polarity.LOWER).is_trial
    assert not xmr([float(n % 3) for n in range(13)], Polarity.LOWER).is_trial
    assert xmr([1], Polarity.LOWER).points[0].mean is None
    assert xmr([], Polarity.LOWER).points == ()


def test_a_rebase_begins_a_new_mean() -> None:
    chart = xmr([1, 2, 1, 2, 11, 12, 11, 12], Polarity.LOWER, rebase=[4])
    assert (chart.points[0].mean, chart.points[4].mean) == (1.5, 11.5)


def test_a_rebase_outside_the_series_is_refused() -> None:
    with pytest.raises(DefinitionError, match="rebase"):
        xmr([1, 2], Polarity.LOWER, rebase=[2])


@pytest.mark.parametrize(
    ("target", "polarity", "verdict"),
    [
        (70, Polarity.HIGHER, Assurance.CONSISTENT_FAIL),
        (70, Polarity.LOWER, Assurance.CONSISTENT_PASS),
        (30, Polarity.HIGHER, Assurance.CONSISTENT_PASS),
        (30, Polarity.LOWER, Assurance.CONSISTENT_FAIL),
        (50, Polarity.LOWER, Assurance.INCONSISTENT),
        (50, Polarity.NEUTRAL, Assurance.NONE),
        (None, Polarity.LOWER, Assurance.NONE),
    ],
)
def test_assurance_follows_from_target_limits_and_polarity(
    target: float | None, polarity: Polarity, verdict: Assurance
) -> None:
    assert xmr(BASELINE, polarity, target=target).assurance is verdict


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30))
def test_turning_a_series_upside_down_turns_concern_into_improvement(values: list[int]) -> None:
    up = xmr(values, Polarity.LOWER)
    down = xmr([-value for value in values], Polarity.HIGHER)
    assert [p.variation for p in up.points] == [p.variation for p in down.points]
