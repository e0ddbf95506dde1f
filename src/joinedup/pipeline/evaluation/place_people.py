"""People of a place as the table of a protocol: a cohort from the facts of the current release, outcomes kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from joinedup.evidence.cohorts.after import QUARTER_DAYS
from joinedup.evidence.cohorts.names import (
    CONDITION,
    COST,
    Covariate,
    covariate,
    known_covariates,
    unknown_covariates,
    unknown_outcomes,
)
from joinedup.pipeline.evaluation.people_rows import people_parts
from joinedup.pipeline.evaluation.place_facts import TABLES, PlaceFacts
from joinedup.pipeline.evaluation.place_following import Following, known_outcomes
from joinedup.pipeline.evaluation.place_screening import Screened, screen
from joinedup.pipeline.evaluation.place_series import SchemeSeries
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import PanelDesign, Protocol
from joinedup.rules.programme.protocol_place import PlacePeople
from joinedup.store.engine import DuckDB, Engine
from joinedup.store.evaluation_tables import Before, Table
from joinedup.store.protocols import ProtocolFile
from joinedup.store.release_facts import ReleaseFacts

Floats = NDArray[np.float64]

#: Columns that a place gives besides covariates and outcomes.
CANDIDATE, PERSON, TREATED, FOLLOW_UP, MONTH = "candidate", "person", "treated", "follow_up", "index_month"
_OWN: Final = {CANDIDATE: "candidate", PERSON: "person_id", TREATED: "treated"}
_IN_POUNDS: Final = f"{COST}_"


@contextmanager
def open_people(file: ProtocolFile, place: Path) -> Iterator[Table]:
    """The people that a protocol asks a place for, open for as long as they are read.

    Raises:
        ReleaseError: the place was not built yet.
        UsageError: the protocol names a covariate or outcome that no place gives.
    """
    release = ReleaseFacts(place)
    with TemporaryDirectory(prefix="joinedup-") as scratch, DuckDB(Path(scratch)) as engine:
        if isinstance(file.protocol.design, PanelDesign):
            yield series_of(file.protocol, release, engine)
        else:
            yield cohort(file.protocol, release, engine)


def series_of(protocol: Protocol, release: ReleaseFacts, engine: Engine) -> SchemeSeries:
    """The people of a scheme alone, for a protocol without controls.

    Raises:
        UsageError: the protocol is not about people of a place.
    """
    if not isinstance(protocol.place, PlacePeople):
        raise UsageError(f"{protocol.title!r} asks for no people of a place")
    return SchemeSeries(protocol, protocol.place, PlaceFacts(release, engine))


def cohort(protocol: Protocol, release: ReleaseFacts, engine: Engine) -> Cohort:
    """The cohort of a protocol.

    Raises:
        UsageError: the protocol is not about people of a place, or names what no place gives.
    """
    if not isinstance(protocol.place, PlacePeople):
        raise UsageError(f"{protocol.title!r} asks for no people of a place")
    if not release.has("population"):
        raise UsageError(f"release {release.release} knows no people; evaluate areas by a measure or a series")
    made = Cohort(protocol, protocol.place, PlaceFacts(release, engine))
    made.check()
    return made


@dataclass(frozen=True)
class Cohort:
    """Candidates of a comparison, one row each, in the order of their number.

    Covariates come from a query that holds nothing of the index date or later but who joined; outcomes from a query of
    its own, which is not run before somebody asks for an outcome.

    Attributes:
        protocol: what is asked.
        asked: its population.
        facts: what the release holds.
    """

    protocol: Protocol
    asked: PlacePeople
    facts: PlaceFacts
    _kept: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The scheme and the release."""
        return f"{self.asked.enrolments.method} in release {self.facts.release.release}"

    @cached_property
    def sha256(self) -> str:
        """A hash of every fact that a cohort is made from."""
        return self.facts.release.sha256(TABLES)

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Place, release and threshold of linkage; no measure is used, so there are no definitions."""
        release = self.facts.release
        return {
            "place": release.place.id, "release": release.release, "definitions": {},
            "linkage_threshold": self.facts.threshold, "facts_code_version": release.manifest.code_version,
        }  # fmt: skip

    def check(self) -> None:
        """Refuse covariates and outcomes that no place gives.

        Raises:
            UsageError: names them, and what there is.
        """
        if wrong := unknown_covariates(self._covariates):
            raise UsageError(
                f"a place has no covariate {', '.join(wrong)}; it has: {', '.join(known_covariates())}, "
                f"{CONDITION}<code>, and each figure with _upto and a number"
            )
        if wrong := unknown_outcomes(item.name for item in self.protocol.outcomes):
            raise UsageError(f"a place has no outcome {', '.join(wrong)}; it has: {', '.join(known_outcomes())}")

    def require(self, columns: Sequence[str]) -> None:
        """Nothing is missing: names were checked when the cohort was opened."""

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for; outcomes are worked out only when one of them is asked for.

        Raises:
            UsageError: rows before a time are asked for, which people of a place have not.
            NotEvaluable: nobody is eligible, or a figure cannot be given.
        """
        if before is not None:
            raise UsageError("candidates have index dates of their own; there is no common time to read them before")
        names = list(dict.fromkeys(name for name in columns if name))
        return pa.table({name: self._column(name) for name in names})

    def _column(self, name: str) -> Any:
        if name in _OWN:
            return self.design[_OWN[name]]
        if name == FOLLOW_UP or name in {item.name for item in self.protocol.outcomes}:
            return pa.array(self._outcome(name))
        found = covariate(name)
        if found is None:
            raise UsageError(f"a place has no covariate {name}")
        return self._figure(found)

    def _outcome(self, name: str) -> Floats:
        """An outcome; missing for everybody where the release cannot give it, which is told beside it."""
        try:
            return self.following.column(name)
        except NotEvaluable as exc:
            self._kept.setdefault("unavailable", {})[name] = str(exc)
            return np.full(self.design.num_rows, np.nan)

    def _figure(self, found: Covariate) -> Any:
        column = self.design[found.base]
        if found.most is not None:
            column = pc.min_element_wise(column, found.most, skip_nulls=False)
        return pc.divide(pc.cast(column, pa.float64()), 100.0) if found.base.startswith(_IN_POUNDS) else column

    @property
    def _covariates(self) -> tuple[str, ...]:
        """Every figure of before that the protocol names."""
        data, _ = people_parts(self.protocol)
        named = (*data.covariates, *data.exact, data.cluster, data.earlier_outcome, *self.protocol.subgroups)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def _bases(self) -> tuple[str, ...]:
        """The figures that those named are made from."""
        return tuple(dict.fromkeys(found.base for name in self._covariates if (found := covariate(name))))

    @cached_property
    def screened(self) -> Screened:
        """Who can be compared."""
        return screen(self.asked, self.facts, self._bases)

    @property
    def candidates(self) -> ir.Table:
        """Candidates with every figure of before that the protocol names; who lacks one is still there."""
        return self.screened.eligible

    @cached_property
    def design(self) -> pa.Table:
        """What the design may see, in the order of candidates; who lacks a figure is left out and counted."""
        bases = self._bases
        names = list(dict.fromkeys(["candidate", "person_id", "index_date", TREATED, *bases]))
        rows = self.facts.engine.fetch(self.candidates.select(names)).sort_by("candidate")
        known = np.ones(rows.num_rows, bool)
        for name in bases:
            known &= np.asarray(rows[name].is_valid())
        own = np.asarray(rows[TREATED]) == 1
        self._kept["lacking"] = int((~known & own).sum()), int((~known & ~own).sum())
        if not known.any():
            raise NotEvaluable("nobody is eligible; the flow chart says why, reason by reason")
        return rows.filter(pa.array(known))

    @property
    def flow(self) -> dict[str, int]:
        """Counts for the flow chart, from rows of enrolment to people eligible."""
        _ = self.design
        own, others = self._kept["lacking"]
        return {
            **self.screened.flow, "treated_without_a_covariate": own, "controls_without_a_covariate": others,
        }  # fmt: skip

    @property
    def unavailable(self) -> Mapping[str, str]:
        """Outcomes asked for that the release cannot give, and why."""
        found: dict[str, str] = self._kept.setdefault("unavailable", {})
        return found

    @property
    def chosen(self) -> Mapping[str, Any]:
        """Areas that take part, and the comparison areas chosen for their likeness, for the provenance."""
        likeness = [dict(row) for row in self.screened.likeness]
        return {**self.screened.units, **({"comparison_areas": likeness} if likeness else {})}

    @property
    def programme_pence(self) -> int | None:
        """What the enrolments of the eligible people of the scheme cost together; None where they say nothing."""
        return self.screened.pence

    @cached_property
    def following(self) -> Following:
        """What followed: read by nobody before the design was accepted."""
        ids = np.asarray(self.design["candidate"], np.int64)
        followed = self.candidates.select("candidate", "person_id", "index_date", TREATED)
        return Following(self.protocol, self.asked, self.facts, followed, ids)

    def by_quarter(self, outcome: str) -> tuple[Floats, Floats]:
        """Events and years of follow-up by quarter since the index date; (N, Q) each."""
        return self.following.by_quarter(outcome)

    @property
    def quarters(self) -> int:
        """Whole quarters that follow-up can hold."""
        return self.asked.follow_up_days // QUARTER_DAYS

    def varied(self, *, threshold: str | None = None, **changes: Any) -> Cohort:
        """The same protocol on another pool, another length of follow-up or another threshold of linkage."""
        asked = replace(self.asked, **changes)
        facts = self.facts if threshold is None else PlaceFacts(self.facts.release, self.facts.engine, threshold)
        return Cohort(self.protocol, asked, facts)

    def with_lead_in(self, days: int) -> Following:
        """What followed from a later day on, for the same candidates."""
        return self.following.varied(replace(self.asked, lead_in_days=days))
