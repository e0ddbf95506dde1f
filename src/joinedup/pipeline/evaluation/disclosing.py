"""The disclosure gate of an evaluation of people: no count in a result, and none to be worked out from one, is small.

Counts of people are hidden below the policy's limit and otherwise told to the nearest 5; what is computed from so few
that it would tell of single people (a mean, a share, an effect) goes with them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from joinedup.pipeline.evaluation.small_counts import hidden
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.programme.protocol import PeopleDesign, Protocol
from joinedup.rules.programme.result import Estimate, Result

#: Whole numbers of a result that count no people.
_NO_PEOPLE: Final = re.compile(
    r"seed|ratio|level|number|rank|waves|periods?(_.*)?|.*_days|.*_months|months|clusters.*|studies|protocols|practices|"
    r"areas|pounds.*|quarters?|alike_areas"
)
_SHARE: Final = re.compile(r"(\d+(?:\.\d+)?)% of the people of the scheme")
#: Money that the cost of the scheme was taken off.
_AFTER_COST: Final = ("net_of_programme", "net", "cashable")
#: Figures that are told by so many places: more would give back the counts behind them.
_PLACES: Final = {"mean": 3, "share": 2}
#: Estimates are told to so many figures: a difference of two shares in full would give back the sizes of both groups.
_FIGURES: Final = 4


@dataclass(frozen=True, slots=True)
class _Gate:
    """The policy, and how many people of the scheme and controls were compared."""

    policy: Policy
    treated: int
    controls: int

    def count(self, value: int) -> int | None:
        """A count of people as it is told."""
        return None if hidden(value, self.policy) else 5 * ((value + 2) // 5)

    def is_few(self, share: float, people: int) -> bool:
        """Whether a share of some people, or the rest of them, are few enough to hide."""
        part = round(share * people)
        return hidden(part, self.policy) or hidden(people - part, self.policy)


def disclosed(result: Result, protocol: Protocol) -> Result:
    """A result of people as it may be read by others; results of areas, studies and public tables stay as they are.

    An outcome that few people on one side had is not estimated. Where that is the primary outcome, nothing is: its
    effect would be theirs.

    Args:
        result: as estimated, with every count.
        protocol: names the policy.
    """
    if not isinstance(protocol.design, PeopleDesign) or protocol.disclosure is Policy.EXACT:
        return result
    gate = _gate(result, protocol.disclosure)
    rare = _rare(result)
    shown = replace(
        result, diagnostics=_shown(result.diagnostics, gate),
        sensitivity=_figures(_sensitivity(result.sensitivity, rare, gate)),
        cost=_cost(result.cost, protocol, gate),
    )  # fmt: skip
    if result.grade is not None:
        because = tuple(_words(text, gate) for text in result.grade.because)
        shown = replace(shown, grade=replace(result.grade, because=because))
    if result.estimates and result.estimates[0].outcome in rare:
        return _withheld(shown, result.estimates[0].outcome)
    kept = [item for item in result.estimates if item.outcome not in rare]
    small = tuple(item for item in kept if item.n is None or not hidden(item.n, protocol.disclosure))
    told = tuple(_estimate(item, gate) for item in small)
    return replace(shown, estimates=told, diagnostics=_not_told(shown.diagnostics, rare))


def _estimate(item: Estimate, gate: _Gate) -> Estimate:
    return replace(
        item, n=None if item.n is None else gate.count(item.n), value=_figures(item.value), se=_figures(item.se),
        low=_figures(item.low), high=_figures(item.high), p=_figures(item.p),
    )  # fmt: skip


def _figures(value: Any) -> Any:
    """A number to so many figures, wherever it stands.

    >>> _figures({"value": -0.123456, "of": [1234.56, "0.123456", None]})
    {'value': -0.1235, 'of': [1235.0, '0.123456', None]}
    """
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{_FIGURES}g}")
    if isinstance(value, Mapping):
        return {name: _figures(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_figures(each) for each in value]
    return value


def _gate(result: Result, policy: Policy) -> _Gate:
    flow = result.diagnostics.get("flow") or {}
    own, others = (
        next((flow[name] for name in names if isinstance(flow.get(name), int)), 0)
        for names in (("matched_treated", "eligible_treated", "treated"), ("matched_controls", "eligible_controls"))
    )
    return _Gate(policy, own, others)


def _rare(result: Result) -> set[str]:
    """Outcomes that too few people of one side had to be told of; their counts are hidden already."""
    return {
        str(row["outcome"])
        for row in result.diagnostics.get("groups", ())
        if any(name.startswith("people_") and value is None for name, value in row.items())
    }


def _withheld(result: Result, outcome: str) -> Result:
    reason = f"too few people on one side had {outcome}, or were without it: its effect would tell of single people"
    return replace(
        result, verdict="not evaluable", reason=reason, grade=None, estimates=(), series=(), sensitivity={}, cost={}
    )  # fmt: skip


def _not_told(diagnostics: Mapping[str, Any], rare: set[str]) -> dict[str, Any]:
    because = "too few people on one side had it, or were without it, to be told"
    said = [*diagnostics.get("not_estimated", ()), *({"outcome": name, "because": because} for name in sorted(rare))]
    return {**diagnostics, "not_estimated": said} if rare else {**diagnostics}


def _sensitivity(found: Mapping[str, Any], rare: set[str], gate: _Gate) -> dict[str, Any]:
    """Checks that rest on an outcome few people had keep their answer and lose their figures."""
    made = {name: _shown(value, gate) for name, value in found.items()}
    for name, value in made.items():
        if isinstance(value, list):
            made[name] = [_without_figures(row) if _is_of(row, rare) else row for row in value]
        elif _is_of(value, rare) or (name == "mortality" and rare & {"died", "death", "deaths", "mortality"}):
            made[name] = _without_figures(value)
    return made


def _is_of(row: Any, rare: set[str]) -> bool:
    return isinstance(row, Mapping) and row.get("outcome") in rare


def _without_figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if name in {"effect", "p"} else value for name, value in row.items()}


def _shown(value: Any, gate: _Gate, name: str = "") -> Any:
    """Anything a result holds, with its counts and shares as they may be told."""
    if isinstance(value, Mapping):
        if {"covariate", "mean_treated"} <= value.keys():
            return _balance(value, gate)
        return {key: _shown(item, gate, str(key)) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(item, gate, name) for item in value]
    if isinstance(value, str):
        return _words(value, gate)
    return _figure(value, name, gate)


def _figure(value: Any, name: str, gate: _Gate) -> Any:
    """A single value that is no text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if _NO_PEOPLE.fullmatch(name) else gate.count(value)
    if not isinstance(value, float):
        return value
    if name.startswith("effective_"):
        return gate.count(round(value))
    if name.startswith("mean_"):
        return _significant(value)
    if name in {"share_matched", "overlap"}:
        return None if gate.is_few(value, gate.treated) else round(value, _PLACES["share"])
    return value


def _balance(row: Mapping[str, Any], gate: _Gate) -> dict[str, Any]:
    """A covariate that few people have, or few lack, keeps how alike groups are, roughly, and no mean."""
    made = {key: _significant(item) if str(key).startswith("mean_") else item for key, item in row.items()}
    means = [row.get("mean_treated"), row.get("mean_after")]
    sides = zip(means, (gate.treated, gate.controls), strict=True)
    if not any(_is_share(mean) and gate.is_few(mean, people) for mean, people in sides if mean is not None):
        return made
    return {key: _roughly(str(key), item) for key, item in made.items()}


def _roughly(name: str, item: Any) -> Any:
    if name.startswith(("mean_", "variance_ratio")):
        return None
    return round(item, 1) if name.startswith("smd_") and item is not None else item


def _is_share(mean: Any) -> bool:
    return isinstance(mean, float) and 0 < mean < 1


def _cost(found: Mapping[str, Any], protocol: Protocol, gate: _Gate) -> dict[str, Any]:
    """Money for each person, as if the scheme had had as many people as are told: its cost gives no other number back.

    What the scheme cost for each person is its whole cost by the people told; everything after it moves as much.
    """
    programme, whole = found.get("programme"), protocol.costs.programme_pence if protocol.costs else None
    if not isinstance(programme, int | float) or not programme or not whole:
        return {**found}
    told = gate.count(round(whole / 100 / programme))
    if not told:
        return {"not_made": "too few people were in the scheme for its cost to be told by person"}
    moved = programme - whole / 100 / told
    made = {name: _moved(item, moved) if name in _AFTER_COST else item for name, item in found.items()}
    made["programme"] = programme - moved
    if isinstance(found.get("acceptability"), list | tuple):
        made["acceptability"] = [{**row, "net_benefit": row["net_benefit"] + moved} for row in found["acceptability"]]
    net, gain = made.get("net"), found.get("gain_value")
    if found.get("icer") is not None and isinstance(net, Mapping) and gain:
        made["icer"] = -net["value"] / gain
    return made


def _moved(item: Any, by: float) -> Any:
    if not isinstance(item, Mapping):
        return item
    ends = {name: round(item[name] + by, 2) for name in ("value", "low", "high") if item.get(name) is not None}
    return {**item, **ends}


def _words(text: str, gate: _Gate) -> str:
    """A sentence without a percentage that would give back a small count."""

    def told(found: re.Match[str]) -> str:
        share = float(found[1]) / 100
        if share in {0.0, 1.0} or not gate.is_few(share, gate.treated):
            return f"{100 * share:.0f}% of the people of the scheme"
        return f"{'nearly all' if share > 0.5 else 'hardly any'} of the people of the scheme"

    return _SHARE.sub(told, text)


def _significant(value: Any) -> Any:
    """A mean to three figures."""
    if not isinstance(value, float) or not value or not math.isfinite(value):
        return value
    return round(value, _PLACES["mean"] - 1 - math.floor(math.log10(abs(value))))
