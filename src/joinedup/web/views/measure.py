"""One measure: how an area does over time, beside other areas, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from joinedup.methods.comparison import Polarity, compare
from joinedup.methods.intervals import Estimate
from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import period_label
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.beside import Beside, beside
from joinedup.web.breakdown import Breakdown, breakdowns
from joinedup.web.catalogue import Holdings, holdings, series
from joinedup.web.control import control, newest
from joinedup.web.evidence import reader
from joinedup.web.figures import DISCLOSURE, released_value
from joinedup.web.over_time import OverTime, over_time
from joinedup.web.plan import held_against
from joinedup.web.selection import Selection, selection
from joinedup.web.series import point_of
from joinedup.web.wording import group_words, question
from joinedup.web.words import (
    Change,
    Verdict,
    change_between,
    comparison_verdict,
    plan_verdict,
    polarity_words,
    variation_verdict,
)


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """The whole page."""

    trail: list[dict[str, str]]
    measure: MeasureInfo
    question: str
    selection: Selection
    group: str
    latest: MeasurePoint
    value: Released[float]
    change: Change | None
    variation: Verdict | None
    plan: Verdict | None
    comparison: Verdict | None
    whole: MeasurePoint | None
    better: str
    disclosure: str
    over: OverTime
    beside: Beside | None
    breakdowns: tuple[Breakdown, ...]
    has_interval: bool
    has_sensitivity: bool


@require_safe
def measure(request: HttpRequest, measure_id: str) -> HttpResponse:
    """The page of a measure; the address may choose area, cadence, group of people and kind of areas."""
    published = reader()
    try:
        held = holdings(published, measure_id)
    except KeyError as error:
        raise Http404(
            f"There is no measure called {measure_id} in this release. The first page lists all that there are."
        ) from error
    page = _page(published, held, selection(published, held, request.GET.dict()))
    return render(request, "joinedup/measure.html", {"page": page})


def _page(published: Reader, known: Holdings, picked: Selection) -> MeasurePage:
    info, top = known.info, known.top
    points = series(published, info.id, picked.area_code, picked.cadence, picked.who)
    latest = newest(points)
    if latest is None:
        raise Http404("This measure has no figures for that choice. Choose another area, period or group.")
    whole = point_of(published, info.id, top[0], latest.period, picked.who)
    held = held_against(published, info, picked.area_code) if picked.is_everyone else None
    plan = held.plan if held and held.point in points else None
    chart = control(info, points, plan)
    return MeasurePage(
        trail=_trail(info, picked, top[0]),
        measure=info,
        question=question(info),
        selection=picked,
        group=group_words(*picked.who),
        latest=latest,
        value=latest.value,
        change=_change(points, latest, info.break_dates),
        variation=variation_verdict(chart),
        plan=None if held is None else plan_verdict(info, held, chart if plan is not None else None),
        comparison=_comparison(info, latest, whole, top[1]) if picked.area_code != top[0] else None,
        whole=whole,
        better=polarity_words(info.polarity),
        disclosure=DISCLOSURE[info.disclosure],
        over=over_time(info, picked, points, chart, plan),
        beside=beside(published, info, picked, latest.period, top[0]) if picked.is_everyone else None,
        breakdowns=breakdowns(published, known, picked),
        has_interval=released_value(latest.lower) is not None,
        has_sensitivity=is_sensitive(latest),
    )


def _trail(info: MeasureInfo, picked: Selection, top_code: str) -> list[dict[str, str]]:
    home = reverse("overview")
    area = home if picked.area_code == top_code else f"{home}?area={picked.area_code}"
    return [{"text": picked.area_name, "href": area}, {"text": info.label}]


def is_sensitive(point: MeasurePoint) -> bool:
    """Whether a figure was also computed with stricter and looser links between records."""
    return any(released_value(figure) is not None for figure in (point.strict, point.loose))


def _comparison(info: MeasureInfo, latest: MeasurePoint, whole: MeasurePoint | None, name: str) -> Verdict | None:
    if whole is None:
        return None
    estimate = Estimate(released_value(latest.value), released_value(latest.lower), released_value(latest.upper))
    return comparison_verdict(compare(estimate, released_value(whole.value), Polarity(info.polarity)), name)


def _change(points: Sequence[MeasurePoint], latest: MeasurePoint, breaks: Sequence[date]) -> Change | None:
    """The change against the same period a year before, unless the definition changed in between."""
    start = latest.period.start
    year_before = (start.year - 1, start.month)
    before = next((p for p in points if (p.period.start.year, p.period.start.month) == year_before), None)
    if before is None or any(before.period.start < day <= start for day in breaks):
        return None
    return change_between(latest.value, before.value, period_label(before.period))
