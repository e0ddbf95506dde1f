"""Putting results of several sites together in a notebook: the pooled effect, and whether it travels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joinedup.pipeline.evaluation.evaluate import evaluate_table
from joinedup.pipeline.evaluation.standing import stand
from joinedup.pipeline.evaluation.synthesis_results import table_of_results
from joinedup.pipeline.notebook.protocols import EvaluationProtocol, as_protocol, load_protocol
from joinedup.pipeline.notebook.results import EvaluationResult
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.protocol import PanelData, Protocol
from joinedup.rules.programme.protocol_place import PlaceStudies

Results = Sequence[EvaluationResult] | Mapping[str, EvaluationResult]


def pool(
    results: Results,
    *,
    protocol: EvaluationProtocol | str | Path | Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> EvaluationResult:
    """Put results of several sites together: random effects, prediction interval, verdict on replication.

    Args:
        results: by site, or in a row and named by their protocols.
        protocol: a registered synthesis whose `data.results` are the names of the results. Left out, the primary
            outcome of the first result is pooled by REML with Hartung and Knapp's intervals, as a ratio where the
            results give one; such a synthesis is "registered at run time".
        now: when this is run, with its time zone; the time of the call if left out.

    Raises:
        UsageError: fewer than two results, two of one name, or names that the protocol does not know.
    """
    named = _named(results)
    asked = load_protocol(_usual(named), name="pool") if protocol is None else as_protocol(protocol)
    wanted = asked.file.protocol.place
    if not isinstance(wanted, PlaceStudies):
        raise UsageError(f"{asked.name} names no results to be put together; write data.results")
    if missing := [name for name in wanted.protocols if name not in named]:
        raise UsageError(f"{asked.name} puts {', '.join(missing)} together too; given are {', '.join(named)}")
    views = {name: named[name].as_dict() for name in wanted.protocols}
    versions = [{"study": name, "result_hash": _hash(view)} for name, view in views.items()]
    table = table_of_results(views, versions, wanted.outcome, wanted.scale)
    at = now or datetime.now(UTC)
    return EvaluationResult(evaluate_table(asked.file, table, stand(asked.file, at), at), asked)


def _named(results: Results) -> dict[str, EvaluationResult]:
    pairs = list(results.items()) if isinstance(results, Mapping) else [(item.protocol.name, item) for item in results]
    named = dict(pairs)
    if len(named) < len(pairs):
        raise UsageError(
            'two results come from protocols of one name; name the sites: pool({"Fenwick": a, "Aldmoor": b})'
        )
    if len(named) < 2:
        raise UsageError("putting results together needs at least two")
    return named


def _usual(named: Mapping[str, EvaluationResult]) -> dict[str, Any]:
    """A synthesis of the primary outcome of the first result that estimated anything."""
    first = next((item for item in named.values() if item.found.estimates), None)
    if first is None:
        raise UsageError("none of the results estimated anything; there is nothing to put together")
    outcome = first.found.estimates[0].outcome
    ratio = all(_has_ratio(item, outcome) for item in named.values() if item.found.estimates)
    made: dict[str, Any] = {
        "title": f"{first.found.title}: sites together",
        "data": {
            "results": list(named), "outcome": outcome, "scale": "ratio" if ratio else "difference",
        },
        "design": {"method": "meta_analysis", "hartung_knapp": True},
    }  # fmt: skip
    if polarity := _polarity(first.protocol.file.protocol, outcome):
        made["design"]["polarity"] = polarity
    return made


def _has_ratio(result: EvaluationResult, outcome: str) -> bool:
    return any(item.outcome == outcome and item.scale == "ratio" for item in result.found.estimates)


def _polarity(protocol: Protocol, outcome: str) -> str:
    if isinstance(protocol.data, PanelData):
        return str(protocol.data.polarity or "")
    return next((str(item.polarity or "") for item in protocol.outcomes if item.name == outcome), "")


def _hash(view: Mapping[str, Any]) -> str:
    text = json.dumps(view, indent=1, ensure_ascii=False) + "\n"
    return hashlib.sha256(text.encode()).hexdigest()
