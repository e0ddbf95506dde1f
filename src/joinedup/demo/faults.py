"""Faults of whole files and of single rows, each counted: what partners' files are like."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.demo.extracts import Column, received_on
from joinedup.demo.streams import stream

#: A month of community contacts comes a quarter late.
LATE: Final = {("csds", 39): 96}
#: A month of inpatient episodes is sent a second time with corrected groups.
CORRECTED: Final = {("apc", 40): 63}
#: A column renamed for one month; the first is mapped in place.toml, the second is not and may be missed.
RENAMED: Final = {
    ("outpatient", 42): ("appointment_date", "Appt Dt"),
    ("outpatient", 38): ("treatment_function", "TFC (new)"),
}
#: A department type that is in no code list.
UNKNOWN_DEPARTMENT: Final = "07"
SHARES: Final = {
    "code_out_of_list": 0.002,
    "discharge_before_admission": 0.0005,
    "duplicate_row": 0.0010,
    "corrected_row": 0.05,
}


@dataclass(frozen=True, slots=True)
class Mishaps:
    """Makes and counts the faults of files; one stream of chance for each source and month.

    Attributes:
        calls: how often each month was written, so that each chunk of people has its own chance.
    """

    seed: int
    counts: Counter[str]
    calls: Counter[tuple[str, int]]

    def __call__(self, source: str, month: int, rows: pa.Table) -> list[tuple[date, pa.Table]]:
        """A month's rows as they arrive, by day of receipt."""
        if rows.num_rows == 0:
            return []
        self.calls[source, month] += 1
        rng = stream(self.seed, f"mishaps {source} {month}", self.calls[source, month])
        received = received_on(source, month) + timedelta(days=LATE.get((source, month), 0))
        sent = self._renamed(source, month, self._altered(rng, source, rows))
        files = [(received, sent)]
        if (source, month) in CORRECTED:
            again = received + timedelta(days=CORRECTED[source, month])
            files.append((again, self._corrected(rng, sent)))
        return files

    def _altered(self, rng: np.random.Generator, source: str, rows: pa.Table) -> pa.Table:
        if source == "ecds":
            return self._replace(rng, rows, "department_type", "code_out_of_list", pa.scalar(UNKNOWN_DEPARTMENT))
        if source == "apc":
            before = pc.subtract(rows["admission_date"], pa.scalar(timedelta(days=3), pa.duration("s")))
            before = before.cast(pa.date32())
            return self._replace(rng, rows, "discharge_date", "discharge_before_admission", before)
        if source == "gp_contacts":
            twice = np.flatnonzero(rng.random(rows.num_rows) < SHARES["duplicate_row"])
            self.counts["duplicate_row"] += len(twice)
            return pa.concat_tables([rows, rows.take(twice)])
        return rows

    def _replace(
        self, rng: np.random.Generator, rows: pa.Table, column: str, fault: str, value: pa.Scalar[Any] | Column
    ) -> pa.Table:
        known = rows[column].is_valid().to_numpy()
        made = (rng.random(rows.num_rows) < SHARES[fault]) & known
        self.counts[fault] += int(made.sum())
        position = rows.schema.get_field_index(column)
        return rows.set_column(position, column, pc.if_else(pa.array(made), value, rows[column]))

    def _renamed(self, source: str, month: int, rows: pa.Table) -> pa.Table:
        if (source, month) not in RENAMED:
            return rows
        old, new = RENAMED[source, month]
        return rows.rename_columns([new if name == old else name for name in rows.column_names])

    def _corrected(self, rng: np.random.Generator, rows: pa.Table) -> pa.Table:
        """Everything again; some groups were coded too low."""
        changed = rng.random(rows.num_rows) < SHARES["corrected_row"]
        self.counts["corrected_row"] += int(changed.sum())
        position = rows.schema.get_field_index("hrg")
        return rows.set_column(position, "hrg", pc.if_else(pa.array(changed), pa.scalar("WJ06G"), rows["hrg"]))
