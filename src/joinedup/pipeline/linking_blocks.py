"""Which pairs to look at in files nobody has described: the rules that bring few pairs together, chosen by counting."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from joinedup.evidence.identity.blocking import with_block_keys
from joinedup.evidence.identity.model import BlockingRule
from joinedup.pipeline.linking_arrays import known_values
from joinedup.store.engine import DuckDB

STRONG = ("number", "token", "dob", "forename_root", "surname", "postcode", "home", "home_start", "street")
WEAK = ("forename_start", "surname_start", "birth_year", "birth_day", "outward")
SPECIAL = (
    ("names_sorted",), ("names_sorted", "birth_year"), ("names_sorted", "postcode"), ("date_sorted", "surname_start"),
)  # fmt: skip
PAIRS_A_RULE = 5
PAIRS_IN_ALL = 40
FEW_RECORDS = 10_000
MOST_RULES = 24
COUNTED_AT_ONCE = 16
#: What a column says beside itself: a rule on the first brings together no pair that one on the second does not.
IMPLIES = {
    "forename_root": ("forename_start",), "surname": ("surname_start",), "dob": ("birth_year", "birth_day"),
    "postcode": ("outward",), "home": ("home_start", "street"),
}  # fmt: skip


def choose_rules(engine: DuckDB, variants: ir.Table, extras: int) -> tuple[BlockingRule, ...]:
    """Blocking rules for files nobody has described.

    Every telling field alone, every two of them, and weaker ones beside them are tried. Those that would bring
    together more than a few pairs a record are left out, so that pairs grow with the records; so are those whose pairs
    a wider rule already brings together.

    Args:
        variants: descriptions (`variants_of`).
        extras: how many extra columns they carry.

    Returns:
        Rules from the commonest to the rarest. They belong to the fitted model, so they are chosen once.
    """
    strong = [*STRONG, *(f"extra_{i}" for i in range(extras))]
    filled = _filled(engine, variants, [*strong, *WEAK])
    strong = [name for name in strong if name in filled]
    weak = [name for name in WEAK if name in filled]
    tried: list[tuple[str, ...]] = [(name,) for name in strong]
    tried += list(combinations(strong, 2))
    tried += [(one, other) for one in strong for other in weak if other not in IMPLIES.get(one, ())]
    tried += [(*two, one) for two in combinations(weak, 2) for one in weak if one not in two]
    if {"surname", "forename_root"} <= set(filled):
        tried += [names for names in SPECIAL if set(names) - {"names_sorted", "date_sorted"} <= set(filled)]
    rules = [BlockingRule("_".join(names), names) for names in dict.fromkeys(tried)]
    return _affordable(engine, variants, rules)


def _filled(engine: DuckDB, variants: ir.Table, names: Sequence[str]) -> list[str]:
    row = engine.fetch(variants.aggregate(**{name: variants[name].count() for name in names})).to_pylist()[0]
    return [name for name in names if row[name]]


def _affordable(engine: DuckDB, variants: ir.Table, rules: Sequence[BlockingRule]) -> tuple[BlockingRule, ...]:
    """The widest rules that bring few pairs together, each adding pairs that no wider one brings."""
    counted, records = _counted(engine, variants, rules)
    room = max(records, FEW_RECORDS)
    chosen: list[BlockingRule] = []
    total = 0
    for pairs, rule in sorted(counted, key=lambda each: (-each[0], each[1].id)):
        if not 0 < pairs <= PAIRS_A_RULE * room or total + pairs > PAIRS_IN_ALL * room or len(chosen) == MOST_RULES:
            continue
        if not any(set(wider.equal) <= _said(rule) for wider in chosen):
            chosen.append(rule)
            total += pairs
    return tuple(chosen)


def _said(rule: BlockingRule) -> set[str]:
    return {*rule.equal, *(other for name in rule.equal for other in IMPLIES.get(name, ()))}


def _counted(
    engine: DuckDB, variants: ir.Table, rules: Sequence[BlockingRule]
) -> tuple[list[tuple[int, BlockingRule]], int]:
    """How many pairs each rule would bring together, and how many descriptions there are."""
    counted: list[tuple[int, BlockingRule]] = []
    records = 0
    for at in range(0, len(rules), COUNTED_AT_ONCE):
        batch = rules[at : at + COUNTED_AT_ONCE]
        keyed = with_block_keys(variants, batch)
        rows = engine.fetch(keyed.select([f"block_{rule.id}" for rule in batch]))
        records = rows.num_rows
        counted += [(_pairs(known_values(rows, f"block_{rule.id}")), rule) for rule in batch]
    return counted, records


def _pairs(block: npt.NDArray[np.uint64]) -> int:
    sizes = np.unique(block, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())
