"""What a scheme for areas cost beside what it changed: for each unit of the outcome, gross, net and cashable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import numpy as np

from joinedup.methods.effect import Effect
from joinedup.pipeline.evaluation.panel import LoadedPanel, panel_parts
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.panel_lasting import months_of
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.programme.cashable import Capacity, cashable
from joinedup.rules.programme.protocol import Costs, Protocol
from joinedup.rules.programme.protocol_panel import Freed

_ENDS: Final = ("value", "low", "high")


def panel_cost(protocol: Protocol, loaded: LoadedPanel, findings: Findings, per: float = 1.0) -> dict[str, Any]:
    """Programme cost beside what changed in all treated areas since their start.

    The change is the effect in each area and period times how many there were; of rates, times the people they are of
    (data.exposure). Intervals carry the effect's uncertainty only: prices are taken as known.

    Args:
        per: how many people a rate is of, as 100,000.

    Returns:
        {} where the protocol says nothing of cost.

    Source: joinedup specification 10.2; NAO 2017 para 1.11 (E6).
    """
    costs = protocol.costs
    if costs is None:
        return {}
    avoided = _avoided(protocol, loaded, findings, per)
    programme = None if costs.programme_pence is None else costs.programme_pence + costs.performance_pence
    made: dict[str, Any] = {
        "unit": "pounds for all treated areas together, over all periods since their start",
        "price_year": costs.price_year, "perspectives": list(costs.perspectives),
        "change_avoided": avoided, "programme": None if programme is None else programme / 100,
    }  # fmt: skip
    if avoided is None:
        return {**made, "not_made": "the primary effect cannot be added up over areas and periods"}
    if programme is not None:
        made |= _for_a_unit(programme, avoided)
    if costs.unit_pence is not None:
        made |= _saved(costs, costs.unit_pence, avoided, programme, _years(loaded))
    return made


def _avoided(protocol: Protocol, loaded: LoadedPanel, findings: Findings, per: float) -> dict[str, float | None] | None:
    """How much less of the outcome there was over all (more, where more is better), with its interval."""
    panel, effect = loaded.panel, findings.effects[0]
    since = panel.times >= panel.first_treated[:, None]
    if effect.scale == "ratio":
        seen = float(np.exp(panel.outcome)[since].sum())
        ends = [None if end is None else seen * (1 - 1 / end) for end in _of(effect)]
    elif effect.scale == "difference":
        people = loaded.exposure[since].sum() / per if loaded.exposure is not None else float(since.sum())
        ends = [None if end is None else end * float(people) for end in _of(effect)]
    else:
        return None
    if panel_parts(protocol)[0].polarity is not Direction.HIGHER:
        ends = [None if end is None else -end for end in ends]
        ends[1], ends[2] = ends[2], ends[1]
    return dict(zip(_ENDS, ends, strict=True))


def _of(effect: Effect) -> list[float | None]:
    return [effect.value, effect.low, effect.high]


def _for_a_unit(programme: int, avoided: dict[str, float | None]) -> dict[str, Any]:
    """Pounds for each unit avoided; an interval only where the whole of it is an improvement."""
    value, low, high = avoided["value"] or 0.0, avoided["low"], avoided["high"]
    if value <= 0:
        return {"icer": None, "icer_words": "the scheme costs more and achieves nothing, on the best estimate"}
    pounds = programme / 100
    made: dict[str, Any] = {"icer": pounds / value, "icer_low": None, "icer_high": None}
    if low is not None and high is not None and low > 0:
        return made | {"icer_low": pounds / high, "icer_high": pounds / low, "icer_words": "pounds for a unit avoided"}
    words = "pounds for a unit avoided; the interval holds no change, so that no highest price can be said"
    return made | {"icer_low": pounds / high if high else None, "icer_words": words}


def _saved(
    costs: Costs, unit_pence: int, avoided: dict[str, float | None], programme: int | None, years: float
) -> dict[str, Any]:
    """Gross, net and cashable savings with their intervals."""
    gross = {end: None if count is None else count * unit_pence / 100 for end, count in avoided.items()}
    made: dict[str, Any] = {"gross": gross, "cashable_share": costs.cashable_share}
    if costs.freed is not None:
        freed = costs.freed
        made["cashable"] = {end: _cashable(count, unit_pence, freed, years) for end, count in avoided.items()}
        made["cashable_rule"] = "variable cost where its budget is cut, and whole units that somebody decided to close"
    else:
        made["cashable"] = {
            end: None if value is None else max(value, 0.0) * costs.cashable_share for end, value in gross.items()
        }
    if programme is not None:
        made["net"] = {end: None if value is None else value - programme / 100 for end, value in gross.items()}
    return made


def _cashable(count: float | None, unit_pence: int, freed: Freed, years: float) -> float | None:
    """Money of a whole time, from the rule for a year; a rise saves nothing."""
    if count is None:
        return None
    a_year = Decimal(str(round(max(count, 0.0) / years, 6)))
    capacity = Capacity(
        Decimal(str(freed.variable_share)), freed.consumables_cut, freed.beds_per_unit, Decimal(str(freed.occupancy)),
        freed.unit_saving_pence, freed.closure_decided, Decimal(str(freed.refilled_share)),
    )  # fmt: skip
    return cashable(a_year, Decimal(str(freed.mean_stay_days)), unit_pence, capacity).cashable_pence * years / 100


def _years(loaded: LoadedPanel) -> float:
    """Years from the earliest start to the end; one where periods are no dates."""
    panel = loaded.panel
    months = months_of(loaded.labels) * int((panel.times >= panel.cohorts[0]).sum())
    return months / 12 if months else 1.0
