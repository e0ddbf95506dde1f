from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from joinedup.rules.foundation.errors import DisclosureError, PlaceError
from joinedup.store.identities import AccessGrant, IdentityStore

KEY = b"the identity keeper's own key"
ROWS = pa.table(
    {
        "record_key": [11, 11, 12], "source": ["gp", "gp", "hospital"], "forename": ["Anna", "Annie", "Oswin"],
        "surname": ["Fenwright"] * 3, "date_of_birth": [date(1960, 3, 7)] * 3,
        "received": [date(2021, 4, 1), date(2022, 4, 1), date(2021, 4, 1)],
    }
)  # fmt: skip


def grant(*keys: int, audit_id: str = "log-1", purpose: str = "direct_care") -> AccessGrant:
    return AccessGrant(audit_id, purpose, frozenset(keys))


def test_a_grant_opens_the_records_it_names_and_no_others(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path / "identity", KEY)
    store.write(ROWS)
    shown = store.read(grant(11))
    assert [each.forename for each in shown.value] == ["Annie", "Anna"]
    assert shown.audit_id == "log-1"


@pytest.mark.parametrize(("audit_id", "purpose"), [("", "direct_care"), ("log-1", "planning"), ("log-1", "")])
def test_there_is_no_grant_without_a_log_row_and_direct_care(audit_id: str, purpose: str) -> None:
    with pytest.raises(DisclosureError):
        grant(11, audit_id=audit_id, purpose=purpose)


def test_anything_but_a_grant_is_refused(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path / "identity", KEY)
    with pytest.raises(DisclosureError):
        store.read(frozenset({11}))  # type: ignore[arg-type]


def test_only_the_owner_can_read_the_folder_and_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "identity"
    path = IdentityStore(folder, KEY).write(ROWS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folder.chmod(0o755)
    with pytest.raises(PlaceError, match="chmod 700"):
        IdentityStore(folder, KEY)


def test_without_the_stores_key_its_rows_cannot_be_found(tmp_path: Path) -> None:
    IdentityStore(tmp_path / "identity", KEY).write(ROWS)
    assert IdentityStore(tmp_path / "identity", b"another key").read(grant(11)).value == ()


def test_a_place_that_keeps_its_own_names_files_them_under_its_record_keys(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path / "identity")
    store.write(ROWS)
    assert [each.forename for each in store.read(grant(12)).value] == ["Oswin"]


def test_a_name_never_shows_in_a_repr(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path / "identity", KEY)
    store.write(ROWS)
    assert "Anna" not in repr(store.read(grant(11)).value)
