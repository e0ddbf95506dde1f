"""The truth behind a demonstration place, kept where the engine never reads: for tests, benchmarks and doubters."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.demo import spells as stays
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, days, table, words
from joinedup.demo.initiatives import Enrolment
from joinedup.demo.months import YEARS, Floats, Ints, years_of
from joinedup.demo.spells import Spells

FOLDER: Final = "truth"
_PEOPLE, _RECORDS, _PREVENTED, _SUMMARY = "people.parquet", "records.parquet", "prevented.parquet", "truth.json"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a demonstration place.

    Attributes:
        folder: where the truth lies, beside what partners send and never read by a build.
        people: how many people ever lived in the place.
        rows: rows written, by source.
        faults: how often each fault was made; those of records by "source fault".
        planted: true effects and how the initiatives work.
        stories: names of the stories and the truth numbers of their people.
    """

    folder: Path
    people: int
    seed: int
    rows: dict[str, int]
    faults: dict[str, int]
    planted: dict[str, Any]
    stories: dict[str, list[int]]

    def records(self) -> pa.Table:
        """Whose each record is: id_space, local_patient_id, person; one row a record."""
        return pq.read_table(self.folder / _RECORDS)

    def population(self) -> pa.Table:
        """Everyone: person, born, male, arrives, died, expected emergencies by year, enrolments; one row a person."""
        return pq.read_table(self.folder / _PEOPLE)

    def prevented(self) -> pa.Table:
        """Emergency admissions that an initiative prevented: person and day."""
        return pq.read_table(self.folder / _PREVENTED)


def read_truth(place: Path) -> Truth:
    """The truth of a place that `generate` made.

    Raises:
        FileNotFoundError: the place has no truth folder: it is not a demonstration, or the truth was taken away.
    """
    folder = place / FOLDER
    said = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
    return Truth(folder=folder, **said)


@dataclass(slots=True)
class TruthWriter:
    """Collects the truth chunk by chunk and writes it."""

    folder: Path
    record_faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    file_faults: Counter[str] = field(default_factory=Counter)
    _writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def add_people(self, cast: Cast, rate: Floats, enrolment: Enrolment, spells: Spells) -> None:
        """Write what is true of a chunk of people."""
        real = spells.keep((spells.kind == stays.EMERGENCY) & ~spells.prevented)
        admitted = np.zeros((cast.size, YEARS), dtype=np.int64)
        np.add.at(admitted, (real.person, years_of(real.start)), 1)
        columns: dict[str, Column] = {
            "person": pa.array(cast.people.first + np.arange(cast.size)),
            "born": days(cast.people.born),
            "male": pa.array(cast.people.male),
            "arrives": pa.array(cast.lives.arrives),
            "leaves": pa.array(cast.lives.leaves),
            "died": days(cast.lives.died),
            "household": pa.array(cast.people.first + cast.people.household),
            "twin": pa.array(cast.people.twin),
            "namesake": pa.array(cast.people.namesake),
            "care_home_from": days(cast.lives.care_home_from),
            "supported_home_from": days(enrolment.home_from),
            "team_from": days(enrolment.team_from),
            "team_site": words(("fenwick", "aldmoor"), enrolment.site),
            "carer_support": pa.array(cast.needs.carer_support),
        }
        for year in range(YEARS):
            columns[f"expected_{2021 + year}"] = pa.array(rate[:, year])
            columns[f"exposure_{2021 + year}"] = pa.array(cast.exposure[:, year])
            columns[f"emergencies_{2021 + year}"] = pa.array(admitted[:, year])
            columns[f"conditions_{2021 + year}"] = pa.array(cast.conditions[:, year])
        self._write(_PEOPLE, table(columns))
        gone = spells.keep(spells.prevented)
        self._write(_PREVENTED, table({"person": pa.array(cast.people.first + gone.person), "day": days(gone.start)}))

    def add_records(self, space: str, local_id: Column, person: Ints) -> None:
        """Write whose records a service's numbers are."""
        same = np.zeros(len(person), dtype=np.int64)
        self._write(
            _RECORDS,
            table({"id_space": words((space,), same), "local_patient_id": local_id, "person": pa.array(person)}),
        )

    def _write(self, name: str, rows: pa.Table) -> None:
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self.folder / name, rows.schema, compression="zstd")
        self._writers[name].write_table(rows)

    def finish(
        self, people: int, seed: int, rows: dict[str, int], planted: dict[str, Any], stories: dict[str, list[int]]
    ) -> Truth:
        """Write the summary and close every file."""
        for writer in self._writers.values():
            writer.close()
        faults = {f"{space} {fault}": count for (space, fault), count in sorted(self.record_faults.items())}
        faults |= dict(sorted(self.file_faults.items()))
        said = {"people": people, "seed": seed, "rows": dict(sorted(rows.items())), "faults": faults,
                "planted": planted, "stories": stories}  # fmt: skip
        (self.folder / _SUMMARY).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        return Truth(self.folder, people, seed, dict(sorted(rows.items())), faults, planted, stories)
