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

    The rows themselves are in the table `dropped_rows` (__path, __file, __record, reason) of the connection.

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
        connection: where the scans' rows can be read.
        scans: the source's readable files in the order of their receipt.
        schema: their extract schema.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE {DROPPED} (__path VARCHAR, __file VARCHAR, {RECORD} BIGINT, reason VARCHAR)"
    ).fetchall()
    whole = _replaced_files(scans) if schema.supersede is Supersede.PERIOD else frozenset[int]()
    standing = [scan for place, scan in enumerate(scans) if place not in whole]
    if schema.supersede is not Supersede.SUBMISSION and schema.key:
        across = "superseded" if schema.supersede is Supersede.KEY else ""
        _drop(connection, standing, schema.key, across, "duplicate_key")
    for rule in schema.rules:
        if rule.check is Check.UNIQUE:
            _drop(connection, standing, rule.fields, "", rule.id)
    found = connection.execute(
        f"SELECT __path, reason = 'superseded', count(DISTINCT (__file, {RECORD})) FROM {DROPPED} GROUP BY 1, 2"
    ).fetchall()
    counts = {(path, is_late): count for path, is_late, count in found}
    superseded = {place: counts.get((scan.file.name, True), 0) for place, scan in enumerate(scans)}
    superseded |= {place: scans[place].rows - scans[place].set_aside for place in whole}
    repeated = {place: counts.get((scan.file.name, False), 0) for place, scan in enumerate(scans)}
    return Standing(superseded, repeated, whole, tuple(_tallies(connection, scans, schema)))


def _replaced_files(scans: Sequence[Scan]) -> frozenset[int]:
    last = {scan.file.period: place for place, scan in enumerate(scans)}
    return frozenset(place for place, scan in enumerate(scans) if last[scan.file.period] != place)


def good_rows(scans: Sequence[Scan], columns: str = "*") -> str:
    """SQL of the good rows of some files, in the order in which they were scanned.

    Args:
        scans: readable files, at least one.
        columns: what to select.
    """
    batches: dict[str, list[str]] = {}
    for scan in scans:
        batches.setdefault(str(scan.batch), []).append(literal(scan.file.name))
    return " UNION ALL ".join(
        f"SELECT {columns} FROM {batch} WHERE __path IN ({', '.join(names)})" for batch, names in batches.items()
    )


def _drop(
    connection: duckdb.DuckDBPyConnection, standing: Sequence[Scan], key: Sequence[str], across: str, within: str
) -> None:
    """Add the rows that lose to a later row with the same key: inside their file, and across files when asked."""
    if not standing:
        return
    names = ", ".join(quote(name) for name in key)
    hashed = f"hash({names})" if across else f"hash(__path, __file, {names})"
    repeated = _repeated_hashes(connection, standing, hashed)
    if not len(repeated):
        return
    connection.register("repeated_hashes", pa.table({"hash": repeated}))
    ranked = (
        f"SELECT __path, __file, {RECORD}, row_number() OVER (PARTITION BY {names} "
        f"ORDER BY __received DESC, __period DESC, __path DESC, __file DESC, {RECORD} DESC) AS overall, "
        f"row_number() OVER (PARTITION BY {names}, __path, __file ORDER BY {RECORD} DESC) AS inside "
        f"FROM ({good_rows(standing)}) WHERE {hashed} IN (SELECT hash FROM repeated_hashes)"
    )
    reason = f"CASE WHEN inside > 1 THEN {literal(within)} ELSE {literal(across)} END"
    loses = "overall > 1" if across else "inside > 1"
    connection.execute(
        f"INSERT INTO {DROPPED} SELECT __path, __file, {RECORD}, {reason} FROM ({ranked}) WHERE {loses}"
    ).fetchall()
    connection.unregister("repeated_hashes")


def _repeated_hashes(connection: duckdb.DuckDBPyConnection, standing: Sequence[Scan], hashed: str) -> pa.UInt64Array:
    """Hashes of keys that occur more than once. Sorting one number a row is quicker and smaller than grouping text."""
    hashes = np.sort(connection.execute(good_rows(standing, f"{hashed} AS hash")).fetchnumpy()["hash"])
    return pa.array(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]).astype(np.uint64), pa.uint64())


def _tallies(connection: duckdb.DuckDBPyConnection, scans: Sequence[Scan], schema: ExtractSchema) -> Iterator[Tally]:
    found = connection.execute(
        f"SELECT __file, reason, count(*), min({RECORD}, {LISTED}) FROM {DROPPED} "
        "WHERE reason <> 'superseded' GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    rules = {rule.id: rule for rule in schema.rules}
    for name, reason, count, records in found:
        message = "a later row of the same file has the same key and stands in its place; send each row once"
        field, severity = ", ".join(schema.key), Severity.SET_ASIDE
        if reason in rules:
            field, message = ", ".join(rules[reason].fields), rules[reason].message
            severity = Severity.FATAL if rules[reason].severity is Severity.FATAL else Severity.SET_ASIDE
        yield counted(Problem(scans[0].file.source, name, 0, field, reason, severity, message), count, records)
