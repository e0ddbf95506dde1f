"""Linking: from the records of every source to people, and what happened to each identity since the last build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.evidence.identity.blocking import with_block_keys, with_value_weights
from joinedup.evidence.identity.households import addresses, stays
from joinedup.evidence.identity.model import LinkModel
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD, describe, variants_of
from joinedup.evidence.identity.records import record_heads
from joinedup.evidence.tables import HOUSEHOLD
from joinedup.methods.clustering import Ints
from joinedup.pipeline.linking_arrays import whole_numbers
from joinedup.pipeline.linking_events import identity_events
from joinedup.pipeline.linking_model import name_lists
from joinedup.pipeline.linking_pairs import HEADS, PAIRS, scored_pairs
from joinedup.pipeline.linking_people import Former, review_list, settle_people
from joinedup.pipeline.linking_records import Decision, LinkSettings, Records, tombstones_of
from joinedup.pipeline.linking_report import ReportInputs, linkage_report
from joinedup.rules.foundation.identifier import record_key
from joinedup.store.engine import DuckDB

__all__ = ["Decision", "LinkSettings", "LinkState", "Linked", "link"]


@dataclass(frozen=True, slots=True)
class LinkState:
    """What one build keeps so that the next recomputes only what changed. Restricted; never exported.

    Attributes:
        model_version: state made under another model is not used.
        heads: one row a record (identifiers, order of arrival, fingerprint).
        pairs: every pair of records worth remembering, with its weight.
        link: the canonical table `link`.
        events: every identity event so far.
        tombstones: records that are gone, and the record that holds their place in the order of arrival.
        decisions: the decisions that held.
    """

    model_version: str
    heads: pa.Table
    pairs: pa.Table
    link: pa.Table
    events: pa.Table
    tombstones: pa.Table
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """The outcome of linking.

    Attributes:
        link: canonical table `link`, in order of record key.
        events: canonical table `identity_event`, earlier builds included.
        households: canonical table `household`.
        report: linkage quality, one row a figure: section, category, label, value, numerator, denominator, unit
            (raw: pass it through the disclosure gate).
        review: uncertain pairs for people to decide: record_l, record_r, weight, probability, reason. No names.
        conflicts: decisions that contradict others and were left out: record_l, record_r.
        state: what the next build needs.
    """

    link: pa.Table
    events: pa.Table
    households: pa.Table
    report: pa.Table
    review: pa.Table
    conflicts: pa.Table
    state: LinkState = field(repr=False)


def link(
    identity_records: Sequence[Path] | ir.Table, engine: DuckDB, settings: LinkSettings, model: LinkModel, *,
    decisions: Sequence[Decision] = (), previous: LinkState | None = None, deprivation: ir.Table | None = None,
) -> Linked:  # fmt: skip
    """Put the records of every source together into people.

    A pure function of the record versions, the model and the decisions: neither the order of rows, files and
    deliveries nor `previous` changes the partition or a person id; `previous` only saves work, and tells what is
    new (events) and gone (tombstones).

    Args:
        identity_records: Parquet files or a table at grain one version of a record, `IDENTITY_RECORD`.
        engine: the embedded engine (identity alone is exempt from running on every engine).
        settings: key, kind of place, day.
        model: the frozen linkage model (`pipeline.linking_model.load_model`).
        decisions: what people decided about uncertain pairs; the latest on a pair wins, over the weights too.
        previous: the state of the last build, if any.
        deprivation: `lsoa`, `imd_decile` (1 = most deprived), for the report; None leaves that section out.

    Returns:
        People, events, households, the quality report and the review list.
    """
    records = _read(identity_records, engine)
    described = engine.cache(
        describe(records, name_lists(), test_numbers=settings.test_numbers, extras=settings.extras)
    )
    variants = _variants(described, engine, model)
    head_rows = engine.fetch(record_heads(described).select(*HEADS).order_by("node"))
    usable = previous if previous and previous.model_version == model.version else None
    pairs, seeds = _pairs(engine, variants, head_rows, model, usable)
    gone = tombstones_of(head_rows, previous.heads, previous.link, previous.tombstones) if previous else None
    known = Records.of(head_rows, pairs, gone)
    former = Former(usable.link, seeds, usable.decisions) if usable and seeds is not None else None
    people = settle_people(known, model, decisions, settings, former)
    link_table = people.link_table()
    former_link = previous.link if previous else None
    events = identity_events(
        link_table, former_link, decisions, people, settings.today, is_refitted=bool(previous) and not usable
    )
    if previous is not None:
        events = _with_earlier(previous.events, events)
    return Linked(
        link=link_table,
        events=events,
        households=_households(engine, described, link_table, settings.key),
        report=linkage_report(
            ReportInputs(engine, described, variants, link_table, pairs, model),
            decisions,
            deprivation,
        ),
        review=review_list(people, known, model, decisions),
        conflicts=people.conflict_table(),
        state=LinkState(model.version, head_rows, pairs, link_table, events, known.tombstones, tuple(decisions)),
    )


def _with_earlier(earlier: pa.Table, events: pa.Table) -> pa.Table:
    """Earlier events and the new ones; a decision that was written before is not written again."""
    known = {tuple(row.values()) for row in _decided(earlier).to_pylist()}
    if known:
        again = {tuple(row.values()) for row in _decided(events).to_pylist()} & known
        fresh = [row["kind"] != "decided" or tuple(row.values()) not in again for row in events.to_pylist()]
        events = events.filter(pa.array(fresh, pa.bool_()))
    return pa.concat_tables([earlier, events])


def _decided(events: pa.Table) -> pa.Table:
    return events.filter(pc.field("kind") == "decided")


def _read(identity_records: Sequence[Path] | ir.Table, engine: DuckDB) -> ir.Table:
    if isinstance(identity_records, ir.Table):
        return identity_records
    return engine.read(list(identity_records), IDENTITY_RECORD)


def _variants(described: ir.Table, engine: DuckDB, model: LinkModel) -> ir.Table:
    weighed = with_value_weights(variants_of(described, name_lists()), model)
    return engine.cache(with_block_keys(weighed, model.blocking))


def _pairs(
    engine: DuckDB, variants: ir.Table, heads: pa.Table, model: LinkModel, previous: LinkState | None
) -> tuple[pa.Table, Ints | None]:
    """Every pair worth remembering, and the records around which people must be put together anew (None: all).

    With a previous state only pairs of new and changed records are compared; the others are as they were. Records to
    start from are those that changed, and those that had a pair with one that changed or went.
    """
    if previous is None:
        found = scored_pairs(engine, variants, variants, model, is_whole=True)
        return engine.fetch(found.select(*PAIRS).order_by("record_l", "record_r")), None
    before = engine.table(previous.heads.select(["record_key", "digest"]))
    now = engine.table(heads.select(["record_key", "digest"]))
    kept = engine.cache(now.join(before, ["record_key", "digest"]).select("record_key"))
    changed = engine.cache(now.anti_join(kept, "record_key").select("record_key"))
    fresh = scored_pairs(engine, variants.semi_join(changed, "record_key"), variants, model, is_whole=False)
    old = engine.table(previous.pairs)
    is_left, is_right = old.record_l.isin(kept.record_key), old.record_r.isin(kept.record_key)
    every = old.filter(is_left & is_right).select(*PAIRS).union(fresh.select(*PAIRS))
    beside = old.filter(is_left & ~is_right).select(record_key="record_l")
    beside = beside.union(old.filter(is_right & ~is_left).select(record_key="record_r"))
    seeds = whole_numbers(engine.fetch(beside.union(changed).distinct()), "record_key")
    return engine.fetch(every.order_by("record_l", "record_r")), seeds


def _households(engine: DuckDB, described: ir.Table, link_table: pa.Table, key: bytes) -> pa.Table:
    homes = engine.cache(addresses(described))
    keys = engine.fetch(homes.select("home").distinct().order_by("home"))["home"]
    ids = pa.array([record_key("home", str(home), key) for home in keys.to_pylist()], pa.int64())
    found = stays(homes, engine.table(pa.table([keys, ids], names=["home", "household_id"])), engine.table(link_table))
    rows = engine.fetch(found.order_by("household_id", "person_id", "valid_from"))
    return rows.cast(ibis.schema(HOUSEHOLD).to_pyarrow())
