"""Fitting a linkage model to a place's own records: Splink estimates chances, the prior counts every source."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import sqlglot
from sqlglot import expressions as sql

from joinedup.evidence.identity.blocking import candidate_pairs, needed_columns, side_by_side, with_block_keys
from joinedup.evidence.identity.comparison import compare, level_tests
from joinedup.evidence.identity.functions import fingerprint
from joinedup.evidence.identity.model import Comparison, Level, LinkModel
from joinedup.evidence.identity.normalisation import describe, variants_of
from joinedup.methods.mixture import Chances, Fractions, Patterns, fit
from joinedup.pipeline.linking_arrays import whole_numbers
from joinedup.pipeline.linking_model import name_lists, shipped_model
from joinedup.pipeline.linking_records import LinkSettings
from joinedup.store.engine import DuckDB

LOG = logging.getLogger(__name__)
RANDOM_PAIRS = 1_000_000
COMMON_VALUE = 20  # a value is frozen by name only when at least this many records carry it
SMALLEST = 1e-9
#: First guess for a nearly unique extra column: one in twenty relations share it. What the pairs say decides.
PERSONAL = np.array([0.05, 0.01, 0.01, 0.93])
EM_COLUMNS = (("dob",), ("surname", "forename"), ("postcode", "surname"), ("street", "forename"), ("number",))


def refit(engine: DuckDB, records: ir.Table, settings: LinkSettings, former: LinkModel, *, label: str) -> LinkModel:
    """A model fitted to the records of a place, starting from the former one; thresholds and rules stay.

    The next linking under it recomputes everybody and writes each change it makes as an identity event.

    Args:
        records: grain one version of a record (`IDENTITY_RECORD`).
        settings: whether test numbers count.
        former: the place's model so far, or the one that ships.
        label: what the fitted model is called.
    """
    lists = name_lists()
    described = describe(records, lists, test_numbers=settings.test_numbers, extras=settings.extras)
    variants = engine.cache(variants_of(described, lists))
    return fit_model(engine, variants, _completed(former, shipped_model()), label=label)


def _completed(former: LinkModel, shipped: LinkModel) -> LinkModel:
    """The former model with the fields and rules it lacks, because no record filled them when it was fitted."""
    fields, rules = {c.id for c in former.comparisons}, {rule.id for rule in former.blocking}
    return replace(
        former,
        comparisons=(*former.comparisons, *(c for c in shipped.comparisons if c.id not in fields)),
        blocking=(*former.blocking, *(rule for rule in shipped.blocking if rule.id not in rules)),
    )


def fit_model(
    engine: DuckDB, variants: ir.Table, start: LinkModel, *, label: str, common: int = COMMON_VALUE, splink: bool = True
) -> LinkModel:
    """Fit a model to the records of a place.

    Splink estimates u from pairs at random and m by expectation maximisation; both are then made to agree with the
    pairs that our own blocking rules bring together, over all sources at once, which also gives the prior (Splink's
    own prior is wrong with more than two sources). The shares of names are counted and frozen.

    Args:
        engine: the embedded engine.
        variants: descriptions of every record (`variants_of`).
        start: gives the fields, levels, rules and thresholds, and the first guess of every chance.
        label: what the fitted model is called.
        common: how many records must carry a value before the model names it.
        splink: whether Splink makes the first estimate; without it the guess of `start` does (small files).

    Returns:
        The fitted model. Fields that no record fills are left out.
    """
    present = filled(engine, variants, start)
    first = estimate_with_splink(engine, variants, present) if splink else present
    numbered = engine.cache(with_block_keys(variants, present.blocking))
    fitted = agree_with_pairs(engine, numbered, first, present)
    shares = {c.column: value_shares(engine, variants, c.column, common) for c in present.comparisons if c.frequencies}
    records = max(_count(engine, variants.select("record_key").distinct()), 2)
    return replace(
        fitted,
        id="fitted",
        label=label,
        source="Fitted to these records: " + ("Splink 5, then " if splink else "") + "EM over all sources at once",
        frequencies=shares,
        unseen=dict.fromkeys(shares, 1.0 / records),
    )


def filled(engine: DuckDB, variants: ir.Table, model: LinkModel) -> LinkModel:
    """The model without the fields that no record fills, and without the rules that read them."""
    counts = {name: variants[name].count() for name in variants.columns if name != "record_key"}
    row = engine.fetch(variants.aggregate(**counts)).to_pylist()[0]
    comparisons = tuple(each for each in model.comparisons if row.get(each.column))
    rules = tuple(rule for rule in model.blocking if all(row.get(name) for name in rule.equal))
    return replace(model, comparisons=comparisons, blocking=rules)


def _count(engine: DuckDB, table: ir.Table) -> int:
    return int(whole_numbers(engine.fetch(table.aggregate(n=table.count())), "n")[0])


def value_shares(engine: DuckDB, variants: ir.Table, column: str, common: int) -> dict[str, float]:
    """The share of records that carry each common value of a column."""
    counted = variants.group_by(value=variants[column]).agg(records=variants.record_key.nunique())
    known = engine.fetch(counted.filter(counted.value.notnull()))
    total = float(whole_numbers(known, "records").sum()) if known.num_rows else 1.0
    return {r["value"]: r["records"] / total for r in known.to_pylist() if r["records"] >= common}


def agree_with_pairs(engine: DuckDB, variants: ir.Table, start: LinkModel, guess: LinkModel) -> LinkModel:
    """The model whose chances and priors agree with the pairs that its own rules bring together.

    Args:
        variants: descriptions with block keys and `variant` numbers.
        start: where to start.
        guess: the chances to keep for levels that no pair shows.
    """
    every = engine.cache(candidate_pairs(variants, variants, start.blocking, is_whole=True))
    records = _count(engine, variants)
    compared = patterns(engine, every, variants, start)
    at_random = patterns(engine, random_pairs(variants, records), variants, start)
    believed = _chances(guess, records)
    first = fit(compared, at_random, _chances(start, records), believed)
    related = _related_pairs(engine, variants, start, first)
    personal = [i for i, c in enumerate(start.comparisons) if _may_be_personal(c, first.stranger[i], records)]
    kin = tuple(PERSONAL if i in personal else each for i, each in enumerate(first.kin))
    second = replace(first, related=related, kin=kin)
    return _with_chances(start, fit(compared, at_random, second, believed, learn_kin=personal))


def _may_be_personal(comparison: Comparison, stranger: Fractions, records: int) -> bool:
    """Whether an extra column may belong to one person alone: strangers share its values less than once a record."""
    return comparison.kind == "text" and float(stranger[0]) * records < 1.0


def _related_pairs(engine: DuckDB, variants: ir.Table, model: LinkModel, chances: Chances) -> float:
    """How many pairs of different people share a surname and a home: families, beyond chance.

    Counted as all pairs with one surname and one home (or postcode), less those of one person and of strangers.
    """
    home = next((name for name in ("address", "postcode") if model.comparison(name)), None)
    if home is None or model.comparison("surname") is None:
        return 1.0
    column = "home" if home == "address" else "postcode"
    groups = variants.group_by("surname", column).agg(n=variants.record_key.nunique())
    groups = groups.filter(groups.surname.notnull() & groups[column].notnull())
    shared = groups.aggregate(n=(groups.n * (groups.n - 1) / 2).sum().fill_null(0).cast("int64"))
    together = float(whole_numbers(engine.fetch(shared), "n")[0])
    at = [[c.id for c in model.comparisons].index(name) for name in ("surname", home)]
    known = _share_known(engine, variants, column)
    same = chances.same * float(np.prod([chances.person[i][0] for i in at])) * known
    strangers = chances.pairs * float(np.prod([chances.stranger[i][0] for i in at])) * known
    return max(together - same - strangers, 1.0)


def _share_known(engine: DuckDB, variants: ir.Table, column: str) -> float:
    """The share of pairs in which both sides tell surname and home."""
    told = (variants.surname.notnull() & variants[column].notnull()).mean()
    share = engine.fetch(variants.aggregate(share=told)).to_pylist()[0]["share"]
    return float(share or 0.0) ** 2


def random_pairs(variants: ir.Table, records: int) -> ir.Table:
    """About a million pairs drawn without looking: in shuffled order, each description with some further on.

    The shuffle is by fingerprint of the record key, so the same records always give the same pairs.
    """
    mark = fingerprint(variants.record_key.cast("string"))
    order = ibis.row_number().over(ibis.window(order_by=[mark, variants.variant]))
    shuffled = variants.select(variant_l="variant", place=order)
    steps = max(1, min(RANDOM_PAIRS // max(records, 1), (records - 1) // 2))
    stepped = shuffled.mutate(step=ibis.range(1, steps + 1).unnest())
    aimed = stepped.select("variant_l", aim=(stepped.place + stepped.step) % records)
    return aimed.join(shuffled.select(variant_r="variant_l", aim="place"), "aim").select("variant_l", "variant_r")


def patterns(engine: DuckDB, pairs: ir.Table, variants: ir.Table, model: LinkModel) -> Patterns:
    """Pairs counted by how they compare."""
    compared = compare(side_by_side(pairs, variants, model), model)
    names = [f"level_{each.id}" for each in model.comparisons]
    rows = engine.fetch(compared.group_by(names).agg(pairs=compared.count()))
    level = np.column_stack([whole_numbers(rows, name) for name in names])
    return Patterns(level, whole_numbers(rows, "pairs").astype(np.float64))


def _chances(model: LinkModel, records: int) -> Chances:
    pairs = records * (records - 1) / 2
    same = max(pairs * model.random_match, records / 4)
    kin = tuple(
        None if any(level.kin is None for level in c.levels) else np.array([level.kin for level in c.levels], float)
        for c in model.comparisons
    )
    return Chances(
        tuple(np.array([level.m for level in c.levels]) for c in model.comparisons),
        tuple(np.array([level.u for level in c.levels]) for c in model.comparisons),
        kin, pairs, same, same / model.kin_odds,
    )  # fmt: skip


def _with_chances(model: LinkModel, chances: Chances) -> LinkModel:
    comparisons = []
    for i, comparison in enumerate(model.comparisons):
        levels = tuple(
            replace(
                level,
                m=max(float(chances.person[i][j]), SMALLEST),
                u=max(float(chances.stranger[i][j]), SMALLEST),
                kin=None if (kin := chances.kin[i]) is None else max(float(kin[j]), SMALLEST),
            )
            for j, level in enumerate(comparison.levels)
        )
        comparisons.append(replace(comparison, levels=levels))
    return replace(
        model,
        comparisons=tuple(comparisons),
        random_match=min(chances.same / chances.pairs, 0.5),
        kin_odds=min(chances.same / chances.related, 1e6),
    )


def estimate_with_splink(engine: DuckDB, variants: ir.Table, model: LinkModel) -> LinkModel:
    """The model with u and m as Splink estimates them; what Splink cannot see stays as it was.

    Splink reads our own levels as SQL on our own columns, so that its chances mean the same as ours.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = needed_columns(variants, model)
    table = engine.fetch(variants.select(*columns).mutate(unique_id=ibis.row_number()))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_splink_comparison(variants, each) for each in model.comparisons],
        probability_two_random_records_match=model.random_match,
    )
    linker = Linker(DuckDBAPI().register(table), settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS * 2, seed=1)
    learned: dict[str, Any] = linker.misc.save_model_to_json(out_path=None)
    for names in EM_COLUMNS:
        if all(variants_has(model, name) for name in names):
            session = Linker(DuckDBAPI().register(table), learned, log_level=None)
            learned = _maximised(session, block_on(*names)) or learned
    return _with_splink(model, learned["comparisons"])


def _maximised(linker: Any, rule: Any) -> dict[str, Any] | None:
    """What one session of Splink's EM learns; None where it gives up because its pairs show too little.

    A session that gives up leaves its linker half changed, so each has its own. Our own EM over the pairs of every
    rule follows in any case: a session that gives up costs a starting value, nothing else.
    """
    from splink.internals.exceptions import EMTrainingException

    try:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=RANDOM_PAIRS)
        learned: dict[str, Any] = linker.misc.save_model_to_json(out_path=None)
    except (EMTrainingException, ValueError) as exc:
        LOG.info("Splink gave up one training session: %s", type(exc).__name__)
        return None
    return learned


def variants_has(model: LinkModel, column: str) -> bool:
    """Whether the model compares a column."""
    return any(each.column == column for each in model.comparisons)


def _splink_comparison(variants: ir.Table, comparison: Comparison) -> dict[str, Any]:
    """A comparison in Splink's terms."""
    missing, tests = level_tests(_pair_shape(variants), comparison)
    levels: list[dict[str, Any]] = [
        {"sql_condition": _condition(missing), "label_for_charts": "missing", "is_null_level": True}
    ]
    levels += [
        {"sql_condition": _condition(tests[level.id]), "label_for_charts": level.id,
         "m_probability": level.m, "u_probability": level.u}
        for level in comparison.levels[:-1]
    ]  # fmt: skip
    last = comparison.levels[-1]
    levels.append(
        {"sql_condition": "ELSE", "label_for_charts": last.id, "m_probability": last.m, "u_probability": last.u}
    )
    return {"output_column_name": comparison.id, "comparison_levels": levels}


def _pair_shape(variants: ir.Table) -> ir.Table:
    types = variants.schema().items()
    return ibis.table({f"{name}_{side}": kind for side in "lr" for name, kind in types}, name="pairs")


def _condition(test: ir.BooleanValue) -> str:
    """A test on two descriptions as SQL on columns ending in _l and _r."""
    query = sqlglot.parse_one(str(ibis.to_sql(test.name("holds").as_table(), dialect="duckdb")), dialect="duckdb")
    condition = query.expressions[0].unalias()
    for column in condition.find_all(sql.Column):
        column.set("table", None)
    return str(condition.sql(dialect="duckdb"))


def _with_splink(model: LinkModel, found: Sequence[Mapping[str, Any]]) -> LinkModel:
    by_name = {each["output_column_name"]: each["comparison_levels"] for each in found}
    comparisons = []
    for comparison in model.comparisons:
        said = {level["label_for_charts"]: level for level in by_name[comparison.id]}
        levels = [_estimated(level, said[level.id]) for level in comparison.levels]
        comparisons.append(replace(comparison, levels=tuple(levels)))
    return replace(model, comparisons=tuple(comparisons))


def _estimated(level: Level, said: Mapping[str, Any]) -> Level:
    m, u = (cast("float | None", said.get(f"{side}_probability")) for side in "mu")
    return replace(level, m=min(max(m or level.m, SMALLEST), 1.0), u=min(max(u or level.u, SMALLEST), 1.0))
