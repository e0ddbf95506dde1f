"""What the place's own register hands over to builds: two sources that nobody need declare, and flows it approved."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from joinedup.rules.foundation.flow import OptOut, Use

DECISIONS: Final = "register_decisions"
OBJECTIONS: Final = "register_objections"

#: Sources of the register itself: kind and label. They describe nobody, so they stand behind all other sources.
OWN_SOURCES: Final = {
    DECISIONS: ("identity_decisions", "Decisions of linkage officers"),
    OBJECTIONS: ("register_objections", "Opt-outs recorded in the register"),
}

#: The period folder of a source whose every file is the whole list.
WHOLE: Final = "all"

FLOWS: Final = "register_flows.csv"
FLOW_COLUMNS: Final = ("source", "legal_basis", "purposes", "controller", "expires", "opt_out")

Table = Mapping[str, Any]


def sources_with_register(folder: Path, place: str, declared: Mapping[str, Table]) -> dict[str, Table]:
    """The sources of place.toml, completed by what the register handed over.

    A source without a table `flow` takes the flow that the register approved for it; a flow in place.toml stands, so
    that what is written there is never overruled unseen. Each list that the register has handed over is a source.

    Args:
        folder: the place.
        place: its name; it answers for its own register.
        declared: [sources.<id>] of place.toml.
    """
    flows = _flows(folder / "extracts" / FLOWS)
    completed = {
        name: table if table.get("flow") or name not in flows else {**table, "flow": flows[name]}
        for name, table in declared.items()
    }
    own = {
        name: {"kind": kind, "label": label, "dates": "iso", "flow": _own_flow(place)}
        for name, (kind, label) in OWN_SOURCES.items()
        if (folder / "extracts" / name).is_dir()
    }
    return {**completed, **{name: table for name, table in own.items() if name not in completed}}


def _own_flow(place: str) -> Table:
    return {
        "legal_basis": "legal duty to keep records right and to respect objections",
        "purposes": [use.value for use in Use],
        "controller": place,
        "expires": date.max,
        "opt_out": OptOut.NONE.value,
    }


def _flows(path: Path) -> dict[str, Table]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["source"]: _flow(row) for row in csv.DictReader(lines)}


def _flow(row: Mapping[str, str]) -> Table:
    told = {name: row[name] for name in ("legal_basis", "controller", "opt_out")}
    return {**told, "purposes": row["purposes"].split(), "expires": date.fromisoformat(row["expires"])}
