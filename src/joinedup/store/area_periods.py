"""Rows of people by period, brought together by area and period before anything is estimated on them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.store.engine import DuckDB


def area_periods(
    files: Sequence[Path], *, area: str, period: str, means: Sequence[str], same: Sequence[str] = (), threads: int = 2
) -> pa.Table:
    """The mean of each outcome by area and period, and how many rows it rests on.

    Where a scheme is given to areas, people of one area tell nothing apart from each other of its effect: means by
    area and period give the same estimate and standard error as all rows, and fit in memory whatever their number.

    Args:
        files: Parquet files, one row a person and period.
        area, period: columns; a row without either is refused.
        means: outcome columns; a missing value is left out of its mean, and a mean of none is missing. Sums are
            compensated, so that the order in which rows are read does not show.
        same: columns that all rows of an area and period share, such as when the scheme began there.
        threads: processors to use.

    Returns:
        area, period, each of `means`, each of `same`, and `rows`; in the order of area and period.

    Raises:
        UsageError: a file or column is missing.
        NotEvaluable: a row without area or period, or rows of an area and period that differ where they must not.

    Source: Bertrand, Duflo and Mullainathan 2004 (aggregate to the level that was treated).
    """
    if missing := [path for path in files if not path.is_file()]:
        raise UsageError(f"there is no file {missing[0]}")
    with tempfile.TemporaryDirectory() as scratch:
        engine = DuckDB(Path(scratch), threads=threads)
        try:
            source = engine.connection.read_parquet([str(path) for path in files])
            if lacking := sorted({area, period, *means, *same} - set(source.columns)):
                raise UsageError(f"the files have no column {', '.join(lacking)}")
            return _checked(engine.fetch(_brought_together(source, area, period, means, same)), area, period, same)
        finally:
            engine.close()


def _brought_together(
    source: ibis.Table, area: str, period: str, means: Sequence[str], same: Sequence[str]
) -> ibis.Table:
    wanted = {"rows": source.count()}
    wanted |= {name: _exact_sum(source[name]) / source[name].count() for name in means}
    wanted |= {name: source[name].min() for name in same}
    wanted |= {f"{name} most": source[name].max() for name in same}
    wanted |= {f"{name} known": source[name].count() for name in same}
    return source.group_by([area, period]).agg(**wanted).order_by([area, period])


def _exact_sum(column: Any) -> Any:
    """Whole numbers add up exactly; others by Kahan's sum."""
    return column.sum() if column.type().is_integer() else _compensated_sum(column.cast("float64"))


@ibis.udf.agg.builtin(name="fsum")
def _compensated_sum(values: float) -> float:
    """Kahan's sum, which DuckDB calls fsum."""
    raise NotImplementedError  # the engine has it; ibis reads the signature only


def _checked(rows: pa.Table, area: str, period: str, same: Sequence[str]) -> pa.Table:
    if rows.column(area).null_count or rows.column(period).null_count:
        raise NotEvaluable(f"a row has no {area} or no {period}; every row must say both")
    counts = rows.column("rows").to_pylist()
    for name in same:
        least, most = rows.column(name).to_pylist(), rows.column(f"{name} most").to_pylist()
        known = rows.column(f"{name} known").to_pylist()
        mixed = any(n not in {0, count} for n, count in zip(known, counts, strict=True))
        if mixed or least != most:
            raise NotEvaluable(f"{name} differs between rows of one {area} and {period}; areas must share it")
    return rows.drop_columns([f"{name} {word}" for name in same for word in ("most", "known")])
