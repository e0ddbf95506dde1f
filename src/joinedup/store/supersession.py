"""Which rows of a source later deliveries have replaced, and which repeat each other inside one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from joinedup.rules.foundation.errors import Problem, Severity
from joinedup.rules.foundation.extract import Check, ExtractSchema, Supersede
from joinedup.store.conversion import literal, quote
from joinedup.store.readers import RECORD
from joinedup.store.scan import LISTED, Scan, Tally, counted

DROPPED = "dropped_rows"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a source's files once later ones have replaced earlier rows.

    The rows themselves are in the table `dropped_rows` (place, __file, __record) of the connection, where
    `place` is the position of the file among the scans.

    Attributes:
        superseded: rows replaced by a later file, by position of the file.
        repeated: rows set aside because a later row of the same file has their key, by position of the file.
        whole: positions of files that a later file of the same period replaces as a whole.
        tallies: the repeated rows as problems.
    """

    superseded: Mapping[int, int]
    repeated: Mapping[int, int]
    whole: frozenset[int]
    tallies: tuple[Tally, ...]


def settle(connection: duckdb.DuckDBPyConnection, scans: Sequence[Scan], schema: ExtractSchema) -> Standing:
    """Decide which rows stand.

    With ``supersede = "key"`` the row received last stands for its key, whatever the period of its file. With
    ``"period"`` the file received last stands for its period. A submission keeps everything: which one counts for
    which days is decided by the source's own rules. Inside one file the last row of a key stands; the others are set
    aside and reported. A row that is set aside never replaces an earlier good one.

    Args:
        connection: where the scans' relations can be read.
        scans: the source's readable files in the order of their receipt.
        schema: their extract schema.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {DROPPED} (place BIGINT, __file VARCHAR, {RECORD} BIGINT, reason VARCHAR)"
    ).fetchall()
    whole = _replaced_files(scans) if schema.supersede is Supersede.PERIOD else frozenset[int]()
    standing = [(place, scan) for place, scan in enumerate(scans) if place not in whole]
    if schema.supersede is not Supersede.SUBMISSION and schema.key:
        across = schema.supersede is Supersede.KEY
        _drop(connection, standing, schema.key, "superseded" if across else "", "duplicate_key")
    for rule in schema.rules:
        if rule.check is Check.UNIQUE and rule.severity is not Severity.WARNING:
            _drop(connection, standing, rule.fields, "", rule.id)
    found = connection.execute(
        f"SELECT place, reason = 'superseded', count(DISTINCT (__file, {RECORD})) FROM {DROPPED} GROUP BY 1, 2"
    ).fetchall()
    superseded = {place: scans[place].rows - scans[place].set_aside for place in whole}
    superseded |= {place: count for place, is_late, count in found if is_late}
    repeated = {place: count for place, is_late, count in found if not is_late}
    return Standing(superseded, repeated, whole, tuple(_tallies(connection, scans, schema)))


def _replaced_files(scans: Sequence[Scan]) -> frozenset[int]:
    last = {scan.file.period: place for place, scan in enumerate(scans)}
    return frozenset(place for place, scan in enumerate(scans) if last[scan.file.period] != place)


def _drop(
    connection: duckdb.DuckDBPyConnection,
    standing: Sequence[tuple[int, Scan]],
    key: Sequence[str],
    across: str,
    within: str,
) -> None:
    """Add the rows that lose to a later row with the same key: inside their file, and across files when asked."""
    scope = [] if across else ["place", "__file"]
    repeated = _repeated_hashes(connection, standing, [*scope, *key])
    if not len(repeated):
        return
    connection.register("repeated_hashes", pa.table({"hash": repeated}))
    names = ", ".join(quote(name) for name in key)
    ranked = (
        f"SELECT place, __file, {RECORD}, {names}, "
        f"row_number() OVER (PARTITION BY {names} ORDER BY place DESC, __file DESC, {RECORD} DESC) AS overall, "
        f"row_number() OVER (PARTITION BY {names}, place, __file ORDER BY {RECORD} DESC) AS inside "
        f"FROM ({_rows(standing, key)}) WHERE hash({', '.join([*scope, names])}) IN (SELECT hash FROM repeated_hashes)"
    )
    reason = f"CASE WHEN inside > 1 THEN {literal(within)} ELSE {literal(across)} END"
    loses = "overall > 1" if across else "inside > 1"
    connection.execute(
        f"INSERT INTO {DROPPED} SELECT place, __file, {RECORD}, {reason} FROM ({ranked}) WHERE {loses}"
    ).fetchall()
    connection.unregister("repeated_hashes")


def _repeated_hashes(
    connection: duckdb.DuckDBPyConnection, standing: Sequence[tuple[int, Scan]], parts: Sequence[str]
) -> pa.UInt64Array:
    """Hashes of keys that occur more than once. Sorting one number a row is quicker and smaller than grouping text."""
    if not standing:
        return pa.array([], pa.uint64())
    key = [part for part in parts if part not in {"place", "__file"}]
    hashed = f"SELECT hash({', '.join(quote(part) for part in parts)}) AS hash FROM ({_rows(standing, key)})"
    hashes = np.sort(connection.execute(hashed).fetchnumpy()["hash"])
    return pa.array(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).astype(np.uint64), pa.uint64())


def _rows(standing: Sequence[tuple[int, Scan]], key: Sequence[str]) -> str:
    names = ", ".join([*(quote(name) for name in key), "__file", RECORD])
    return " UNION ALL ".join(
        f"SELECT {place}::BIGINT AS place, {names} FROM {scan.relation}" for place, scan in standing
    )


def _tallies(connection: duckdb.DuckDBPyConnection, scans: Sequence[Scan], schema: ExtractSchema) -> Iterator[Tally]:
    found = connection.execute(
        f"SELECT place, __file, reason, count(*), min({RECORD}, {LISTED}) FROM {DROPPED} "
        "WHERE reason <> 'superseded' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    messages = {rule.id: (", ".join(rule.fields), rule.message) for rule in schema.rules}
    for place, name, reason, count, records in found:
        repeats = "a later row of the same file has the same key and stands in its place; send each row once"
        field, message = messages.get(reason, (", ".join(schema.key), repeats))
        template = Problem(scans[place].file.source, name, 0, field, reason, Severity.SET_ASIDE, message)
        yield counted(template, count, records)
