"""The facts of a release as an evaluation of people may read them: lawful for it, at one threshold of linkage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Final

import ibis.expr.types as ir

from joinedup.evidence.tables import columns_of
from joinedup.pipeline.flows import allowed, usable_sources
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.foundation.flow import OptOut, Use, strictest
from joinedup.store.engine import Engine
from joinedup.store.library import load_library
from joinedup.store.release_facts import ReleaseFacts
from joinedup.store.template import DEFINITIONS

#: Tables that cohorts are made from.
TABLES: Final = (
    "activity", "condition", "household", "link", "month_fact", "package", "population", "spell", "survey_answer",
)  # fmt: skip
#: Lists of ICD-10 codes whose emergency admissions good care outside hospital can avoid.
_AVOIDABLE: Final = ("acsc_chronic", "acsc_acute")
#: Kinds of extract that say nothing of anybody's care.
_NO_FACTS: Final = frozenset({"objections", "identity_decisions"})
#: How sure a link must be: the person id that is taken for it.
THRESHOLDS: Final = {"default": "person_id", "strict": "person_id_strict", "loose": "person_id_loose"}


@dataclass(frozen=True)
class PlaceFacts:
    """Tables of a release, opened by an engine.

    Attributes:
        threshold: of linkage: default, strict or loose.
    """

    release: ReleaseFacts
    engine: Engine
    threshold: str = "default"
    _kept: dict[Hashable, ir.Table] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], ir.Table]) -> ir.Table:
        """A table computed once at this threshold, however many comparisons of the same evaluation ask for it."""
        if key not in self._kept:
            self._kept[key] = self.engine.cache(make())
        return self._kept[key]

    @cached_property
    def reaches(self) -> Mapping[str, OptOut]:
        """The sources that may be used for evaluation, each with the objections that reach it."""
        return usable_sources(self.release.place, Use.EVALUATION, self.release.place.today)

    @property
    def respected(self) -> OptOut:
        """Whose objections leave people out: one rule for the whole cohort, the strictest of its sources."""
        return strictest(self.reaches.values())

    @property
    def is_whole(self) -> bool:
        """Whether every source of the place may be used."""
        return not self._unusable

    @property
    def _unusable(self) -> list[str]:
        """Sources of people's facts that may not be used; lists of objections and decisions are no such facts."""
        sources = self.release.place.sources.values()
        return sorted(each.id for each in sources if each.id not in self.reaches and each.kind not in _NO_FACTS)

    @cached_property
    def tables(self) -> Mapping[str, ir.Table]:
        """Canonical tables by name, with the person ids of the threshold."""
        made = {name: self._read(name) for name in TABLES}
        if not self.is_whole:
            made["spell"] = made["spell"].filter(self._is_of_usable(made["spell"].spell_id))
        return made if self.threshold == "default" else self._relinked(made)

    def require_costs(self) -> None:
        """Refuse costs where a source may not be used: the release's sums name no source.

        Raises:
            NotEvaluable: names the sources.
        """
        if not self.is_whole:
            raise NotEvaluable(
                f"costs hold sources that may not be used for evaluation: {', '.join(self._unusable)}; name no cost, "
                "or add evaluation to the purposes of their flows"
            )

    @cached_property
    def avoidable(self) -> Collection[str]:
        """ICD-10 codes of ambulatory care sensitive conditions."""
        library, _ = load_library([DEFINITIONS, self.release.place.definitions])
        return tuple(code.prefix for name in _AVOIDABLE for code in library.diagnoses[name].codes if not code.requires)

    def _read(self, name: str) -> ir.Table:
        rows = self.engine.read(self.release.paths(name), columns_of(name))
        return rows if self.is_whole else allowed(rows, self.release.place, Use.EVALUATION)

    def _is_of_usable(self, event_id: ir.StringValue) -> ir.BooleanValue:
        tests = [event_id.startswith(f"{source}/") for source in sorted(self.reaches)]
        if not tests:
            raise NotEvaluable("no source of the place may be used for evaluation; see the purposes of their flows")
        return reduce(or_, tests)

    def _relinked(self, tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
        """The same tables with people as they are at another threshold: a stay goes with its first episode's record."""
        chosen = THRESHOLDS[self.threshold]
        link = tables["link"]
        links = link.select("record_key", person_id=link[chosen].fill_null(link.person_id))
        owner = tables["activity"].filter(tables["activity"].setting == "inpatient").select("event_id", "record_key")
        owner = owner.join(links, "record_key").select("event_id", "person_id")
        spell = tables["spell"].drop("person_id")
        spell = spell.join(owner, spell.spell_id == owner.event_id).drop("event_id")
        package = tables["package"].drop("person_id").join(links, "record_key")
        known = links.select("person_id").distinct()
        people = tables["population"].semi_join(known, "person_id")
        kept = {"spell": self.engine.cache(spell), "package": self.engine.cache(package)}  # each is read many times
        return {**tables, **kept, "link": links, "population": people}
