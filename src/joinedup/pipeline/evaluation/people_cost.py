"""What a scheme for people saved each payer and cost, with what it achieved; resampled together, told in pounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from joinedup.methods.cost_effect import CostEffect, Costs, cost_effect
from joinedup.methods.effect import Effect
from joinedup.methods.outcome import Comparison
from joinedup.pipeline.evaluation.people_outcomes import Materials, OutcomeFound
from joinedup.pipeline.evaluation.people_rows import Floats, people_parts
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Costs as Promised
from joinedup.rules.programme.protocol import OutcomeKind, PeopleMethod, Role

#: Pounds for a unit of the outcome at which the acceptability curve is drawn.
_WORTH = (0, 100, 500, 1_000, 5_000, 10_000, 20_000, 30_000)


def cost_of(materials: Materials, found: Sequence[OutcomeFound]) -> dict[str, Any]:
    """Gross, programme, net and cashable savings for each person in the scheme; {} where nothing was costed."""
    payers = _payers(materials)
    if materials.protocol.costs is None:
        return {}
    try:
        return _told(materials, payers, found, materials.protocol.costs)
    except NotEvaluable as exc:
        return {"not_made": str(exc)}


def _payers(materials: Materials) -> tuple[str, ...]:
    """Outcomes of kind cost: those that perspectives name, or all."""
    names = tuple(item.name for item in materials.protocol.outcomes if item.kind is OutcomeKind.COST)
    promised = materials.protocol.costs
    chosen = tuple(name for name in names if promised and name in promised.perspectives)
    return chosen or names


def _told(
    materials: Materials, payers: tuple[str, ...], found: Sequence[OutcomeFound], promised: Promised
) -> dict[str, Any]:
    if not payers:
        raise NotEvaluable("no outcome is of kind cost; name what each payer paid as outcomes")
    people = int(materials.people.treated.sum())
    programme = (promised.programme_pence or 0) / people
    payment = promised.performance_pence / people
    care = np.column_stack([100 * materials.of_column(name) for name in payers])
    shares = (promised.cashable_share,) * len(payers)
    gain, name = _gain(materials, found)
    made = cost_effect(
        _one_way(materials), Costs(payers, care, programme, payment, shares), gain,
        seed=people_parts(materials.protocol)[1].seed,
    )  # fmt: skip
    return _words(made, promised, programme, payment, name)


def _one_way(materials: Materials) -> Comparison:
    """Clusters in one column: the cluster treated together, or the matched set; adjusted where the method is."""
    given = materials.people.clusters
    clusters = materials.compared.sets if given is None else given[materials.compared.rows]
    made = Comparison(materials.comparison.treated, materials.compared.weights, clusters)
    is_adjusted = materials.method is PeopleMethod.REGRESSION
    return replace(made, adjust=materials.compared.adjust) if is_adjusted else made


def _gain(materials: Materials, found: Sequence[OutcomeFound]) -> tuple[Floats, str]:
    """The first primary outcome that is no cost, turned so that more is better; nothing where all are costs."""
    for item in found:
        if item.outcome.role is Role.PRIMARY and item.outcome.kind is not OutcomeKind.COST:
            values = materials.of_column(item.outcome.name)
            if item.outcome.polarity is Direction.HIGHER:
                return values, item.outcome.name
            return -values, f"{item.outcome.name} avoided"
    return np.zeros(len(materials.compared.rows)), ""


def _words(made: CostEffect, promised: Promised, programme: float, payment: float, gain: str) -> dict[str, Any]:
    is_known = promised.programme_pence is not None
    told: dict[str, Any] = {
        "unit": "pounds for each person in the scheme; positive is saved", "price_year": promised.price_year,
        "perspectives": list(promised.perspectives), "by_payer": {name: _pounds(e) for name, e in made.by_payer},
        "gross": _pounds(made.gross), "cashable_share": promised.cashable_share,
        "programme": programme / 100 if is_known else None, "performance_payments": payment / 100,
    }  # fmt: skip
    if not is_known:
        told["net_of_programme"] = told["net"] = told["cashable"] = None
        told["because"] = "what the scheme itself cost is not known, so neither net nor cashable savings are"
        return told
    told |= {
        "net_of_programme": _pounds(made.net_of_programme), "net": _pounds(made.net), "cashable": _pounds(made.cashable)
    }  # fmt: skip
    if gain:
        told |= {
            "gain": gain, "gain_value": made.effect.value, "gain_low": made.effect.low, "gain_high": made.effect.high,
            "position": made.position, "icer": None if made.icer is None else made.icer / 100,
            "acceptability": _acceptability(made),
        }  # fmt: skip
    return told


def _acceptability(made: CostEffect) -> list[dict[str, Any]]:
    """For each value of a unit of the outcome how likely the scheme is worth its cost, and its net benefit."""
    rows = []
    for worth, (_, chance) in zip(_WORTH, made.acceptability([100.0 * w for w in _WORTH]), strict=True):
        benefit = _pounds(made.net_benefit(100 * worth))
        rows.append({
            "pounds_for_a_unit": worth, "chance": chance, "net_benefit": benefit["value"], "low": benefit["low"],
            "high": benefit["high"],
        })  # fmt: skip
    return rows


def _pounds(effect: Effect) -> dict[str, Any]:
    low, high = (None if end is None else round(end / 100, 2) for end in (effect.low, effect.high))
    return {"value": round(effect.value / 100, 2), "low": low, "high": high, "p": effect.p}
