"""How are we doing: every measure of an area at a glance, grouped by topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from joinedup.methods.comparison import Label, tally
from joinedup.rules.foundation.disclosure import Released
from joinedup.store.published import MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import areas, holdings
from joinedup.web.charts.sparkline import sparkline
from joinedup.web.control import control, newest
from joinedup.web.evidence import reader
from joinedup.web.forms import Choice
from joinedup.web.neighbours import Neighbour, neighbours
from joinedup.web.plan import held_against
from joinedup.web.series import main_series, point_of
from joinedup.web.wording import areas_words
from joinedup.web.words import (
    Verdict,
    comparison_verdict,
    label_words,
    plan_verdict,
    variation_verdict,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure on the overview."""

    measure: MeasureInfo
    latest: MeasurePoint
    value: Released[float]
    spark: SafeString
    variation: Verdict | None
    plan: Verdict | None
    comparison: Verdict | None
    areas: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Measures that belong together."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """How many measures say what, with the rows that matter most first."""

    sentence: str
    worse: tuple[Row, ...]
    better: tuple[Row, ...]
    off_plan: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page."""

    area_code: str
    area_name: str
    is_whole: bool
    areas: tuple[Choice, ...]
    topics: tuple[Topic, ...]
    signals: Signals
    measured: int
    without_figures: tuple[MeasureInfo, ...]


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The landing page; ``?area=`` turns it to another area."""
    published = reader()
    page = page_of(published, published.release().id, request.GET.get("area", ""))
    if page is None:
        raise Http404("No measure is published for that area. Choose an area from the list on the first page.")
    return render(request, "joinedup/overview.html", {"page": page})


@lru_cache(maxsize=256)
def page_of(published: Reader, release: str, area_code: str) -> Overview | None:
    """The page of an area, kept while its release is current; None for an area without figures."""
    places = _area_names(published)
    tops = Counter(
        holdings(published, measure.id).top for measure in published.measures() if _has_cells(published, measure)
    )
    if not tops:
        return Overview("", "", True, (), (), _signals(()), 0, published.measures())
    top_code = tops.most_common(1)[0][0][0]
    code = area_code or top_code
    if code not in places:
        return None
    rows = [(measure, _row(published, measure, code)) for measure in published.measures()]
    found = [row for _, row in rows if row is not None]
    return Overview(
        area_code=code,
        area_name=places[code][1],
        is_whole=code == top_code,
        areas=tuple(Choice(key, _choice_text(kind, name), key == code) for key, (kind, name) in places.items()),
        topics=_topics(found),
        signals=_signals(found),
        measured=len(found),
        without_figures=tuple(measure for measure, row in rows if row is None),
    )


def _has_cells(published: Reader, measure: MeasureInfo) -> bool:
    try:
        return bool(holdings(published, measure.id).kinds)
    except KeyError:
        return False


def _area_names(published: Reader) -> dict[str, tuple[str, str]]:
    """Kind and name of every area with a figure, widest kinds first."""
    return {
        code: place
        for measure in published.measures()
        if _has_cells(published, measure)
        for code, place in holdings(published, measure.id).areas.items()
    }


def _choice_text(kind: str, name: str) -> str:
    return f"{name} ({kind})"


def _topics(rows: Sequence[Row]) -> tuple[Topic, ...]:
    names = dict.fromkeys(row.measure.topic for row in rows)
    return tuple(Topic(name, tuple(row for row in rows if row.measure.topic == name)) for name in names)


def _signals(rows: Sequence[Row]) -> Signals:
    tags = Counter(row.variation.tag if row.variation else "No clear change" for row in rows)
    worse, better = tags["Getting worse"], tags["Getting better"]
    moved = tags["Higher than usual"] + tags["Lower than usual"]
    parts = [
        f"{better or 'none'} {_is(better)} getting better",
        f"{worse or 'none'} {_is(worse)} getting worse",
        *([f"{moved} {_is(moved)} higher or lower than usual"] if moved else []),
        f"{tags['No clear change'] or 'none'} show{'s' if tags['No clear change'] == 1 else ''} no clear change",
    ]
    return Signals(
        sentence=f"Of {len(rows)} measures, {', '.join(parts[:-1])}, and {parts[-1]}.",
        worse=_tagged(rows, "Getting worse"),
        better=_tagged(rows, "Getting better"),
        off_plan=tuple(row for row in rows if row.plan and row.plan.tag in {"Will miss the plan", "Plan missed"}),
    )


def _is(count: int) -> str:
    return "is" if count <= 1 else "are"


def _tagged(rows: Sequence[Row], tag: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.variation and row.variation.tag == tag)


def _row(published: Reader, measure: MeasureInfo, code: str) -> Row | None:
    _, points = main_series(published, measure, code)
    latest = newest(points)
    if latest is None:
        return None
    top_code, top_name = holdings(published, measure.id).top
    held = held_against(published, measure, code)
    is_same = held is not None and held.point in points
    chart = control(measure, points, held.plan if held and is_same else None)
    return Row(
        measure=measure,
        latest=latest,
        value=latest.value,
        spark=sparkline(points[-36:], measure.unit, measure.break_dates),
        variation=variation_verdict(chart),
        plan=None if held is None else plan_verdict(measure, held, chart if is_same else None),
        comparison=None if code == top_code else _comparison(published, measure, latest, top_code, top_name),
        areas=_areas_in_words(published, measure, latest) if code == top_code else "",
    )


def _comparison(
    published: Reader, measure: MeasureInfo, latest: MeasurePoint, top_code: str, top_name: str
) -> Verdict | None:
    whole = point_of(published, measure.id, top_code, latest.period)
    found = neighbours(measure, [latest], whole, latest.area_code)
    return comparison_verdict(found[0].label, top_name)


def _areas_in_words(published: Reader, measure: MeasureInfo, whole: MeasurePoint) -> str:
    """How the areas of the next kind differ from the whole, for example "2 councils: 1 better, 1 worse"."""
    for kind in holdings(published, measure.id).kinds:
        if kind != whole.area_type:
            rows = neighbours(measure, areas(published, measure.id, kind, whole.period), whole, "")
            if len(rows) > 1:
                return _tally_words(rows, kind)
    return ""


def _tally_words(rows: Sequence[Neighbour], kind: str) -> str:
    counts = tally(row.label for row in rows)
    said = [f"{n} {label_words(label)}" for label, n in counts.items() if n and label is not Label.NOT_COMPARED]
    return f"{areas_words(len(rows), kind)}: {', '.join(said)}" if said else ""
