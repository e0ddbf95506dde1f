"""The linking stage of a build: who is who, remembered so that the next build recomputes only what changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Final

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.pipeline.landing import Landed
from joinedup.pipeline.linking import Linked, LinkSettings, LinkState, link
from joinedup.pipeline.linking_model import load_model, save_model
from joinedup.pipeline.linking_records import Decision
from joinedup.pipeline.stage import Run
from joinedup.pipeline.training import refit
from joinedup.store.engine import DuckDB
from joinedup.store.objects import sha256_of, write_atomically
from joinedup.store.place import Place, PlaceKind

DECISION: Final = "facts/decision"
_STATE: Final = ("heads", "pairs", "link", "events", "tombstones")
_DECISION: Final = {"record_l": "int64", "record_r": "int64", "is_same": "boolean", "decided_on": "date"}
GEOGRAPHY: Final = {
    "lsoa": "string", "neighbourhood": "string", "council": "string", "place": "string", "system": "string",
    "imd_decile": "int64",
}  # fmt: skip


def fit_link_model(run: Run, landed: Landed) -> None:
    """Fit the link model anew on the records of a landing and freeze it as the place's own.

    The linking that follows lists every merge and split that the new model brings as events.
    """
    place = run.place

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        with DuckDB(run.spill("training")) as engine:
            records = engine.read(list(landed.identity), IDENTITY_RECORD)
            settings = LinkSettings(place.key(), place.kind is not PlaceKind.LIVE, place.today)
            model = refit(engine, records, settings, load_model(place.folder), label=place.name)
        save_model(place.folder, model)
        return {}

    run.always("fit the link model", make)


def link_people(run: Run, landed: Landed, as_of: date | None) -> str:
    """Link the records of a landing and leave link, identity_event, household, linkage_report and link_review.

    A build of the present keeps its state beside the identity store; a build as of an earlier day neither uses nor
    changes it, so that it gives what was known then.

    Returns:
        Id and version of the link model.
    """
    place, model = run.place, load_model(run.place.folder)
    params = {
        "identity": [sha256_of(path) for path in landed.identity],
        "decisions": [sha256_of(path) for path in run.paths(DECISION)],
        "model": model.version,
        "key": sha256_text(place.key()),
        "as_of": as_of,
        "kind": place.kind,
        "geography": place.geography(),
    }

    def make(folder: Path) -> Mapping[str, Sequence[Path]]:
        state = place.identity / "linking"
        previous = None if as_of else _read_state(state)
        with DuckDB(run.spill("linking")) as engine:
            linked = link(
                list(landed.identity),
                engine,
                LinkSettings(place.key(), place.kind is not PlaceKind.LIVE, as_of or place.today),
                model,
                decisions=_decisions(run.paths(DECISION)),
                previous=previous,
                deprivation=engine.table(geography(place), GEOGRAPHY) if place.geography_file else None,
            )
        if as_of is None:
            _keep_state(state, linked.state)
        return _written(folder, linked)

    run.stage("link people", [], params, make)
    return f"{model.id}@{model.version}"


def geography(place: Place) -> pa.Table:
    """The place's small areas as a table."""
    rows = [{**row, "imd_decile": int(row["imd_decile"])} for row in place.geography()]
    return pa.Table.from_pylist(rows, schema=ibis.schema(GEOGRAPHY).to_pyarrow())


def sha256_text(secret: bytes) -> str:
    """A fingerprint of the key, so that another key makes other pseudonyms and nothing old is reused."""
    return hashlib.sha256(b"joinedup key\x1f" + secret).hexdigest()[:16]


def _decisions(paths: Sequence[Path]) -> list[Decision]:
    rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return [
        Decision(row["record_l"], row["record_r"], row["decision"] == "same", row["decided_on"])
        for row in rows
        if row["record_l"] is not None and row["record_r"] is not None
    ]


def _written(folder: Path, linked: Linked) -> dict[str, Sequence[Path]]:
    tables = {
        "facts/link": linked.link,
        "facts/identity_event": linked.events,
        "facts/household": linked.households,
        "facts/linkage_report": linked.report,
        "facts/link_review": linked.review,
        "facts/link_conflict": linked.conflicts,
    }
    return {name: (_write(table, folder / f"{name.partition('/')[2]}.parquet"),) for name, table in tables.items()}


def _write(table: pa.Table, path: Path) -> Path:
    pq.write_table(table, path, compression="zstd")
    return path


def _read_state(folder: Path) -> LinkState | None:
    pointer = folder / "current"
    if not pointer.is_file():
        return None
    kept = folder / pointer.read_text().strip()
    tables = {name: pq.read_table(kept / f"{name}.parquet") for name in _STATE}
    decisions = tuple(Decision(**row) for row in pq.read_table(kept / "decisions.parquet").to_pylist())
    return LinkState((kept / "model_version").read_text(), **tables, decisions=decisions)


def _keep_state(folder: Path, state: LinkState) -> None:
    """Write the state beside the former one, then point to it.

    Whatever stops a build leaves the former state whole: it alone knows the records that are gone, on which the ids
    of people may hang.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pointer = folder / "current"
    name = "b" if pointer.is_file() and pointer.read_text().strip() == "a" else "a"
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).mkdir()
    for table in _STATE:
        _write(getattr(state, table), folder / name / f"{table}.parquet")
    decisions = pa.Table.from_pylist(
        [asdict(decision) for decision in state.decisions], schema=ibis.schema(_DECISION).to_pyarrow()
    )
    _write(decisions, folder / name / "decisions.parquet")
    (folder / name / "model_version").write_text(state.model_version)
    write_atomically(pointer, name + "\n")
