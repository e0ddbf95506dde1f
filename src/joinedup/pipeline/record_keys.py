"""Record keys: the pseudonym that stands for a holder's own id of a person everywhere after landing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b, sha256
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joinedup.pipeline.deliveries import Shelf
from joinedup.rules.foundation.errors import PlaceError
from joinedup.rules.foundation.extract import ExtractSchema
from joinedup.rules.foundation.identifier import SEPARATOR
from joinedup.store.conversion import literal, quote
from joinedup.store.scan import PARQUET


def local_id_sql(schema: ExtractSchema) -> str | None:
    """SQL of the id that a row's holder gives its person; None where rows are about nobody.

    The holder's own id, else the token, else the NHS number, so that rows with only one of these still belong to one
    record each. Tokens and numbers say what they are, so that they are never mistaken for another holder's ids.
    """
    names = {column.name for column in schema.columns}
    forms = {
        "local_patient_id": "local_patient_id",
        "token": f"'token{SEPARATOR}' || token",
        "nhs_number": f"'nhs{SEPARATOR}' || replace(replace(nhs_number, ' ', ''), '-', '')",
    }
    parts = [form for name, form in forms.items() if name in names]
    return f"coalesce({', '.join(parts)})" if parts else None


class RecordKeys:
    """The record keys of a place, made once for each local id and kept between builds.

    Args:
        connection: where the maps live: a table ``keys_<n>`` (local_id, record_key) for each id space.
        shelf: where they are kept; they lead back to local ids, so only the owner may look.
        key: the place's key.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, shelf: Shelf, key: bytes) -> None:
        self._connection, self._shelf, self._key = connection, shelf, key
        self._tables: dict[str, str] = {}
        self._grown: set[str] = set()
        self._lost: set[str] = set()

    def table(self, id_space: str) -> str:
        """Name of the map of an id space."""
        if id_space not in self._tables:
            name = self._tables[id_space] = f"keys_{len(self._tables)}"
            kept = self._path(id_space)
            self._lost |= set() if kept.exists() else {id_space}
            rows = f"FROM read_parquet({literal(str(kept))})" if kept.exists() else "WHERE false"
            columns = "local_id, record_key" if kept.exists() else "'' AS local_id, 0::BIGINT AS record_key"
            self._connection.execute(f"CREATE TABLE {name} AS SELECT {columns} {rows}").fetchall()
        return self._tables[id_space]

    def is_whole(self, id_space: str) -> bool:
        """Whether the map of an earlier build was there, so that ids it knew need not be learned again."""
        return bool(self.table(id_space)) and id_space not in self._lost

    def learn(self, id_space: str, ids: str) -> None:
        """Make keys for local ids that have none yet.

        Args:
            id_space: the space of the ids.
            ids: SQL of a query whose column ``local_id`` holds them.
        """
        table = self.table(id_space)
        new = self._connection.execute(
            f"SELECT DISTINCT local_id FROM ({ids}) ANTI JOIN {table} USING (local_id) WHERE local_id IS NOT NULL"
        ).fetchnumpy()["local_id"]
        if not len(new):
            return
        local_ids = [str(local_id) for local_id in new]
        keys = pa.array(self._hashed(id_space, local_ids))
        made = pa.table({"local_id": pa.array(local_ids, pa.string()), "record_key": keys})
        self._connection.register("new_keys", made)
        self._connection.execute(f"INSERT INTO {table} SELECT local_id, record_key FROM new_keys").fetchall()
        self._connection.unregister("new_keys")
        self._grown.add(id_space)

    def _hashed(self, id_space: str, local_ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """The same as `identifier.record_key` for each id; the part that all share is hashed once."""
        start = blake2b(f"{id_space}{SEPARATOR}".encode(), key=self._key, digest_size=8)

        def digest(local_id: str) -> bytes:
            following = start.copy()
            following.update(local_id.encode())
            return following.digest()

        joined = b"".join(map(digest, local_ids))
        return np.frombuffer(joined, dtype=">i8").astype(np.int64)

    def refuse_collisions(self) -> None:
        """Stop when two records got one key, which at 64 bits happens once in a million places of ten million records.

        Raises:
            PlaceError: two local ids share a key; says what to do.
        """
        union = " UNION ALL ".join(f"SELECT record_key FROM {table}" for table in self._tables.values())
        if not union:
            return
        hashes = np.sort(self._connection.execute(union).fetchnumpy()["record_key"])
        if (hashes[1:] == hashes[:-1]).any():
            raise PlaceError(
                "two records of this place got the same record key, by an extremely rare chance. Nothing was written; "
                "give the place another key (file `key`) and build again: all pseudonyms change"
            )

    def keep(self, id_space: str) -> None:
        """Write the map of an id space if it has grown, at once or not at all."""
        if id_space not in self._grown:
            return
        path = self._path(id_space)
        unfinished = path.with_suffix(".unfinished")
        rows = f"SELECT * FROM {self._tables[id_space]} ORDER BY record_key"
        self._connection.execute(f"COPY ({rows}) TO {literal(str(unfinished))} ({PARQUET})").fetchall()
        unfinished.replace(path)
        self._grown.discard(id_space)

    def _path(self, id_space: str) -> Path:
        """A map is only good for the key it was made with."""
        mark = blake2b(id_space.encode(), key=sha256(self._key).digest(), digest_size=8).hexdigest()
        return self._shelf.path(f"keys-{mark}.parquet")


def keyed_sql(rows: str, schema: ExtractSchema, map_table: str | None) -> str:
    """Rows with `record_key`; null where a row is about nobody."""
    local_id = local_id_sql(schema)
    if local_id is None or map_table is None:
        return f"SELECT *, NULL::BIGINT AS record_key FROM {rows}"
    return (
        f"SELECT r.* EXCLUDE (local_id), k.record_key FROM (SELECT *, {local_id} AS local_id FROM {rows}) r "
        f"LEFT JOIN {quote(map_table)} k ON r.local_id = k.local_id"
    )
