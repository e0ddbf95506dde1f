"""Time a whole build at several sizes, stage by stage, beside hand-written peers in the same run.

Usage: python -m benchmarks.build [--people 100000 300000 1000000] [--folder build/bench] [--markdown docs/speed.md]

Each place is generated once and kept. A build is a process of its own, so that its peak memory is its own. Peers:
a bare scan of the columns that month facts need; the same month facts in hand-written DuckDB SQL; the same in pandas
where the size allows; and, in benchmarks/linkage.py, Splink alone on all records.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from joinedup.demo.place import generate
from joinedup.store.objects import Objects
from joinedup.store.release import Manifest, StageRecord, current_release, read_manifest

PANDAS_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One size: the build, its stages, and the peers."""

    people: int
    activity_rows: int
    build: Cost
    refresh: Cost
    stages: tuple[StageRecord, ...]
    peers: dict[str, Cost]


def measured(command: Sequence[str]) -> Cost:
    """Run a command and read the operating system's own account of it."""
    clock = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - clock
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def measure(people: int, folder: Path) -> Measured:
    """Generate a place if it is not there, build it from nothing, build it again unchanged, and run the peers."""
    place = folder / str(people)
    if not (place / "place.toml").exists():
        generate(place, people=people, seed=1)
    for left in ("objects", "releases", "current", "identity", "models"):
        path = place / left
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "joinedup.cli", "build", str(place)]
    build = measured(command)
    manifest = read_manifest(place, current_release(place))
    refresh = measured(command)
    rows = sum(_rows(place, manifest, name) for name in manifest.objects if name.startswith("facts/activity@"))
    return Measured(people, rows, build, refresh, manifest.stages, _peers(place, manifest, people))


def _rows(place: Path, manifest: Manifest, table: str) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in Objects(place / "objects").paths(manifest.objects[table]))


def _peers(place: Path, manifest: Manifest, people: int) -> dict[str, Cost]:
    objects = Objects(place / "objects")
    tables = sorted(name for name in manifest.objects if name.startswith("facts/activity@"))
    files = [str(path) for table in tables for path in objects.paths(manifest.objects[table])]
    listed = place / "activity_files.json"
    listed.write_text(json.dumps(files))
    found = {}
    for name in ("bare_scan", "hand_written_sql", *(("pandas",) if people <= PANDAS_AT_MOST else ())):
        found[name] = measured([sys.executable, "-m", "benchmarks.peers", name, str(listed)])
    return found


def grouped(stages: Sequence[StageRecord]) -> dict[str, StageRecord]:
    """Stages with the months of costing added up."""
    result: dict[str, StageRecord] = {}
    for stage in stages:
        name = "cost every month" if stage.name.startswith("cost ") else stage.name
        held = result.get(name)
        result[name] = stage if held is None else _sum(name, held, stage)
    return result


def _sum(name: str, one: StageRecord, other: StageRecord) -> StageRecord:
    return StageRecord(
        name,
        one.seconds + other.seconds,
        one.cpu_seconds + other.cpu_seconds,
        max(one.peak_mb, other.peak_mb),
        one.rows_in + other.rows_in,
        one.rows_out + other.rows_out,
        one.reused and other.reused,
    )


def exponent(sizes: Sequence[Measured], seconds: Callable[[Measured], float]) -> str:
    """How cost grows with people, from the smallest size to the largest: 1 is in proportion."""
    if len(sizes) < 2:
        return ""
    first, last = sizes[0], sizes[-1]
    ratio = seconds(last) / max(seconds(first), 0.01)
    return f"{math.log(ratio) / math.log(last.people / first.people):.2f}"


def table(sizes: Sequence[Measured]) -> str:
    """The results in Markdown."""
    head = " | ".join(f"{size.people:,} people" for size in sizes)
    lines = [f"| stage: CPU s / wall s / peak MB | {head} | growth |", "|---" * (len(sizes) + 2) + "|"]
    for name in grouped(sizes[-1].stages):
        cells = [grouped(size.stages)[name] for size in sizes]
        row = " | ".join(f"{c.cpu_seconds:.1f} / {c.seconds:.1f} / {c.peak_mb:,.0f}" for c in cells)
        growth = exponent(sizes, lambda size, name=name: grouped(size.stages)[name].cpu_seconds)  # type: ignore[misc]
        lines.append(f"| {name} | {row} | {growth} |")
    for label, pick in (("**whole build**", _build), ("build again, nothing new", _refresh)):
        row = " | ".join(_cost(pick(size)) for size in sizes)
        lines.append(f"| {label} | {row} | {exponent(sizes, lambda size, pick=pick: pick(size).cpu_seconds)} |")  # type: ignore[misc]
    lines.append(f"| events | {' | '.join(f'{size.activity_rows:,}' for size in sizes)} | |")
    return "\n".join([*lines, "", *_peer_lines(sizes)])


def _peer_lines(sizes: Sequence[Measured]) -> list[str]:
    lines = ["| peer: CPU s / wall s / peak MB (ratio of our costing’s CPU to it) |", "|---|"]
    for size in sizes:
        ours = grouped(size.stages)["cost every month"].cpu_seconds
        for name, cost in size.peers.items():
            lines.append(
                f"| {size.people:,} people, {name}: {_cost(cost)} ({ours / max(cost.cpu_seconds, 0.01):.1f}) |"
            )
    return lines


def _build(size: Measured) -> Cost:
    return size.build


def _refresh(size: Measured) -> Cost:
    return size.refresh


def _cost(cost: Cost) -> str:
    return f"{cost.cpu_seconds:.1f} / {cost.wall_seconds:.1f} / {cost.peak_mb:,.0f}"


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    parser.add_argument("--markdown", type=Path)
    chosen = parser.parse_args()
    sizes = []
    for people in sorted(chosen.people):
        sizes.append(measure(people, chosen.folder))
        print(f"{people:,} people: {_cost(sizes[-1].build)}", flush=True)
    machine = f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    text = f"Measured on {date.today()}: {machine}.\n\n{table(sizes)}\n"
    print(text)
    if chosen.markdown:
        chosen.markdown.write_text(f"# Speed\n\n{text}")


if __name__ == "__main__":
    main()
