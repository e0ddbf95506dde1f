"""Which records are whose in the current release: pseudonyms only, so that no grant is needed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest


@dataclass(frozen=True, slots=True)
class Membership:
    """One record and the person it belongs to today.

    Attributes:
        record_key: the record's pseudonym.
        person_id: the person's pseudonym.
        sources: ids of the sources that hold the record.
    """

    record_key: int
    person_id: int
    sources: tuple[str, ...] = ()


def records_of(folder: Path, people: Collection[int]) -> tuple[Membership, ...]:
    """The records of some people, by person and key.

    Args:
        folder: the place.
        people: pseudonyms of today.

    Raises:
        ReleaseError: there is no release, or it cannot be read.
    """
    return _members(folder, "person_id", people)


def people_of(folder: Path, records: Collection[int]) -> tuple[Membership, ...]:
    """The people to whom some records belong; a record that no source holds any more still belongs to somebody.

    Raises:
        ReleaseError: there is no release, or it cannot be read.
    """
    return _members(folder, "record_key", records)


def _members(folder: Path, column: str, wanted: Collection[int]) -> tuple[Membership, ...]:
    if not wanted:
        return ()
    found = _rows(folder, "facts/link", column, wanted, ["record_key", "person_id"])
    keys = [row["record_key"] for row in found]
    sources: dict[int, set[str]] = {}
    for row in _rows(folder, "facts/person_record", "record_key", keys, ["record_key", "source"]):
        sources.setdefault(row["record_key"], set()).add(row["source"])
    members = (
        Membership(row["record_key"], row["person_id"], tuple(sorted(sources.get(row["record_key"], ()))))
        for row in found
    )
    return tuple(sorted(members, key=lambda member: (member.person_id, member.record_key)))


def _rows(folder: Path, table: str, column: str, wanted: Collection[int], columns: list[str]) -> list[dict[str, Any]]:
    manifest = read_manifest(folder, current_release(folder))
    objects = Objects(load_place(folder).objects)
    among = pc.field(column).isin(pa.array(wanted, pa.int64()))
    return [
        row
        for path in objects.paths(manifest.objects.get(table, ()))
        for row in pq.read_table(path, columns=columns, filters=among).to_pylist()
    ]
