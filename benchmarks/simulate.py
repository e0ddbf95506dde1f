"""Try every design of an evaluation in worlds whose truth is known: are its intervals and verdicts to be trusted?

Usage: python -m benchmarks.simulate [--runs 2000] [--only WORDS] [--out build/simulation.jsonl] [--markdown FILE]

Cells already in the results at as many runs are not run again, so the whole can be made in parts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.simulation.cell import Cell
from benchmarks.simulation.cells import all_cells
from benchmarks.simulation.tally import Tally, run_cell
from benchmarks.simulation.telling import markdown


def main() -> None:
    """Run the cells asked for, and write what they said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--only", default="", help="cells whose name holds these words")
    parser.add_argument("--out", type=Path, default=Path("build/simulation.jsonl"))
    parser.add_argument("--markdown", type=Path)
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    for cell in all_cells():
        runs = max(20, round(asked.runs * cell.share))
        if asked.only in cell.name and runs > _made(asked.out).get(cell.name, 0):
            _run(cell, runs, asked.out)
    if asked.markdown:
        asked.markdown.write_text(markdown(_latest(asked.out)), encoding="utf-8")


def _run(cell: Cell, runs: int, out: Path) -> None:
    tallies = run_cell(cell, runs)
    with out.open("a", encoding="utf-8") as lines:
        for tally in tallies:
            lines.write(json.dumps(tally.as_dict()) + "\n")
    first = tallies[0]
    shown = "-" if first.coverage is None else f"{100 * first.coverage:.1f}%"
    print(f"{cell.name}: {runs} runs, coverage {shown}, praise {100 * first.favourable:.1f}%", flush=True)


def _latest(out: Path) -> list[Tally]:
    """The last tally of each cell, outcome and horizon, in the order of the cells."""
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    found: dict[tuple[str, str, str], Tally] = {}
    for line in lines:
        tally = Tally(**json.loads(line))
        found[_name(tally), tally.outcome, tally.horizon] = tally
    order = [cell.name for cell in all_cells()]
    return sorted((t for t in found.values() if _name(t) in order), key=lambda tally: order.index(_name(tally)))


def _made(out: Path) -> dict[str, int]:
    return {_name(tally): tally.runs for tally in _latest(out)}


def _name(tally: Tally) -> str:
    return f"{tally.world} / {tally.design} / {tally.effect}"


if __name__ == "__main__":
    main()
