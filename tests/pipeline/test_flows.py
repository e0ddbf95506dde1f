"""Which sources may be used for what, on which day, and whose objection counts."""

from datetime import date
from pathlib import Path

from joinedup.pipeline.flows import flow_of, usable_sources
from joinedup.rules.foundation.flow import OptOut, Use
from tests.pipeline.places import TWO_SOURCES, make_place, source_toml


def test_each_use_gets_only_the_sources_whose_flow_names_it(tmp_path: Path) -> None:
    police = source_toml("police", "generic_events") + 'opt_out = "none"\n'
    gp_only = TWO_SOURCES.replace('"direct_care", "planning"', '"direct_care"', 1)
    place = make_place(tmp_path, gp_only + police, {})
    assert usable_sources(place, Use.PLANNING, place.today) == {"ae": OptOut.NATIONAL, "police": OptOut.NONE}
    assert set(usable_sources(place, Use.DIRECT_CARE, place.today).values()) == {OptOut.NONE}
    assert usable_sources(place, Use.EVALUATION, place.today) == {}


def test_nothing_is_usable_after_the_agreement_has_ended(tmp_path: Path) -> None:
    assert usable_sources(make_place(tmp_path, TWO_SOURCES, {}), Use.PLANNING, date(2026, 4, 1)) == {}


def test_an_incomplete_flow_is_no_flow(tmp_path: Path) -> None:
    place = make_place(tmp_path, TWO_SOURCES.replace("expires", "ends"), {})
    assert flow_of(place, "gp") is None
