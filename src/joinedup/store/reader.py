"""The read-only door to a release’s published half; pages, exports and explanations use nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from joinedup.rules.foundation.disclosure import restore
from joinedup.rules.foundation.errors import ReleaseError
from joinedup.rules.foundation.period import Cadence, Period
from joinedup.store import release as releases
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.published import (
    Explanation,
    Finding,
    InputFile,
    MeasureInfo,
    MeasurePoint,
    ProblemCount,
    ReleaseInfo,
    ReportFigure,
    SourceQuality,
)

#: The published tables a release must hold, with what is in them.
TABLES = ("measure", "definition", "quality", "problem", "linkage", "cost_quality", "finding", "origin", "step")


class Reader:
    """Reads one place’s current release; safe to share between threads.

    Args:
        place: the place's folder.

    Raises:
        ConfigError: the folder is not a place.
        ReleaseError: there is no release, or it is damaged; the message says what to do.
    """

    def __init__(self, place: Path) -> None:
        self._place = load_place(place)
        self._lock = threading.Lock()
        self._local = threading.local()
        self._manifest: releases.Manifest | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.refresh()

    def place_name(self) -> str:
        """What the place is called."""
        return self._place.name

    def place_kind(self) -> str:
        """live, demonstration or statistics."""
        return self._place.kind.value

    def today(self) -> date:
        """The place's clock."""
        return self._place.today

    def refresh(self) -> None:
        """Turn to the current release if it is another one than before."""
        current = releases.current_release(self._place.folder)
        with self._lock:
            if self._manifest is None or self._manifest.release != current:
                manifest = releases.read_manifest(self._place.folder, current)
                self._connection = _connect(Objects(self._place.objects), manifest)
                self._manifest = manifest

    def release(self) -> ReleaseInfo:
        """The release being read."""
        return _info(self._current, is_current=True)

    def history(self) -> tuple[ReleaseInfo, ...]:
        """Kept releases, newest first."""
        return tuple(
            _info(manifest, is_current=manifest.release == self._current.release)
            for manifest in releases.history(self._place.folder)
        )

    def measures(self) -> tuple[MeasureInfo, ...]:
        """Every measure of the release, in the order of its definitions."""
        return tuple(_measure(row) for row in self._rows("SELECT * FROM definition ORDER BY position"))

    def measure(self, measure_id: str) -> MeasureInfo:
        """One measure.

        Raises:
            KeyError: the release holds no such measure.
        """
        rows = self._rows("SELECT * FROM definition WHERE id = ?", measure_id)
        if not rows:
            raise KeyError(measure_id)
        return _measure(rows[0])

    def top_area(self, measure_id: str) -> tuple[str, str]:
        """Code and name of the area of a measure that holds all the others.

        Raises:
            KeyError: the measure has no cells.
        """
        rows = self._rows(
            "SELECT area_code, area_name FROM measure WHERE measure = ? AND dimension = 'all'"
            " GROUP BY ALL ORDER BY min(area_rank), sum(numerator) DESC NULLS LAST, area_code LIMIT 1",
            measure_id,
        )
        if not rows:
            raise KeyError(measure_id)
        return rows[0]["area_code"], rows[0]["area_name"]

    def area_types(self, measure_id: str) -> tuple[str, ...]:
        """Kinds of area a measure is published for, widest first."""
        rows = self._rows(
            "SELECT area_type FROM measure WHERE measure = ? GROUP BY area_type ORDER BY min(area_rank), area_type",
            measure_id,
        )
        return tuple(row["area_type"] for row in rows)

    def area_names(self, measure_id: str) -> tuple[tuple[str, str, str], ...]:
        """(type, code, name) of every area a measure is published for, widest first, then by name."""
        rows = self._rows(
            "SELECT area_type, area_code, max(area_name) AS area_name, min(area_rank) AS area_rank FROM measure"
            " WHERE measure = ? GROUP BY area_type, area_code ORDER BY area_rank, area_type, area_name, area_code",
            measure_id,
        )
        return tuple((row["area_type"], row["area_code"], row["area_name"]) for row in rows)

    def dimensions(self, measure_id: str) -> tuple[str, ...]:
        """Ways a measure is broken down, besides the total."""
        rows = self._rows(
            "SELECT DISTINCT dimension FROM measure WHERE measure = ? AND dimension <> 'all' ORDER BY dimension",
            measure_id,
        )
        return tuple(row["dimension"] for row in rows)

    def periods(self, measure_id: str, cadence: str) -> tuple[Period, ...]:
        """Periods of one cadence a measure is published for, oldest first."""
        rows = self._rows(
            "SELECT DISTINCT period_start, period_end FROM measure WHERE measure = ? AND cadence = ?"
            " ORDER BY period_start",
            measure_id,
            Cadence(cadence).value,
        )
        return tuple(Period(row["period_start"], row["period_end"] + timedelta(days=1)) for row in rows)

    def series(
        self, measure_id: str, area_code: str, cadence: str, dimension: str = "all", category: str = "all"
    ) -> tuple[MeasurePoint, ...]:
        """One area's figures over time, oldest first; empty where there are none."""
        return self._points(
            "WHERE measure = ? AND area_code = ? AND cadence = ? AND dimension = ? AND category = ?"
            " ORDER BY period_start",
            measure_id,
            area_code,
            Cadence(cadence).value,
            dimension,
            category,
        )

    def areas(self, measure_id: str, area_type: str, period: Period) -> tuple[MeasurePoint, ...]:
        """Every area of a type in one period, by name."""
        return self._points(
            "WHERE measure = ? AND area_type = ? AND period_start = ? AND period_end = ? AND dimension = 'all'"
            " ORDER BY area_name, area_code",
            measure_id,
            area_type,
            period.start,
            period.last_day,
        )

    def breakdown(self, measure_id: str, area_code: str, period: Period, dimension: str) -> tuple[MeasurePoint, ...]:
        """One area and period by the categories of a dimension, in their order."""
        return self._points(
            "WHERE measure = ? AND area_code = ? AND period_start = ? AND period_end = ? AND dimension = ?"
            " ORDER BY category",
            measure_id,
            area_code,
            period.start,
            period.last_day,
            dimension,
        )

    def points(self, measure_id: str) -> tuple[MeasurePoint, ...]:
        """Every cell of a measure, in a total order."""
        return self._points(
            "WHERE measure = ? ORDER BY area_type, area_code, period_start, period_end, dimension, category", measure_id
        )

    def point(self, cell_id: str) -> MeasurePoint:
        """One published cell by its id, with or without @release.

        Raises:
            KeyError: no such cell in this release.
        """
        wanted, _, release = cell_id.partition("@")
        if release and release != self._current.release:
            raise KeyError(cell_id)
        points = self._points("WHERE id = ?", wanted)
        if not points:
            raise KeyError(cell_id)
        return points[0]

    def quality(self) -> tuple[SourceQuality, ...]:
        """What arrived from each source."""
        rows = self._rows("SELECT * FROM quality ORDER BY source")
        return tuple(
            SourceQuality(
                **{key: row[key] for key in row if key not in {"nhs_number_share", "nhs_number_status"}},
                nhs_number_share=restore(row["nhs_number_share"], row["nhs_number_status"]),
            )
            for row in rows
        )

    def problems(self) -> tuple[ProblemCount, ...]:
        """Problems in the extracts, counted by rule; most frequent first."""
        return tuple(
            ProblemCount(**row) for row in self._rows("SELECT * FROM problem ORDER BY count DESC, source, rule")
        )

    def linkage(self) -> tuple[ReportFigure, ...]:
        """The linkage quality report."""
        return self._figures("linkage")

    def cost_quality(self) -> tuple[ReportFigure, ...]:
        """How good the prices are, and how costs compare with what sources say themselves."""
        return self._figures("cost_quality")

    def _figures(self, table: str) -> tuple[ReportFigure, ...]:
        return tuple(
            ReportFigure(
                section=row["section"],
                category=row["category"],
                label=row["label"],
                value=restore(row["value"], row["status"]),
                unit=row["unit"],
            )
            for row in self._rows(f"SELECT * FROM {table} ORDER BY position")
        )

    def findings(self) -> tuple[Finding, ...]:
        """Headline findings, where the place states any."""
        return tuple(
            Finding(
                id=row["id"],
                claim=row["claim"],
                printed=row["printed"],
                found=restore(row["found"], row["status"]),
                found_text=row["found_text"],
                note=row["note"],
                cells=tuple(json.loads(row["cells"])),
                source=row["source"],
            )
            for row in self._rows("SELECT * FROM finding ORDER BY position")
        )

    def explain(self, cell_id: str) -> Explanation:
        """Where a published number comes from.

        Raises:
            KeyError: no such cell in this release.
        """
        point = self.point(cell_id)
        measure = self.measure(point.measure)
        step = self._rows("SELECT * FROM step WHERE measure = ?", measure.id)[0]
        sources = set(json.loads(step["sources"]))
        origins = self._origins(point)
        return Explanation(
            point=point,
            measure=measure,
            release=self.release(),
            inputs=tuple(
                InputFile(item.source, item.path, item.sha256, item.rows, item.received)
                for item in self._current.inputs
                if item.source in sources and (not origins or item.path in origins)
            ),
            problems=tuple(
                problem
                for problem in self.problems()
                if problem.source in sources and (not origins or problem.file in origins)
            ),
            steps=tuple(json.loads(step["steps"])),
            sql=step["sql"],
        )

    def _origins(self, point: MeasurePoint) -> set[str]:
        """Files that hold values of a published series in a cell's period; empty where a cell rests on all files."""
        rows = self._rows(
            "SELECT DISTINCT file FROM origin WHERE measure = ? AND period_start < ? AND period_end > ?",
            point.measure,
            point.period.end,
            point.period.start,
        )
        return {row["file"] for row in rows}

    @property
    def _current(self) -> releases.Manifest:
        if self._manifest is None:
            raise ReleaseError("no release has been opened; call refresh() first")
        return self._manifest

    def _points(self, where: str, *values: object) -> tuple[MeasurePoint, ...]:
        return tuple(_point(row) for row in self._rows(f"SELECT * FROM measure {where}", *values))

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        connection = self._connection
        if connection is None:
            raise ReleaseError("no release has been opened; call refresh() first")
        if getattr(self._local, "parent", None) is not connection:
            self._local.parent, self._local.cursor = connection, connection.cursor()
        result = self._local.cursor.execute(sql, list(values))
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _connect(objects: Objects, manifest: releases.Manifest) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2}
    )
    for table in TABLES:
        paths = objects.paths(manifest.objects.get(f"published/{table}", ()))
        missing = [path for path in paths if not path.is_file()]
        if missing or not paths:
            raise ReleaseError(
                f"release {manifest.release} is incomplete: {len(missing) or 'all'} file(s) of {table} are missing; "
                "run `joinedup build` to make it anew"
            )
        _view(connection, table, paths, manifest.release)
    return connection


def _view(connection: duckdb.DuckDBPyConnection, table: str, paths: Sequence[Path], release: str) -> None:
    files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    try:
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet([{files}])")
    except duckdb.Error as exc:
        raise ReleaseError(
            f"release {release} is damaged: {table} cannot be read; run `joinedup build` to make it anew"
        ) from exc


def _info(manifest: releases.Manifest, *, is_current: bool) -> ReleaseInfo:
    return ReleaseInfo(
        id=manifest.release,
        place=manifest.place,
        built_at=manifest.built_at,
        as_of=manifest.as_of,
        engine=manifest.engine,
        code_version=manifest.code_version,
        is_current=is_current,
        problems=dict(manifest.problems),
        inputs=len(manifest.inputs),
    )


def _measure(row: dict[str, Any]) -> MeasureInfo:
    return MeasureInfo(
        id=row["id"],
        label=row["label"],
        unit=row["unit"],
        polarity=row["polarity"],
        topic=row["topic"],
        description=row["description"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        source=row["source"],
        disclosure=row["disclosure"],
        cadences=tuple(json.loads(row["cadences"])),
        version=row["version"],
        toml=row["toml"],
        break_dates=tuple(date.fromisoformat(day) for day in json.loads(row["break_dates"])),
        plan=row["plan"],
        plan_source=row["plan_source"],
        statistic=row["statistic"],
        per=row["per"],
        verify=row["verify"],
    )


def _point(row: dict[str, Any]) -> MeasurePoint:
    status = row["status"]
    return MeasurePoint(
        id=row["id"],
        measure=row["measure"],
        area_type=row["area_type"],
        area_code=row["area_code"],
        area_name=row["area_name"],
        period=Period(row["period_start"], row["period_end"] + timedelta(days=1)),
        dimension=row["dimension"],
        category=row["category"],
        **{
            name: restore(row[name], status)
            for name in ("numerator", "denominator", "value", "lower", "upper", "strict", "loose")
        },
    )
