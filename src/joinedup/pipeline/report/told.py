"""The estimates that a reader is told first: one scale where two say the same, money as money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinedup.rules.programme.movement import main_estimates

View = Mapping[str, Any]


def told_estimates(view: View) -> list[View]:
    """The main estimates, without a scale that only repeats another, and with costs in pounds."""
    return told(view, main_estimates(view))


def told(view: View, rows: list[View]) -> list[View]:
    """Some estimates, without percentages and logarithms where the ratio itself is there, and with costs in pounds."""
    ratios = {_plain(row) for row in rows if row["scale"] == "ratio"}
    kept = [row for row in rows if row["scale"] == "ratio" or not _repeats(row) or _plain(row) not in ratios]
    return [_as_money(view, row) for row in kept]


def _repeats(row: View) -> bool:
    return row["scale"] == "percent" or str(row["scale"]).startswith("log")


def _plain(row: View) -> tuple[str, str, str]:
    return str(row["outcome"]).removeprefix("log_"), str(row["horizon"]), str(row["subgroup"])


def _as_money(view: View, row: View) -> View:
    if row["scale"] != "difference" or row["outcome"] not in (view["cost"].get("by_payer") or {}):
        return row
    ends = {name: 100 * row[name] for name in ("value", "low", "high") if row[name] is not None}
    return {**row, **ends, "scale": "difference_pence", "unit": "a person"}
