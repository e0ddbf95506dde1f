"""The identity store: names and numbers apart from everything else, read only with a grant of an audited action."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from joinedup.rules.care.identity import Identity
from joinedup.rules.foundation.errors import ConfigError, DisclosureError, PlaceError
from joinedup.rules.foundation.identifier import NumberStatus
from joinedup.store.connection import damaged, query, read_files
from joinedup.store.conversion import literal
from joinedup.store.people_grants import CompareGrant, PersonGrant, SearchGrant
from joinedup.store.place import KEY_BYTES, Place
from joinedup.store.pseudonyms import Refiling

__all__ = ["Identity", "IdentityFiles", "IdentityStore", "open_identities"]

IDENTITY_KEY_VARIABLE: Final = "JOINEDUP_IDENTITY_KEY"

#: What is kept of each version of a record, in the order of `Identity` after its record key.
_TOLD: Final = (
    "source", "organisation", "nhs_number", "is_verified", "forename", "surname", "date_of_birth", "sex", "ethnicity",
    "postcode", "address", "lsoa", "practice", "date_of_death", "valid_from", "valid_to", "received",
)  # fmt: skip

#: What a search compares, each file in order of its first column so that a search reads a small part of it.
SEARCHED: Final[Mapping[str, str]] = {
    "number": "number, person",
    "born": "dob, surname, forename, postcode, person",
    "postcode": "postcode, surname, forename, dob, person",
    "surname": "surname, forename, dob, postcode, person",
}

#: Rows read together: few, because a page asks for one person among a million.
_ROWS: Final = 8192

#: Records are spread over so many files, so that to read one person is to open a small file.
_BUCKETS: Final = 32
_BUCKET_OF_PERSON: Final = f"(person % {_BUCKETS} + {_BUCKETS}) % {_BUCKETS}"

#: A version that says none of these is a record that nobody describes.
_SAID: Final = (
    "nhs_number", "forename", "surname", "date_of_birth", "sex", "ethnicity", "postcode", "address", "lsoa",
    "practice", "date_of_death",
)  # fmt: skip

#: Without a name nobody is found by birth or home.
_NAMED: Final = "AND (surname IS NOT NULL OR forename IS NOT NULL)"

_VERIFIED: Final = f"coalesce(nhs_number_status = '{NumberStatus.VERIFIED.value}', false)"


@dataclass(frozen=True, slots=True)
class IdentityFiles:
    """What a build hands over.

    Attributes:
        records: files of every version of every record, with the columns of the landed identity records.
        words: a file of what a search compares: record_key, number, forename, surname, dob (eight digits), postcode,
            all made comparable.
        link: files of which person a record belongs to.
    """

    records: tuple[Path, ...]
    words: Path
    link: tuple[Path, ...]


class IdentityStore:
    """Names and numbers of the people of each release, in a folder that its owner alone can read.

    The folder may lie anywhere and be kept by another controller under another key: rows are then filed under
    pseudonyms of the record key and person id made with the store's key, so whoever holds the place's evidence and
    this folder, but not that key, cannot put the two together.

    Args:
        folder: where it lies; made with mode 0700 if absent.
        key: the store's own key where another controller keeps it; None files rows under the place's own pseudonyms.

    Raises:
        PlaceError: others on this machine can read the folder.
    """

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            raise PlaceError(f"{folder} holds names and numbers but others can read it; run: chmod 700 {folder}")
        self._folder = folder / "people"
        self._refiling = Refiling(key)

    def path(self, release: str, name: str) -> Path:
        """Where one file of a release lies."""
        return self._folder / release / f"{name}.parquet"

    def keep(self, release: str, files: IdentityFiles, spill: Path, kept: Collection[str] = ()) -> None:
        """Keep the names and numbers of a release that is about to be published, whole or not at all.

        Args:
            release: its id.
            files: what the build found.
            spill: a private folder for data that does not fit into memory.
            kept: releases whose names stay; those of all others are removed.
        """
        self._folder.mkdir(exist_ok=True, mode=0o700)
        fresh = self._folder / f".{release}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with duckdb.connect(config={"temp_directory": str(spill), "autoinstall_known_extensions": False}) as db:
            self._fill(db, files, fresh)
        for old in self._folder.iterdir():
            if old.name not in kept and old != fresh:
                shutil.rmtree(old)
        self._put(fresh, self._folder / release)

    def _put(self, fresh: Path, place: Path) -> None:
        """Two renames, so that pages miss the names of a release that is built again for no more than an instant."""
        aside = self._folder / f".{place.name}.old"
        if place.exists():
            place.rename(aside)
        fresh.rename(place)
        shutil.rmtree(aside, ignore_errors=True)

    def _fill(self, db: duckdb.DuckDBPyConnection, files: IdentityFiles, folder: Path) -> None:
        """Write each file in its order, readable by its owner alone from the first byte."""
        db.execute(
            f"CREATE TEMP TABLE link AS SELECT record_key, person_id FROM {_files(files.link)} ORDER BY record_key"
        )
        record, person = self._filed(db)
        told = ", ".join(name if name != "is_verified" else f"{_VERIFIED} AS is_verified" for name in _TOLD)
        said = " OR ".join(f"{name} IS NOT NULL" for name in _SAID)
        db.execute(
            f"CREATE TEMP TABLE told AS SELECT {person} AS person, {record} AS record, {told} "
            f"FROM {_files(files.records)} JOIN link USING (record_key) {self._joins} WHERE {said}"
        )
        order = "person, record, valid_from, received, source"
        for bucket in range(_BUCKETS):
            rows = f"SELECT * FROM told WHERE {_BUCKET_OF_PERSON} = {bucket} ORDER BY {order}"
            _write(db, rows, folder / f"{_records(bucket)}.parquet")
        words = f"FROM read_parquet({literal(str(files.words))}) w JOIN link USING (record_key) {self._joins}"
        for name, columns in SEARCHED.items():
            given, first = columns.removesuffix("person"), columns.partition(",")[0]
            named = "" if name == "number" else _NAMED
            rows = f"SELECT DISTINCT {given}{person} AS person {words} WHERE {first} IS NOT NULL {named} ORDER BY ALL"
            _write(db, rows, folder / f"{name}.parquet")

    def _filed(self, db: duckdb.DuckDBPyConnection) -> tuple[str, str]:
        """The columns under which rows are filed; under a key of its own they come from a table made here."""
        if not self._refiling.is_needed:
            return "record_key", "person_id"
        rows = db.execute("SELECT record_key FROM link UNION SELECT person_id FROM link").fetchall()
        ids = [row[0] for row in rows]
        filed = [self._refiling.file(each) for each in ids]
        table = pa.table({"id": pa.array(ids, pa.int64()), "filed": pa.array(filed, pa.int64())})
        db.register("filing", table)
        return "fr.filed", "fp.filed"

    @property
    def _joins(self) -> str:
        if not self._refiling.is_needed:
            return ""
        return "JOIN filing fr ON fr.id = record_key JOIN filing fp ON fp.id = person_id"

    def read(
        self, grant: PersonGrant | SearchGrant | CompareGrant, release: str, people: Sequence[int]
    ) -> dict[int, list[Identity]]:
        """How the records of some people describe them, every version.

        Args:
            grant: leave to read; the caller hands out what it reads as `Confided` under the grant's row in the trace.
            release: the release whose names are read.
            people: pseudonyms of today.

        Raises:
            DisclosureError: what was passed is not a grant.
            ReleaseError: the names of that release are missing or damaged.
        """
        _refuse_others(grant)
        wanted = {self._refiling.file(person): person for person in people}
        marks = ", ".join("?" * len(wanted))
        paths = [self.path(release, _records(bucket)) for bucket in sorted({filed % _BUCKETS for filed in wanted})]
        rows = read_files(release, paths, f"person, record, {', '.join(_TOLD)}", f"person IN ({marks})", [*wanted])
        found: dict[int, list[Identity]] = {person: [] for person in people}
        for person, record, *told in rows:
            found[wanted[person]].append(Identity(self._refiling.unfile(record), *told))
        return found

    def search(
        self, grant: SearchGrant, release: str, sql: str, values: Mapping[str, object]
    ) -> list[tuple[int, float]]:
        """People that a search finds and how well each fits, best first.

        Args:
            grant: leave to search.
            release: the release that is searched.
            sql: a query that gives person and score; {number}, {born}, {postcode} and {surname} stand for its files.
            values: the query's values.

        Raises:
            DisclosureError: what was passed is not a grant.
            ReleaseError: the names of that release are missing or damaged.
        """
        _refuse_others(grant)
        files = {name: f"read_parquet({literal(str(self.path(release, name)))})" for name in SEARCHED}
        try:
            rows = query(sql.format(**files), values)
        except duckdb.Error as exc:
            raise damaged(release) from exc
        return [(self._refiling.unfile(person), float(score)) for person, score in rows]

    def is_kept(self, release: str) -> bool:
        """Whether the names of a release are here."""
        return (self._folder / release).is_dir()


def open_identities(place: Place) -> IdentityStore:
    """The identity store of a place, under the key of whoever keeps it.

    Raises:
        ConfigError: the key in JOINEDUP_IDENTITY_KEY is too short.
        PlaceError: others on this machine can read the folder.
    """
    key = os.environ.get(IDENTITY_KEY_VARIABLE, "").encode() or None
    if key is not None and len(key) < KEY_BYTES:
        raise ConfigError(
            f"the key in {IDENTITY_KEY_VARIABLE} is shorter than {KEY_BYTES} characters; use a longer one"
        )
    return IdentityStore(place.identity, key[:64] if key else None)


def _refuse_others(grant: object) -> None:
    if type(grant) not in {PersonGrant, SearchGrant, CompareGrant}:
        raise DisclosureError("names are read with a grant only; call the audited action that makes one")


def _files(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}], union_by_name = true)"


def _records(bucket: int) -> str:
    return f"records-{bucket:02d}"


def _write(db: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    """Write what a query gives, readable by its owner alone from the first byte."""
    path.touch(mode=0o600)
    db.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROWS})")
    path.chmod(0o600)
