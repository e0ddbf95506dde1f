"""The people of a scheme alone, month by month before and after they joined, as the table of a naive protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from joinedup.evidence.cohorts import risk_set
from joinedup.evidence.cohorts.after import with_follow_up
from joinedup.evidence.cohorts.around import MONTH_DAYS, MONTHS, events_around
from joinedup.evidence.cohorts.happenings import HAPPENINGS, happenings
from joinedup.evidence.cohorts.standing import with_residence
from joinedup.pipeline.evaluation.panel import panel_parts
from joinedup.pipeline.evaluation.place_facts import TABLES, PlaceFacts
from joinedup.pipeline.evaluation.place_screening import joined_people
from joinedup.pipeline.evaluation.small_counts import hidden
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import Protocol
from joinedup.rules.programme.protocol_place import PlacePeople
from joinedup.store.evaluation_tables import Before


class SchemeSeries:
    """One row for each month before and after joining: events a person and year among everybody who joined.

    Args:
        protocol: of one method without controls.
        asked: its population; eligibility and comparison play no part.
        facts: what the release holds.

    Raises:
        UsageError: the outcome is no count of events.
    """

    def __init__(self, protocol: Protocol, asked: PlacePeople, facts: PlaceFacts) -> None:
        self.protocol, self.asked, self.facts = protocol, asked, facts
        self.outcome = panel_parts(protocol)[0].outcome
        if self.outcome not in HAPPENINGS:
            raise UsageError(
                f"{self.outcome!r} is no count of events; write data.outcome as one of: {', '.join(HAPPENINGS)}"
            )

    @property
    def name(self) -> str:
        """The scheme and the release."""
        return f"{self.asked.enrolments.method} in release {self.facts.release.release}"

    @property
    def sha256(self) -> str:
        """A hash of every fact that it is made from."""
        return self.facts.release.sha256(TABLES)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Place and release."""
        release = self.facts.release
        return {"place": release.place.id, "release": release.release, "definitions": {}}

    @property
    def unit_of_outcome(self) -> str:
        """What a difference is counted by."""
        return "a person a year"

    def require(self, columns: Sequence[str]) -> None:
        """Nothing is missing: the outcome was checked when the series was made."""

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for; with `before` only months before one.

        Raises:
            UsageError: a column is asked for that the series has not.
        """
        rows = self._rows
        if missing := [name for name in columns if name and name not in rows.column_names]:
            raise UsageError(
                f"people of one scheme have no {', '.join(missing)}; they have: {', '.join(rows.column_names)}"
            )
        if before is not None:
            keep = np.asarray(rows[before[0]]) < before[1]
            rows = rows.filter(pa.array(keep))
        return rows.select(list(dict.fromkeys(name for name in columns if name)))

    @cached_property
    def _rows(self) -> pa.Table:
        engine, tables = self.facts.engine, self.facts.tables
        joined = risk_set.joiners(joined_people(self.asked, self.facts))
        candidates = joined.select("person_id", index_date="start", treated=ibis.literal(1, "int64"))
        placed = with_residence(candidates, tables["population"], 0)
        objects = placed.objection.isin(self.facts.respected.takes_out).fill_null(False)
        known = placed.filter(placed.is_present & ~objects).select("person_id", "index_date", "treated")
        known = engine.cache(known.mutate(candidate=known.person_id))
        spans = engine.fetch(
            with_follow_up(
                known, tables["population"], self.facts.release.place.span.end,
                lead_in_days=0, follow_up_days=MONTHS * MONTH_DAYS,
            ).select("index_date", "seen_to")
        )  # fmt: skip
        if not spans.num_rows or hidden(spans.num_rows, self.protocol.disclosure):
            raise NotEvaluable("too few people joined for their figures to be shown")
        events = happenings(tables, [self.outcome], {"avoidable": self.facts.avoidable})
        counts = {row["month"]: row["events"] for row in engine.fetch(events_around(known, events)).to_pylist()}
        months = np.arange(-MONTHS, MONTHS)
        rates = np.array([counts.get(int(month), 0) for month in months]) / self._years(spans, months)
        return pa.table(
            {
                "scheme": [self.asked.enrolments.method] * len(months), "month": pa.array(months),
                self.outcome: pa.array(rates),
                "treated": pa.array((months >= 0).astype(np.int64)),
            }
        )  # fmt: skip

    @staticmethod
    def _years(spans: pa.Table, months: Any) -> Any:
        """Years at risk in each month: everybody before, those still there after."""
        begin, end = (np.asarray(spans[name], "datetime64[D]").astype(np.int64) for name in ("index_date", "seen_to"))
        days = end - begin
        after = np.clip(days[:, None] - np.maximum(months, 0) * MONTH_DAYS, 0, MONTH_DAYS).sum(axis=0)
        return np.where(months < 0, len(days) * MONTH_DAYS, after) / 365.25
