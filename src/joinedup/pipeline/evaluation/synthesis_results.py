"""Results of earlier evaluations as the studies of a synthesis: kept by a place, or result.json files in a folder."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from scipy import stats

from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.protocol_place import PlaceStudies
from joinedup.rules.programme.protocol_synthesis import PooledScale
from joinedup.store.evaluation_results import EvaluationResults
from joinedup.store.evaluation_tables import Before, MemoryTable, Table
from joinedup.store.protocols import ProtocolFile

#: Which estimand of a result is its overall effect, the first that is there.
_OVERALL: Final = ("att", "simple", "pooled")
_SCALES: Final[Mapping[PooledScale, str]] = {
    PooledScale.RATIO: "ratio", PooledScale.DIFFERENCE: "difference", PooledScale.PERCENT: "percent",
    PooledScale.STANDARDISED: "standardised",
}  # fmt: skip
_HALF: Final = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One row for each result: study, estimate, variance, grade and n, as a synthesis reads them.

    Attributes:
        rows: of those that give an estimate.
        without: name and reason of each result that gives none.
        versions: what each row rests on, for the provenance of the synthesis.
    """

    rows: MemoryTable
    without: tuple[tuple[str, str], ...]
    versions: tuple[Mapping[str, Any], ...]
    name: str = "results of other evaluations"
    place: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """A hash of every result that is brought together."""
        return hashlib.sha256("".join(str(item["result_hash"]) for item in self.versions).encode()).hexdigest()

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Which version of which evaluation, and which gave nothing."""
        without = [{"study": name, "because": why} for name, why in self.without]
        return {**self.place, "results": [dict(item) for item in self.versions], "results_without_estimate": without}

    def require(self, columns: Sequence[str]) -> None:
        """Refuse a column that results do not give."""
        self.rows.require(columns)

    def read(self, columns: Sequence[str], before: Before | None = None) -> pa.Table:
        """The columns asked for."""
        return self.rows.read(columns, before)


@contextmanager
def open_studies(file: ProtocolFile, place: Path) -> Iterator[Table]:
    """The latest kept result of each evaluation of a place that a protocol names.

    Raises:
        UsageError: the place keeps no result of one.
        ReleaseError: a kept result was altered.
    """
    asked, kept = _asked(file), EvaluationResults(place)
    results, versions = {}, []
    for name in asked.protocols:
        latest = kept.latest(name)
        if latest is None:
            known = ", ".join(kept.names()) or "none"
            raise UsageError(f"the place keeps no result of {name!r}; evaluate it first. Kept are: {known}")
        results[name] = latest.result
        versions.append({
            "study": name, "version": latest.number, "release": latest.release,
            "result_hash": latest.about.get("result_hash", ""),
        })  # fmt: skip
    yield table_of_results(results, versions, asked.outcome, asked.scale, place={"place": place.resolve().name})


@contextmanager
def open_result_files(file: ProtocolFile, folder: Path) -> Iterator[Table]:
    """Results that lie in a folder: NAME/result.json, NAME.json, or a path below it, for each name of the protocol.

    Raises:
        UsageError: one is not there, or is no result.
    """
    asked = _asked(file)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; {file.path.name} puts results together: name the folder they lie in")
    results, versions = {}, []
    for name in asked.protocols:
        text = _found(folder, name).read_text(encoding="utf-8")
        results[name] = _parsed(text, name)
        versions.append({"study": name, "result_hash": hashlib.sha256(text.encode()).hexdigest()})
    yield table_of_results(results, versions, asked.outcome, asked.scale, name=folder.name)


def _asked(file: ProtocolFile) -> PlaceStudies:
    if not isinstance(file.protocol.place, PlaceStudies):
        raise UsageError(f"{file.path.name} names no results to be put together; write data.results")
    return file.protocol.place


def _found(folder: Path, name: str) -> Path:
    for path in (folder / name / "result.json", folder / f"{name}.json", folder / name):
        if path.is_file():
            return path
    raise UsageError(f"there is no {name}/result.json nor {name}.json in {folder}; evaluate {name} into it first")


def _parsed(text: str, name: str) -> Mapping[str, Any]:
    try:
        made = json.loads(text)
    except ValueError as exc:
        raise UsageError(f"the result of {name} is not JSON; evaluate it again") from exc
    if not isinstance(made, dict) or not {"verdict", "estimates"} <= set(made):
        raise UsageError(f"the file of {name} is no result of an evaluation; it holds no verdict and estimates")
    return made


def table_of_results(
    results: Mapping[str, Mapping[str, Any]], versions: Sequence[Mapping[str, Any]], outcome: str, scale: PooledScale,
    *, name: str = "results of other evaluations", place: Mapping[str, Any] | None = None,
) -> ResultTable:  # fmt: skip
    """Studies from results: the overall effect of one outcome on one scale.

    The variance is that of the interval shown, so that what is pooled is as uncertain as what was reported: with few
    clusters an interval is wider than its standard error says. Ratios go in as logarithms.

    Args:
        results: by name of their protocol, as result.json holds them.
        outcome: estimated by all of them.
        scale: on which they are put together.
    """
    rows, without = [], []
    for study, result in results.items():
        found = _overall(result, outcome, scale)
        if isinstance(found, str):
            without.append((study, found))
        else:
            value, error = found
            grade = (result.get("grade") or {}).get("level")
            rows.append({"study": study, "estimate": value, "variance": error**2, "grade": grade})
    kinds = {"study": pa.string(), "estimate": pa.float64(), "variance": pa.float64(), "grade": pa.int64()}
    columns = {column: pa.array([row[column] for row in rows], kind) for column, kind in kinds.items()}
    table = MemoryTable(pa.table(columns), name)
    return ResultTable(table, tuple(without), tuple(versions), name, place or {})


def _overall(result: Mapping[str, Any], outcome: str, scale: PooledScale) -> tuple[float, float] | str:
    """The overall effect and its error on the scale of pooling; the reason where there is none."""
    if result.get("verdict") == "not evaluable":
        return f"not evaluable: {result.get('reason', '')}"
    own = [
        row for row in result["estimates"]
        if row["outcome"] == outcome and row["scale"] == _SCALES[scale] and row["subgroup"] == "all"
        and row["horizon"] == "all" and row["estimand"] in _OVERALL
    ]  # fmt: skip
    if not own:
        return f"it gives no {_SCALES[scale]} for {outcome}"
    row = min(own, key=lambda item: _OVERALL.index(item["estimand"]))
    ends = (row["value"], row["low"], row["high"])
    if any(end is None for end in ends):
        return f"its effect on {outcome} has no interval"
    if scale is PooledScale.RATIO:
        if min(ends) <= 0:
            return f"its ratio for {outcome} reaches nothing; a logarithm of it does not exist"
        ends = (math.log(ends[0]), math.log(ends[1]), math.log(ends[2]))
    return float(ends[0]), float(ends[2] - ends[1]) / (2 * _HALF)
