"""The two engines that run the same evidence: DuckDB on one machine, Spark on many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql import SQLBackend

if TYPE_CHECKING:
    from types import TracebackType

    from pyspark.sql import DataFrame


class Engine(Protocol):
    """What the pipeline asks of an engine; evidence functions never see one."""

    name: str

    def read(self, paths: Sequence[Path], columns: dict[str, str]) -> ir.Table:
        """A lazy table over Parquet files; an empty table of the given columns where there is no file."""

    def table(self, data: pa.Table, columns: dict[str, str] | None = None) -> ir.Table:
        """A lazy table over rows already in memory (small)."""

    def fetch(self, expr: ir.Table) -> pa.Table:
        """Run an expression and bring its rows here (small)."""

    def write(self, expr: ir.Table, folder: Path, name: str, order_by: Sequence[str] = ()) -> list[Path]:
        """Run an expression and write its rows as Parquet into a folder; returns the files."""

    def cache(self, expr: ir.Table) -> ir.Table:
        """Compute an expression once and keep its rows for later use in this run."""

    def close(self) -> None:
        """Give back memory and temporary files."""


class DuckDB:
    """The embedded engine: one process, spills to disk past its memory limit.

    Args:
        scratch: a folder for spilled data; it must exist and is the caller's to remove.
        memory_mb: the most memory DuckDB may take for its data.
        threads: processors to use; all of them when None.
    """

    name = "duckdb"

    def __init__(self, scratch: Path, memory_mb: int = 3500, threads: int | None = None) -> None:
        self.connection = ibis.duckdb.connect(
            temp_directory=str(scratch),
            memory_limit=f"{memory_mb}MB",
            threads=threads or os.cpu_count() or 1,
            preserve_insertion_order=False,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        self.connection.raw_sql("SET enable_progress_bar = false")

    def read(self, paths: Sequence[Path], columns: dict[str, str]) -> ir.Table:
        if not paths:
            return self.table(ibis.schema(columns).to_pyarrow().empty_table(), columns)
        return self.connection.read_parquet([str(path) for path in paths])

    def table(self, data: pa.Table, columns: dict[str, str] | None = None) -> ir.Table:
        return ibis.memtable(data, schema=ibis.schema(columns) if columns else None)

    def fetch(self, expr: ir.Table) -> pa.Table:
        return self.connection.to_pyarrow(expr)

    def write(self, expr: ir.Table, folder: Path, name: str, order_by: Sequence[str] = ()) -> list[Path]:
        path = folder / f"{name}.parquet"
        view = f"written_{uuid4().hex}"
        self.connection.create_view(view, expr)
        try:
            query = _declared(self.connection, expr, view, order_by)
            target = str(path).replace("'", "''")
            self.connection.raw_sql(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        finally:
            self.connection.drop_view(view)
        return [path]

    def cache(self, expr: ir.Table) -> ir.Table:
        # expr.cache() would choose Ibis's default backend for an expression over rows in memory alone
        kept: ir.Table = self.connection._cached_table(expr)
        return kept

    def close(self) -> None:
        _forget_cached(self.connection)
        self.connection.disconnect()

    def __enter__(self) -> DuckDB:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _forget_cached(connection: Any) -> None:
    """Drop kept tables while the connection is open; Ibis would try when they are collected, and find it closed."""
    for name in list(connection._cache_name_to_entry):
        connection._finalize_cached_table(name)


class Spark:
    """The scale-out engine: the same Ibis expressions on PySpark, local or on a cluster.

    Args:
        scratch: a folder for shuffle files.
        master: Spark master address; the environment's SPARK_MASTER, else this machine.
    """

    name = "spark"

    def __init__(self, scratch: Path, master: str | None = None) -> None:
        from pyspark.sql import SparkSession

        chosen = master or os.environ.get("SPARK_MASTER") or "local[2]"
        builder = (
            SparkSession.builder.appName("joinedup")
            .master(chosen)
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.ansi.enabled", "false")
            .config("spark.sql.shuffle.partitions", os.environ.get("SPARK_SHUFFLE_PARTITIONS", "4"))
            .config("spark.ui.enabled", "false")
            .config("spark.local.dir", str(scratch))
            .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
            .config("spark.driver.memory", os.environ.get("SPARK_DRIVER_MEMORY", "4g"))
        )
        if chosen.startswith("local"):  # workers elsewhere must reach the driver; on one machine nobody else may
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")
        self.connection = ibis.pyspark.connect(self.session)

    def read(self, paths: Sequence[Path], columns: dict[str, str]) -> ir.Table:
        if not paths:
            return self.table(ibis.schema(columns).to_pyarrow().empty_table(), columns)
        # Ibis' own way in takes one path only.
        return self._view(self.session.read.parquet(*(str(path) for path in paths)))

    def table(self, data: pa.Table, columns: dict[str, str] | None = None) -> ir.Table:
        # Ibis' own way in goes through pandas, which cannot hold a missing decimal.
        rows = data.select(list(columns)).cast(ibis.schema(columns).to_pyarrow()) if columns else data
        return self._view(self.session.createDataFrame(rows))

    def _view(self, frame: DataFrame) -> ir.Table:
        name = f"rows_{uuid4().hex}"
        frame.createOrReplaceTempView(name)
        return self.connection.table(name)

    def fetch(self, expr: ir.Table) -> pa.Table:
        return self.connection.to_pyarrow(expr)

    def write(self, expr: ir.Table, folder: Path, name: str, order_by: Sequence[str] = ()) -> list[Path]:
        target, view = folder / name, f"written_{uuid4().hex}"
        self.connection.create_view(view, expr)
        try:
            rows = self.session.sql(_declared(self.connection, expr, view, order_by))
            rows.write.parquet(str(target), compression="zstd")
        finally:
            self.connection.drop_view(view)
        return sorted(target.glob("part-*.parquet"))

    def cache(self, expr: ir.Table) -> ir.Table:
        # expr.cache() would choose Ibis's default backend for an expression over rows in memory alone
        kept: ir.Table = self.connection._cached_table(expr)
        return kept

    def close(self) -> None:
        _forget_cached(self.connection)
        self.session.stop()


def _declared(connection: SQLBackend, expr: ir.Table, view: str, order_by: Sequence[str]) -> str:
    """A query that gives a view's rows in the types their expression declares.

    Engines widen what they add up (a sum of whole numbers to 128 bits, a moved day to a moment), and Ibis leaves out
    casts that it thinks are idle; Parquet would keep the wider type.
    """
    text, quote = connection.compiler.type_mapper.to_string, _QUOTES[connection.name]
    named = {name: f"{quote}{name}{quote}" for name in expr.columns}
    cells = (f"CAST({named[name]} AS {text(kind)}) AS {named[name]}" for name, kind in expr.schema().items())
    order = f" ORDER BY {', '.join(named[name] for name in order_by)}" if order_by else ""
    return f"SELECT {', '.join(cells)} FROM {quote}{view}{quote}{order}"


#: What each engine puts round a name.
_QUOTES: Final = {"duckdb": '"', "pyspark": "`"}
