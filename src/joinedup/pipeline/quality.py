"""What arrived from each source and how good it was, as rows that can be published: counts, never a value."""

from __future__ import annotations

from collections import Counter

from joinedup.pipeline.landing import Landed
from joinedup.rules.foundation.disclosure import Status
from joinedup.rules.foundation.errors import Severity
from joinedup.store.place import Place


def quality_rows(
    place: Place, landed: Landed, number_shares: dict[str, float] | None = None
) -> list[dict[str, object]]:
    """Rows of the published table `quality`, one a source.

    Args:
        place: the place.
        landed: what its build landed.
        number_shares: share of a source's person records with a valid NHS number, where it has any.
    """
    counts: Counter[tuple[str, Severity]] = Counter()
    for problem in landed.problems:
        counts[problem.source, problem.severity] += problem.count
    shares = number_shares or {}
    return [
        {
            "source": source.id,
            "label": source.label,
            "kind": source.kind,
            "controller": str(source.flow.get("controller", "")),
            "legal_basis": str(source.flow.get("legal_basis", "")),
            "files": sum(item.source == source.id for item in landed.inputs),
            "rows": sum(item.rows for item in landed.inputs if item.source == source.id),
            "set_aside": sum(item.set_aside for item in landed.inputs if item.source == source.id),
            "warnings": counts[source.id, Severity.WARNING],
            "last_received": max((item.received for item in landed.inputs if item.source == source.id), default=None),
            "nhs_number_share": shares.get(source.id),
            "nhs_number_status": Status.PUBLISHED.value if source.id in shares else Status.NOT_EVALUABLE.value,
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
