"""Where one published number comes from."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import period_label
from joinedup.store.published import Explanation
from joinedup.web.evidence import reader
from joinedup.web.figures import DISCLOSURE
from joinedup.web.views.measure import is_sensitive
from joinedup.web.wording import group_words

PARTS = 6  # measure/area/start/end/dimension/category


@dataclass(frozen=True, slots=True)
class ExplanationPage:
    """The whole page."""

    trail: list[dict[str, str]]
    answer: Explanation
    value: Released[float]
    group: str
    rows: int
    problems: int
    disclosure: str
    has_sensitivity: bool


@require_safe
def explanation(request: HttpRequest, cell_id: str) -> HttpResponse:
    """The page of one published cell."""
    try:
        answer = reader().explain(cell_id)
    except KeyError as error:
        raise Http404(_help(cell_id)) from error
    page = ExplanationPage(
        trail=_trail(answer),
        answer=answer,
        value=answer.point.value,
        group=group_words(answer.point.dimension, answer.point.category),
        rows=sum(item.rows for item in answer.inputs),
        problems=sum(problem.count for problem in answer.problems),
        disclosure=DISCLOSURE[answer.measure.disclosure],
        has_sensitivity=is_sensitive(answer.point),
    )
    return render(request, "joinedup/explanation.html", {"page": page})


def _trail(answer: Explanation) -> list[dict[str, str]]:
    point = answer.point
    address = f"{reverse('measure', args=[answer.measure.id])}?{urlencode({'area': point.area_code})}"
    return [
        {"text": "How are we doing?", "href": reverse("overview")},
        {"text": f"{answer.measure.label}, {point.area_name}", "href": address},
        {"text": period_label(point.period)},
    ]


def _help(cell_id: str) -> str:
    if cell_id.partition("@")[0].count("/") != PARTS - 1:
        return (
            "That is not the id of a figure. An id has six parts: measure/area/first day/last day/dimension/category, "
            "as the column id of measures.csv has it."
        )
    return (
        "The current release has no figure with that id. It may belong to an earlier release: "
        "every figure on these pages links to its explanation in the current one."
    )
