"""Whether what a scheme changed in areas lasted: by year since the start, its half-life, and after the money ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from scipy import stats

from joinedup.methods.effect import Effect
from joinedup.methods.panel import Panel
from joinedup.methods.period_effect import PeriodEffects
from joinedup.methods.persistence import Sustained, after_funding, half_life, persistence
from joinedup.pipeline.evaluation.panel import LoadedPanel, as_number
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol_panel import Exposure

_WORDS = {
    Sustained.SUSTAINED: "the effect is still seen in months 13 to 24",
    Sustained.FADED: "the effect of the first year is no longer seen in months 13 to 24",
    Sustained.NOT_SHOWN: "no effect is shown in months 13 to 24, nor before",
    Sustained.TOO_SOON: "months 13 to 24 were not followed up",
}


def lasting(events: PeriodEffects | None, loaded: LoadedPanel, exposure: Exposure) -> dict[str, Any]:
    """The effect by year since the start, the verdict on its lasting, its half-life, and what stayed after the money.

    Returns:
        {} where effects by time since the start are not known, or periods are no months, quarters or years.
    """
    months = months_of(loaded.labels)
    if events is None or not months:
        return {}
    found = persistence(events, months)
    made: dict[str, Any] = {
        "persistence": str(found.verdict), "persistence_means": _WORDS[found.verdict],
        "by_year_since_start": _years(events, 12 // months),
    }  # fmt: skip
    try:
        half = half_life(events)
        made["half_life"] = {"months": months * half.periods, "low": months * half.low, "high": months * half.high}
    except (NotEvaluable, np.linalg.LinAlgError) as exc:
        made["half_life_unknown"] = str(exc)
    if exposure.funded_until is not None:
        made |= _after_funding(events, loaded.panel, as_number(exposure.funded_until))
    return made


def months_of(labels: Sequence[str]) -> int:
    """Months in a period, from how periods are written; 0 where they are neither years nor days.

    >>> months_of(["2014-01-01", "2014-04-01"]), months_of(["1988", "1989"]), months_of(["2014-01", "2014-02"])
    (3, 12, 1)
    """
    if len(labels) < 2:
        return 0
    if all(len(name) == 4 and name.isdigit() for name in labels[:2]):
        return 12 * (int(labels[1]) - int(labels[0]))
    try:
        first, second = (date.fromisoformat(name if len(name) > 7 else f"{name}-01") for name in labels[:2])
    except ValueError:
        return 0
    months = (second.year - first.year) * 12 + second.month - first.month
    return months if months in {1, 2, 3, 4, 6, 12} else 0


def _years(events: PeriodEffects, a_year: int) -> list[dict[str, Any]]:
    """The mean effect of each whole year since the start."""
    made = []
    for year in range((max(events.periods) + 1) // a_year):
        wanted = set(range(year * a_year, (year + 1) * a_year))
        if wanted <= set(events.periods):
            made.append(_row(f"year {year + 1}", events.mean(min(wanted), max(wanted))))
    return made


def _after_funding(events: PeriodEffects, panel: Panel, until: float) -> dict[str, Any]:
    """Counted from the earliest start, so that it is after the money for every wave."""
    last_funded = int(((panel.times >= panel.cohorts[0]) & (panel.times <= until)).sum()) - 1
    try:
        return {"after_funding_ended": [_row("after the funding ended", after_funding(events, last_funded))]}
    except NotEvaluable as exc:
        return {"after_funding_unknown": str(exc)}


def _row(name: str, effect: Effect) -> dict[str, Any]:
    return {
        "when": name, "value": effect.value, "low": effect.low, "high": effect.high, "p": effect.p,
        "scale": effect.scale,
    }  # fmt: skip


def slope_before(events: PeriodEffects) -> dict[str, Any]:
    """Whether the groups drifted apart along a straight line before the start: one figure, and its p-value.

    It sees a steady drift that a joint test of many periods overlooks, and does not cry out over single periods. Line
    through the last period before the start, by least squares weighted by what is known of each period.

    Returns:
        {} where fewer than two earlier periods are known.
    """
    early = [at for at, period in enumerate(events.periods) if period < -1]
    if len(early) < 2:
        return {}
    distance = np.array([events.periods[at] + 1 for at in early], float)
    values, matrix = events.values[early], events.covariance[np.ix_(early, early)]
    weights = distance / (distance @ distance)
    slope, error = float(weights @ values), math.sqrt(max(float(weights @ matrix @ weights), 0.0))
    if not error > 0:
        return {}
    p = 2 * float(stats.t.sf(abs(slope) / error, events.df))
    return {"pre_trend_slope": slope, "pre_trend_slope_p": p}
