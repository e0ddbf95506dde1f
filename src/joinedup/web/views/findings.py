"""Headline findings: what was printed, and what the published data give today."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import period_label
from joinedup.store.published import Finding, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.catalogue import holdings
from joinedup.web.evidence import reader
from joinedup.web.wording import group_words

MOST = 12


@dataclass(frozen=True, slots=True)
class Basis:
    """One published figure that a finding rests on."""

    label: str
    cell: str
    value: Released[float]
    unit: str
    disclosure: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding with the figures behind it."""

    finding: Finding
    found: Released[float]
    basis: tuple[Basis, ...]
    more: int


@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """The page of headline findings; a place without any has no such page."""
    published = reader()
    if not published.findings():
        raise Http404("This place states no headline findings.")
    rows = _rows_of(published, published.release().id)
    return render(request, "joinedup/findings.html", {"rows": rows})


@lru_cache(maxsize=2)
def _rows_of(published: Reader, release: str) -> tuple[FindingRow, ...]:
    """Every finding with its figures, kept while the release is current."""
    return tuple(_row(published, finding) for finding in published.findings())


def _row(published: Reader, finding: Finding) -> FindingRow:
    basis = tuple(_basis(published, cell) for cell in finding.cells[:MOST])
    return FindingRow(finding, finding.found, basis, max(0, len(finding.cells) - MOST))


def _basis(published: Reader, cell: str) -> Basis:
    point = published.point(cell)
    measure = holdings(published, point.measure).info
    return Basis(_label(point, measure.label), cell, point.value, measure.unit, measure.disclosure)


def _label(point: MeasurePoint, label: str) -> str:
    group = "" if point.dimension == "all" else f", {group_words(point.dimension, point.category)}"
    return f"{label}{group}, {point.area_name}, {period_label(point.period)}"
