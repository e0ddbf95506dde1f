"""A figure follows from its counts as its definition says, raw and from published counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from joinedup.methods.figures import Counts, Strata, evaluate, percentile, republish
from joinedup.methods.intervals import UNDEFINED, Estimate, crude_rate, wilson
from joinedup.rules.foundation.definition import MeasureDefinition, measure_from


def _measure(**change: Any) -> MeasureDefinition:
    table: dict[str, Any] = {
        "id": "m",
        "label": "M",
        "unit": "",
        "polarity": "lower",
        "valid_from": date(2020, 4, 1),
        "numerator": {"function": "delayed_days"},
        "denominator": {"function": "residents"},
        "disclosure": "hes",
        "source": "s",
    }
    return measure_from(table | change)


def test_delayed_days_per_100_000_and_beds_are_those_of_the_specification() -> None:
    assert evaluate(_measure(), Counts(1240, 250_000)).value == 496.0
    assert evaluate(_measure(), Counts(1240, 250_000 * 31)).value == 16.0
    beds = _measure(statistic="mean", denominator={"function": "days"})
    assert evaluate(beds, Counts(1240, 31)).value == 40.0


def test_discharge_ready_figures_are_those_of_the_specification() -> None:
    delays = {0: 70, 1: 8, 2: 6, 3: 5, 5: 4, 7: 3, 14: 3, 30: 1}
    days, squares = sum(d * n for d, n in delays.items()), sum(d * d * n for d, n in delays.items())
    mean = _measure(statistic="mean", interval="mean")
    everybody = evaluate(mean, Counts(days, 100, squares=squares))
    assert everybody.value == pytest.approx(1.48)
    assert evaluate(mean, Counts(days, 30, squares=squares)).value == pytest.approx(4.933333)
    sample = np.repeat(list(delays), list(delays.values()))
    half = 1.959964 * sample.std() / 10
    assert (everybody.lower, everybody.upper) == pytest.approx((1.48 - half, 1.48 + half), rel=1e-5)
    share = _measure(statistic="proportion", interval="wilson", denominator={"function": "ready_discharges"})
    assert evaluate(share, Counts(70, 100)).value == 70
    assert evaluate(share, Counts(7, 100)).value == pytest.approx(7)


def test_what_is_missing_has_no_figure() -> None:
    assert evaluate(_measure(), Counts(None, 100)) == UNDEFINED
    assert evaluate(_measure(), Counts(3, 0)) == UNDEFINED
    assert evaluate(_measure(), Counts(3, None)) == UNDEFINED


def test_days_of_few_people_have_a_wider_interval_than_days_of_many() -> None:
    repeat = _measure(interval="byar_repeat")
    many, few = (evaluate(repeat, Counts(100, 10_000, squares=q)) for q in (100, 1000))
    assert many.value == few.value
    assert many.lower is not None
    assert few.lower is not None
    assert few.lower < many.lower
    assert (many.lower, many.upper) == pytest.approx(
        (crude_rate(100, 10_000).lower, crude_rate(100, 10_000).upper), rel=1e-9
    )


def test_a_standardised_rate_uses_its_strata() -> None:
    strata = Strata(*(np.array(x, dtype=float) for x in ([40, 60], [300, 500], [1, 1], [40, 60])))
    measure = _measure(standardise="esp2013", interval="dobson_repeat", per=1)
    assert evaluate(measure, Counts(100, 800, strata=strata)).value == pytest.approx((40 / 300 + 60 / 500) / 2)


def test_an_indirect_ratio_is_given_in_the_unit_of_its_reference() -> None:
    measure = _measure(statistic="proportion", standardise="indirect", interval="byar",
                       denominator={"function": "discharges"})  # fmt: skip
    counts = Counts(895, 9000, expected=835.8835612311743, reference=10.0)
    assert evaluate(measure, counts).value == pytest.approx(10.7072329)
    assert evaluate(measure, Counts(3, 9, expected=0.0, reference=10.0)) == UNDEFINED


def test_weighted_answers_count_as_many_as_their_weights_are_worth() -> None:
    measure = _measure(statistic="proportion", interval="mean", denominator={"function": "survey_answers"},
                       numerator={"function": "survey_answers"})  # fmt: skip
    alike = evaluate(measure, Counts(60, 100, 60, 100))
    assert (alike.lower, alike.upper) == (wilson(60, 100, multiplier=100).lower, wilson(60, 100, multiplier=100).upper)
    uneven = evaluate(measure, Counts(60, 100, 120, 200))
    assert uneven.lower is not None
    assert uneven.lower < wilson(60, 100, multiplier=100).lower  # type: ignore[operator]


def test_a_percentile_is_the_smallest_stay_that_enough_do_not_exceed() -> None:
    assert percentile([5, 3, 1, 1], 0.9).value == 2
    assert percentile([0, 0, 4], 0.5) == Estimate(2.0, 2.0, 2.0)
    assert percentile([], 0.9) == UNDEFINED


def test_a_published_rate_is_computed_from_published_counts() -> None:
    measure = _measure(interval="byar")
    raw = evaluate(measure, Counts(13, 1048))
    assert republish(measure, raw, 15, 1050) == crude_rate(15, 1050)
    assert republish(measure, raw, None, 1050) == UNDEFINED
    assert republish(measure, raw, 15, None) == UNDEFINED


def test_a_published_interval_that_rests_on_more_than_counts_keeps_its_shape() -> None:
    measure = _measure(interval="byar_repeat")
    raw = evaluate(measure, Counts(98, 10_000, squares=400))
    again = republish(measure, raw, 100, 10_000)
    assert again.value == 1000.0
    assert again.lower == pytest.approx(raw.lower * 100 / 98)  # type: ignore[operator]


def test_rounding_never_makes_a_published_proportion_exceed_one() -> None:
    measure = _measure(statistic="proportion", interval="wilson", denominator={"function": "discharges"})
    assert republish(measure, evaluate(measure, Counts(13, 13)), 15, 13).value == 100


def test_standardised_rates_pass_as_long_as_their_counts_do() -> None:
    measure = _measure(standardise="esp2013", interval="dobson")
    raw = Estimate(1.0, 0.5, 1.5)
    assert republish(measure, raw, 100, 1000) == raw
    assert republish(measure, raw, None, 1000) == UNDEFINED
