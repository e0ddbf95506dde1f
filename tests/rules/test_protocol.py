"""Protocols: what they must say, and that every mistake is named with what to do."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.programme.protocol import (
    ControlGroup,
    PanelData,
    PanelDesign,
    PanelMethod,
    PeopleData,
    PeopleDesign,
    SynthesisData,
)
from joinedup.rules.programme.protocol_reading import read_protocol

PANEL = """
title = "Proposition 99"
question = "Did it cut smoking?"
[data]
unit = "state"
time = "year"
outcome = "cigsale"
treated = "treated"
predictors = ["retprice", "lnincome"]
[design]
method = "synthetic_control"
pre = [1970, 1988]
special_predictors = [{ column = "cigsale", at = [1975] }]
"""

PEOPLE = """
title = "NSW"
[data]
unit = "person_id"
treated = "treated"
covariates = ["age", "educ"]
exact = ["married"]
[design]
method = "matched_cohort"
ratio = 2
accept = { max_smd = 0.2 }
[[outcomes]]
name = "re78"
polarity = "higher"
[sensitivity]
checks = ["rosenbaum"]
[costs]
programme_cost = 1250.5
"""


def parsed(text: str, **changes: Any) -> dict[str, Any]:
    found = tomllib.loads(text)
    for path, value in changes.items():
        table, _, key = path.partition("__")
        if not key:
            found[table] = value
        elif value is None:
            found[table].pop(key)
        else:
            found[table][key] = value
    return found


def test_a_panel_protocol_is_read() -> None:
    made = read_protocol(parsed(PANEL))
    assert isinstance(made.data, PanelData)
    assert isinstance(made.design, PanelDesign)
    assert (made.data.unit, made.data.predictors) == ("state", ("retprice", "lnincome"))
    assert made.design.method is PanelMethod.SYNTHETIC
    assert made.design.controls is ControlGroup.NEVER
    assert list(made.design.pre or ()) == [1970, 1988]
    assert list(made.design.special_predictors[0].at) == [1975]
    assert made.data.polarity is None


def test_a_people_protocol_is_read() -> None:
    made = read_protocol(parsed(PEOPLE))
    assert isinstance(made.data, PeopleData)
    assert isinstance(made.design, PeopleDesign)
    assert (made.design.ratio, made.design.max_smd, made.design.min_matched) == (2, 0.2, 0.95)
    assert made.design.caliper is None, "no caliper unless asked for"
    assert made.outcomes[0].polarity is Direction.HIGHER
    assert made.costs is not None
    assert made.costs.programme_pence == 125050


def test_a_synthesis_protocol_takes_estimates_or_counts() -> None:
    design = {"method": "meta_analysis", "hartung_knapp": True}
    counts = {"study": "trial", "ai": "a", "n1": "n", "ci": "c", "n2": "m"}
    made = read_protocol({"title": "BCG", "data": counts, "design": design})
    assert isinstance(made.data, SynthesisData)
    assert (made.data.counts, made.data.has_totals) == (("a", "n", "c", "m"), True)
    with pytest.raises(ConfigError, match="estimate and variance, or four counts"):
        read_protocol({"title": "BCG", "data": {"study": "trial"}, "design": design})


def test_waves_may_say_who_starts_when() -> None:
    waves = {"waves": [{"start": date(2013, 11, 1), "units": ["A", "B"]}, {"start": date(2015, 1, 1), "units": ["C"]}]}
    made = read_protocol(parsed(PANEL, data__treated=None, exposure=waves))
    assert [wave.units for wave in made.waves] == [("A", "B"), ("C",)]
    with pytest.raises(ConfigError, match="say once who starts when"):
        read_protocol(parsed(PANEL, exposure=waves))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": None or ""}, "title: is ''"),
        ({"data__unit": None}, 'data.unit: is missing; write unit = "..."'),
        ({"data__treated": None}, "data.treated: say once"),
        ({"data__first_treated": "start"}, "data.treated: say once"),
        ({"design__method": "magic"}, "design.method: is 'magic'; write one of difference_in_differences"),
        ({"design__pre": [1988, 1970]}, "design.pre: must be the first and the last period"),
        ({"design__contrls": "x"}, "design.contrls: is not known here; known are"),
        ({"data__predictors": "retprice"}, "data.predictors: is 'retprice'; write a list of texts"),
        ({"design__special_predictors": [{"column": "a"}]}, r"design.special_predictors\[1\].at: is missing"),
        ({"sensitivity": {"checks": ["tea_leaves"]}}, "sensitivity.checks: 'tea_leaves' is not known"),
        ({"disclosure": "none"}, "disclosure: is 'none'; write one of hes"),
    ],
)
def test_each_mistake_is_named_with_its_field_and_what_to_do(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_protocol(parsed(PANEL, **changes))


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        read_protocol({"data": {"unit": "a", "treated": "a"}, "design": {"method": "staggered_did", "seed": -1}})
    text = str(caught.value)
    assert all(words in text for words in ("title: is missing", "data.time: is missing", "design.seed", "different"))


def test_a_people_protocol_must_not_match_on_being_treated() -> None:
    with pytest.raises(ConfigError, match="take it out"):
        read_protocol(parsed(PEOPLE, data__covariates=["treated"]))
    with pytest.raises(ConfigError, match="outcomes: none is given"):
        read_protocol(parsed(PEOPLE, outcomes=[]))
