"""What a claim needs to know of an evaluation: its verdict, its grade, and changes and savings with their intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: A value with the ends of its 95% interval; None where there are none.
Change = tuple[float, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one evaluation found, as far as claims are concerned.

    Attributes:
        name: of its protocol.
        verdict: from the closed list.
        level: its grade; None where nothing could be evaluated.
        primary: the outcome its verdict rests on.
        changes: outcome -> change in per cent and its 95% interval (value, low, high; ends None where there are none).
        savings: gross, net and cashable savings in pounds for each person, with intervals, where they were costed.
    """

    name: str
    verdict: str
    level: int | None
    primary: str
    changes: Mapping[str, Change]
    savings: Mapping[str, Change]


def read_evaluated(name: str, result: Mapping[str, Any]) -> Evaluated:
    """What a claim needs to know of a result, from what result.json holds.

    The main estimate of each outcome is its first over all of the follow-up and everybody; ratios become changes in
    per cent. A difference stays out unless the result tells the same estimand in per cent too.

    >>> found = read_evaluated("team", {"verdict": "works", "grade": {"level": 4}, "estimates": [
    ...     {"outcome": "admissions", "estimand": "att", "scale": "ratio", "horizon": "all", "subgroup": "all",
    ...      "value": 0.7, "low": 0.6, "high": 0.8}]})
    >>> [round(each) for each in found.changes["admissions"]]
    [-30, -40, -20]
    """
    rows = [row for row in result.get("estimates", ()) if (row.get("horizon"), row.get("subgroup")) == ("all", "all")]
    changes: dict[str, Change] = {}
    for row in rows:
        change = _in_percent(row)
        if change is not None:
            changes.setdefault(str(row["outcome"]), change)
    grade = result.get("grade") or {}
    first = str(rows[0]["outcome"]) if rows else ""
    return Evaluated(
        name, str(result.get("verdict", "not evaluable")), grade.get("level"), first, changes, _savings(result)
    )


_TURNS: Final[Mapping[str, Callable[[float], float]]] = {
    "percent": lambda value: value,
    "ratio": lambda value: 100 * (value - 1),
    "log_ratio": lambda value: 100 * (math.exp(value) - 1),
}


def _in_percent(row: Mapping[str, Any]) -> Change | None:
    turn, value = _TURNS.get(str(row.get("scale"))), row.get("value")
    if turn is None or value is None:
        return None
    low, high = (None if row.get(end) is None else turn(float(row[end])) for end in ("low", "high"))
    return turn(float(value)), low, high


def _savings(result: Mapping[str, Any]) -> dict[str, Change]:
    cost = result.get("cost") or {}
    found = {name: cost.get(name) for name in ("gross", "net", "cashable")}
    return {
        name: (each["value"], each.get("low"), each.get("high"))
        for name, each in found.items()
        if isinstance(each, Mapping) and each.get("value") is not None
    }
