"""What a protocol asks of a place's release: people enrolled in a scheme, areas by a measure, or earlier results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from joinedup.rules.programme.protocol_synthesis import PooledScale

Value = bool | int | float | str


class Comparison(StrEnum):
    """Whose people could serve as controls."""

    LOCAL = "local"  # of the councils where the scheme works, in practices that take no part
    REST = "rest"  # of every area where the scheme does not work
    NAMED = "areas"  # of the areas named
    ANYBODY = "anybody"  # everybody eligible who is not in the scheme, whatever their area


class Index(StrEnum):
    """The dates from which controls are followed."""

    RISK_SET = "risk_set"  # every month in which somebody joined, for everybody eligible then
    ONE_DATE = "one_date"  # one month drawn for each control


@dataclass(frozen=True, slots=True)
class Enrolments:
    """Which events of a release say that somebody joined a scheme.

    Attributes:
        method: code of the scheme in the enrolments.
        setting, service: "" for any.
    """

    method: str
    setting: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class PlacePeople:
    """People of a place who joined a scheme, and who they are compared with.

    Attributes:
        enrolments: who joined.
        areas: codes of councils, neighbourhoods or practices whose people can be in the scheme; empty for those where
            people joined.
        comparison: whose people could be controls.
        pool: areas of controls, where the comparison names them.
        alike_areas: so many comparison areas, the most alike before the scheme; None takes all.
        area_type: what an area is where likeness of areas is asked for.
        eligible: conditions on the day of joining: a covariate's name, with _min or _max, or a value it must have.
        eligible_any: groups of conditions of which at least one must be met as well; empty for none.
        index: the dates of controls.
        lead_in_days: days after the index date left out of follow-up.
        follow_up_days: at most; ended by death, leaving and the end of the data.
        persistence_days: at most, for effects by period since the index date.
        history_days: so long somebody must have been observed before.
        exclude_schemes: whoever joined one of these by the index date is left out; who joins one later stays, because
            leaving them out would choose people by their future.
    """

    enrolments: Enrolments
    areas: tuple[str, ...]
    comparison: Comparison
    pool: tuple[str, ...]
    alike_areas: int | None
    area_type: str
    eligible: Mapping[str, Value]
    index: Index
    lead_in_days: int
    follow_up_days: int
    history_days: int
    exclude_schemes: tuple[str, ...]
    eligible_any: tuple[Mapping[str, Value], ...] = ()
    persistence_days: int = 0


@dataclass(frozen=True, slots=True)
class PlaceAreas:
    """Areas of a place by period, from a measure or a raw series.

    Attributes:
        measure: id of a measure of the place; "" where a series is named.
        series: source and series id joined by "/"; "" where a measure is named.
        area_type: council, practice ...
        cadence: month | quarter | year (of finance).
        part: value | numerator | denominator.
        people: id of the measure whose denominator counts the people of an area, for outcomes asked per 100,000; ""
            for none.
        first, last: days that bound the periods used; None for all there are.
        joined: areas that are one unit because a boundary moved between them.
        groups: areas by the name of their subgroup; the column "group".
        overlap: areas that have an overlapping scheme; the column "overlap".
        sites: areas that decided together, by the name of their site; the column "site", where an area without a site
            is one of its own.
        columns: figures by the names that people read, as "days waiting for housing" = "delayed_days/reason/I:rate".
    """

    measure: str
    series: str
    area_type: str
    cadence: str
    part: str
    people: str = ""
    first: date | None = None
    last: date | None = None
    joined: tuple[tuple[str, ...], ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    overlap: tuple[str, ...] = ()
    sites: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def outcome(self) -> str:
        """The column of the outcome, where the protocol names no other."""
        if self.series:
            return self.series
        return self.measure if self.part == "value" else f"{self.measure}:{self.part}"


@dataclass(frozen=True, slots=True)
class PlaceStudies:
    """Results of other protocols of the place, put together.

    Attributes:
        protocols: their names.
        outcome: the outcome that all of them estimated.
        scale: on which their effects are put together.
    """

    protocols: tuple[str, ...]
    outcome: str
    scale: PooledScale = PooledScale.RATIO


PlaceData = PlacePeople | PlaceAreas | PlaceStudies
