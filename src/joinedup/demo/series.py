"""Published series: workforce, beds, delayed days of 22 areas, care homes month by month, and populations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joinedup.demo import spells as stays
from joinedup.demo.areas import ACUTE, COMMUNITY, COUNCILS, MENTAL_HEALTH, SYSTEM, Ground
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Extracts, days, received_on, table, words
from joinedup.demo.months import DAYS, MONTH_STARTS, MONTHS, YEAR_STARTS, YEARS, Floats, Ints, month_label, months_of
from joinedup.demo.parameters import number
from joinedup.demo.spells import Spells
from joinedup.demo.streams import stream

OTHER_AREAS = 20
PANEL_NOISE = 0.055


@dataclass(slots=True)
class Totals:
    """Counts over the whole place that grow chunk by chunk.

    Attributes:
        population: council x year x sex x five-year band.
        homes: care home x month x (resident days, emergency admissions, A&E attendances).
    """

    homes_count: int
    population: Ints = field(default_factory=lambda: np.zeros((2, YEARS, 2, 19), dtype=np.int64))
    homes: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.homes = np.zeros((self.homes_count, MONTHS, 3))

    def add(self, cast: Cast, spells: Spells, attended: tuple[Ints, Ints]) -> None:
        """Count a chunk of people."""
        self._add_people(cast)
        self._add_residents(cast)
        real = (spells.kind == stays.EMERGENCY) & ~spells.prevented
        for place, (person, day) in ((1, (spells.person[real], spells.start[real])), (2, attended)):
            inside = cast.lives.in_care_home(person, day)
            where = cast.care_home()[person[inside]], months_of(day[inside]), np.full(int(inside.sum()), place)
            np.add.at(self.homes, where, 1)

    def _add_people(self, cast: Cast) -> None:
        everyone = np.arange(cast.size)
        for year in range(YEARS):
            middle = np.full(cast.size, YEAR_STARTS[year] + 91)
            here = cast.lives.present(everyone, middle)
            band = np.clip(cast.age_on(everyone, middle) // 5, 0, 18)
            where = cast.council_on(everyone, middle), np.full(cast.size, year), cast.people.male * 1, band
            np.add.at(self.population, tuple(part[here] for part in where), 1)

    def _add_residents(self, cast: Cast) -> None:
        person = np.flatnonzero(cast.lives.care_home_from < DAYS)
        start = np.maximum(cast.lives.care_home_from[person, None], MONTH_STARTS[:-1])
        end = np.minimum(cast.lives.leaves[person, None], MONTH_STARTS[1:])
        np.add.at(self.homes[:, :, 0], cast.care_home()[person], np.clip(end - start, 0, None))


def write_series(seed: int, ground: Ground, totals: Totals, extracts: Extracts) -> None:
    """Write every series and the populations of councils."""
    last = MONTHS - 1
    for source, rows in (
        ("workforce", _workforce(seed)),
        ("delayed_days_panel", _delay_panel(seed)),
        ("care_home_panel", _home_panel(ground, totals)),
        ("population", _population(totals)),
    ):
        extracts.write(source, month_label(last), received_on(source, last), rows)


def _series(
    series: str, kind: str, areas: list[tuple[str, str]], edges: Ints, values: Floats, *, unit: str
) -> pa.Table:
    """Rows of a series from values by area and period."""
    n_areas, n_periods = values.shape
    area, period = np.repeat(np.arange(n_areas), n_periods), np.tile(np.arange(n_periods), n_areas)
    same = np.zeros(len(area), dtype=np.int64)
    return table(
        {
            "series": words((series,), same),
            "area_type": words((kind,), same),
            "area_code": words([code for code, _ in areas], area),
            "area_name": words([name for _, name in areas], area),
            "period_start": days(edges[period]),
            "period_end": days(edges[period + 1] - 1),
            "dimension": words(("all",), same),
            "category": words(("all",), same),
            "value": pa.array(np.round(values.ravel(), 2)),
            "unit": words((unit,), same),
        }
    )


def _workforce(seed: int) -> pa.Table:
    """Vacancies in social care, nurses and beds; beds close only by whole wards."""
    rng = stream(seed, "workforce")
    vacancies = np.array([[10.1], [7.6]]) + np.array([0, 1.2, -0.4, -1.6]) + rng.normal(0, 0.25, (2, YEARS))
    months = np.arange(MONTHS)
    trusts = [ACUTE, COMMUNITY, MENTAL_HEALTH]
    nurses = np.array([[1850.0], [420.0], [310.0]]) * (1 + 0.0018 * months + rng.normal(0, 0.004, (3, MONTHS)))
    wards = 22 - (months >= 27) - (months >= 40)
    beds = np.vstack([wards * 28.0, np.full(MONTHS, 84.0), np.full(MONTHS, 66.0)])
    councils = list(COUNCILS)
    return pa.concat_tables(
        [
            _series("social_care_vacancy_rate", "council", councils, YEAR_STARTS, vacancies, unit="per cent"),
            _series("nurses", "trust", trusts, MONTH_STARTS, nurses, unit="full-time equivalents"),
            _series("beds_open", "trust", trusts, MONTH_STARTS, beds, unit="beds"),
        ]
    )


def panel_rates(seed: int) -> tuple[Floats, Floats]:
    """Delayed days per 100,000 adults by area and month, without and with the reablement expansion.

    Two shared movements with loadings of each area's own, a level, a trend and noise. Fenwick is the first row.
    """
    rng = stream(seed, "delayed days panel")
    areas = 2 + OTHER_AREAS
    month = np.arange(MONTHS)
    season = np.cos((month - 9) / 12 * 2 * np.pi)
    drift = np.cumsum(rng.normal(0, 0.035, MONTHS))
    level = np.exp(rng.normal(6.0, 0.25, areas))
    loadings = np.column_stack([rng.normal(0.10, 0.03, areas), rng.normal(1.0, 0.35, areas)])
    # The two councils of the place lie inside the range of the others, so that a mix of others can stand for them.
    level[:2], loadings[:2] = np.exp([6.05, 5.9]), [[0.10, 1.05], [0.09, 0.95]]
    log_rate = np.log(level)[:, None] + loadings @ np.vstack([season, drift]) + 0.0045 * month
    without = np.exp(log_rate + rng.normal(0, PANEL_NOISE, (areas, MONTHS)))
    begun = (month >= int(number("initiatives.reablement_start_month"))) & (np.arange(areas)[:, None] == 0)
    return without, without * np.where(begun, number("initiatives.reablement_delay_days"), 1.0)


def _delay_panel(seed: int) -> pa.Table:
    areas = [*COUNCILS, *((f"E0699{i + 1:04d}", f"Synthetic area {i + 1}") for i in range(100, 100 + OTHER_AREAS))]
    rates = panel_rates(seed)[1]
    return _series("delayed_days_per_100k", "council", areas, MONTH_STARTS, rates, unit="days per 100,000 adults")


def _home_panel(ground: Ground, totals: Totals) -> pa.Table:
    names = ("care_home_resident_days", "care_home_emergency_admissions", "care_home_attendances")
    return pa.concat_tables(
        [
            _series(name, "other", ground.homes, MONTH_STARTS, totals.homes[:, :, i], unit="count")
            for i, name in enumerate(names)
        ]
    )


def _population(totals: Totals) -> pa.Table:
    own = _population_rows("council", [code for code, _ in COUNCILS], totals.population)
    return pa.concat_tables([own, _population_rows("system", [SYSTEM[0]], totals.population.sum(axis=0)[None])])


def _population_rows(kind: str, codes: list[str], counts: Ints) -> pa.Table:
    """Rows of counts by area, year, sex and five-year band."""
    area, year, sex, band = (part.ravel() for part in np.indices(counts.shape))
    same = np.zeros(len(area), dtype=np.int64)
    return table(
        {
            "area_type": words((kind,), same),
            "area_code": words(codes, area),
            "basis": words(("resident",), same),
            "period_start": days(YEAR_STARTS[year]),
            "period_end": days(YEAR_STARTS[year + 1] - 1),
            "sex": words(("2", "1"), sex),
            "age_from": pa.array(band * 5),
            "age_to": pa.array(np.where(band == 18, 120, band * 5 + 4)),
            "people": pa.array(counts.ravel()),
        }
    )
