from __future__ import annotations

import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.errors import ConfigError, DisclosureError, PlaceError, ReleaseError
from joinedup.store.identities import IdentityFiles, IdentityStore, open_identities
from joinedup.store.people_grants import PersonGrant
from joinedup.store.place import load_place
from joinedup.store.pseudonyms import Refiling

KEY = b"the identity keeper's own key, which the place does not hold"
PERSON, OTHER = 101, 102
ROWS = (
    {"record_key": 11, "source": "gp", "forename": "Anna", "received": date(2021, 4, 1)},
    {"record_key": 11, "source": "gp", "forename": "Annie", "received": date(2022, 4, 1)},
    {"record_key": 12, "source": "hospital", "forename": "Oswin", "received": date(2021, 4, 1)},
)
WORDS = {
    "record_key": "int64",
    "number": "int64",
    **dict.fromkeys(("forename", "surname", "dob", "postcode"), "string"),
}
GRANT = PersonGrant("log-1", PERSON, Purpose.DIRECT_CARE, frozenset())


def files_in(folder: Path) -> IdentityFiles:
    rows = [{**dict.fromkeys(IDENTITY_RECORD), **row, "surname": "Fenwright"} for row in ROWS]
    words = [
        {
            "record_key": key,
            "number": None,
            "forename": name,
            "surname": "FENWRIGHT",
            "dob": "19600307",
            "postcode": None,
        }
        for key, name in ((11, "ANNA"), (12, "OSWIN"))
    ]
    tables = {
        "records": pa.Table.from_pylist(rows, schema=ibis.schema(IDENTITY_RECORD).to_pyarrow()),
        "words": pa.Table.from_pylist(words, schema=ibis.schema(WORDS).to_pyarrow()),
        "link": pa.table({"record_key": [11, 12], "person_id": [PERSON, OTHER]}),
    }
    folder.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return IdentityFiles((folder / "records.parquet",), folder / "words.parquet", (folder / "link.parquet",))


def kept(tmp_path: Path, key: bytes | None = None, release: str = "r1") -> IdentityStore:
    store = IdentityStore(tmp_path / "identity", key)
    store.keep(release, files_in(tmp_path / f"in-{release}"), tmp_path)
    return store


@pytest.mark.parametrize("key", [None, KEY])
def test_a_grant_opens_the_people_it_is_asked_for_and_no_others(tmp_path: Path, key: bytes | None) -> None:
    told = kept(tmp_path, key).read(GRANT, "r1", [PERSON])
    assert [(row.record_key, row.forename) for row in told[PERSON]] == [(11, "Anna"), (11, "Annie")]
    assert list(told) == [PERSON]


def test_there_is_no_grant_without_a_row_in_the_trace() -> None:
    with pytest.raises(DisclosureError, match="trace"):
        replace(GRANT, audit_id="")


def test_anything_but_a_grant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DisclosureError, match="grant"):
        kept(tmp_path).read(PERSON, "r1", [PERSON])  # type: ignore[arg-type]


def test_only_the_owner_can_read_the_folder_and_its_files(tmp_path: Path) -> None:
    store, folder = kept(tmp_path), tmp_path / "identity"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.rglob("*.parquet"))
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(store.path("r1", "born").parent.stat().st_mode) == 0o700
    folder.chmod(0o755)
    with pytest.raises(PlaceError, match="chmod 700"):
        IdentityStore(folder, KEY)


def test_without_the_stores_key_its_rows_cannot_be_found(tmp_path: Path) -> None:
    kept(tmp_path, KEY)
    for key in (None, b"another key"):
        assert IdentityStore(tmp_path / "identity", key).read(GRANT, "r1", [PERSON]) == {PERSON: []}


def test_under_a_key_of_its_own_no_pseudonym_of_the_place_is_in_any_file(tmp_path: Path) -> None:
    kept(tmp_path, KEY)
    numbers = {
        value
        for path in (tmp_path / "identity").rglob("*.parquet")
        for row in pq.read_table(path).to_pylist()
        for value in row.values()
        if isinstance(value, int)
    }
    assert not numbers & {11, 12, PERSON, OTHER}


@pytest.mark.parametrize("pseudonym", [0, 1, -1, 2**63 - 1, -(2**63), 8781899354171944181])
def test_whoever_holds_the_key_turns_a_pseudonym_back(pseudonym: int) -> None:
    filing = Refiling(KEY)
    filed = filing.file(pseudonym)
    assert filed != pseudonym
    assert -(2**63) <= filed < 2**63
    assert filing.unfile(filed) == pseudonym


def test_a_new_release_leaves_the_one_that_pages_read_and_removes_older_ones(tmp_path: Path) -> None:
    store = kept(tmp_path, release="r1")
    for release, current in (("r2", ["r1"]), ("r3", ["r2"])):
        store.keep(release, files_in(tmp_path / f"in-{release}"), tmp_path, current)
    assert [store.is_kept(name) for name in ("r1", "r2", "r3")] == [False, True, True]


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.path("r1", f"records-{PERSON % 32:02d}").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(ReleaseError, match="cannot be read"):
        store.read(GRANT, "r1", [PERSON])


def test_a_name_never_shows_in_a_repr(tmp_path: Path) -> None:
    assert "Anna" not in repr(kept(tmp_path).read(GRANT, "r1", [PERSON]))


def test_a_key_that_is_too_short_is_refused(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_IDENTITY_KEY", "short")
    with pytest.raises(ConfigError, match="JOINEDUP_IDENTITY_KEY"):
        open_identities(load_place(built))
