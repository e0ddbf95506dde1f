"""Pairs of records weighed, and which of them are remembered."""

from __future__ import annotations

import ibis.expr.types as ir

from joinedup.evidence.identity.blocking import best_of, candidate_pairs, score_pairs
from joinedup.evidence.identity.model import LinkModel
from joinedup.store.engine import DuckDB

FLOOR = -500  # pairs far below even odds are forgotten, unless they say something else

HEADS = {
    "node": "int64", "record_key": "int64", "received": "date", "source_order": "int64", "number": "int64",
    "number_status": "string", "is_verified": "boolean", "token": "string", "digest": "string",
}  # fmt: skip
PAIRS = {
    "record_l": "int64", "record_r": "int64", "weight": "int64", "is_sure": "boolean", "is_refused": "boolean",
    "is_apart": "boolean",
}  # fmt: skip


def scored_pairs(engine: DuckDB, left: ir.Table, right: ir.Table, model: LinkModel, *, is_whole: bool) -> ir.Table:
    """One row a pair of records worth remembering: the rules bring pairs together, then all are weighed.

    Args:
        left: descriptions with block keys; the whole place, or only those of changed records.
        right: descriptions of the whole place.
        model: rules, levels, weights.
        is_whole: both sides are the whole place.

    Returns:
        Columns of `PAIRS`.
    """
    candidates = engine.cache(candidate_pairs(left, right, model.blocking, is_whole=is_whole))
    scored = score_pairs(candidates, right, model)
    worth = scored.filter((scored.weight >= FLOOR) | scored.is_refused | scored.is_kin)
    return best_of(engine.cache(worth), model)
