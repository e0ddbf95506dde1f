"""Invented areas over time: levels, shared shocks, errors that linger, schemes that start together or in waves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.simulation.cell import World

Floats = NDArray[np.float64]

#: The mean of the outcome, so that effects are shares of it.
LEVEL: Final = 100.0
FIRST_YEAR: Final = 2000
#: Changes in percent.
EFFECTS: Final[Mapping[str, float]] = {"none": 0.0, "small": -2.0, "large": -8.0}


@dataclass(frozen=True, slots=True)
class Region:
    """How areas come to have a scheme.

    Attributes:
        waves: how many areas start in which period.
        controls: areas that never start.
        periods: how many there are.
        lingering: correlation of an area's errors from one period to the next.
        factors: shared forces that areas feel differently; donors can stand for them.
        kept: part of the effect left after each further period; 1 where it lasts.
        picked: areas with the highest error in the period before the start are taken, rather than by lot.
        drift: yearly change of areas of the scheme that has nothing to do with it: a hidden confounder.
        spilled: part of the effect that reaches this many controls beside areas of the scheme.
        beside: how many controls lie beside them.
        by_cluster: areas of this many decide together and share errors; 1 where each decides alone.
    """

    waves: tuple[tuple[int, int], ...] = ((6, 15),)
    controls: int = 25
    periods: int = 10
    lingering: float = 0.4
    factors: int = 0
    kept: float = 1.0
    picked: bool = False
    drift: float = 0.0
    spilled: float = 0.0
    beside: int = 0
    by_cluster: int = 1

    @property
    def treated(self) -> int:
        """How many areas ever start."""
        return sum(count for _, count in self.waves)

    @property
    def starts(self) -> Floats:
        """The period in which each area starts, infinite for controls; areas of the scheme first."""
        own = [float(period) for period, count in self.waves for _ in range(count)]
        return np.array(own + [np.inf] * self.controls)


def draw_areas(region: Region, effect: float, *, horizons: tuple[int, ...] = ()) -> Callable[..., World]:
    """A maker of worlds of one region and effect.

    Args:
        effect: in units of the outcome, in the period of the start.
        horizons: periods since the start whose effects are looked at beside the mean.
    """

    def draw(rng: np.random.Generator) -> World:
        return _world(region, effect, horizons, rng)

    return draw


def _world(region: Region, effect: float, horizons: tuple[int, ...], rng: np.random.Generator) -> World:
    starts, time = region.starts, np.arange(region.periods)
    n = len(starts)
    usual = LEVEL + rng.normal(0, 8, n)[:, None] + np.cumsum(rng.normal(0, 1, region.periods)) + _lingering(region, rng)
    if region.factors:
        forces = np.cumsum(rng.normal(0, 1, (region.factors, region.periods)), axis=1)
        usual += rng.normal(0, 1.5, (n, region.factors)) @ forces
    if region.picked:
        usual = usual[np.argsort(-usual[:, int(starts.min()) - 1], kind="stable")]
    since = time - starts[:, None]
    given = np.where(since >= 0, effect * region.kept ** np.maximum(since, 0), 0.0)
    drift = np.where(np.isfinite(starts)[:, None], region.drift * time, 0.0)
    spill = np.zeros_like(given)
    spill[region.treated : region.treated + region.beside] = region.spilled * given[: region.treated].mean(axis=0)
    outcome = usual + given + drift + spill
    truth = {("rate", "all"): float(given[since >= 0].mean())}
    truth |= {("rate", f"e={e}"): effect * region.kept**e for e in horizons}
    unit, period = np.repeat(np.arange(n), region.periods), np.tile(time, n)
    began = np.where(np.isfinite(starts), starts + FIRST_YEAR, 0)
    columns: dict[str, Any] = {
        "area": [f"A{at:03}" for at in unit], "year": period + FIRST_YEAR, "rate": outcome.ravel(),
        "began": began[unit].astype(np.int64), "region": [f"R{at // region.by_cluster:03}" for at in unit],
    }  # fmt: skip
    return World(pa.table(columns), truth)


def _lingering(region: Region, rng: np.random.Generator) -> Floats:
    """Errors of each area, part of them shared by areas that decide together."""
    n = len(region.starts)
    own = _series(region, n, rng)
    if region.by_cluster == 1:
        return 2 * own
    shared = _series(region, -(-n // region.by_cluster), rng)[np.arange(n) // region.by_cluster]
    made: Floats = np.sqrt(2) * (own + shared)
    return made


def _series(region: Region, count: int, rng: np.random.Generator) -> Floats:
    made = rng.normal(0, 1, (count, region.periods))
    for t in range(1, region.periods):
        made[:, t] = region.lingering * made[:, t - 1] + np.sqrt(1 - region.lingering**2) * made[:, t]
    return made


def draw_series(effect: float, *, lingering: float, periods: int = 72, start: int = 48) -> Callable[..., World]:
    """A maker of one series of monthly counts with trend, season and shocks that linger, and a lasting change.

    Args:
        effect: ratio of what is counted since the start to what would have been.
    """

    def draw(rng: np.random.Generator) -> World:
        t = np.arange(periods)
        shock = np.zeros(periods)
        for at in range(periods):
            shock[at] = (lingering * shock[at - 1] if at else 0.0) + rng.normal(0, 0.04)
        mean = 600 * np.exp(0.002 * t + 0.1 * np.cos(2 * np.pi * t / 12) + shock) * np.where(t >= start, effect, 1.0)
        months = [f"{2015 + at // 12}-{at % 12 + 1:02}-01" for at in t]
        columns: dict[str, Any] = {
            "area": ["A"] * periods, "year": months, "rate": rng.poisson(mean).astype(float),
            "on": (t >= start).astype(np.int64),
        }  # fmt: skip
        return World(pa.table(columns), {("rate", "all"): effect})

    return draw


def protocol(method: str, *, data: Mapping[str, Any] | None = None, **design: Any) -> Mapping[str, Any]:
    """The protocol of an evaluation of invented areas, as its file would hold it."""
    columns = {"unit": "area", "time": "year", "outcome": "rate", "first_treated": "began", "polarity": "lower"}
    return {
        "title": "Invented", "question": "Did it work?", "data": {**columns, **(data or {})},
        "design": {"method": method, **design},
    }  # fmt: skip


def series_protocol() -> Mapping[str, Any]:
    """The protocol of one interrupted series of counts."""
    return {
        "title": "Invented", "question": "Did it work?", "design": {"method": "interrupted_time_series"},
        "data": {"unit": "area", "time": "year", "outcome": "rate", "treated": "on", "polarity": "lower",
                 "kind": "count"},
    }  # fmt: skip
