"""What happened to each identity since the last build: created, merged, split, decided, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import numpy as np
import pyarrow as pa

from joinedup.evidence.tables import IDENTITY_EVENT
from joinedup.pipeline.linking_arrays import table_of, whole_numbers
from joinedup.pipeline.linking_people import People
from joinedup.pipeline.linking_records import Decision, standing

SCHEMA = ibis.schema(IDENTITY_EVENT).to_pyarrow()


def identity_events(
    link: pa.Table,
    former: pa.Table | None,
    decisions: Sequence[Decision],
    people: People,
    today: date,
    *,
    is_refitted: bool = False,
) -> pa.Table:
    """The events between two link tables, in order of kind and person.

    `created`: a person id that did not exist. `merged`: all records of a person now belong to another, who keeps the
    earlier anchor. `split`: some records of a person now belong to another. `withdrawn`: no record is left.
    `decided`: a decision holds two records together or apart; written once, when it first takes effect.

    Args:
        link: the link table now.
        former: the last one; None at the first build, where every person is created.
        decisions: all decisions; those that no earlier event wrote are written.
        people: the outcome of linking.
        today: the day of the build.
        is_refitted: the last table was made with another model, and the reasons say so.
    """
    kinds, persons, others, reasons = _first(link) if former is None else _since(link, former)
    if is_refitted:
        reasons = [f"{reason}; link model changed" for reason in reasons]
    values: list[Sequence[object]] = [[today] * len(kinds), kinds, persons, others, reasons]
    made = table_of(dict(zip(("at", "kind", "person_id", "other_person_id", "reason"), values, strict=True)), SCHEMA)
    return pa.concat_tables([made, _decided(decisions, people)])


Columns = tuple[list[str], list[int], list[int | None], list[str]]


def _first(link: pa.Table) -> Columns:
    who = np.unique(whole_numbers(link, "person_id")).tolist()
    return ["created"] * len(who), who, [None] * len(who), ["first build"] * len(who)


def _since(link: pa.Table, former: pa.Table) -> Columns:
    """Compare two link tables; only records whose person changed are looked at one by one."""
    key, person = whole_numbers(link, "record_key"), whole_numbers(link, "person_id")
    old_key, old_person = whole_numbers(former, "record_key"), whole_numbers(former, "person_id")
    _, here, there = np.intersect1d(key, old_key, assume_unique=True, return_indices=True)
    moved = person[here] != old_person[there]
    pairs = set(zip(old_person[there][moved].tolist(), person[here][moved].tolist(), strict=True))
    fresh = set(np.setdiff1d(person, old_person).tolist())
    ended = set(np.setdiff1d(old_person, person).tolist())
    found: list[tuple[str, int, int | None, str]] = []
    for was, became in pairs:
        if was in ended and became not in fresh:
            found.append(("merged", was, became, "records joined"))
        else:
            found.append(("split", was, became, "records parted"))
    from_split, resolved = {became for _, became in pairs}, {was for was, _ in pairs}
    found += [("created", who, None, "new records") for who in fresh - from_split]
    found += [("withdrawn", who, None, "no record left") for who in ended - resolved]
    found.sort(key=lambda row: (row[0], row[1], row[2] or 0))
    return [r[0] for r in found], [r[1] for r in found], [r[2] for r in found], [r[3] for r in found]


def _decided(decisions: Sequence[Decision], people: People) -> pa.Table:
    """Decisions that hold, dated by the day they were made."""
    refused = {(int(people.key[a]), int(people.key[b])) for a, b in people.refused}
    person = people.person_of({key for d in decisions for key in d.pair})
    rows = []
    for each in standing(decisions):
        a, b = (person.get(key) for key in each.pair)
        if a is None or b is None:
            continue
        said = "same" if each.is_same else "different"
        rows.append(
            (each.decided_on, "decided", a, b, said + (" (contradicts others)" if each.pair in refused else ""))
        )
    return table_of({name: [row[i] for row in rows] for i, name in enumerate(SCHEMA.names)}, SCHEMA)
