"""Which pairs of records are compared at all, and what each weighs at best."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.comparison import compare, weigh
from joinedup.evidence.identity.functions import fingerprint
from joinedup.evidence.identity.model import BlockingRule, LinkModel

#: Columns a comparison may read beside its own.
BESIDE = (
    "forename_root", "forename_stem", "forename", "surname", "surname_parts", "dob", "dob_swapped", "birth_year",
    "outward", "house",
)  # fmt: skip


def with_value_weights(variants: ir.Table, model: LinkModel) -> ir.Table:
    """Add what chance agreement on each value says, from the shares frozen in the model.

    Returns:
        The variants with `<column>_weight` for every column whose shares the model holds.
    """
    result = variants
    for comparison in model.comparisons:
        shares = model.frequencies.get(comparison.column)
        if not (comparison.frequencies and shares):
            continue
        name = comparison.column
        known = ibis.memtable(
            {"value": list(shares), "said": [model.value_weight(name, share) for share in shares.values()]},
            schema=ibis.schema({"value": "string", "said": "int64"}),
        )
        joined = result.left_join(known, result[name] == known.value)
        said = ibis.coalesce(joined.said, model.value_weight(name, None))
        result = joined.mutate(**{f"{name}_weight": said}).drop("value", "said")
    return result


def needed_columns(variants: ir.Table, model: LinkModel) -> list[str]:
    """The columns that comparing pairs reads, in a fixed order."""
    wanted = {"record_key", *BESIDE, *(each.column for each in model.comparisons)}
    wanted |= {f"{each.column}_weight" for each in model.comparisons}
    return [name for name in variants.columns if name in wanted]


def with_block_keys(variants: ir.Table, rules: Sequence[BlockingRule]) -> ir.Table:
    """Add `variant`, a number for each row, and a whole number a rule, `block_<rule>`: equal where all its columns are
    equal, null where one is missing."""
    numbered = variants.mutate(variant=ibis.row_number())
    return numbered.mutate(**{f"block_{rule.id}": _block_key(variants, rule) for rule in rules})


def _block_key(variants: ir.Table, rule: BlockingRule) -> ir.IntegerValue:
    texts = [variants[name].cast("string") for name in rule.equal]
    return fingerprint(reduce(lambda a, b: a + "\x1f" + b, texts))


def candidate_pairs(left: ir.Table, right: ir.Table, rules: Sequence[BlockingRule], *, is_whole: bool) -> ir.Table:
    """Pairs of descriptions of different records that agree on any blocking rule.

    Args:
        left: descriptions with block keys; the whole place, or only those of changed records.
        right: descriptions with block keys of the whole place.
        rules: the model's rules.
        is_whole: both sides are the whole place, so each pair is looked at from one side only.

    Returns:
        `variant_l`, `variant_r`, no pair twice. Nothing limits the size of a block: a limit that looks at the data at
        hand would make links depend on the order of deliveries.
    """
    found = []
    for rule in rules:
        block = f"block_{rule.id}"
        one = left.filter(left[block].notnull()).select(block, variant_l="variant", key_l="record_key")
        other = right.filter(right[block].notnull()).select(block, variant_r="variant", key_r="record_key")
        in_order = one.key_l < other.key_r if is_whole else one.key_l != other.key_r
        found.append(one.join(other, [one[block] == other[block], in_order]).select("variant_l", "variant_r"))
    return ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct()


def score_pairs(pairs: ir.Table, variants: ir.Table, model: LinkModel) -> ir.Table:
    """What pairs of descriptions weigh.

    Args:
        pairs: `variant_l`, `variant_r`.
        variants: descriptions with value weights and their `variant` numbers.
        model: levels and weights.

    Returns:
        `record_l` < `record_r`, `weight`, `is_sure`, `is_refused`, `is_kin`; a pair of records may occur more than
        once where records have several descriptions (`best_of`).
    """
    weighed = weigh(compare(side_by_side(pairs, variants, model), model), model)
    return weighed.select(
        record_l=ibis.least(weighed.record_key_l, weighed.record_key_r),
        record_r=ibis.greatest(weighed.record_key_l, weighed.record_key_r),
        weight=weighed.weight,
        is_sure=weighed.is_sure,
        is_refused=weighed.is_refused,
        is_kin=weighed.is_kin,
    )


def side_by_side(pairs: ir.Table, variants: ir.Table, model: LinkModel) -> ir.Table:
    """Both descriptions of each pair: the columns that comparing reads, ending in _l and _r."""
    told = variants.select("variant", *needed_columns(variants, model))
    one = told.rename(lambda name: f"{name}_l")
    other = told.rename(lambda name: f"{name}_r")
    return pairs.join(one, "variant_l").join(other, "variant_r")


def best_of(scored: ir.Table, model: LinkModel) -> ir.Table:
    """One row a pair of records: what its best two descriptions weigh.

    Returns:
        `record_l`, `record_r`, `weight`, `is_sure`, `is_refused`, and `is_apart`: relations rather than one person
        in every description, so that no chain of other records may join them.
    """
    best = scored.group_by("record_l", "record_r").agg(
        weight=scored.weight.max(),
        is_sure=scored.is_sure.any(),
        is_refused=scored.is_refused.any(),
        is_kin=scored.is_kin.any(),
    )
    return best.mutate(
        is_refused=best.is_refused & ~best.is_sure, is_apart=best.is_kin & (best.weight < model.thresholds.apart)
    ).drop("is_kin")


def self_weights(variants: ir.Table, model: LinkModel) -> ir.Table:
    """What a record would weigh against its own copy: below the default threshold nothing can ever link it.

    Returns:
        Grain: record. `record_key`, `weight`.
    """
    columns = needed_columns(variants, model)
    twin = variants.select(
        **{f"{name}_l": variants[name] for name in columns}, **{f"{name}_r": variants[name] for name in columns}
    )
    weighed = weigh(compare(twin, model), model)
    return weighed.group_by(record_key=weighed.record_key_l).agg(weight=weighed.weight.max())
