"""What arrived from each source and how good it was, as rows that can be published: counts, never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from joinedup.pipeline.landing import Landed
from joinedup.rules.foundation.disclosure import (
    Policy,
    Released,
    Status,
    release_count,
    release_derived,
    release_public,
)
from joinedup.rules.foundation.errors import Severity
from joinedup.store.place import Place


def quality_rows(place: Place, landed: Landed, shares: Mapping[str, Released[float]]) -> list[dict[str, object]]:
    """Rows of the published table `quality`, one a source.

    Args:
        place: the place.
        landed: what its build landed.
        shares: share (0 to 1) of a source's person records with a valid NHS number, where it has any.
    """
    counts: Counter[tuple[str, Severity]] = Counter()
    for problem in landed.problems:
        counts[problem.source, problem.severity] += problem.count
    names = {item.code: item.name for item in place.organisations()}
    unknown = release_public(None, Status.NOT_EVALUABLE)
    return [
        {
            "source": source.id,
            "label": source.label,
            "kind": source.kind,
            "controller": names.get(str(source.flow.get("controller", "")), str(source.flow.get("controller", ""))),
            "legal_basis": str(source.flow.get("legal_basis", "")),
            "files": sum(item.source == source.id for item in landed.inputs),
            "rows": sum(item.rows for item in landed.inputs if item.source == source.id),
            "set_aside": sum(item.set_aside for item in landed.inputs if item.source == source.id),
            "warnings": counts[source.id, Severity.WARNING],
            "last_received": max((item.received for item in landed.inputs if item.source == source.id), default=None),
            "nhs_number_share": shares.get(source.id, unknown).value,
            "nhs_number_status": shares.get(source.id, unknown).status.value,
        }
        for source in place.sources.values()
    ]


def problem_rows(landed: Landed) -> list[dict[str, object]]:
    """Rows of the published table `problem`, one for each file, field and rule."""
    return [
        {
            "source": problem.source,
            "file": problem.file,
            "field": problem.field,
            "rule": problem.rule,
            "severity": problem.severity.value,
            "message": problem.message,
            "count": problem.count,
        }
        for problem in landed.problems
    ]


def linkage_rows(report: pa.Table, place: Place) -> list[dict[str, object]]:
    """Rows of the published table `linkage`: counts through the gate, shares from published counts.

    Args:
        report: section, category, label, value, numerator, denominator, unit, as linking leaves it.
        place: knows what its sources and organisations are called.
    """
    names = {("source", source.id): source.label for source in place.sources.values()}
    names |= {("objection", source.id): source.label for source in place.sources.values()}
    names |= {("organisation", item.code): item.name for item in place.organisations()}
    return [
        {
            "position": position,
            "section": row["section"],
            "category": names.get((row["section"], row["category"]), row["category"]),
            "label": row["label"],
            "unit": row["unit"],
            **_shown(row),
        }
        for position, row in enumerate(report.to_pylist())
    ]


def _shown(row: Mapping[str, Any]) -> dict[str, object]:
    found = _released(row["value"], row["numerator"], row["denominator"])
    return {"value": found.value, "status": found.status.value}


def _released(value: float | None, count: int | None, whole: int | None) -> Released[float]:
    if count is None:  # an estimate of the model, not a count of anybody
        return release_public(value, Status.PUBLISHED if value is not None else Status.NOT_EVALUABLE)
    part = release_count(Policy.HES, count)
    if whole is None:
        return release_derived(part.value, part)
    base = release_count(Policy.HES, whole)
    share = min(100.0, 100 * part.value / base.value) if part.value is not None and base.value else None
    return release_derived(share, part, base)


def number_shares(report: pa.Table) -> dict[str, Released[float]]:
    """Share (0 to 1) of each source's records with a valid NHS number, from the published counts."""
    return {
        str(row["category"]): _fraction(_released(row["value"], row["numerator"], row["denominator"]))
        for row in report.to_pylist()
        if (row["section"], row["label"]) == ("source", "nhs_number_coverage")
    }


def _fraction(percentage: Released[float]) -> Released[float]:
    value = percentage.value
    return release_derived(None if value is None else value / 100, percentage)
