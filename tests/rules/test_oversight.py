"""A board hears of money spent unevaluated, of late reports, of the same thing done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from joinedup.rules.programme.oversight import (
    AlertKind,
    LineFacts,
    SchemeFacts,
    TargetFacts,
    alerts_of,
    coverage,
)

DAY = date(2025, 4, 20)
LINE = LineFacts("Board", 91, date(2024, 4, 1), reported=date(2025, 3, 1))
FINE = SchemeFacts(
    "team", "Team", "horizontal", is_running=True, spends=True, is_evaluated=True, key=("high risk", "admissions"),
    areas=frozenset({"F"}), lines=(LINE,),
)  # fmt: skip
OTHER = replace(FINE, slug="homes", name="Homes", key=("care home", "admissions"))


def kinds(*schemes: SchemeFacts) -> list[AlertKind]:
    return [each.kind for each in alerts_of(schemes, DAY)]


def test_a_scheme_in_order_raises_no_alert() -> None:
    assert kinds(FINE, OTHER) == []


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"is_evaluated": False}, AlertKind.UNEVALUATED),
        ({"lines": ()}, AlertKind.NO_LINE),
        ({"lines": (replace(LINE, reported=date(2024, 12, 19)),)}, AlertKind.LATE_REPORT),
        ({"lines": (replace(LINE, reported=None),)}, AlertKind.LATE_REPORT),
        ({"unbacked_pence": 1}, AlertKind.UNBACKED),
    ],
)
def test_what_is_wrong_with_one_scheme(wrong: dict[str, object], kind: AlertKind) -> None:
    assert kinds(replace(FINE, **wrong)) == [kind]  # type: ignore[arg-type]


def test_a_report_is_late_after_thirty_days_and_not_before() -> None:
    assert kinds(replace(FINE, lines=(replace(LINE, reported=date(2024, 12, 20)),))) == []


def test_a_scheme_that_spends_nothing_needs_no_evaluation_and_an_ended_one_no_report() -> None:
    assert kinds(replace(FINE, is_evaluated=False, spends=False)) == []
    assert kinds(replace(FINE, is_evaluated=False, lines=(), is_running=False)) == []
    assert kinds(replace(FINE, is_running=False, unbacked_pence=5)) == [AlertKind.UNBACKED]


def test_the_same_people_place_and_aim_are_found_twice() -> None:
    again = replace(OTHER, key=FINE.key)
    assert kinds(FINE, again) == [AlertKind.DUPLICATE]
    assert kinds(FINE, replace(again, areas=frozenset({"A"}))) == []


@pytest.mark.parametrize(("points", "expected"), [(-7.0, []), (-7.1, [AlertKind.CONFLICT])])
def test_plans_that_promise_more_than_two_points_apart_conflict(points: float, expected: list[AlertKind]) -> None:
    target = TargetFacts("admissions", "percent", date(2025, 3, 31), -5.0)
    other = replace(target, points=points)
    assert kinds(replace(FINE, targets=(target,)), replace(OTHER, targets=(other,))) == expected
    later = replace(other, due=date(2026, 3, 31))
    assert kinds(replace(FINE, targets=(target,)), replace(OTHER, targets=(later,))) == []


def test_a_board_that_hears_of_one_kind_only_is_named() -> None:
    elsewhere = replace(OTHER, kind="vertical", lines=(replace(LINE, board="Other board"),))
    found = alerts_of([FINE, elsewhere], DAY)
    assert [each.kind for each in found] == [AlertKind.ONE_SIDED_BOARD] * 2
    assert kinds(FINE, replace(elsewhere, lines=(LINE,))) == []


def test_coverage_counts_running_schemes_whose_report_is_not_late() -> None:
    assert coverage([FINE, replace(FINE, lines=()), replace(FINE, is_running=False)], DAY) == (1, 2)
