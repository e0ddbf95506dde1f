"""From weighed pairs of records to people: constraints, clusters at three thresholds, anchors and person ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joinedup.evidence.identity.model import LinkModel, probability_of
from joinedup.evidence.tables import LINK
from joinedup.methods.clustering import (
    NONE,
    Constraints,
    Flags,
    Identifiers,
    Ints,
    NodePairs,
    Pairs,
    cluster,
    components,
)
from joinedup.pipeline.linking_arrays import Columns, codes, flags, fractions, is_known, table_of, whole_numbers
from joinedup.pipeline.linking_records import Decision, LinkSettings, Records, standing
from joinedup.rules.foundation.identifier import person_id

LINK_SCHEMA = ibis.schema(LINK).to_pyarrow()
REVIEW = ibis.schema(
    {"record_l": "int64", "record_r": "int64", "weight": "int64", "probability": "float64", "reason": "string"}
).to_pyarrow()


@dataclass(frozen=True, slots=True)
class People:
    """Which person each record belongs to, at three thresholds."""

    key: Ints
    default: Ints
    strict: Ints
    loose: Ints
    weight: Ints
    has_weight: Flags
    is_sure: Flags
    refused: tuple[tuple[int, int], ...]

    def link_table(self) -> pa.Table:
        """The canonical table `link`, in order of record key."""
        chance = 1.0 / (1.0 + np.exp2(-np.clip(self.weight, -10_000, 10_000) / 100.0))
        alone = ~self.has_weight
        columns: Columns = {
            "record_key": self.key,
            "person_id": self.default,
            "person_id_strict": self.strict,
            "person_id_loose": self.loose,
            "weight": pa.array(self.weight, mask=alone),
            "probability": pa.array(np.where(self.is_sure, 1.0, chance), mask=alone),
        }
        return table_of(columns, LINK_SCHEMA)

    def person_of(self, keys: set[int]) -> dict[int, int]:
        """The person of some records, those that are here."""
        wanted = np.array(sorted(keys), np.int64)
        at = np.searchsorted(self.key, wanted)
        here = at < len(self.key)
        here[here] = self.key[at[here]] == wanted[here]
        return dict(zip(wanted[here].tolist(), self.default[at[here]].tolist(), strict=True))

    def conflict_table(self) -> pa.Table:
        """Decisions left out because they contradict others."""
        rows = [(int(self.key[a]), int(self.key[b])) for a, b in self.refused]
        return pa.table(
            {
                "record_l": pa.array([r[0] for r in rows], pa.int64()),
                "record_r": pa.array([r[1] for r in rows], pa.int64()),
            }
        )


@dataclass(frozen=True, slots=True)
class Former:
    """What the last build decided, for the records that nothing has touched since.

    Attributes:
        link: the last link table.
        seeds: record keys that changed, or had a pair with one that changed or went.
        decisions: the decisions that held then.
    """

    link: pa.Table
    seeds: Ints
    decisions: tuple[Decision, ...]


def settle_people(
    records: Records, model: LinkModel, decisions: Sequence[Decision], settings: LinkSettings, former: Former | None
) -> People:
    """Clusters of records at the three thresholds, with the person ids of their anchors.

    With a former result only the connected groups of records that hold a seed or a decided record are put together
    anew; in the others nothing that decides has changed.
    """
    if former is None:
        return _settle(records, model, decisions, settings)
    touched = _touched(records, model, decisions, former)
    part = _settle(records.within(touched), model, decisions, settings)
    return _combined(records.key, touched, part, former.link)


def _touched(records: Records, model: LinkModel, decisions: Sequence[Decision], former: Former) -> Flags:
    same = records.positions([d for d in standing(decisions) if d.is_same])
    use = whole_numbers(records.pairs, "weight") >= model.thresholds.loose
    groups = components(len(records.key), np.r_[records.left[use], same.left], np.r_[records.right[use], same.right])
    decided = [key for each in (*decisions, *former.decisions) for key in each.pair]
    wanted = np.union1d(former.seeds, np.array(decided, np.int64))
    hit = np.zeros(len(records.key), bool)
    hit[groups[np.isin(records.key, wanted)]] = True
    return hit[groups]


def _combined(key: Ints, touched: Flags, part: People, link: pa.Table) -> People:
    """The touched records as they were put together anew, the others as they were."""
    at = np.searchsorted(whole_numbers(link, "record_key"), key[~touched])

    def whole(fresh: npt.NDArray[Any], old: npt.NDArray[Any]) -> npt.NDArray[Any]:
        result = np.empty(len(key), fresh.dtype)
        result[touched], result[~touched] = fresh, old[at]
        return result

    back = np.flatnonzero(touched)
    return People(
        key,
        whole(part.default, whole_numbers(link, "person_id")),
        whole(part.strict, whole_numbers(link, "person_id_strict")),
        whole(part.loose, whole_numbers(link, "person_id_loose")),
        whole(part.weight, whole_numbers(link, "weight", 0)),
        whole(part.has_weight, is_known(link, "weight")),
        whole(part.is_sure, fractions(link, "probability") == 1.0),
        tuple((int(back[a]), int(back[b])) for a, b in part.refused),
    )


def _settle(records: Records, model: LinkModel, decisions: Sequence[Decision], settings: LinkSettings) -> People:
    stands = standing(decisions)
    same = records.positions([d for d in stands if d.is_same])
    different = records.positions([d for d in stands if not d.is_same])
    weight = whole_numbers(records.pairs, "weight")
    limits = (model.thresholds.strict, model.thresholds.default, model.thresholds.loose)
    apart = flags(records.pairs, "is_apart")
    relations = NodePairs(records.left[apart], records.right[apart])
    rules = Constraints(identifiers_of(records, settings.lone_numbers_bind), relations, same, different)
    labels, refused = cluster(len(records.key), Pairs(records.left, records.right, weight), limits, rules)
    ids = _person_ids(records, labels, settings.key)
    inside = labels[1][records.left] == labels[1][records.right]
    strongest, has = _strongest(records, weight, inside)
    sure = np.zeros(len(records.key), bool)
    linked = inside & flags(records.pairs, "is_sure")
    sure[records.left[linked]] = sure[records.right[linked]] = True
    return People(records.key, ids[1], ids[0], ids[2], strongest, has, sure, tuple(refused))


def _strongest(records: Records, weight: Ints, inside: Flags) -> tuple[Ints, Flags]:
    """Each record's strongest weight to another record of its person, and whether it has one."""
    best = np.full(len(records.key), np.iinfo(np.int64).min, np.int64)
    np.maximum.at(best, records.left[inside], weight[inside])
    np.maximum.at(best, records.right[inside], weight[inside])
    has = best != np.iinfo(np.int64).min
    return np.where(has, best, 0), has


def identifiers_of(records: Records, lone_numbers_bind: bool) -> list[Identifiers]:
    """Which NHS number and which pseudonym each record carries into the constraints, and whether it is confirmed.

    A number is confirmed when its status says verified, or when another record with the same number agrees
    enough for the match to stand. A number that is neither is evidence like a name and binds nothing, unless
    `lone_numbers_bind` (files that never say whether a number was verified).
    """
    sure = flags(records.pairs, "is_sure")
    verified = flags(records.heads, "is_verified")
    doubtful = ~verified & is_known(records.heads, "number_status")
    number = codes(records.heads, "number")
    token = codes(records.heads, "token")
    confirmed_number = verified | _confirmed(records, number, sure)
    loose = doubtful if lone_numbers_bind else np.ones(len(number), bool)
    number = np.where(loose & ~confirmed_number, NONE, number)
    return [Identifiers(number, confirmed_number), Identifiers(token, _confirmed(records, token, sure))]


def _confirmed(records: Records, code: Ints, sure: Flags) -> Flags:
    agree = sure & (code[records.left] == code[records.right]) & (code[records.left] != NONE)
    found = np.zeros(len(code), bool)
    found[records.left[agree]] = found[records.right[agree]] = True
    return found


def _person_ids(records: Records, labels: Sequence[Ints], key: bytes) -> list[Ints]:
    """The person id of every record at each threshold: the keyed hash of the anchor of its cluster."""
    ranks = int(records.arrival.max(initial=-1)) + 1
    anchor_key = np.zeros(ranks, np.int64)
    anchor_key[records.arrival] = records.anchor_key
    by_arrival = np.argsort(records.arrival)[::-1]
    anchors = []
    for labelled in labels:
        first = np.empty(len(labelled), np.int64)
        first[labelled[by_arrival]] = records.arrival[by_arrival]  # the earliest of a cluster is written last
        anchors.append(first[labelled])
    used = np.zeros(ranks, bool)
    for anchor in anchors:
        used[anchor] = True
    ids = np.zeros(ranks, np.int64)
    ids[used] = [person_id(anchor, key) for anchor in anchor_key[used].tolist()]
    return [ids[anchor] for anchor in anchors]


def review_list(people: People, records: Records, model: LinkModel, decisions: Sequence[Decision]) -> pa.Table:
    """Pairs that a person should look at, by record key, strongest first; never a name.

    Reasons: `uncertain` (between the loose and the default threshold), `number_alone` (one NHS number or
    pseudonym, too little else agrees), `numbers_differ` (alike enough, but their identifiers or other records of
    theirs keep them apart). Pairs already decided are left out.
    """
    weight = whole_numbers(records.pairs, "weight")
    refused = flags(records.pairs, "is_refused")
    separate = people.default[records.left] != people.default[records.right]
    limits = model.thresholds
    wanted = separate & (refused | (weight >= limits.loose))
    decided = {d.pair for d in standing(decisions)}
    at = np.flatnonzero(wanted)
    at = at[np.lexsort((records.right[at], records.left[at], -weight[at]))]
    left, right = records.key[records.left[at]], records.key[records.right[at]]
    if decided:
        keep = np.array([(a, b) not in decided for a, b in zip(left.tolist(), right.tolist(), strict=True)], bool)
        at, left, right = at[keep], left[keep], right[keep]
    reason = np.where(
        refused[at], "number_alone", np.where(weight[at] >= limits.default, "numbers_differ", "uncertain")
    )
    columns = {
        "record_l": left,
        "record_r": right,
        "weight": weight[at],
        "probability": [probability_of(each) for each in weight[at].tolist()],
        "reason": reason.tolist(),
    }
    return table_of(columns, REVIEW)
