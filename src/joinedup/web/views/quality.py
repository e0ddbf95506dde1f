"""How good are the data: what arrived from each source, and every problem found in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.store.published import ProblemCount, SourceQuality
from joinedup.web.evidence import reader
from joinedup.web.forms import Choice, chosen
from joinedup.web.views.linkage import Section, sections_of
from joinedup.web.words import SEVERITIES

MOST = 200


@dataclass(frozen=True, slots=True)
class QualityPage:
    """The whole page."""

    sources: tuple[SourceQuality, ...]
    rows: int
    set_aside: int
    problems: tuple[ProblemCount, ...]
    found: int
    occurrences: int
    severities: tuple[Choice, ...]
    senders: tuple[Choice, ...]
    costs: tuple[Section, ...]


@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Sources and problems; the address may choose a source and a severity."""
    published = reader()
    sources = published.quality()
    names = {source.source: source.label for source in sources}
    source = chosen(request.GET.get("source"), names, "source", "")
    severity = chosen(request.GET.get("severity"), SEVERITIES, "severity", "")
    problems = [
        problem
        for problem in published.problems()
        if source in ("", problem.source) and severity in ("", problem.severity)
    ]
    page = QualityPage(
        sources=sources,
        rows=sum(item.rows for item in sources),
        set_aside=sum(item.set_aside for item in sources),
        problems=tuple(problems[:MOST]),
        found=len(problems),
        occurrences=sum(problem.count for problem in problems),
        severities=_choices(SEVERITIES, severity, "Every severity"),
        senders=_choices(names, source, "Every source"),
        costs=sections_of(published.cost_quality()),
    )
    return render(request, "joinedup/quality.html", {"page": page})


def _choices(names: dict[str, str], picked: str, every: str) -> tuple[Choice, ...]:
    return (Choice("", every, not picked), *(Choice(key, text, key == picked) for key, text in names.items()))
