"""People of the demonstration place for the caseloads of its teams: those of the stories, and others from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.demo.truth import read_truth
from joinedup.rules.foundation.identifier import record_key
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest


class Caseloads:
    """Finds pseudonyms in the current release of a demonstration place.

    Args:
        folder: the place, built.
    """

    def __init__(self, folder: Path) -> None:
        self._place = load_place(folder)
        self._manifest = read_manifest(folder, current_release(folder))
        self._truth = read_truth(folder)
        links = self._table("link", ("record_key", "person_id"))
        self._person: dict[int, int] = {row["record_key"]: row["person_id"] for row in links.to_pylist()}

    def of_story(self, story: str) -> list[int]:
        """The people of a story, in its order; each by the pseudonym that most of their records have."""
        numbers = self._truth.stories[story]
        records = self._truth.records()
        rows = [row for row in records.to_pylist() if row["person"] in set(numbers)]
        return [self._most_common(row for row in rows if row["person"] == number) for number in numbers]

    def drawn_from(self, table: str, count: int, but: Set[int]) -> list[int]:
        """People with the latest rows in a table of spells, delays or packages, latest first, without some."""
        rows = self._table(table, ("person_id", "start")).sort_by([("start", "descending"), ("person_id", "ascending")])
        people: list[int] = [row["person_id"] for row in rows.to_pylist()]
        return [person for person in dict.fromkeys(people) if person not in but][:count]

    def _most_common(self, records: Iterable[dict[str, object]]) -> int:
        keys = [record_key(str(row["id_space"]), str(row["local_patient_id"]), self._place.key()) for row in records]
        people = Counter(self._person[key] for key in keys if key in self._person)
        return min(people, key=lambda person: (-people[person], person))

    def _table(self, name: str, columns: tuple[str, ...]) -> pa.Table:
        objects = Objects(self._place.objects)
        paths = objects.paths(self._manifest.objects[f"facts/{name}"])
        return pa.concat_tables([pq.read_table(path, columns=list(columns)) for path in paths])
