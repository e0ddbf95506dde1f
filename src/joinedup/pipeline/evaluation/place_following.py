"""What followed for the people of a cohort: events, states, nights and costs in each one's follow-up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joinedup.evidence.cohorts import after
from joinedup.evidence.cohorts.happenings import happenings
from joinedup.evidence.cohorts.names import (
    AMOUNTS_AFTER,
    COST,
    EVENTS_AFTER,
    STATES_AFTER,
    is_cost,
)
from joinedup.pipeline.evaluation.place_facts import PlaceFacts
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import Protocol
from joinedup.rules.programme.protocol_place import PlacePeople

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Who pays, by kind of area in areas.csv: codes follow each other when bodies are reorganised.
_KINDS: Final = {"nhs": ("board", "commissioner", "trust"), "councils": ("council",)}
#: Payers that sources name by what they are.
_NAMED: Final = {"nhs": ("nhs",), "councils": ("council",)}
_DEATHS: Final = ("died", "died_in_hospital", "died_outside_hospital")


def known_outcomes() -> tuple[str, ...]:
    """Every outcome that a place can give."""
    return (
        *EVENTS_AFTER,
        *AMOUNTS_AFTER,
        *STATES_AFTER,
        COST,
        "cost_nhs",
        "cost_councils",
        "cost_others",
        "cost_<payer>",
    )


@dataclass(frozen=True)
class Following:
    """Outcomes of candidates, in the order of their numbers.

    Attributes:
        followed: candidate, person_id, index_date and treated of the candidates.
        ids: their numbers, ascending.
    """

    protocol: Protocol
    asked: PlacePeople
    facts: PlaceFacts
    followed: ir.Table
    ids: Ints

    def varied(self, asked: PlacePeople) -> Following:
        """The same candidates, followed otherwise."""
        return replace(self, asked=asked)

    def column(self, name: str) -> Floats:
        """An outcome by candidate: a count, 0 or 1, nights, days, pounds or years; missing where not known.

        Raises:
            UsageError: no such outcome.
            NotEvaluable: the release cannot give it.
        """
        if name in EVENTS_AFTER:
            counts: Floats = self._events[name].sum(axis=1)
            return counts
        if is_cost(name):
            return self._costs[name]
        if name not in _MAKERS:
            raise UsageError(f"a place has no outcome {name}; it has: {', '.join(known_outcomes())}")
        return _MAKERS[name](self)

    def by_quarter(self, name: str) -> tuple[Floats, Floats]:
        """Events and years of follow-up in each quarter since the index date; (N, Q) each.

        Raises:
            NotEvaluable: the outcome has no date.
        """
        if name not in EVENTS_AFTER:
            raise NotEvaluable(f"{name} is no count of dated events; effects by period need one")
        days = self._days
        begin, end = days[:, [0]], days[:, [1]]
        edges = np.arange(self._quarters + 1) * after.QUARTER_DAYS
        years = (np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1])).clip(min=0) / 365.25
        return self._events[name], years

    @property
    def _quarters(self) -> int:
        return -(-self.asked.follow_up_days // after.QUARTER_DAYS)

    @cached_property
    def _window(self) -> ir.Table:
        end = self.facts.release.place.span.end
        made = after.with_follow_up(
            self.followed, self.facts.tables["population"], end,
            lead_in_days=self.asked.lead_in_days, follow_up_days=self.asked.follow_up_days,
        )  # fmt: skip
        return self.facts.engine.cache(made)

    @cached_property
    def _spans(self) -> pa.Table:
        rows = self.facts.engine.fetch(
            self._window.select("candidate", "index_date", "seen_from", "seen_to", "follow_up")
        )
        return self._of_ids(rows.sort_by("candidate"))

    def _of_ids(self, rows: pa.Table) -> pa.Table:
        at = np.searchsorted(np.asarray(rows["candidate"]), self.ids)
        return rows.take(at)

    @cached_property
    def years(self) -> Floats:
        """Years of follow-up."""
        return np.asarray(self._spans["follow_up"], np.float64)

    @property
    def _days(self) -> Ints:
        """First day and day after the last, counted from the index date; (N, 2)."""
        days = [np.asarray(self._spans[name], "datetime64[D]").astype(np.int64) for name in ("seen_from", "seen_to")]
        index = np.asarray(self._spans["index_date"], "datetime64[D]").astype(np.int64)
        return np.column_stack(days) - index[:, None]

    @cached_property
    def _events(self) -> Mapping[str, Floats]:
        """Counts of each kind by candidate and quarter; (N, Q) each."""
        kinds = self._kinds
        tables = self.facts.tables
        events = happenings(tables, kinds, {"avoidable": self.facts.avoidable})
        rows = self.facts.engine.fetch(after.events_after(self._window, events, kinds))
        made = {kind: np.zeros((len(self.ids), self._quarters)) for kind in kinds}
        candidate = np.asarray(rows["candidate"], np.int64)
        at = np.searchsorted(self.ids, candidate)
        here = (at < len(self.ids)) & (self.ids[np.minimum(at, len(self.ids) - 1)] == candidate)
        quarter = np.asarray(rows["quarter"], np.int64)
        for kind in kinds:
            made[kind][at[here], quarter[here]] = np.asarray(rows[kind], np.float64)[here]
        return made

    @property
    def entries(self) -> Floats:
        """How often somebody entered a care home."""
        counts: Floats = self._events["care_home_admissions"].sum(axis=1)
        return counts

    @property
    def _kinds(self) -> Collection[str]:
        named = {item.name for item in self.protocol.outcomes}
        extra = {"care_home_admissions"} if "entered_care_home" in named else set()
        return {name for name in named if name in EVENTS_AFTER} | extra

    @cached_property
    def nights(self) -> Floats:
        """Nights in hospital."""
        return self._sums(after.nights_after(self._window, self.facts.tables["spell"]), "bed_days")

    @cached_property
    def deaths(self) -> Mapping[str, Floats]:
        """Deaths in follow-up, and where."""
        rows = self.facts.engine.fetch(after.deaths_after(self._window, self.facts.tables["spell"]))
        return {name: self._put(rows, name) for name in _DEATHS}

    @cached_property
    def experience(self) -> Floats:
        """The mean score of linked answers; missing where a person gave none.

        Raises:
            NotEvaluable: no answer is linked to anybody.
        """
        tables = self.facts.tables
        rows = self.facts.engine.fetch(after.experience_after(self._window, tables["survey_answer"], tables["link"]))
        if not rows.num_rows:
            raise NotEvaluable(
                "no survey answer of the release is linked to a person of the cohort: surveys were anonymous, or "
                "nobody answered; ask people of the scheme and their controls with consent to link"
            )
        return self._put(rows, "experience", missing=np.nan)

    @cached_property
    def _costs(self) -> Mapping[str, Floats]:
        self.facts.require_costs()
        tables = self.facts.tables
        wanted = self._payers([item.name for item in self.protocol.outcomes if is_cost(item.name)])
        rows = self.facts.engine.fetch(after.costs_after(self._window, tables["month_fact"], tables["link"], wanted))
        return {name: self._put(rows, name) / 100 for name in wanted}

    def _payers(self, names: Collection[str]) -> Mapping[str, Collection[str] | None]:
        """Which payers each cost sums.

        Raises:
            UsageError: a cost names nobody who pays for anything.
        """
        facts = self.facts.tables["month_fact"]
        known = {str(payer) for payer in self.facts.engine.fetch(facts.select("payer").distinct())["payer"].to_pylist()}
        kinds = {area.code: area.kind for area in self.facts.release.place.areas()}
        groups = {
            group: {payer for payer in known if kinds.get(payer) in of or payer in _NAMED[group]}
            for group, of in _KINDS.items()
        }
        groups["others"] = known - groups["nhs"] - groups["councils"]
        made: dict[str, Collection[str] | None] = {}
        for name in names:
            whose = name.removeprefix(f"{COST}_")
            if name != COST and whose not in groups and whose not in known:
                raise UsageError(
                    f"nobody pays as {whose!r}; write cost_ with nhs, councils, others or: {', '.join(sorted(known))}"
                )
            made[name] = None if name == COST else groups.get(whose, {whose})
        return made

    def _sums(self, rows: ir.Table, name: str) -> Floats:
        return self._put(self.facts.engine.fetch(rows), name)

    def _put(self, rows: pa.Table, name: str, missing: float = 0.0) -> Floats:
        """A column by candidate in their order; `missing` where a candidate has no row."""
        made = np.full(len(self.ids), missing)
        candidate = np.asarray(rows["candidate"], np.int64)
        at = np.searchsorted(self.ids, candidate)
        here = (at < len(self.ids)) & (self.ids[np.minimum(at, len(self.ids) - 1)] == candidate)
        made[at[here]] = np.asarray(rows[name], np.float64)[here]
        return made


#: Outcomes that are neither counts of events nor costs.
_MAKERS: Final[Mapping[str, Callable[[Following], Floats]]] = {
    "follow_up": lambda each: each.years,
    "bed_days": lambda each: each.nights,
    "days_at_home": lambda each: each.years * 365.25 - each.nights,
    "entered_care_home": lambda each: np.asarray(each.entries > 0, np.float64),
    "experience": lambda each: each.experience,
    **{name: lambda each, name=name: each.deaths[name] for name in _DEATHS},  # type: ignore[misc]
}
