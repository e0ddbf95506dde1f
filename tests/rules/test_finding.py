"""Printed figures of a report, computed again from published cells."""

from __future__ import annotations

from pathlib import Path

import pytest

import joinedup
from joinedup.rules.foundation.disclosure import Policy, Released, Status, release_count, release_public
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.finding import FindingDefinition, compute, parse_findings

NOVEMBERS = """
source = "A report"
area = "E92000001"
[[findings]]
id = "up"
claim = "Delays rose by 37%."
printed = "37%"
figure = 37
paragraph = "paragraph 1.6"
measure = "delayed_days"
compute = "percent_change"
first = { from = 2014-11-01, to = 2014-11-30 }
last = { from = 2016-11-01, to = 2016-11-30 }
note_if_different = "Revised."
note_if_missing = "Begins too late."
"""
FIRST = "delayed_days/E92000001/2014-11-01/2014-11-30/all/all"
LAST = "delayed_days/E92000001/2016-11-01/2016-11-30/all/all"


def figures(first: float, last: float) -> dict[str, Released[float]]:
    return {FIRST: release_public(first), LAST: release_public(last)}


def up() -> FindingDefinition:
    return parse_findings(NOVEMBERS)[0]


def test_a_finding_names_the_cells_it_rests_on() -> None:
    assert up().cells == (FIRST, LAST)


def test_the_reports_own_change_is_found() -> None:
    result = compute(up(), figures(140_949, 193_206))
    assert result.found_text == "+37.1% (from 140,949 to 193,206)"
    assert (result.agrees, result.note) == (True, "")


def test_found_and_printed_agree_within_half_a_rounding_step() -> None:
    assert compute(up(), figures(1000, 1375)).agrees is True
    different = compute(up(), figures(1000, 1376))
    assert (different.agrees, different.note) == (False, "Revised.")


def test_a_cell_that_is_not_published_is_not_zero() -> None:
    result = compute(up(), {LAST: release_public(193_206.0)})
    assert (result.found.value, result.found.status) == (None, Status.NOT_EVALUABLE)
    assert (result.found_text, result.note) == ("not in the published series", "Begins too late.")


def test_a_hidden_cell_hides_the_finding() -> None:
    hidden: Released[float] = release_count(Policy.SMALL5, 3)
    assert compute(up(), {FIRST: hidden, LAST: release_public(5.0)}).found.value is None


def test_a_change_from_nothing_is_not_defined() -> None:
    result = compute(up(), figures(0, 5))
    assert (result.found.value, result.agrees) == (None, None)


def test_shares_are_of_all_days_of_the_span_together() -> None:
    text = NOVEMBERS.replace("percent_change", "share").replace("first =", "part =")
    text = text.replace(
        "last = { from = 2016-11-01, to = 2016-11-30 }", "whole = { from = 2014-11-01, to = 2014-12-31 }"
    )
    finding = parse_findings(text)[0]
    cells = {cell: release_public(50.0) for cell in finding.cells}
    assert compute(finding, cells).found_text == "50.0% (50 of 100)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('"percent_change"', '"median"'),
        ("2014-11-30", "2014-11-29"),
        ("first =", "second ="),
        ('measure = "delayed_days"', ""),
        ("[[findings]]", "[findings"),
    ],
)
def test_an_impossible_finding_is_refused_when_it_is_read(change: str, message: str) -> None:
    with pytest.raises(DefinitionError):
        parse_findings(NOVEMBERS.replace(change, message))


def test_the_shipped_findings_can_be_read_and_each_has_its_own_id() -> None:
    folder = Path(joinedup.__file__).parent / "definitions" / "findings"
    found = [item for path in sorted(folder.glob("*.toml")) for item in parse_findings(path.read_text())]
    assert len(found) >= 15
    assert len({item.id for item in found}) == len(found)
