"""A small published place on disk for the pages: what a build leaves behind, written without building."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from joinedup.pipeline.publishing import write_rows
from joinedup.rules.foundation.period import Cadence, Period, period_of, periods_between
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import Input, Manifest, publish

TOML = """[place]
id = "fenwick"
name = "Fenwick and Aldmoor"
kind = "demonstration"
[clock]
today = 2025-04-20
[period]
start = 2021-04-01
end = 2025-03-31
"""
SPAN = Period(date(2021, 4, 1), date(2025, 4, 1))
NASTY = "<script>alert('x')</script> & \"Sons\""
#: code, name, kind, rank, adults
AREAS = (
    ("S1", "Fenwick and Aldmoor", "system", 0, 60_000),
    ("C1", "Fenwick", "council", 1, 36_000),
    ("C2", NASTY, "council", 1, 24_000),
    *((f"N{n:02d}", f"Neighbourhood {n}", "neighbourhood", 2, 2_000 + 700 * n) for n in range(1, 13)),
)


@dataclass(frozen=True)
class Made:
    """A measure of the test place: its definition and how its figures come about."""

    id: str
    label: str
    unit: str
    polarity: str
    topic: str
    cadences: tuple[str, ...]
    rate: float  # events a person a month, or a mean
    per: float  # 100,000, 100, or 0 for a mean
    disclosure: str = "hes"
    breaks: tuple[str, ...] = ()
    plan: float | None = None
    drift: float = 0.0
    dimensions: tuple[tuple[str, tuple[str, ...]], ...] = ()


MEASURES = (
    Made(
        "emergency_admissions",
        "Emergency admissions",
        "per 100,000 people",
        "lower",
        "Hospital",
        ("month", "financial_year"),
        0.009,
        100_000,
        drift=0.004,
        dimensions=(("age", ("18-64", "65-74", "75+")), ("sex", ("female", "male"))),
    ),
    Made(
        "delayed_days", "Delayed days", "days", "lower", "Leaving hospital", ("month",), 4.9, 0, breaks=("2023-04-01",)
    ),
    Made(
        "reablement_at_home",
        "At home 91 days after reablement",
        "%",
        "higher",
        "Leaving hospital",
        ("quarter", "financial_year"),
        0.82,
        100,
        drift=0.002,
        plan=85.0,
    ),
    Made(
        "cost_per_head",
        "Cost per head",
        "£",
        "neutral",
        "Money",
        ("financial_year",),
        1843.5,
        0,
        disclosure="cost",
        dimensions=(("payer", ("nhs", "council", "client")),),
    ),
    Made("spend", "Spend on older people", "£", "neutral", "Money", ("financial_year",), 53_123_400.0, 0, "cost"),
)


def make_place(folder: Path, measures: Sequence[Made] = MEASURES, *, findings: bool = True) -> Path:
    """Write the place and one release of it; every call with the same arguments writes the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(TOML, encoding="utf-8")
    publish(load_place(folder), _manifest(folder, measures, findings=findings))
    return folder


def remake(folder: Path, release: str) -> None:
    """Publish the same figures again as another release."""
    manifest = _manifest(folder, MEASURES, findings=True)
    publish(load_place(folder), replace(manifest, release=release, built_at="2025-05-01T07:00:00"))


def _manifest(folder: Path, measures: Sequence[Made], *, findings: bool) -> Manifest:
    rows: dict[str, list[dict[str, Any]]] = {
        "measure": [row for made in measures for row in _cells(made)],
        "definition": [_definition(number, made) for number, made in enumerate(measures)],
        "quality": _QUALITY,
        "problem": _PROBLEMS,
        "cost_quality": [_figure(number, *row) for number, row in enumerate(_COSTS)],
        "linkage": [_figure(number, *row) for number, row in enumerate(_LINKAGE)],
        "finding": _FINDINGS if findings else [],
        "origin": [],
        "step": [_step(made) for made in measures],
    }
    return Manifest(
        release="20250420-0123456789",
        place="fenwick",
        built_at="2025-04-20T06:30:00",
        as_of="2025-04-20",
        engine="duckdb",
        code_version="0.1.0",
        definitions={},
        link_model="m1",
        inputs=(Input("apc", "extracts/apc/2024-25/2025-04-18.csv", "ab" * 32, 48_213, "2025-04-18"),),
        objects={f"published/{name}": (_object(folder, name, found),) for name, found in rows.items()},
        stages=(),
        problems={"fatal": 0, "set_aside": 17, "warning": 240},
        disclosure={},
    )


def _object(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> str:
    objects = folder / "objects"
    objects.mkdir(exist_ok=True)
    return Objects(objects).add(write_rows(objects, name, rows))


def _cells(made: Made) -> Iterator[dict[str, Any]]:
    for cadence in made.cadences:
        for number, period in enumerate(periods_between(SPAN, Cadence(cadence))):
            for area in AREAS:
                yield _cell(made, cadence, number, period, area, ("all", "all"), 1.0)
            for dimension, categories in made.dimensions:
                for at, category in enumerate(categories):
                    weight = (at + 1) / len(categories)
                    yield _cell(made, cadence, number, period, AREAS[0], (dimension, category), weight)


def _noise(*key: object) -> float:
    """A fixed number between -1 and 1 for a key."""
    return int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=4).digest(), "big") / 2**31 - 1


def _cell(
    made: Made,
    cadence: str,
    number: int,
    period: Period,
    area: tuple[str, str, str, int, int],
    who: tuple[str, str],
    weight: float,
) -> dict[str, Any]:
    code, name, kind, rank, people = area
    months = round(period.days / 30.4)
    spread = 0.6 if code == "N04" else 0.0
    factor = 1 + made.drift * number + 0.05 * _noise(made.id, code, number, who) + spread * (made.per == 100_000)
    if number == 40 and code == "S1" and made.id == "delayed_days":
        figures = dict.fromkeys(("numerator", "denominator", "value", "lower", "upper", "strict", "loose"))
        status = "not_reported"
    else:
        figures, status = _figures(made, people * weight, months, factor, weight)
    return {
        "measure": made.id,
        "area_type": kind,
        "area_code": code,
        "area_name": name,
        "area_rank": rank,
        "cadence": cadence,
        "period_start": period.start,
        "period_end": period.last_day,
        "dimension": who[0],
        "category": who[1],
        **figures,
        "status": status,
        "id": f"{made.id}/{code}/{period.start}/{period.last_day}/{who[0]}/{who[1]}",
    }


def _figures(
    made: Made, people: float, months: int, factor: float, weight: float
) -> tuple[dict[str, float | None], str]:
    if made.per == 0:
        value = made.rate * factor * (1 if made.rate < 1e6 else people / 60_000)
        return _all(people * factor, people, value, value * 0.95, value * 1.05), "published"
    cases = people if made.per == 100_000 else people / 900 * months
    events = cases * made.rate * (months if made.per == 100_000 else 1) * factor
    if made.per == 100:
        events = min(events, cases)
    count, base = 5 * round(events / 5), 5 * round(cases / 5)
    if count < 8 or base < 8:
        return dict.fromkeys(("numerator", "denominator", "value", "lower", "upper", "strict", "loose")), "suppressed"
    value = count / base * made.per
    half = 1.96 * made.per * math.sqrt(count if made.per == 100_000 else count * (1 - min(count / base, 0.99))) / base
    upper = value + half if made.per == 100_000 else min(value + half, 100.0)
    return _all(count, base, value, value - half, upper), "published"


def _all(numerator: float, denominator: float, value: float, lower: float, upper: float) -> dict[str, float | None]:
    return {
        "numerator": float(round(numerator)),
        "denominator": float(round(denominator)),
        "value": value,
        "lower": lower,
        "upper": upper,
        "strict": value * 0.97,
        "loose": value * 1.02,
    }


def _definition(position: int, made: Made) -> dict[str, Any]:
    head = f'id = "{made.id}"\nlabel = "{made.label}"\nunit = "{made.unit}"\npolarity = "{made.polarity}"\n'
    return {
        "position": position,
        "id": made.id,
        "label": made.label,
        "unit": made.unit,
        "polarity": made.polarity,
        "topic": made.topic,
        "description": f"{made.label} of people aged 18 and over, by where they live.",
        "numerator": "events",
        "denominator": "people aged 18 and over",
        "source": "NHS England, measure book 2024",
        "disclosure": made.disclosure,
        "cadences": json.dumps(made.cadences),
        "version": hashlib.sha256(made.id.encode()).hexdigest(),
        "toml": head,
        "plan": made.plan,
        "plan_source": "Better Care Fund plan 2024-25" if made.plan else "",
        "statistic": {100_000: "rate", 100: "proportion"}.get(int(made.per), "mean"),
        "per": made.per or 1.0,
        "verify": made.id == "spend",
        "break_dates": json.dumps(made.breaks),
    }


def _step(made: Made) -> dict[str, Any]:
    return {
        "measure": made.id,
        "sources": json.dumps(["apc"]),
        "steps": json.dumps(
            ["Inpatient episodes of one stay were joined into spells.", "Emergency spells of adults were counted."]
        ),
        "sql": "SELECT count(*) FROM spell WHERE method < 30",
    }


_QUALITY: list[dict[str, Any]] = [
    {
        "source": "apc",
        "label": "Inpatient episodes",
        "kind": "apc",
        "controller": "Fenwick Hospitals",
        "legal_basis": "Section 251 support, reference CAG 0-00",
        "files": 48,
        "rows": 48_213,
        "set_aside": 17,
        "warnings": 240,
        "last_received": date(2025, 4, 18),
        "nhs_number_share": 0.953,
        "nhs_number_status": "published",
    },
    {
        "source": "beds",
        "label": "Beds",
        "kind": "series",
        "controller": "NHS England",
        "legal_basis": "Published statistics",
        "files": 1,
        "rows": 48,
        "set_aside": 0,
        "warnings": 0,
        "last_received": date(2025, 4, 1),
        "nhs_number_share": None,
        "nhs_number_status": "not_evaluable",
    },
]
_PROBLEMS: list[dict[str, Any]] = [
    {
        "source": "apc",
        "file": "extracts/apc/2024-25/2025-04-18.csv",
        "field": "discharge_date",
        "rule": "discharge_after_admission",
        "severity": "set_aside",
        "message": "The discharge date lies before the admission date; send the corrected row.",
        "count": 17,
    },
    {
        "source": "apc",
        "file": "extracts/apc/2024-25/2025-04-18.csv",
        "field": "ethnicity",
        "rule": "code_not_listed",
        "severity": "warning",
        "message": "The code is not in the list of ethnic categories; send a listed code.",
        "count": 240,
    },
]
_COSTS = (("class", "Class C", "share_of_cost", 98.5, "%"), ("class", "No price known", "events", None, "events"))
_LINKAGE: list[tuple[str, str, str, float | None, str]] = [
    ("overall", "all", "records", 152_340, ""),
    ("overall", "all", "people", 60_215, ""),
    ("overall", "all", "precision", 99.7, "%"),
    ("overall", "all", "recall", 98.9, "%"),
    ("source", "apc", "match_rate", 97.1, "%"),
    ("source", "apc", "nhs_number_coverage", 95.3, "%"),
    ("source", "cld", "match_rate", 88.4, "%"),
    ("source", "cld", "nhs_number_coverage", 66.0, "%"),
    ("ethnicity", "not_stated", "unlinkable", None, "%"),
]


def _figure(
    position: int, section: str, category: str, label: str, value: float | None, unit: str
) -> dict[str, Any]:  # fmt: skip
    status = "suppressed" if value is None else "published"
    return {
        "position": position,
        "section": section,
        "category": category,
        "label": label,
        "value": value,
        "status": status,
        "unit": unit,
    }


_CELL = "emergency_admissions/S1/2024-04-01/2025-03-31/all/all"
_FINDINGS: list[dict[str, Any]] = [
    {
        "position": 0,
        "id": "emergency-growth",
        "claim": "Emergency admissions grew by 2.9% a year.",
        "printed": "2.9%",
        "found": 3.1,
        "status": "published",
        "found_text": "3.1% a year",
        "note": "Later revisions raised the first year by 40 admissions.",
        "cells": json.dumps([_CELL]),
        "source": "National Audit Office, Emergency admissions to hospital, 2013",
    }
]


def newest_month() -> Period:
    """The last month of the place's figures."""
    return period_of(SPAN.end - timedelta(days=1), Cadence.MONTH)
