"""The timeline and the circle of support: drawn and told the same, cut to the window, nothing covered."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.register.queries.person import CostsPage
from joinedup.rules.care.circle import Circle, Tie
from joinedup.rules.foundation.period import Period
from joinedup.store.people import CostShown, Identified
from joinedup.web.charts.circle import Spoke, circle_chart
from joinedup.web.charts.person_timeline import Lane, Mark, person_timeline
from joinedup.web.person_costs import cost_tables
from joinedup.web.person_picture import circle_picture, ties_by_service

YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))
DAY = date(2024, 5, 1)


def test_what_lies_outside_the_window_is_not_drawn() -> None:
    marks = (Mark(date(2024, 3, 31)), Mark(date(2024, 4, 1)), Mark(date(2025, 3, 31)), Mark(date(2025, 4, 1)))
    assert str(person_timeline([Lane("Police", marks)], YEAR, "t", "d")).count("<circle") == 2


def test_what_lasts_is_a_bar_that_ends_at_the_edges() -> None:
    drawn = str(person_timeline([Lane("Care", (Mark(date(2020, 1, 1), date(2030, 1, 1)),))], YEAR, "t", "d"))
    found = re.search(r'<rect x="([\d.]+)".*?width="([\d.]+)"', drawn)
    assert found is not None
    assert (float(found[1]), float(found[1]) + float(found[2])) == (150, 860)


def test_words_of_records_are_escaped_in_pictures() -> None:
    assert "<b>" not in str(circle_chart("Person", [Spoke("<b>x", 1)], "t", "d"))
    assert "<b>" not in str(person_timeline([Lane("<b>x", ())], YEAR, "t", "d"))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60))
def test_labels_of_a_circle_never_cover_one_another(number: int) -> None:
    drawn = str(circle_chart("Person", [Spoke(f"Service {at}", at) for at in range(1, number + 1)], "t", "d"))
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="app-row"', drawn)
    assert len(places) == number
    by_side: dict[bool, list[float]] = {}
    for x, y in places:
        by_side.setdefault(float(x) >= 440, []).append(float(y))
    for side in by_side.values():
        ordered = sorted(side)
        assert all(after - before >= 20 for before, after in pairwise(ordered))


def test_one_service_by_two_organisations_is_one_spoke_and_one_row() -> None:
    circle = Circle((Tie("physio", "A", "N", 2, DAY, DAY), Tie("physio", "B", None, 3, DAY, date(2024, 6, 1))))
    (row,) = ties_by_service(circle)
    assert (row.label, row.organisations, row.payers, row.contacts, row.last.month) == (
        "Physio",
        ("A", "B"),
        ("N",),
        5,
        6,
    )
    assert str(circle_picture(circle)).count("app-tie") == 1
    assert circle_picture(Circle(())) is None


def cost(payer: str | None, setting: str, year: str, pence: int | None, missing: int = 0) -> CostShown:
    return CostShown(payer, setting, year, pence, missing)


def test_costs_add_up_both_ways_and_what_is_missing_is_not_zero() -> None:
    costs = (
        cost("QFA", "inpatient", "2024-25", 100_000),
        cost("COU", "social_care", "2024-25", 50_000, 2),
        cost(None, "voluntary", "2023-24", None, 5),
    )
    who = Identified(1, None, None, (), None, None, None, None, None, None, None, None, None, None, False)
    tables = cost_tables(CostsPage(who, costs, {}))
    assert tables.by_payer.totals == tables.by_setting.totals == (150_000, None)
    assert tables.by_payer.missing == 7
    assert tables.by_payer.rows[0] == ("QFA", (100_000, None))
    assert ("Not known", (None, None)) in tables.by_payer.rows
    assert sum(row[1][0] or 0 for row in tables.by_setting.rows) == 150_000
