"""How well are records of one person brought together: the linkage quality report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.rules.foundation.disclosure import Released
from joinedup.store.published import ReportFigure
from joinedup.web.evidence import reader

HEADINGS = {
    "overall": ("All records", "Are records of one person found together?"),
    "estimate": ("By the model's own probabilities", "How many links are right, and how many are missed?"),
    "clerical": ("By people who looked", "What did people decide about uncertain pairs?"),
    "objection": ("Objections", "Whose records does an objection keep out of figures, source by source?"),
    "source": ("By source", "Which source is hardest to link?"),
    "organisation": ("By organisation", "Which organisation records NHS numbers well?"),
    "sex": ("By sex", "Does linkage work as well for everyone?"),
    "age": ("By age", "Does linkage work as well at every age?"),
    "ethnicity": ("By ethnic group", "Does linkage work as well for every ethnic group?"),
    "deprivation": ("By deprivation", "Does linkage work as well in poorer neighbourhoods?"),
    "class": ("Cost by class of its price", "How good are the prices behind the costs?"),
    "setting": ("Cost by setting and class of its price", "Where are prices good, and where are they guesses?"),
    "reconciliation": ("Costs against what sources say", "Do costs add up to what each source says itself?"),
    "threshold": ("By threshold", "What would a stricter or a looser rule change?"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the report."""

    value: Released[float] | None
    unit: str


@dataclass(frozen=True, slots=True)
class Line:
    """One category of a section."""

    category: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report."""

    heading: str
    question: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


@require_safe
def linkage(request: HttpRequest) -> HttpResponse:
    """The linkage quality report of the current release."""
    return render(request, "joinedup/linkage.html", {"sections": sections_of(reader().linkage())})


def sections_of(figures: Sequence[ReportFigure]) -> tuple[Section, ...]:
    """One table a section of a quality report, in the order of its rows."""
    names = dict.fromkeys(figure.section for figure in figures)
    return tuple(_section(name, [f for f in figures if f.section == name]) for name in names)


def _section(name: str, figures: list[ReportFigure]) -> Section:
    columns = tuple(dict.fromkeys(figure.label for figure in figures))
    lines = []
    for category in dict.fromkeys(figure.category for figure in figures):
        found = {figure.label: figure for figure in figures if figure.category == category}
        cells = [Cell(found[c].value, found[c].unit) if c in found else Cell(None, "") for c in columns]
        lines.append(Line(category, tuple(cells)))
    heading, question = HEADINGS.get(name, (name.replace("_", " ").capitalize(), ""))
    return Section(heading, question, columns, tuple(lines))
