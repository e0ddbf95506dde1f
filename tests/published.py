"""A small published place for tests: cells go in as plain rows and come out through the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from joinedup.methods.disclosure import derive, release_counts
from joinedup.pipeline import publishing
from joinedup.rules.foundation.disclosure import Policy
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import Input, Manifest, publish

PLACE = """
[place]
id = "fenwick"
name = "Fenwick and Aldmoor"
kind = "demonstration"
[clock]
today = 2025-04-20
[period]
start = 2024-04-01
end = 2025-03-31
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One raw cell: so many events among so many people."""

    numerator: float
    denominator: float
    area: tuple[str, str, str, int] = ("system", "E54000001", "Fenwick and Aldmoor", 0)
    start: date = date(2024, 4, 1)
    end: date = date(2024, 4, 30)
    cadence: str = "month"
    dimension: str = "all"
    category: str = "all"
    measure: str = "emergency_admissions"

    @property
    def id(self) -> str:
        """The cell's id."""
        return f"{self.measure}/{self.area[1]}/{self.start}/{self.end}/{self.dimension}/{self.category}"


DEFINITION: Mapping[str, object] = {
    "position": 0,
    "id": "emergency_admissions",
    "label": "Emergency admissions",
    "unit": "per 100,000 people",
    "polarity": "lower",
    "topic": "Hospital",
    "description": "Stays in hospital that began as an emergency.",
    "numerator": "emergency spells",
    "denominator": "residents",
    "source": "NHS Data Model and Dictionary",
    "disclosure": "hes",
    "cadences": json.dumps(["month", "financial_year"]),
    "version": "0123456789",
    "toml": 'id = "emergency_admissions"',
    "break_dates": "[]",
    "plan": 900.0,
    "plan_source": "plan for 2024-25",
    "statistic": "rate",
    "per": 100_000.0,
    "verify": False,
}


def publish_place(
    folder: Path,
    cells: Sequence[Cell],
    *,
    policy: Policy = Policy.HES,
    tables: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    release: str = "20250420-0123456789",
) -> Path:
    """Make a place with one current release that holds these cells."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.toml").write_text(PLACE)
    place = load_place(folder)
    objects = Objects(place.objects)
    with objects.scratch() as scratch:
        files = {"measure": _cells(scratch, cells, policy)}
        rows = {"definition": [DEFINITION], **_about(cells), **(tables or {})}
        for name in publishing.SCHEMAS:
            if name != "measure":
                files[name] = publishing.write_rows(scratch, name, rows.get(name, ()))
        named = {f"published/{name}": (objects.add(path),) for name, path in files.items()}
    publish(place, _manifest(release, named))
    return folder


def _cells(folder: Path, cells: Sequence[Cell], policy: Policy) -> Path:
    numerator = release_counts(policy, np.array([c.numerator for c in cells], float), np.full(len(cells), np.nan))
    denominator = release_counts(policy, np.array([c.denominator for c in cells], float), np.full(len(cells), np.nan))
    value = derive(numerator.values / denominator.values * 100_000, numerator, denominator)
    figures = {"numerator": numerator, "denominator": denominator, "value": value}
    figures |= {"lower": derive(value.values * 0.9, value), "upper": derive(value.values * 1.1, value)}
    figures |= {"strict": derive(value.values * 0.99, value), "loose": derive(value.values * 1.01, value)}
    keys: dict[str, Any] = {
        "id": pa.array([c.id for c in cells]),
        "measure": pa.array([c.measure for c in cells]),
        "area_rank": pa.array([c.area[3] for c in cells]),
        "area_type": pa.array([c.area[0] for c in cells]),
        "area_code": pa.array([c.area[1] for c in cells]),
        "area_name": pa.array([c.area[2] for c in cells]),
        "cadence": pa.array([c.cadence for c in cells]),
        "period_start": pa.array([c.start for c in cells]),
        "period_end": pa.array([c.end for c in cells]),
        "dimension": pa.array([c.dimension for c in cells]),
        "category": pa.array([c.category for c in cells]),
    }
    return publishing.write_cells(folder, keys, figures, np.full(len(cells), "published"))


def _about(cells: Sequence[Cell]) -> dict[str, Sequence[Mapping[str, object]]]:
    step = {"sources": '["apc"]', "steps": '["Episodes become spells.", "Spells are counted."]', "sql": "SELECT 1"}
    quality = {
        "source": "apc", "label": "Inpatient episodes", "kind": "apc", "controller": "Fenwick ICB",
        "legal_basis": "UK GDPR 6(1)(e), 9(2)(h)", "files": 1, "rows": 1000, "set_aside": 3, "warnings": 2,
        "last_received": date(2025, 4, 10), "nhs_number_share": 0.953, "nhs_number_status": "published",
    }  # fmt: skip
    problem = {
        "source": "apc", "file": "apc/2024-04/2024-05-10.csv", "field": "discharge_date",
        "rule": "discharge_after_admission", "severity": "set_aside",
        "message": "the discharge is before the admission; ask the trust to correct it", "count": 3,
    }  # fmt: skip
    linkage = {
        "position": 0, "section": "overall", "category": "all", "label": "match rate", "unit": "%",
        "status": "published", "value": 96.2,
    }  # fmt: skip
    return {
        "step": [{"measure": name, **step} for name in sorted({cell.measure for cell in cells})],
        "quality": [quality],
        "problem": [problem],
        "linkage": [linkage],
    }


def _manifest(release: str, objects: Mapping[str, tuple[str, ...]]) -> Manifest:
    return Manifest(
        release=release,
        place="fenwick",
        built_at="2025-04-20T09:00:00+00:00",
        as_of="2025-04-20",
        engine="duckdb",
        code_version="0.1.0+test",
        definitions={"emergency_admissions": "0123456789"},
        link_model="default@1",
        inputs=(Input("apc", "apc/2024-04/2024-05-10.csv", "ab" * 32, 1000, "2024-05-10"),),
        objects=objects,
        stages=(),
        problems={"fatal": 0, "set_aside": 3, "warning": 2},
        disclosure={},
    )
