"""Records as linking sees them: identifiers, order of arrival, pairs, decisions, and those that are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.methods.clustering import Flags, Ints, NodePairs
from joinedup.pipeline.linking_arrays import days, whole_numbers

TOMBSTONES = ibis.schema(
    {"record_key": "int64", "received": "date", "source_order": "int64", "heir": "int64"}
).to_pyarrow()


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What linking needs to know of a place.

    Attributes:
        key: the secret that makes pseudonyms.
        test_numbers: whether test NHS numbers (900... to 999...) count: demonstration and test places only.
        today: the day of the build, the date of its identity events.
        extras: further columns that the model compares.
        lone_numbers_bind: whether two different numbers keep records apart though neither is verified by its
            status nor confirmed by another record; for files that carry no status at all.
    """

    key: bytes
    test_numbers: bool
    today: date
    extras: tuple[str, ...] = ()
    lone_numbers_bind: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about two records.

    Attributes:
        is_same: they are one person, or two.
        decided_on: the latest decision on a pair wins; on one day, "different" does.
    """

    record_l: int
    record_r: int
    is_same: bool
    decided_on: date

    @property
    def pair(self) -> tuple[int, int]:
        """The two record keys, lower first."""
        return (min(self.record_l, self.record_r), max(self.record_l, self.record_r))


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decision that stands on each pair, in order of the pair."""
    latest: dict[tuple[int, int], Decision] = {}
    for each in decisions:
        held = latest.get(each.pair)
        if held is None or (each.decided_on, not each.is_same) > (held.decided_on, not held.is_same):
            latest[each.pair] = each
    return [latest[pair] for pair in sorted(latest)]


@dataclass(frozen=True, slots=True)
class Records:
    """Records by position (in order of record key), and the pairs between them.

    Attributes:
        key: record keys, ascending.
        arrival: rank in the order of arrival (received, source order, key), tombstones included.
        left, right: positions of each pair.
        tombstones: table of records that are gone.
    """

    key: Ints
    heads: pa.Table
    arrival: Ints
    anchor_key: Ints
    left: Ints
    right: Ints
    pairs: pa.Table
    tombstones: pa.Table

    @classmethod
    def of(cls, heads: pa.Table, pairs: pa.Table, tombstones: pa.Table | None) -> Records:
        """Records and pairs with positions in place of keys."""
        key = whole_numbers(heads, "record_key")
        gone = tombstones if tombstones is not None else no_tombstones()
        arrival, anchor_key = _arrivals(heads, gone, key)
        left = np.searchsorted(key, whole_numbers(pairs, "record_l"))
        right = np.searchsorted(key, whole_numbers(pairs, "record_r"))
        return cls(key, heads, arrival, anchor_key, left, right, pairs, gone)

    def within(self, keep: Flags) -> Records:
        """Only some records, which must be whole connected groups, and the pairs between them."""
        new = np.cumsum(keep) - 1
        pairs = keep[self.left] & keep[self.right]
        mask, pair_mask = pa.array(keep), pa.array(pairs)
        return Records(
            self.key[keep], self.heads.filter(mask), self.arrival[keep], self.anchor_key[keep],
            new[self.left[pairs]], new[self.right[pairs]], self.pairs.filter(pair_mask), self.tombstones,
        )  # fmt: skip

    def positions(self, decisions: Sequence[Decision]) -> NodePairs:
        """Positions of the decided pairs whose records are both here."""
        found = [self._position(d.pair) for d in decisions]
        here = sorted({pair for pair in found if pair is not None})
        return NodePairs(*(np.array([pair[i] for pair in here], np.int64) for i in (0, 1)))

    def _position(self, pair: tuple[int, int]) -> tuple[int, int] | None:
        at = np.searchsorted(self.key, pair)
        if (at >= len(self.key)).any() or (self.key[at] != pair).any() or at[0] == at[1]:
            return None
        return int(at[0]), int(at[1])


def no_tombstones() -> pa.Table:
    """No record has gone."""
    return TOMBSTONES.empty_table()


def _arrivals(heads: pa.Table, gone: pa.Table, key: Ints) -> tuple[Ints, Ints]:
    """Each record's place in the order of arrival and the record key it would lend as an anchor.

    A record that is gone still holds its place: its heir answers for it, so that people keep their ids.
    """
    owner = np.r_[np.arange(len(key)), np.searchsorted(key, whole_numbers(gone, "heir"))]
    all_keys = np.r_[key, whole_numbers(gone, "record_key")]
    received = np.r_[days(heads, "received"), days(gone, "received")]
    source = np.r_[whole_numbers(heads, "source_order", 0), whole_numbers(gone, "source_order", 0)]
    order = np.lexsort((all_keys, source, received))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(len(key), len(order), np.int64)
    np.minimum.at(best, owner, rank)
    return best, all_keys[order][best]


def tombstones_of(heads: pa.Table, former_heads: pa.Table, former_link: pa.Table, former: pa.Table) -> pa.Table:
    """Records that are gone, each with an heir: the earliest record still here of the person it belonged to.

    Args:
        heads: the records here now.
        former_heads: the records of the last build.
        former_link: the link table of the last build.
        former: the tombstones of the last build.

    Returns:
        Columns of `TOMBSTONES`. A person of whom no record is left leaves none.
    """
    key, former_key = whole_numbers(heads, "record_key"), whole_numbers(former_heads, "record_key")
    is_gone = ~np.isin(former_key, key)
    if not is_gone.any() and not former.num_rows:
        return no_tombstones()
    linked_key, person = whole_numbers(former_link, "record_key"), whole_numbers(former_link, "person_id")
    owner = person[np.searchsorted(linked_key, former_key)]
    heirs = _heirs(former_heads.filter(pa.array(~is_gone)), owner[~is_gone])
    older = former.filter(pc.invert(pc.is_in(former["record_key"], value_set=heads["record_key"].combine_chunks())))
    older_owner = person[np.searchsorted(linked_key, whole_numbers(older, "heir"))]
    columns = ["record_key", "received", "source_order"]
    gone = pa.concat_tables([former_heads.filter(pa.array(is_gone)).select(columns), older.select(columns)])
    owners = np.r_[owner[is_gone], older_owner].tolist()
    heir = pa.array([heirs.get(who) for who in owners], pa.int64())
    kept = gone.append_column("heir", heir).cast(TOMBSTONES)
    return kept.filter(pc.is_valid(heir)).sort_by("record_key")


def _heirs(heads: pa.Table, person: Ints) -> dict[int, int]:
    """The earliest of the records still here of each person."""
    key = whole_numbers(heads, "record_key")
    order = np.lexsort((key, whole_numbers(heads, "source_order", 0), days(heads, "received")))
    who, first = np.unique(person[order], return_index=True)
    return dict(zip(who.tolist(), key[order][first].tolist(), strict=True))
