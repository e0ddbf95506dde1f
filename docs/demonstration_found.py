"""Prints what the evaluations of demonstration places found beside what was planted, as tables for their page."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from joinedup.demo.parameters import number
from joinedup.store.evaluation_results import EvaluationResults

#: Evaluation -> the parameter that holds the true ratio; None where nothing was planted.
PLANTED: Final = {
    "team-before-after": "initiatives.mdt_effect",
    "team-fenwick": "initiatives.mdt_effect",
    "team-aldmoor": None,
    "team-both-sites": None,
    "care-homes": "initiatives.care_home_emergency",
    "reablement": "initiatives.reablement_delay_days",
}


def table(place: Path) -> str:
    """A row for each evaluation: what was planted, what was found, verdict and grade."""
    results = EvaluationResults(place)
    rows = ["| evaluation | planted | found (95% interval) | verdict | grade |", "|---|---|---|---|---|"]
    for name, parameter in PLANTED.items():
        if (kept := results.latest(name)) is not None:
            rows.append(f"| `{name}` | {_planted(name, parameter)} | {_row(kept.result)} |")
    return "\n".join(rows)


def _planted(name: str, parameter: str | None) -> str:
    if name == "team-both-sites":
        return "-5% at one site, none at the other"
    return f"{100 * (number(parameter) - 1):+.0f}%" if parameter else "none"


def _row(result: Mapping[str, Any]) -> str:
    grade = (result.get("grade") or {}).get("level", "-")
    return f"{_found(result)} | {result['verdict']} | {grade}"


def _found(result: Mapping[str, Any]) -> str:
    """The change in percent of the first outcome; the reason where nothing was estimated."""
    for row in result["estimates"]:
        ends = [row[key] for key in ("value", "low", "high")]
        if row["subgroup"] != "all" or row["horizon"] != "all" or None in ends:
            continue
        if row["scale"] in {"ratio", "percent"}:
            value, low, high = (end if row["scale"] == "percent" else 100 * (end - 1) for end in ends)
            return f"{value:+.0f}% ({low:+.0f}% to {high:+.0f}%)"
    return str(result["reason"]).replace("|", "/")


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        print(f"{folder}\n\n{table(Path(folder))}\n")
