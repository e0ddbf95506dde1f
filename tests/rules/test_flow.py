"""A flow without a basis, a purpose, a controller or an end is no flow; objections apply by use."""

import tomllib
from datetime import date, datetime

import pytest

from joinedup.rules.foundation.flow import Flow, OptOut, Use, read_flow, reasons_to_refuse
from joinedup.store.extracts import shipped_definitions

WRITTEN: dict[str, object] = {
    "legal_basis": "UK GDPR 6(1)(e)",
    "purposes": ["direct_care", "planning"],
    "controller": "Fenwick ICB",
    "expires": date(2025, 3, 31),
}


def test_a_complete_flow_is_usable_up_to_its_last_day() -> None:
    assert reasons_to_refuse(WRITTEN, date(2025, 3, 31)) == ()
    assert reasons_to_refuse(WRITTEN, date(2025, 4, 1)) == ("its agreement ended on 2025-03-31",)


@pytest.mark.parametrize("part", list(WRITTEN))
def test_each_missing_part_is_named(part: str) -> None:
    (reason,) = reasons_to_refuse({**WRITTEN, part: ""}, date(2025, 1, 1))
    assert reason.startswith(f"{part} is missing")


def test_a_source_without_any_flow_hears_of_all_four_parts() -> None:
    assert len(reasons_to_refuse({}, date(2025, 1, 1))) == 4


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("purposes", ["marketing"], "purposes names marketing"),
        ("expires", "2025-03-31", "without quotes"),
        ("opt_out", "all", "use national, type1 or none"),
    ],
)
def test_an_impossible_part_is_explained(part: str, value: object, says: str) -> None:
    assert any(says in reason for reason in reasons_to_refuse({**WRITTEN, part: value}, date(2025, 1, 1)))


def test_a_use_that_the_flow_does_not_name_is_not_allowed() -> None:
    flow = read_flow(WRITTEN)
    assert isinstance(flow, Flow)
    assert flow.is_usable(Use.PLANNING, date(2025, 1, 1))
    assert not flow.is_usable(Use.RISK_STRATIFICATION, date(2025, 1, 1))


def test_objections_never_touch_a_persons_own_care() -> None:
    flow = Flow("basis", frozenset(Use), "ICB", date(2026, 1, 1), OptOut.TYPE1)
    assert flow.respects(Use.DIRECT_CARE) is OptOut.NONE
    assert all(flow.respects(use) is OptOut.TYPE1 for use in Use if use is not Use.DIRECT_CARE)


def test_the_national_opt_out_applies_unless_the_flow_says_otherwise() -> None:
    flow = read_flow(WRITTEN)
    assert isinstance(flow, Flow)
    assert flow.opt_out is OptOut.NATIONAL


def test_a_day_with_a_time_is_still_a_day() -> None:
    assert isinstance(read_flow({**WRITTEN, "expires": datetime(2025, 3, 31, 12)}), Flow | tuple)


@pytest.mark.parametrize(
    "name", ["direct_care", "planning_pseudonymised", "risk_stratification", "evaluation", "public_statistics"]
)
def test_every_worked_example_is_a_lawful_flow(name: str) -> None:
    text = (shipped_definitions() / "flows" / f"{name}.toml").read_text()
    assert isinstance(read_flow(tomllib.loads(text)["flow"]), Flow)
