"""The identity store: names and numbers apart from everything else, read only with an audited grant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import DisclosureError, PlaceError
from joinedup.rules.foundation.identifier import record_key

#: What a page may show of a person to someone who gives them care.
SHOWN: Final = (
    "record_key", "source", "nhs_number", "forename", "surname", "date_of_birth", "sex", "postcode", "address",
    "date_of_death",
)  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Leave to read names and numbers once, for one recorded purpose.

    Only an audited action makes one: it writes a row in the access log first and passes that row's id.

    Attributes:
        audit_id: the row in the access log.
        purpose: why; names are shown for direct care only.
        record_keys: whose records; nothing else is read.

    Raises:
        DisclosureError: there is no row in the access log, or the purpose is not direct care.
    """

    audit_id: str
    purpose: str
    record_keys: frozenset[int]

    def __post_init__(self) -> None:
        if not self.audit_id:
            raise DisclosureError("names were asked for without a row in the access log; log the access first")
        if self.purpose != "direct_care":
            raise DisclosureError(f"names are shown for direct care only, not for {self.purpose or 'no purpose'}")


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """How one record describes its person."""

    record_key: int
    source: str
    nhs_number: str | None
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    postcode: str | None
    address: str | None
    date_of_death: date | None

    def __repr__(self) -> str:
        return f"Identity(record_key={self.record_key})"


class IdentityStore:
    """Names and numbers in a folder of their own, readable by its owner alone.

    The folder may lie anywhere and be kept by another controller under another key: rows are filed under a pseudonym
    of the record key made with the store's key, so whoever holds the place's evidence and this folder, but not that
    key, cannot put the two together.

    Args:
        folder: where it lies; made with mode 0700 if absent.
        key: the store's own key where another controller keeps it; None files rows under the place's record keys.

    Raises:
        PlaceError: others on this machine can read the folder.
    """

    def __init__(self, folder: Path, key: bytes | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            raise PlaceError(f"{folder} holds names and numbers but others can read it; run: chmod 700 {folder}")
        self._folder = folder
        self._key = key

    def file_of(self, keys: Sequence[int]) -> list[int]:
        """The pseudonyms under which records are filed."""
        if self._key is None:
            return list(keys)
        return [record_key("identity", str(key), self._key) for key in keys]

    def write(self, records: pa.Table) -> Path:
        """Replace what the store holds, whole, in one rename.

        Args:
            records: grain one version of a record; the columns of `SHOWN`, and any that linking reads.
        """
        filed = pa.array(self.file_of([int(str(key)) for key in records["record_key"].to_pylist()]), pa.int64())
        kept = records.drop_columns(["record_key"]).append_column("filed", filed).sort_by("filed")
        path, fresh = self._folder / "records.parquet", self._folder / ".records.new"
        fresh.touch(mode=0o600)
        fresh.chmod(0o600)
        pq.write_table(kept, fresh, compression="zstd")
        fresh.replace(path)
        return path

    def read(self, grant: AccessGrant) -> Confided[tuple[Identity, ...]]:
        """How the records that a grant names describe their people, the latest version of each source first.

        Raises:
            DisclosureError: what was passed is not a grant.
        """
        if not isinstance(grant, AccessGrant):
            raise DisclosureError("names are read with an access grant only; call the audited action that makes one")
        return Confided(tuple(_identity(row) for row in self._rows(grant)), audit_id=grant.audit_id)

    def _rows(self, grant: AccessGrant) -> list[dict[str, Any]]:
        path = self._folder / "records.parquet"
        keys = sorted(grant.record_keys)
        wanted = dict(zip(self.file_of(keys), keys, strict=True))
        if not path.exists() or not wanted:
            return []
        found = pq.read_table(path, filters=pc.field("filed").isin(list(wanted)))
        rows = [{**row, "record_key": wanted[row["filed"]]} for row in found.to_pylist()]
        rows.sort(key=lambda row: (row["record_key"], -(row.get("received") or date.min).toordinal()))
        return rows


def _identity(row: dict[str, Any]) -> Identity:
    told: dict[str, Any] = {name: row.get(name) for name in SHOWN}
    return Identity(**told)
