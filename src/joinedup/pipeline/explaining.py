"""Where a published number comes from, in words, in JSON, and with the query that made it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.period import period_label
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.published import Explanation, InputFile
from joinedup.store.reader import Reader
from joinedup.store.release import read_manifest

_LISTED: Final = 6  # more files of one source than this are summed up


@dataclass(frozen=True, slots=True)
class Answer:
    """An explanation, with the raw figures beside it when they were asked for by someone who may see them."""

    explanation: Explanation
    raw: dict[str, Any] | None


def explain(folder: Path, cell_id: str, *, internal: bool = False) -> Answer:
    """Explain one published cell of a place.

    Args:
        folder: the place.
        cell_id: measure/area_code/period_start/period_end/dimension/category, `@release` optional.
        internal: also the figures before disclosure control; for the place's own analysts, never for publication.

    Raises:
        UsageError: no such cell; the message names the nearest thing that exists.
    """
    reader = Reader(folder)
    try:
        explanation = reader.explain(cell_id)
    except KeyError as exc:
        raise UsageError(_no_such_cell(reader, cell_id)) from exc
    return Answer(explanation, _raw(folder, explanation) if internal else None)


def _no_such_cell(reader: Reader, cell_id: str) -> str:
    parts = cell_id.partition("@")[0].split("/")
    if len(parts) != 6:
        return f"{cell_id!r} is not an id: write measure/area/start/end/dimension/category, as measures.csv has it"
    asked = cell_id.partition("@")[2]
    if asked and asked != reader.release().id:
        return f"only the current release, {reader.release().id}, can be explained; ask without @{asked}"
    names = [measure.id for measure in reader.measures()]
    if parts[0] not in names:
        return f"there is no measure {parts[0]!r}; there are: {', '.join(names)}"
    areas = {code for _, code, _ in reader.area_names(parts[0])}
    if parts[1] not in areas:
        return f"{parts[0]} is not published for area {parts[1]!r}; see measures.csv of `joinedup export` for its areas"
    return f"{parts[0]} has no cell for that period, dimension and category in release {reader.release().id}"


def _raw(folder: Path, explanation: Explanation) -> dict[str, Any]:
    place = load_place(folder)
    manifest = read_manifest(folder, explanation.release.id)
    point = explanation.point
    wanted: list[Any] = [
        ("measure", "=", point.measure),
        ("area_type", "=", point.area_type),
        ("area_code", "=", point.area_code),
        ("period_start", "=", point.period.start),
        ("period_end", "=", point.period.end),
        ("dimension", "=", point.dimension),
        ("category", "=", point.category),
    ]
    paths = Objects(place.objects).paths(manifest.objects["facts/measure_value"])
    rows = pq.read_table([str(path) for path in paths], filters=wanted).to_pylist()
    return rows[0] if rows else {}


def to_text(answer: Answer, *, with_sql: bool = False) -> str:
    """An explanation as plain paragraphs."""
    e = answer.explanation
    lines = [
        f"{e.measure.label}: {e.point.area_name}, {period_label(e.point.period)}"
        + ("" if e.point.dimension == "all" else f", {e.point.dimension} = {e.point.category}"),
        f"  value        {_shown(e.point.value)} {e.measure.unit}",
        *_figures(e),
        f"  definition   {e.measure.id}@{e.measure.version}: {e.measure.source}",
        f"  disclosure   policy {e.measure.disclosure}",
        f"  release      {e.release.id}, built {e.release.built_at}, as of {e.release.as_of}, {e.release.code_version}",
        "How it was made",
        *(f"  {number}. {step}" for number, step in enumerate(e.steps, start=1)),
        f"Files it rests on ({len(e.inputs)}, {sum(item.rows for item in e.inputs):,} rows)",
        *_files(e.inputs),
        f"Problems in those files ({sum(problem.count for problem in e.problems):,})",
        *(f"  {p.source} {p.field}: {p.count:,} x {p.rule} ({p.severity})" for p in e.problems),
    ]
    if answer.raw is not None:
        lines += ["Raw figures, before disclosure control: not for publication"]
        lines += [f"  {key:<12} {value}" for key, value in answer.raw.items() if value is not None]
    if with_sql:
        lines += ["Query", e.sql]
    return "\n".join(lines)


def _files(inputs: Sequence[InputFile]) -> list[str]:
    """Files by source; a source with many is summed up, because `--json` lists every file."""
    lines = []
    for source, group in groupby(inputs, key=lambda item: item.source):
        files = list(group)
        if len(files) > _LISTED:
            rows = sum(item.rows for item in files)
            lines.append(f"  {source}: {len(files)} files, {rows:,} rows, {files[0].path} to {files[-1].path}")
        else:
            lines += [f"  {source}: {f.path}  {f.rows:,} rows  sha256 {f.sha256[:16]}" for f in files]
    return lines


def _figures(e: Explanation) -> list[str]:
    """The lines about a cell's other figures; what a measure does not have is left out."""
    point, lines = e.point, []
    if point.lower.value is not None:
        lines.append(f"  interval     {_shown(point.lower)} to {_shown(point.upper)} (95%)")
    lines.append(f"  numerator    {_shown(point.numerator)}  ({e.measure.numerator})")
    if e.measure.denominator:
        lines.append(f"  denominator  {_shown(point.denominator)}  ({e.measure.denominator})")
    if point.strict.value is not None:
        also = f"{_shown(point.strict)} with sure links only, {_shown(point.loose)} with doubtful ones too"
        lines.append(f"  links        {also}")
    return lines


def to_json(answer: Answer) -> str:
    """An explanation as JSON with the same content."""
    return json.dumps({"explanation": _plain(answer.explanation), "raw": _plain(answer.raw)}, indent=1, default=str)


def _plain(value: object) -> object:
    if isinstance(value, Released):
        return {"value": value.value, "status": value.status.value}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "__slots__") and not isinstance(value, str):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value


def _shown(figure: Released[float]) -> str:
    if figure.value is None:
        return figure.status.value.replace("_", " ")
    return f"{figure.value:,.4f}".rstrip("0").rstrip(".")
