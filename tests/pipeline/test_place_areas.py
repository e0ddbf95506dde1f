"""Evaluating areas of a place: the design sees no later figure, mergers are followed, promises beside are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.pipeline.evaluation.panel import read_frame
from joinedup.pipeline.evaluation.panel_design import Design, design_panel
from joinedup.pipeline.evaluation.panel_probes import prepared
from joinedup.pipeline.evaluation.place_areas import AREA, PERIOD, AreaTable
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.period import add_months
from joinedup.rules.programme.result import Result
from joinedup.store.protocols import load_protocol
from tests.pipeline.areas_on_disk import FIRST, PEOPLE, QUARTERS, START, code, days, make_areas

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)
STARTED = add_months(FIRST, 3 * START)
TREATED = [code(area) for area in range(12)]

PROTOCOL = """
title = "Leaving hospital"
question = "Fewer delays?"
{top}
[population]
level = "areas"
{measure}
cadence = "quarter"
{population}
[exposure]
waves = [{{ start = {start}, units = {treated} }}]
{exposure}
[data]
{data}
[design]
method = "{method}"
{rest}
"""


def write(place: Path, method: str = "difference_in_differences", **parts: Any) -> Path:
    given = {"top": "", "measure": 'measure = "delays"', "population": "", "exposure": "", "data": "", "rest": ""}
    folder = place / "evaluations"
    folder.mkdir(exist_ok=True)
    path = folder / f"delays-{len(list(folder.glob('*.toml')))}.toml"  # each is registered once, unaltered
    text = PROTOCOL.format(**{**given, "method": method, "start": STARTED, "treated": TREATED, **parts})
    path.write_text(text.replace("'", '"'))
    return path


def run(place: Path, method: str = "difference_in_differences", **parts: Any) -> Result:
    return evaluate(write(place, method, **parts), now=NOW, place=place, registering=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_areas(tmp_path_factory.mktemp("areas") / "place", partial(days, effect=-0.15))


def test_a_planted_effect_on_a_measure_is_found_and_says_of_what_it_is(place: Path) -> None:
    result = run(place)
    primary = result.estimates[1]
    assert (result.verdict, primary.scale) == ("works", "percent")
    assert primary.low is not None
    assert primary.high is not None
    assert primary.low < -15 < primary.high
    told = result.provenance
    assert (told["place"], told["release"]) == ("fenwick", "20250420-0123456789")
    assert told["definitions"] == {"delays": "0123456789ab"}
    assert told["measure"]["unit"] == "days per 100,000 adults"


def test_a_series_is_read_in_its_newest_vintage(place: Path) -> None:
    file = load_protocol(write(place, measure='series = "panel/rate"'))
    rows = AreaTable(file.protocol, place).read([AREA, "panel/rate"]).to_pylist()
    assert rows[0] == {"area": "A00", "panel/rate": days(0, 0)}


def test_the_design_cannot_depend_on_a_later_figure(tmp_path: Path) -> None:
    def changed(area: int, quarter: int) -> float:
        return days(area, quarter) if quarter < START else 7.0 + area * quarter

    assert design(make_areas(tmp_path / "one")) == design(make_areas(tmp_path / "two", changed))


def design(place: Path) -> Design:
    file = load_protocol(write(place))
    table = AreaTable(file.protocol, place)
    protocol = prepared(file.protocol, table)
    return design_panel(table, protocol, read_frame(table, protocol))


def test_rows_before_a_day_are_all_that_a_table_hands_out(place: Path) -> None:
    table = AreaTable(load_protocol(write(place)).protocol, place)
    periods = table.read([PERIOD, "delays"], (PERIOD, STARTED)).column(PERIOD).to_pylist()
    assert {*periods} == {add_months(FIRST, 3 * quarter) for quarter in range(START)}
    with pytest.raises(UsageError, match="compare them with a day"):
        table.read([PERIOD], (PERIOD, 3))


def test_areas_that_merged_are_one_unit_and_count_their_people_once(place: Path) -> None:
    table = AreaTable(load_protocol(write(place)).protocol, place)
    rows = table.read([AREA, PERIOD, "delays", "delays:denominator"]).to_pylist()
    merged = {row[PERIOD]: row for row in rows if row[AREA] == "Z99"}
    assert len(merged) == QUARTERS
    for quarter in (0, 15, QUARTERS - 1):  # before, within and after the merger
        row = merged[add_months(FIRST, 3 * quarter)]
        assert row["delays:denominator"] == 2 * PEOPLE
        assert row["delays"] == pytest.approx(100_000 * (days(38, quarter) + days(39, quarter)) / (2 * PEOPLE))
    assert table.flow["merged"] == ["Z99: A38, A39"]


def test_an_area_with_a_gap_is_left_out_and_named_and_a_treated_one_is_refused(tmp_path: Path) -> None:
    place = make_areas(tmp_path / "place", gaps=frozenset({3, 30}))
    refused = run(place)
    assert refused.verdict == "not evaluable"
    assert "A03 of a wave lacks 1 periods" in refused.reason
    result = run(place, data='exclude = ["A03"]')
    assert result.diagnostics["flow"]["areas_without_every_period"] == ["A03 (1 missing)", "A30 (1 missing)"]


def test_areas_covered_in_part_are_left_out_unless_a_probe_brings_them_in(place: Path) -> None:
    exposure = f'[[exposure.partly]]\nstart = {STARTED}\nunits = ["A20", "A21"]'
    probe = '[[sensitivity.probes]]\nname = "With those in part"\npartly = true'
    result = run(place, exposure=exposure, rest=probe)
    flow, found = result.diagnostics["flow"], result.sensitivity["probes"][0]
    assert (flow["treated"], flow["controls"], found["treated"]) == (12, 25, 14)
    assert flow["excluded_by_protocol"] == ["A20", "A21"]


def test_probes_change_one_thing_each_and_say_why_they_cannot(place: Path) -> None:
    probes = f"""
[sensitivity]
checks = ["placebo_in_time", "evalue", "wild_bootstrap"]
[[sensitivity.probes]]
name = "Others"
check = "other_pool"
exclude = ["A30", "A31"]
[[sensitivity.probes]]
name = "First year left out"
check = "lead_in_excluded"
lead_in = 4
[[sensitivity.probes]]
name = "Ratio"
scale = "log"
[[sensitivity.probes]]
name = "Earlier end"
to = {add_months(STARTED, 6)}
[[sensitivity.probes]]
name = "Mixture"
method = "synthetic_did"
[[sensitivity.probes]]
name = "Nobody"
controls = ["A99"]
"""
    result = run(place, rest=probes)
    rows = [*result.sensitivity["probes"], *result.sensitivity["probes_on_another_scale"]]
    found = {row["probe"]: row for row in rows}
    assert (found["Others"]["controls"], found["Nobody"]["value"]) == (25, None)
    assert "no controls" in found["Nobody"]["why"]
    assert found["Ratio"]["value"] == pytest.approx(0.85, abs=0.02)
    for name in ("Others", "First year left out", "Earlier end", "Mixture"):
        assert found[name]["value"] == pytest.approx(-90, abs=9), "15% of what grows from 560 to 640"
    assert result.sensitivity["placebo_in_time"]["has_passed"]
    assert result.sensitivity["evalue"]["limit"] > 1
    assert result.diagnostics["wild_bootstrap_p"] < 0.05


def test_another_scheme_that_reached_the_treated_more_lowers_the_grade(place: Path) -> None:
    both = f'[[exposure.others]]\nname = "a fund"\nstart = {STARTED}'
    own = f"{both}\nunits = {TREATED[:6]}"
    assert run(place, exposure=both).grade.level == 4  # type: ignore[union-attr]
    found = run(place, exposure=own).grade
    assert found is not None
    assert (found.level, found.because[1]) == (
        3, "at most 3: overlapping_scheme (a fund reached 50% of the treated and 0% of the controls)",
    )  # fmt: skip


def test_overlapping_schemes_are_told_apart_by_the_triple_difference(place: Path) -> None:
    inside = [*TREATED[:6], *(code(area) for area in range(20, 28))]
    other = f'[[exposure.others]]\nname = "a fund"\nstart = {STARTED}\nunits = {inside}'
    result = run(place, population=f"overlap = {inside}", exposure=other, data='group = "overlap"')
    assert [item.estimand for item in result.estimates[:3]] == ["triple_difference", "alone", "other_alone"]
    assert result.estimates[1].value == pytest.approx(-80, abs=12)
    assert result.diagnostics["units_with_neither_one_other_both"] == [19, 6, 8, 6]


def test_subgroups_and_sites_of_areas_are_those_of_the_protocol(place: Path) -> None:
    population = (
        f"[population.groups]\nNorth = {TREATED[:6]}\n[population.sites]\nOne = {TREATED[:4]}\nTwo = {TREATED[4:8]}"
    )
    result = run(place, top='subgroups = ["group"]', population=population, rest='cluster = "site"')
    groups = {item.subgroup: item.n for item in result.estimates if item.subgroup != "all"}
    assert groups == {"North": 6, "elsewhere": 6}
    assert result.diagnostics["clusters"] == 39 - 6


def test_outcomes_beside_are_estimated_and_those_that_cannot_change_are_judged(place: Path) -> None:
    outcomes = (
        '[[outcomes]]\nname = "delays:denominator"\nrole = "negative_control"\n'
        '[[outcomes]]\nname = "days in all"\nrole = "secondary"'
    )
    named = '[population.columns]\n"days in all" = "delays:numerator"'
    result = run(place, rest=outcomes, population=named)
    found = {
        item.outcome: item.value for item in result.estimates if item.horizon == "all" and item.scale == "difference"
    }
    assert found["days in all"] == pytest.approx(2 * found["delays"], rel=0.02)
    row = result.sensitivity["negative_control"][0]
    assert (row["outcome"], row["has_passed"]) == ("delays:denominator", None)
    assert row["why"] == "the effect has no p-value", "people do not change at all"


def test_cost_is_said_for_each_unit_avoided_and_cashable_by_the_rule(place: Path) -> None:
    costs = """
[costs]
programme_cost = 100000
unit_cost = 300
price_year = "2024-25"
[costs.capacity]
beds_per_unit = 28
unit_saving = 1400000
closure_decided = true
variable_share = 0.2
consumables_cut = true
"""
    result = run(place, data='exposure = "delays:denominator"', rest=costs)
    cost = result.cost
    avoided = cost["change_avoided"]["value"]
    assert avoided == pytest.approx(0.15 * 12 * 12 * 1220, rel=0.1), "12 areas and quarters, some 180 days each"
    assert cost["icer"] == pytest.approx(100_000 / avoided)
    assert cost["icer_low"] < cost["icer"] < cost["icer_high"]
    assert cost["net"]["value"] == pytest.approx(cost["gross"]["value"] - 100_000)
    assert 0 < cost["cashable"]["value"] < cost["gross"]["value"]


def test_an_effect_that_stays_is_sustained_also_after_the_money(place: Path) -> None:
    found = run(place, exposure=f"funded_until = {add_months(STARTED, 24)}").diagnostics
    assert found["persistence"] == "sustained"
    assert [row["when"] for row in found["by_year_since_start"]] == ["year 1", "year 2", "year 3"]
    assert found["after_funding_ended"][0]["high"] < 0


def test_small_counts_of_one_area_are_hidden_or_rounded(tmp_path: Path) -> None:
    def few(area: int, quarter: int) -> float:
        return float((area + 3 * quarter) % 5 + 6 + area % 3)

    place = make_areas(tmp_path / "place", few, policy="hes")
    result = run(place, "synthetic_did", population='part = "numerator"', treated=["A00"])
    seen = [row["observed"] for row in result.series]
    assert None in seen
    assert all(value is None or value % 5 == 0 for value in seen)
    shown = run(place, "synthetic_did", treated=["A00"])
    assert None in [row["observed"] for row in shown.series], "a rate of so few cases tells them too"
    hidden = {row["time"] for row in shown.series if row["observed"] is None}
    assert not hidden & {item.horizon for item in shown.estimates}


def test_a_place_without_the_measure_says_which_it_has(place: Path) -> None:
    with pytest.raises(UsageError, match="has no measure 'falls'; it has: delays"):
        run(place, measure='measure = "falls"')


def test_waves_find_the_same_effect_and_lead_in_moves_no_base(place: Path) -> None:
    probe = '[[sensitivity.probes]]\nname = "Lead-in"\nlead_in = 2'
    text = write(place, "staggered_did", rest=probe).read_text()
    later = date(STARTED.year + 1, STARTED.month, 1)
    waves = f"waves = [{{ start = {STARTED}, units = {TREATED[:7]} }}, {{ start = {later}, units = {TREATED[7:]} }}]"
    line = next(item for item in text.splitlines() if item.startswith("waves"))
    path = place / "evaluations" / "waves.toml"
    path.write_text(text.replace(line, waves.replace("'", '"')))
    result = evaluate(path, now=NOW, place=place, registering=True)
    assert result.estimates[0].value < -50
    assert result.sensitivity["probes"][0]["value"] == pytest.approx(result.estimates[0].value, abs=40)
