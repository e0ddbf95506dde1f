"""Published figures for programs: what the pages show, past disclosure control, open to everybody."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Final, TypeVar

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from joinedup.rules.foundation.errors import Conflict
from joinedup.store.published import Explanation, MeasureInfo, MeasurePoint
from joinedup.store.reader import Reader
from joinedup.web.api.paging import Cursor, Limit, Page
from joinedup.web.evidence import reader

router: Final = Router(auth=None)

T = TypeVar("T")
MeasureId = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,80}$", examples=["emergency_admissions"])]
Code = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]


class Measure(Schema):
    """A measure as its definition states it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "emergency_admissions",
                    "label": "Emergency admissions",
                    "unit": "per 100,000 people",
                    "polarity": "lower",
                    "topic": "Hospital",
                    "description": "Emergency admissions of adults.",
                    "numerator": "Emergency admissions",
                    "denominator": "Adults registered",
                    "source": "NHS Outcomes Framework",
                    "disclosure": "hes",
                    "cadences": ["month", "financial_year"],
                    "version": "3f1c0a",
                    "plan": None,
                    "release": "20250420T101500-1a2b3c4d",
                }
            ]
        }
    )
    id: str
    label: str
    unit: str
    polarity: str = Field(description="Which direction is better: lower, higher or neutral.")
    topic: str
    description: str
    numerator: str
    denominator: str
    source: str
    disclosure: str = Field(description="Rule of disclosure control: hes, small5, cost or exact.")
    cadences: list[str]
    version: str
    plan: float | None
    release: str


class Point(Schema):
    """One published cell; numbers that disclosure control hides are null, and status says so."""

    id: str = Field(description="measure/area/first day/last day/dimension/category: what /explain takes.")
    measure: str
    area_type: str
    area_code: str
    area_name: str
    start: date
    end: date = Field(description="The last day.")
    dimension: str
    category: str
    status: str = Field(description="published, or why a number is missing; missing is not zero.")
    value: float | None
    lower: float | None = Field(description="Lower end of the 95% interval.")
    upper: float | None = Field(description="Upper end of the 95% interval.")
    numerator: float | None
    denominator: float | None


class Input(Schema):
    """A file that a figure rests on."""

    source: str
    path: str
    sha256: str
    rows: int
    received: str


class Explained(Schema):
    """Where a published number comes from."""

    point: Point
    measure: Measure
    steps: list[str] = Field(description="From the files to the figure, in plain sentences.")
    inputs: list[Input]
    problems: int = Field(description="How many problems the inputs have; see the page of data quality.")


class Chosen(Schema):
    """Which cells of a measure."""

    area: Code = Field(default="", description="Code of an area; empty for all.", examples=["S1"])
    dimension: Code = Field(default="all", description="age, sex ...; all for the totals.", examples=["age"])


@router.get("/measures", response=Page[Measure], summary="Which measures are published?")
def list_measures(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[Measure]:
    """Every measure of the current release, in the order of the definitions."""
    published = _published()
    return _page(published, [_measure(info, published) for info in published.measures()], limit, cursor)


@router.get("/measures/{measure_id}", response=Measure, summary="What is a measure?")
def read_measure(request: HttpRequest, measure_id: MeasureId) -> Measure:
    """One measure as it is defined."""
    published = _published()
    return _measure(_known(published, measure_id), published)


@router.get("/measures/{measure_id}/points", response=Page[Point], summary="What are its figures?")
def list_points(
    request: HttpRequest,
    measure_id: MeasureId,
    chosen: Query[Chosen],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Point]:
    """Published cells of a measure: totals unless a dimension is named, of every area unless one is."""
    published = _published()
    _known(published, measure_id)
    kept = [
        point
        for point in _points(published, published.release().id, measure_id)
        if point.dimension == chosen.dimension and chosen.area in ("", point.area_code)
    ]
    return _page(published, [_point(point) for point in kept], limit, cursor)


@router.get("/explain/{path:cell}", response=Explained, summary="Where does a number come from?")
def explain(
    request: HttpRequest,
    cell: Annotated[str, Path(max_length=400, examples=["emergency_admissions/S1/2024-04-01/2025-03-31/all/all"])],
) -> Explained:
    """The definition, the steps and the files behind one published cell."""
    published = _published()
    try:
        return _explained(published.explain(cell), published)
    except KeyError as error:
        raise Http404("The current release has no figure with that id.") from error


def _published() -> Reader:
    """The reader, turned to the current release."""
    published = reader()
    published.refresh()
    return published


def _known(published: Reader, measure_id: str) -> MeasureInfo:
    try:
        return published.measure(measure_id)
    except KeyError as error:
        raise Http404("The current release has no measure with that id.") from error


@lru_cache(maxsize=8)
def _points(published: Reader, release: str, measure_id: str) -> tuple[MeasurePoint, ...]:
    """All cells of a measure in one release, kept for the pages of the list that follow."""
    return published.points(measure_id)


def _page(published: Reader, rows: list[T], limit: int, cursor: str) -> Page[T]:
    """A page of a list that never changes within a release; the cursor names the release."""
    release = published.release().id
    begun, _, position = cursor.partition("~")
    if cursor and begun != release:
        raise Conflict("Another release was published since the first page of this list. Begin again without a cursor.")
    start = int(position) if position.isascii() and position.isdigit() and len(position) < 9 else 0
    end = start + limit
    return Page(items=rows[start:end], next=f"{release}~{end}" if end < len(rows) else None)


def _measure(info: MeasureInfo, published: Reader) -> Measure:
    return Measure(
        id=info.id,
        label=info.label,
        unit=info.unit,
        polarity=info.polarity,
        topic=info.topic,
        description=info.description,
        numerator=info.numerator,
        denominator=info.denominator,
        source=info.source,
        disclosure=info.disclosure,
        cadences=list(info.cadences),
        version=info.version,
        plan=info.plan,
        release=published.release().id,
    )


def _point(point: MeasurePoint) -> Point:
    return Point(
        id=point.id,
        measure=point.measure,
        area_type=point.area_type,
        area_code=point.area_code,
        area_name=point.area_name,
        start=point.period.start,
        end=point.period.last_day,
        dimension=point.dimension,
        category=point.category,
        status=str(point.value.status),
        value=point.value.value,
        lower=point.lower.value,
        upper=point.upper.value,
        numerator=point.numerator.value,
        denominator=point.denominator.value,
    )


def _explained(answer: Explanation, published: Reader) -> Explained:
    return Explained(
        point=_point(answer.point),
        measure=_measure(answer.measure, published),
        steps=list(answer.steps),
        inputs=[
            Input(source=each.source, path=each.path, sha256=each.sha256, rows=each.rows, received=each.received)
            for each in answer.inputs
        ],
        problems=sum(each.count for each in answer.problems),
    )
