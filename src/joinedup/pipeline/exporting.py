"""What is published, written for use elsewhere; everything comes through the reader, so the gate has been passed."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.published import MeasurePoint
from joinedup.store.reader import Reader

MEASURE_COLUMNS = (
    "measure", "area_type", "area_code", "area_name", "period_start", "period_end", "dimension", "category",
    "numerator", "denominator", "value", "lower", "upper", "unit", "status", "definition", "release", "id",
)  # fmt: skip


def export_csv(place: Path, out: Path) -> list[Path]:
    """Write the published half of the current release as a folder of CSV files.

    Files: measures.csv (columns as the format says), problems.csv, linkage.csv, inputs.csv. Figures have at most
    ten significant digits, so that two builds of the same place give the same bytes.

    Args:
        place: the place's folder.
        out: the folder to write; it appears whole or not at all.

    Returns:
        The files written.

    Raises:
        UsageError: the target exists and is not a folder of an earlier export.
    """
    if out.exists() and (not out.is_dir() or any(path.suffix != ".csv" for path in out.iterdir())):
        raise UsageError(f"{out} exists and is not an earlier export; name another folder")
    reader = Reader(place)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _write(part / "measures.csv", MEASURE_COLUMNS, _measure_rows(reader))
    _write_records(part / "problems.csv", reader.problems())
    _write_records(part / "linkage.csv", reader.linkage())
    _write_records(part / "quality.csv", reader.quality())
    if out.exists():
        shutil.rmtree(out)
    part.replace(out)
    return sorted(out.iterdir())


FORMATS: Mapping[str, Callable[[Path, Path], list[Path]]] = {"csv": export_csv}


def figure(value: Released[float]) -> str:
    """A released figure as text: up to ten significant digits, empty when there is none.

    Only a `Released` value can be written; anything else is a type error here and at run time.
    """
    if not isinstance(value, Released):
        raise TypeError("an export takes released figures only; pass the value through the disclosure gate")
    return "" if value.value is None else f"{value.value:.10g}"


def _measure_rows(reader: Reader) -> Iterable[Sequence[str]]:
    release = reader.release().id
    for measure in reader.measures():
        for point in reader.points(measure.id):
            yield _measure_row(point, measure.unit, measure.version, release)


def _measure_row(point: MeasurePoint, unit: str, version: str, release: str) -> Sequence[str]:
    return (
        point.measure,
        point.area_type,
        point.area_code,
        point.area_name,
        point.period.start.isoformat(),
        point.period.last_day.isoformat(),
        point.dimension,
        point.category,
        figure(point.numerator),
        figure(point.denominator),
        figure(point.value),
        figure(point.lower),
        figure(point.upper),
        unit,
        point.value.status.value,
        f"{point.measure}@{version}",
        release,
        point.id,
    )


def _write_records(path: Path, records: Sequence[object]) -> None:
    names = tuple(records[0].__slots__) if records else ("none",)  # type: ignore[attr-defined]
    _write(path, names, ([_text(getattr(record, name)) for name in names] for record in records))


def _text(value: object) -> str:
    if isinstance(value, Released):
        return figure(value)
    return "" if value is None else str(value)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_safe(cell) for cell in row] for row in rows)


def _safe(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula is written as text."""
    is_number = cell.lstrip("+-").replace(".", "", 1).replace("e-", "", 1).replace("e+", "", 1).isdigit()
    return "'" + cell if cell[:1] in {"=", "+", "-", "@", "\t"} and not is_number else cell
