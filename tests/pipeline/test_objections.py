"""Objections by use: which figures lose whom, by what the flows of their sources say, and that this is published."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from joinedup.pipeline.build import build
from joinedup.pipeline.explaining import explain
from joinedup.pipeline.objections import _SETTINGS, EVERY_OBJECTION, Objections
from joinedup.rules.foundation.definition import FUNCTIONS, Operand
from joinedup.rules.foundation.flow import OptOut
from joinedup.store.reader import Reader
from tests import place_on_disk as micro

APRIL = "SYS1/2024-04-01/2024-04-30/all/all"
NATIONAL, TYPE_1 = range(1, 41, 4), range(2, 42, 4)  # ten people each, none of them in both


@pytest.fixture(scope="module")
def by_use(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of who is registered and A&E that no objection reaches, a hospital that the national one does, and GP data
    besides; ten people with a national opt-out and ten with a type 1 objection."""
    sources = micro.with_opt_outs(gp="none", ecds="none", council="type1")
    files = {**micro.received_by(micro.EVERYTHING, micro.MIDDLE), **micro.objection(NATIONAL)}
    files |= micro.objection(TYPE_1, kind="type1", received="2024-04-04")
    place = micro.make_place(
        tmp_path_factory.mktemp("by-use") / "place", files=files, today=micro.MIDDLE, sources=sources
    )
    build(place)
    return place


def counts(place: Path, measure: str, period: str = APRIL) -> tuple[float, float]:
    """Numerator and denominator as computed, before the disclosure gate."""
    raw = explain(place, f"{measure}/{period}", internal=True).raw or {}
    return float(raw["numerator"]), float(raw["denominator"])


def test_a_figure_of_sources_that_no_objection_reaches_holds_everyone(by_use: Path, earlier: Path) -> None:
    assert counts(by_use, "ae_attendances") == counts(earlier, "ae_attendances")


def test_a_national_opt_out_leaves_out_of_hospital_figures_above_and_below_the_line(
    by_use: Path, earlier: Path
) -> None:
    found, before = counts(by_use, "bed_days"), counts(earlier, "bed_days")
    assert found[1] == before[1] - len(NATIONAL)
    assert found[0] < before[0]


def test_where_gp_data_are_read_either_objection_leaves_out(by_use: Path, earlier: Path) -> None:
    found, before = counts(by_use, "delayed_discharges"), counts(earlier, "delayed_discharges")
    assert found[1] == before[1] - len(NATIONAL) - len(TYPE_1)


def test_the_steps_of_a_figure_say_whom_objections_leave_out(by_use: Path) -> None:
    steps = {
        name: " ".join(explain(by_use, f"{name}/{APRIL}").explanation.steps) for name in ("ae_attendances", "bed_days")
    }
    assert "nobody is left out" in steps["ae_attendances"]
    assert "people with a national data opt-out, which reaches a source" in steps["bed_days"]


def test_the_query_of_a_figure_leaves_the_same_people_out(by_use: Path) -> None:
    kept = {name: explain(by_use, f"{name}/{APRIL}").explanation.sql for name in ("ae_attendances", "bed_days")}
    assert ["'national'" in sql for sql in kept.values()] == [True, False]
    assert ["'type1'" in sql for sql in kept.values()] == [True, True]


def test_the_linkage_page_says_how_many_people_are_left_out_of_each_source(by_use: Path) -> None:
    figures = [item for item in Reader(by_use).linkage() if item.section == "objection"]
    found = {(item.category, item.label): item.value.value for item in figures}
    assert found["all sources", "people_left_out"] == 20
    assert [found["apc", label] for label in ("national_opt_out", "type_1_objection", "people_left_out")] == [10, 0, 10]
    assert found["ecds", "people_left_out"] == 0
    assert "objections" not in {category for category, _ in found}


def test_few_people_who_object_are_not_told(apart: Path) -> None:
    (figure,) = [i for i in Reader(apart).linkage() if (i.category, i.label) == ("all sources", "people_left_out")]
    assert figure.value.status.value == "suppressed"


@pytest.fixture(scope="module")
def apart(earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place in which four people object only after its first build; its register is GP data."""
    place = Path(shutil.copytree(earlier, tmp_path_factory.mktemp("later") / "place"))
    since = str(micro.MIDDLE - timedelta(days=1))
    micro.deliver(place, micro.objection(range(1, 41, 10), kind="type1", since=since, received=since))
    build(place)
    return place


def test_an_objection_that_comes_later_counts_for_every_period(apart: Path, earlier: Path) -> None:
    assert counts(apart, "ae_attendances")[1] == counts(earlier, "ae_attendances")[1] - 4


def test_every_function_says_whose_events_it_reads() -> None:
    assert set(_SETTINGS) == set(FUNCTIONS)


REACH: Mapping[str, OptOut] = {
    "register": OptOut.NONE, "police": OptOut.NONE, "wards": OptOut.NATIONAL, "practice": OptOut.TYPE1,
}  # fmt: skip
HELD = {"police": frozenset({"police"}), "wards": frozenset({"inpatient"}), "practice": frozenset({"primary_care"})}


@pytest.mark.parametrize(
    ("function", "respected"),
    [
        ("residents", OptOut.NONE),
        ("admissions", OptOut.NATIONAL),
        ("attendances", OptOut.NONE),
        ("costs", OptOut.TYPE1),
    ],
)
def test_a_measure_respects_the_strictest_of_the_sources_it_reads(function: str, respected: OptOut) -> None:
    objections = Objections(REACH, ("register",), HELD)
    assert objections.respected_by([Operand(function, "")]) is respected


def test_a_register_of_gp_data_brings_both_objections_to_every_figure() -> None:
    assert Objections(REACH, ("practice",), HELD).respected_by([Operand("residents", "")]) is OptOut.TYPE1


def test_where_nothing_is_known_every_objection_counts() -> None:
    assert EVERY_OBJECTION.respected_by([Operand("residents", "")]) is OptOut.TYPE1
