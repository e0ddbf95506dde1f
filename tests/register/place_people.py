"""The people of the built micro place by their pseudonyms, for tests of what the register does about them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest


def pseudonyms(place: Path) -> list[int]:
    """Everybody of the current release, in the order of their pseudonyms."""
    manifest = read_manifest(place, current_release(place))
    paths = Objects(load_place(place).objects).paths(manifest.objects["facts/link"])
    return sorted({int(str(person)) for path in paths for person in pq.read_table(path)["person_id"].to_pylist()})
