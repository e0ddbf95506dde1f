"""The one DuckDB connection through which a process reads people, with a cursor for each thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from joinedup.rules.foundation.errors import ReleaseError

#: Reading one person takes little; what takes more must not starve the pages, nor spill names to a disk.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": "2",
    "memory_limit": "1GB",
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

Row = tuple[Any, ...]


class _Cursors(threading.local):
    """This thread's cursor, and the process it was made in."""

    process: int = 0
    cursor: duckdb.DuckDBPyConnection | None = None


_cursors = _Cursors()
_lock = threading.Lock()
_connections: dict[int, duckdb.DuckDBPyConnection] = {}


def query(sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
    """Run one query on this thread's cursor.

    Raises:
        duckdb.Error: it could not be run.
    """
    return _cursor().execute(sql, values).fetchall()


def read_files(
    release: str, paths: Sequence[Path], columns: str, test: str, values: Sequence[object] = ()
) -> list[Row]:
    """Rows of some Parquet files of a release that pass a test; none where there is no file.

    Args:
        release: its id, for messages.
        paths: the files.
        columns: what to select.
        test: what follows WHERE, with ? for each value.
        values: the values.

    Raises:
        ReleaseError: a file is missing or damaged, or was written by an earlier version of joinedup.
    """
    if not paths:
        return []
    try:
        return query(f"SELECT {columns} FROM read_parquet(?) WHERE {test}", [[str(path) for path in paths], *values])
    except duckdb.Error as exc:
        raise damaged(release) from exc


def damaged(release: str) -> ReleaseError:
    """What is said of a release whose files about people cannot be read."""
    return ReleaseError(
        f"what release {release} knows of people cannot be read: it is damaged, or another version of joinedup built "
        "it; run `joinedup build` to make it anew"
    )


def _cursor() -> duckdb.DuckDBPyConnection:
    process = os.getpid()
    if _cursors.cursor is None or _cursors.process != process:
        _cursors.process, _cursors.cursor = process, _connection(process).cursor()
        _cursors.cursor.execute("SET parquet_metadata_cache = true")  # holds for one cursor only
    return _cursors.cursor


def _connection(process: int) -> duckdb.DuckDBPyConnection:
    """A connection does not survive a fork, so each process has its own."""
    with _lock:
        if process not in _connections:
            _connections[process] = duckdb.connect(config=_SETTINGS)
        return _connections[process]
