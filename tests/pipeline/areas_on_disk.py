"""A small place with raw figures by area for tests of evaluation: delays of councils by quarter, two of them merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.rules.foundation.period import add_months
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import Manifest, publish

PLACE = """
[place]
id = "fenwick"
name = "Fenwick and around"
kind = "statistics"
areas = "areas.csv"
[clock]
today = 2025-04-20
[period]
start = 2015-04-01
end = 2025-03-31
[sources.panel]
kind = "series"
label = "Panel"
disclosure = "exact"
"""
MEASURE = """
id = "delays"
label = "Days delayed per 100,000 adults"
unit = "days per 100,000 adults"
polarity = "lower"
topic = "Leaving hospital"
description = "Days."
valid_from = 2011-04-01
statistic = "rate"
per = 100000
numerator = {{ function = "series", words = "days", filters = {{ series = "delays" }} }}
denominator = {{ function = "area_population", words = "adults", filters = {{ age_min = 18, basis = "resident" }} }}
disclosure = "{policy}"
areas = ["council"]
source = "Invented"
"""
FIRST, QUARTERS, START = date(2016, 4, 1), 24, 12
MERGED = date(2020, 2, 1)
PEOPLE = 200_000.0
#: area, quarter -> days
Days = Callable[[int, int], float]


def days(area: int, quarter: int, *, effect: float = 0.0, treated: int = 12, seed: int = 1) -> float:
    """Days delayed of an area in a quarter; treated areas change from quarter `START` on by a share."""
    noise = np.random.default_rng([seed, area, quarter]).normal(0, 25)
    level = 1000 + 20 * (area % 7) + 8 * quarter + 60 * (quarter % 4 == 3)
    return float(round((level + noise) * (1 + effect * (area < treated and quarter >= START))))


def make_areas(
    folder: Path, figure: Days = days, *, areas: int = 40, policy: str = "exact", gaps: frozenset[int] = frozenset()
) -> Path:
    """A place with one release that holds `delays` of councils A00, A01 ...; the last two merged into Z99.

    Args:
        figure: days of an area in a quarter.
        gaps: areas without a figure in the last quarter.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(PLACE)
    (folder / "definitions" / "measures").mkdir(parents=True)
    (folder / "definitions" / "measures" / "delays.toml").write_text(MEASURE.format(policy=policy))
    (folder / "areas.csv").write_text("\n".join(_areas(areas)) + "\n")
    place = load_place(folder)
    objects = Objects(place.objects)
    rows = pa.Table.from_pylist(list(_rows(figure, areas, gaps)))
    series = pa.Table.from_pylist(list(_series(figure, areas)))
    with objects.scratch() as scratch:
        named = {}
        for name, table in (("facts/measure_value", rows), ("facts/series_value", series)):
            path = scratch / "table.parquet"
            pq.write_table(table, path)
            named[name] = (objects.add(path),)
    publish(place, release_of(named, {"delays": "0123456789ab"}))
    return folder


def code(area: int) -> str:
    """An area's code."""
    return f"A{area:02}"


def _areas(areas: int) -> Iterator[str]:
    yield "code,name,kind,parent,valid_from,valid_to,successor"
    for area in range(areas):
        gone = area >= areas - 2
        yield f"{code(area)},Area {area},council,,,{MERGED if gone else ''},{'Z99' if gone else ''}"
    yield f"Z99,New area,council,,{MERGED},,"


def _rows(figure: Days, areas: int, gaps: frozenset[int]) -> Iterator[Mapping[str, Any]]:
    for quarter in range(QUARTERS):
        start = add_months(FIRST, 3 * quarter)
        end = add_months(start, 3)
        for area in range(areas):
            if area < areas - 2 or end <= MERGED:
                missing = area in gaps and quarter == QUARTERS - 1
                yield _cell(code(area), start, end, None if missing else figure(area, quarter), PEOPLE)
            elif start < MERGED:
                yield _cell(code(area), start, end, figure(area, quarter) / 3, PEOPLE, "incomplete")
        if end > MERGED:
            total = figure(areas - 2, quarter) + figure(areas - 1, quarter)
            whole = start >= MERGED
            yield _cell(
                "Z99", start, end, total if whole else total * 2 / 3, 2 * PEOPLE, "ok" if whole else "incomplete"
            )


def _cell(
    area: str, start: date, end: date, numerator: float | None, people: float, status: str = "ok"
) -> dict[str, Any]:
    is_whole = status == "ok" and numerator is not None
    return {
        "measure": "delays", "area_type": "council", "area_code": area, "area_name": area, "period_start": start,
        "period_end": end, "dimension": "all", "category": "all", "numerator": numerator, "denominator": people,
        "value": 100_000 * numerator / people if is_whole and numerator is not None else None,
        "status": status if numerator is not None else "not_reported",
    }  # fmt: skip


def _series(figure: Days, areas: int) -> Iterator[Mapping[str, Any]]:
    for received, change in ((date(2024, 1, 1), 500.0), (date(2025, 1, 1), 0.0)):
        for quarter in range(QUARTERS):
            start = add_months(FIRST, 3 * quarter)
            for area in range(areas - 2):
                yield {
                    "series": "rate", "area_type": "council", "area_code": code(area), "area_name": code(area),
                    "period_start": start, "period_end": add_months(start, 3), "dimension": "all", "category": "all",
                    "value": figure(area, quarter) + change, "unit": "days", "received": received, "source": "panel",
                    "file": f"{received}.csv", "record_number": area,
                }  # fmt: skip


def release_of(objects: Mapping[str, tuple[str, ...]], versions: Mapping[str, str]) -> Manifest:
    """A release of some tables."""
    return Manifest(
        release="20250420-0123456789", place="fenwick", built_at="2025-04-20T10:00:00+00:00", as_of="2025-04-20",
        engine="duckdb", code_version="0.1.0", definitions=dict(versions), link_model="", inputs=(),
        objects=dict(objects), stages=(), problems={}, disclosure={},
    )  # fmt: skip
