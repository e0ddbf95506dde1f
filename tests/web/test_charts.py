"""Charts draw what is published, say it in words, and keep their shape at the edges."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.methods.comparison import Label
from joinedup.methods.spc import Variation
from joinedup.rules.foundation.disclosure import Status, release_public
from joinedup.rules.foundation.period import Period, add_months
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.web.beside import ranking
from joinedup.web.charts.axis import axis
from joinedup.web.charts.control import ControlPicture, control_chart, symbol
from joinedup.web.charts.ranking import RankingPicture, ranking_chart
from joinedup.web.charts.sparkline import sparkline
from joinedup.web.control import control
from joinedup.web.neighbours import funnel_size, neighbours

MEASURE = MeasureInfo(
    id="m",
    label="Label",
    unit="per 100,000 people",
    polarity="lower",
    topic="t",
    description="",
    numerator="events",
    denominator="people",
    source="s",
    disclosure="exact",
    cadences=("month",),
    version="0",
    toml="",
    break_dates=(),
    statistic="rate",
    per=100_000,
)


def point(
    value: float | None, at: int = 0, *, name: str = "A", low: float | None = None, high: float | None = None
) -> MeasurePoint:  # fmt: skip
    start = add_months(date(2020, 1, 1), at)
    nothing = release_public(None, Status.NOT_REPORTED)

    def public(figure: float | None) -> object:
        return nothing if figure is None else release_public(figure)

    return MeasurePoint(
        id=f"m/{name}/{at}",
        measure="m",
        area_type="council",
        area_code=name,
        area_name=name,
        period=Period(start, add_months(start, 1)),
        dimension="all",
        category="all",
        numerator=public(value),  # type: ignore[arg-type]
        denominator=release_public(100_000.0),
        value=public(value),  # type: ignore[arg-type]
        lower=public(low),  # type: ignore[arg-type]
        upper=public(high),  # type: ignore[arg-type]
        strict=nothing,
        loose=nothing,
    )


figures = st.none() | st.floats(-1e9, 1e9, allow_subnormal=False) | st.sampled_from([0.0, 1e-9, 5.0])


def picture(values: list[float | None], breaks: tuple[date, ...] = (), plan: float | None = None) -> ControlPicture:
    points = [point(value, at) for at, value in enumerate(values)]
    return ControlPicture("Title", "Words", points, control(MEASURE, points, plan), "%", plan, breaks)


@given(st.lists(figures, min_size=1, max_size=20), figures)
def test_any_series_makes_a_well_formed_chart_inside_its_frame(values: list[float | None], plan: float | None) -> None:
    root = ET.fromstring(control_chart(picture(values, plan=plan)))
    width, height = (float(text) for text in root.attrib["viewBox"].split()[2:])
    for found in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -1 <= float(found.attrib.get(name, 0)) <= width + 1
        for name in ("y", "y1", "y2", "cy"):
            assert -1 <= float(found.attrib.get(name, 0)) <= height + 40


def test_a_picture_has_a_role_a_title_and_words() -> None:
    root = ET.fromstring(control_chart(picture([1.0, 2.0, 3.0])))
    assert root.attrib["role"] == "img"
    labels = root.attrib["aria-labelledby"].split()
    assert [root[at].attrib["id"] for at in (0, 1)] == labels
    assert [root[at].text for at in (0, 1)] == ["Title", "Words"]


def test_a_missing_figure_leaves_a_gap() -> None:
    chart = control_chart(picture([1.0, 2.0, None, 3.0, 4.0]))
    assert chart.count('class="app-line"') == 2
    assert chart.count("app-point ") == 4


def test_kinds_of_point_differ_in_shape_not_only_in_colour() -> None:
    shapes = {re.sub(r'class="[^"]*"', "", symbol(kind, 0, 0)) for kind in Variation if kind is not Variation.LOW}
    assert len(shapes) == 4


def test_a_sparkline_needs_two_figures() -> None:
    assert sparkline([point(1.0), point(None, 1)], "") == ""
    assert "From 1 in January 2020 to 2 in February 2020" in sparkline([point(1.0), point(2.0, 1)], "")


def test_names_in_a_chart_are_escaped() -> None:
    bad = point(1.0, name="<b onload='x'>")
    row = ("<b onload='x'>", bad, False)
    drawn = ranking_chart(RankingPicture("<i>", "&", "%", "hes", [row], None, ""))
    assert "<b " not in drawn
    assert "<i>" not in drawn
    ET.fromstring(drawn)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8))
def test_an_axis_holds_every_value_with_a_handful_of_ticks(values: list[float]) -> None:
    found = axis(values, 0, 100)
    assert all(found.low <= value <= found.high for value in values)
    assert 2 <= len(found.ticks) <= 12


@pytest.mark.parametrize(("events", "people"), [(400.0, 50_000.0), (90.0, 10_000.0)])
def test_effective_size_is_the_population_of_a_plain_rate(events: float, people: float) -> None:
    rate, half = events / people * 100_000, 1.959964 * events**0.5 / people * 100_000
    found = funnel_size(MEASURE, point(rate, low=rate - half, high=rate + half))
    assert found == pytest.approx(people, rel=1e-6)


def test_without_an_interval_nothing_is_compared() -> None:
    rows = neighbours(MEASURE, [point(9.0, name="A"), point(1.0, name="B")], point(5.0), "A")
    assert [row.label for row in rows] == [Label.NOT_COMPARED, Label.NOT_COMPARED]
    assert [row.point.area_name for row in rows] == ["A", "B"]


def test_areas_without_a_figure_come_last() -> None:
    rows = neighbours(MEASURE, [point(None, name="A"), point(1.0, name="B")], point(5.0), "")
    assert [row.point.area_name for row in rows] == ["B", "A"]


def test_the_chosen_area_is_drawn_even_when_it_is_not_among_the_highest() -> None:
    points = [point(float(100 - at), name=f"Area {at:02d}") for at in range(40)]
    rows = neighbours(MEASURE, points, point(50.0), "Area 39")
    drawn = ranking(MEASURE, rows, point(50.0), "Title")
    assert "Area 39" in drawn
    assert "Area 29" in drawn
    assert "Area 30" not in drawn
