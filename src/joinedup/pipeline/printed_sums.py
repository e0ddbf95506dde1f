"""The sums that a source's own tables promise, compared when its files are checked and when they are landed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import duckdb
import ibis

from joinedup.evidence.sources.registry import CHECKS
from joinedup.evidence.sources.settings import Settings
from joinedup.rules.foundation.errors import Problem, Severity
from joinedup.store.conversion import literal
from joinedup.store.place import SourceSettings
from joinedup.store.scan import Scan, Tally
from joinedup.store.supersession import Standing

_ROWS: Final = "printed_rows"


def sum_tallies(
    connection: duckdb.DuckDBPyConnection, source: SourceSettings, scans: Sequence[Scan], standing: Standing
) -> tuple[Tally, ...]:
    """Sums that do not hold in a source's files, as problems; files that a later one replaced are left out.

    Args:
        connection: where the scans' relations can be read.
        source: the source, whose kind of extract decides which sums must hold.
        scans: its readable files in the order of receipt.
        standing: which of them stand.

    Returns:
        One problem a failing sum, by file and message; none for kinds of extract that promise no sums.
    """
    check = CHECKS.get(source.kind)
    kept = [scan for place, scan in enumerate(scans) if place not in standing.whole]
    if check is None or not kept:
        return ()
    standing_rows = " UNION ALL BY NAME ".join(_dated(scan) for scan in kept)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {_ROWS} AS {standing_rows}").fetchall()
    backend = ibis.duckdb.from_connection(connection)
    settings = Settings(source.id, source.organisation, max(scan.file.received for scan in kept))
    problems = backend.to_pyarrow(check(backend.table(_ROWS), settings).order_by("file", "message")).to_pylist()
    return tuple(Tally(Problem(**{**row, "severity": Severity(row["severity"])})) for row in problems)


def _dated(scan: Scan) -> str:
    received: date = scan.file.received
    return f"(SELECT *, DATE {literal(received.isoformat())} AS __received FROM {scan.relation})"
