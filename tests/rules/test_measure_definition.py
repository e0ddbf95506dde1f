"""A measure that contradicts itself cannot be made, and says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from joinedup.rules.foundation.definition import (
    DiagnosisCode,
    DiagnosisList,
    IntervalMethod,
    MeasureLibrary,
    Standard,
    StandardPopulation,
    Statistic,
    measure_from,
)
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Cadence, Period

GIVEN: dict[str, Any] = {
    "id": "emergency_admissions",
    "label": "Emergency admissions",
    "unit": "per 100,000 people",
    "polarity": "lower",
    "valid_from": date(2019, 4, 1),
    "numerator": {"function": "admissions", "filters": {"method": "emergency", "age_min": 18}},
    "denominator": {"function": "residents", "filters": {"age_min": 18}},
    "standardise": "esp2013",
    "interval": "dobson_repeat",
    "disclosure": "hes",
    "source": "HES",
}


def test_a_definition_is_read_with_its_defaults() -> None:
    measure = measure_from(GIVEN)
    assert (measure.statistic, measure.per) == (Statistic.RATE, 100_000)
    assert (measure.standardise, measure.interval) == (Standard.ESP2013, IntervalMethod.DOBSON_REPEAT)
    assert measure.cadences == tuple(Cadence)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sql": "select"}, "unknown key 'sql'"),
        ({"numerator": {"function": "eval"}}, "no function 'eval'"),
        ({"numerator": {"function": "admissions", "filters": {"where": "1=1"}}}, "no filter 'where'"),
        ({"numerator": {"function": "admissions", "filters": {"age_min": 17}}}, "ages begin and end bands"),
        ({"denominator": {"function": "residents", "filters": {"age_max": 65}}}, "ages begin and end bands"),
        ({"interval": "wilson"}, "dobson"),
        ({"standardise": "none"}, "dobson"),
        ({"standardise": "none", "interval": "wilson"}, "wilson"),
        ({"polarity": "up"}, "polarity|Direction"),
        ({"valid_to": date(2019, 4, 1)}, "valid_to"),
        ({"source": ""}, "source"),
        ({"per": 0}, "per"),
        ({"percentile": 0.9}, "percentile"),
        ({"strata": ["sex"]}, "strata"),
        ({"numerator": {"function": "costs"}}, "financial years"),
    ],
)
def test_a_contradiction_is_refused_with_the_name_of_the_measure(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message) as caught:
        measure_from(GIVEN | change)
    assert "emergency_admissions" in str(caught.value)


@pytest.mark.parametrize("key", ["label", "polarity", "numerator", "source"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(DefinitionError, match=key):
        measure_from({name: value for name, value in GIVEN.items() if name != key})


def test_a_rate_needs_a_denominator() -> None:
    table = {name: value for name, value in GIVEN.items() if name != "denominator"}
    with pytest.raises(DefinitionError, match="denominator"):
        measure_from(table)


def test_a_definition_covers_whole_periods_only() -> None:
    measure = measure_from(GIVEN | {"valid_to": date(2020, 3, 1)})
    assert measure.covers(Period(date(2020, 2, 1), date(2020, 3, 1)))
    assert not measure.covers(Period(date(2020, 1, 1), date(2020, 4, 1)))
    assert not measure.covers(Period(date(2019, 3, 1), date(2019, 4, 1)))


def test_a_library_refuses_a_list_it_does_not_have() -> None:
    filters = {"diagnosis": "acsc"}
    measure = measure_from(GIVEN | {"numerator": {"function": "admissions", "filters": filters}})
    with pytest.raises(DefinitionError, match="'acsc'"):
        MeasureLibrary((measure,), {}, {})
    codes = {"acsc": DiagnosisList("acsc", (DiagnosisCode("J45", "asthma"),))}
    assert MeasureLibrary((measure,), codes, {}).select([measure.id]).measures == (measure,)
    with pytest.raises(DefinitionError, match="no measure 'x'"):
        MeasureLibrary((measure,), codes, {}).select(["x"])


def test_lists_and_populations_that_cannot_be_are_refused() -> None:
    with pytest.raises(DefinitionError, match="letters and digits"):
        DiagnosisList("acsc", (DiagnosisCode("J45.0", "asthma"),))
    with pytest.raises(DefinitionError, match="bands"):
        StandardPopulation("odd", {3: 1.0})
