"""One build run: stages that are timed, remembered by what went into them, and skipped when nothing did change."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import ibis.expr.types as ir
import pyarrow.parquet as pq

import joinedup
from joinedup.evidence.tables import columns_of
from joinedup.store.engine import Engine
from joinedup.store.objects import Objects, Tables
from joinedup.store.place import Place
from joinedup.store.release import StageRecord

Make = Callable[[Path], Mapping[str, Sequence[Path]]]


class Listener(Protocol):
    """Hears how a build goes on: the command line shows it."""

    def started(self, stage: str) -> None:
        """A stage begins."""

    def finished(self, record: StageRecord) -> None:
        """A stage has ended, or was reused."""


@dataclass(slots=True)
class Run:
    """One build under way: where it works, and what its stages have left so far.

    Unfinished files with names or numbers lie in `private`, beside the identity store; all others in `scratch`.
    """

    place: Place
    engine: Engine
    objects: Objects
    scratch: Path
    private: Path
    listener: Listener
    stages: list[StageRecord] = field(default_factory=list)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def stage(
        self, name: str, inputs: Sequence[str], params: Mapping[str, object], make: Make
    ) -> dict[str, tuple[str, ...]]:
        """Do a stage, or take what an earlier build left when nothing that goes into it has changed.

        Args:
            name: what people see.
            inputs: names of tables of this run that the stage reads.
            params: everything else it depends on: definitions, dates, settings.
            make: writes the stage's Parquet files into the folder it is given and names them by table.

        Returns:
            Table name -> object names; they are also added to the run's tables.
        """
        given = {table: self.tables.get(table, ()) for table in inputs}
        key = stage_key(name, self.engine.name, given, params)
        self.listener.started(name)
        clock, cpu = time.perf_counter(), _cpu_seconds()
        outputs = self.objects.recall(key)
        reused = outputs is not None
        if outputs is None:
            outputs = self._made(name, make)
            self.objects.remember(key, outputs)
        self.tables.update(outputs)
        self._record(name, clock, cpu, given, outputs, reused=reused)
        return outputs

    def always(self, name: str, make: Make) -> dict[str, tuple[str, ...]]:
        """Do a stage that keeps its own memory of earlier work, or is too quick to need one."""
        self.listener.started(name)
        clock, cpu = time.perf_counter(), _cpu_seconds()
        outputs = self._made(name, make)
        self.tables.update(outputs)
        self._record(name, clock, cpu, {}, outputs, reused=False)
        return outputs

    def read(self, table: str) -> ir.Table:
        """A canonical table of this run, all its months or buckets together, lazily."""
        names = [name for name in self.tables if name.split("@")[0] == f"facts/{table}"]
        return self.engine.read(self.paths(*sorted(names)), columns_of(table))

    def has(self, table: str) -> bool:
        """Whether this run has a canonical table, in one part or many."""
        return any(name.split("@")[0] == f"facts/{table}" for name in self.tables)

    def spill(self, name: str) -> Path:
        """A folder for spilled data of an engine that works on names and numbers."""
        folder = self.private / f"spill-{name}"
        folder.mkdir(exist_ok=True)
        return folder

    def paths(self, *names: str) -> list[Path]:
        """Where the objects of some tables lie, in order."""
        return [self.objects.path(sha) for name in names for sha in self.tables.get(name, ())]

    def matching(self, prefix: str) -> list[str]:
        """Names of this run's tables that start with a prefix, sorted: the months or buckets of a table."""
        return sorted(name for name in self.tables if name.startswith(prefix))

    def _record(self, name: str, clock: float, cpu: float, given: Tables, outputs: Tables, *, reused: bool) -> None:
        record = StageRecord(
            name=name,
            seconds=round(time.perf_counter() - clock, 3),
            cpu_seconds=round(_cpu_seconds() - cpu, 3),
            peak_mb=_peak_mb(),
            rows_in=self._rows(given),
            rows_out=self._rows(outputs),
            reused=reused,
        )
        self.stages.append(record)
        self.listener.finished(record)

    def _made(self, name: str, make: Make) -> dict[str, tuple[str, ...]]:
        folder = self.scratch / hashlib.sha256(name.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        return {table: tuple(self.objects.add(path) for path in paths) for table, paths in make(folder).items()}

    def _rows(self, tables: Tables) -> int:
        return sum(pq.read_metadata(self.objects.path(sha)).num_rows for names in tables.values() for sha in names)


def stage_key(name: str, engine: str, inputs: Tables, params: Mapping[str, object]) -> str:
    """A hash of everything a stage depends on: its inputs by content, its parameters and the code."""
    parts = [name, engine, code_version(), {k: list(v) for k, v in inputs.items()}, dict(params)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@cache
def code_version() -> str:
    """The version of joinedup with a hash of the code and definitions that evidence depends on."""
    root = Path(joinedup.__file__).parent
    digest = hashlib.sha256()
    for room in ("rules", "methods", "evidence", "store", "pipeline", "definitions"):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in {".py", ".toml", ".csv"}:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{joinedup.__version__}+{digest.hexdigest()[:12]}"


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
