"""Evaluate large tables: time, processor and memory of matching, placebos, staggered differences and aggregation.

Usage: python -m benchmarks.evaluation [--only WORDS] [--peers PYTHON] [--markdown FILE]

Each case runs as a process of its own. Peers run by the interpreter named, in the same run; those it lacks are left
out and said so. JOINEDUP_DATA holds the published data.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TREATED, CONTROLS, COVARIATES = 20_000, 1_000_000, 20
#: What each case may take in wall seconds, and whether it is a goal or a must.
LIMITS: Final = {
    "matched": "goal 3 s, must 8 s and 4 GB", "mahalanobis": "goal 12 s", "california": "goal 10 s",
    "placebos": "goal 1 s", "staggered": "goal 5 s", "months": "goal 3 s",
}  # fmt: skip
NAMES: Final = {
    "matched": "20,000 : 1,000,000 people, 20 covariates, 16 strata: Parquet to pairs and balance, propensity 1:1",
    "mahalanobis": "the same by Mahalanobis within a caliper",
    "california": "synthetic control of Proposition 99 with predictors and all 38 placebos",
    "placebos": "150 areas x 72 periods, synthetic control on outcomes, every donor a placebo",
    "staggered": "Callaway-Sant'Anna, 150 areas x 72 periods, 11 waves, 999 bootstraps",
    "months": "10,000,000 person-months by area and month, then difference in differences",
}


def write_people(path: Path) -> None:
    """People with 20 covariates in 16 strata, those treated picked by most of them."""
    rng, n = np.random.default_rng(1), TREATED + CONTROLS
    x = rng.normal(0, 1, (n, COVARIATES))
    score = x[:, :10] @ rng.uniform(0.05, 0.35, 10) + rng.gumbel(0, 1, n)
    treated = np.zeros(n, np.int64)
    treated[np.argpartition(-score, TREATED)[:TREATED]] = 1
    columns = {f"x{k}": x[:, k] for k in range(COVARIATES)}
    pq.write_table(pa.table({
        "person": rng.permutation(n), "treated": treated, "stratum": rng.integers(0, 16, n), **columns,
        "admissions": rng.poisson(0.3, n).astype(float),
    }), path)  # fmt: skip


def write_months(path: Path) -> None:
    """10 million person-months in 150 areas and 40 months; 50 areas start in month 24."""
    rng, n = np.random.default_rng(2), 10_000_000
    area, month = rng.integers(0, 150, n), rng.integers(0, 40, n)
    starts = np.where(area < 50, 24, 0)
    rate = 0.3 - 0.01 * ((starts > 0) & (month >= 24)) + 0.0005 * area
    pq.write_table(pa.table({
        "area": area.astype(np.int32), "month": month.astype(np.int32), "start": starts.astype(np.int32),
        "admissions": rng.poisson(rate).astype(np.int32), "person": rng.integers(0, 300_000, n),
    }), path)  # fmt: skip


def _design(folder: Path, distance: str) -> None:
    from joinedup.pipeline.evaluation.people_design import design_people
    from joinedup.pipeline.evaluation.people_rows import read_people
    from joinedup.rules.programme.protocol_reading import read_protocol
    from joinedup.store.evaluation_tables import EvaluationTable

    protocol = read_protocol({
        "title": "Large", "data": {
            "unit": "person", "treated": "treated", "exact": ["stratum"],
            "covariates": [f"x{k}" for k in range(COVARIATES)],
        },
        "design": {"method": "matched_cohort", "distance": distance, "ratio": 1, "caliper": 0.2},
        "outcomes": [{"name": "admissions", "kind": "count"}],
    })  # fmt: skip
    designed = design_people(read_people(EvaluationTable(folder / "people.parquet"), protocol), protocol)
    print(f"matched {designed.share_matched:.4f}, largest difference {designed.largest_smd:.4f}")


def matched(folder: Path) -> None:
    """From the file to pairs and balance."""
    _design(folder, "propensity")


def mahalanobis(folder: Path) -> None:
    """The same on all covariates within a caliper of the propensity."""
    _design(folder, "mahalanobis")


def california(folder: Path) -> None:
    """The published predictors; every other state takes a turn."""
    from joinedup.methods.counterfactual import Recipe, Special, cases_of
    from joinedup.methods.placebo import placebos
    from joinedup.methods.synthetic_control import synthetic_control
    from tests.methods.published_panels import proposition_99

    panel = proposition_99(Path(os.environ["JOINEDUP_DATA"]))
    specials = tuple(Special("", (float(year),)) for year in (1975, 1980, 1988))
    beer = Special("beer", tuple(float(year) for year in range(1984, 1989)))
    recipe = Recipe(("lnincome", "retprice", "age15to24"), (beer, *specials))
    found = [synthetic_control(4)(case) for case in cases_of(panel, recipe)]
    tried = placebos(panel, synthetic_control(2), found, recipe)
    print(f"gap in 2000 {found[0].gap[-1]:.1f}, rank {tried.rank} of {tried.count}")


def placebos_of_areas(folder: Path) -> None:
    """One treated area of 150."""
    from joinedup.methods.counterfactual import Recipe, cases_of
    from joinedup.methods.panel import NEVER, Panel
    from joinedup.methods.placebo import placebos
    from joinedup.methods.synthetic_control import synthetic_control

    panel = _areas(np.where(np.arange(150) < 1, 48.0, NEVER), Panel)
    found = [synthetic_control()(case) for case in cases_of(panel)]
    tried = placebos(panel, synthetic_control(), found, Recipe())
    print(f"rank {tried.rank} of {tried.count}")


def staggered(folder: Path) -> None:
    """11 waves among 100 areas, 50 that never start."""
    from joinedup.methods.panel import NEVER, Panel
    from joinedup.methods.staggered import callaway_santanna

    starts = np.where(np.arange(150) < 100, 24.0 + 3 * (np.arange(150) % 11), NEVER)
    found = callaway_santanna(_areas(starts, Panel), draws=999)
    print(f"{len(found.cells.value)} cells, simple {found.effects[0].value:.3f}, band {found.band:.2f}")


def _areas(starts: np.ndarray, panel: Callable[..., object]) -> object:
    rng = np.random.default_rng(3)
    outcome = 100 + rng.normal(0, 5, (150, 1)) + np.cumsum(rng.normal(0, 0.5, 72)) + rng.normal(0, 2, (150, 72))
    return panel(tuple(map(str, range(150))), np.arange(72.0), outcome, starts)


def months(folder: Path) -> None:
    """From ten million rows to an effect."""
    from joinedup.methods.differences import difference_in_differences
    from joinedup.methods.panel import NEVER, Panel
    from joinedup.store.area_periods import area_periods

    rows = area_periods([folder / "months.parquet"], area="area", period="month", means=["admissions"], same=["start"])
    outcome = rows.column("admissions").to_numpy().reshape(150, 40)
    start = rows.column("start").to_numpy().reshape(150, 40)[:, 0]
    panel = Panel(tuple(map(str, range(150))), np.arange(40.0), outcome, np.where(start > 0, start, NEVER))
    effect = difference_in_differences(panel).effects[0]
    print(f"{effect.value:.5f} ({effect.low:.5f} to {effect.high:.5f}), planted -0.01")


CASES: Final[dict[str, Callable[[Path], None]]] = {
    "matched": matched, "mahalanobis": mahalanobis, "california": california, "placebos": placebos_of_areas,
    "staggered": staggered, "months": months,
}  # fmt: skip


def _measured(command: list[str]) -> dict[str, object]:
    """Run a process; wall and processor seconds and peak memory of it alone."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        said, complained = process.communicate()
    lines = said.strip().splitlines()
    if process.returncode == -signal.SIGXCPU:
        return {"failed": "stopped, not done after 120 s of processor"}
    if process.returncode or not lines:
        return {"failed": (complained.strip().splitlines() or ["no answer"])[-1][:160]}
    return {**json.loads(lines[-1]), "said": lines[0] if len(lines) > 1 else ""}


def run_case(name: str, folder: Path) -> None:
    """Run one case in this process and say what it took; Python's start and imports are not counted."""
    for module in ("people_design", "people_rows", "evaluate"):
        importlib.import_module(f"joinedup.pipeline.evaluation.{module}")
    importlib.import_module("joinedup.store.area_periods")
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    CASES[name](folder)
    wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # ru_maxrss would hold the parent's at the fork
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({
        "wall": wall, "user": used.ru_utime - before.ru_utime, "sys": used.ru_stime - before.ru_stime,
        "peak_mb": peak / 1024,
    }))  # fmt: skip


def main() -> None:
    """Write the tables, run every case and its peer, and write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--case", default="")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", default="", help="a Python interpreter that has psmpy, pysyncon, diff-diff")
    parser.add_argument("--markdown", type=Path)
    asked = parser.parse_args()
    if asked.case:
        run_case(asked.case, asked.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in (("people.parquet", write_people), ("months.parquet", write_months)):
            if not (folder / name).exists():
                write(folder / name)
        text = _table(folder, asked.only, asked.peers)
    print(text)
    if asked.markdown:
        asked.markdown.write_text(text, encoding="utf-8")


def _table(folder: Path, only: str, peers: str) -> str:
    rows = ["| case | who | wall s | user + sys s | peak MB | said | asked |", "|---|---|---|---|---|---|---|"]
    for name in CASES:
        if only not in name:
            continue
        ours = _measured([sys.executable, "-m", "benchmarks.evaluation", "--case", name, "--folder", str(folder)])
        rows.append(_row(NAMES[name], "joinedup", ours, LIMITS[name]))
        if peers:
            peer = _measured([peers, str(Path(__file__).parent / "evaluation_peers.py"), name, str(folder)])
            rows.append(_row("", str(peer.get("peer", "peer")), peer, ""))
    return "\n".join(rows) + "\n"


def _row(case: str, who: str, made: dict[str, object], limit: str) -> str:
    if "failed" in made:
        return f"| {case} | {who} | - | - | - | {made['failed']} | {limit} |"
    used = float(str(made["user"])) + float(str(made["sys"]))
    return (
        f"| {case} | {who} | {float(str(made['wall'])):.1f} | {used:.1f} | {float(str(made['peak_mb'])):,.0f} "
        f"| {made['said']} | {limit} |"
    )


if __name__ == "__main__":
    main()
