"""Keeping the result of an evaluation in its place, with what it rests on, so that a later one can say what moved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from joinedup.pipeline.report.page import report_of
from joinedup.pipeline.stage import code_version
from joinedup.rules.programme.movement import Movement, movement
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_results import Kept, keep
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.release import Manifest, current_release, read_manifest


def keep_version(place: Path, name: str, result: Result, content: Mapping[str, Any]) -> Kept:
    """Keep a result as the next version of its evaluation, with its report.

    Args:
        place: the place's folder; its current release is the one the result rests on, unless the result names one.
        name: of the protocol: its file's stem.
        result: what was found.
        content: the protocol as it was run.

    Returns:
        The version; the latest one where nothing differs from it.

    Raises:
        ReleaseError: the place has no release, or an earlier version was altered.
    """
    found = result.provenance
    manifest = read_manifest(place, str(found.get("release") or current_release(place)))
    about = {
        "release": manifest.release, "as_of": manifest.as_of, "protocol_hash": found.get("protocol_hash", ""),
        "protocol": dict(content), "code_version": code_version(), "run_at": found.get("run_at", ""),
        "basis": basis_of(place, manifest),
    }  # fmt: skip
    return keep(place, name, result.as_dict(), about, _report)


def moved_since(kept: Kept, before: Kept | None) -> Movement | None:
    """What moved since the version before; None for the first."""
    return None if before is None else movement(before.result, kept.result, before.about, kept.about)


def basis_of(place: Path, manifest: Manifest) -> dict[str, Any]:
    """What a release rests on, as far as a later version asks: files by source, definitions, whose record is whose."""
    inputs: dict[str, dict[str, int]] = {}
    for item in manifest.inputs:
        inputs.setdefault(item.source, {})[item.sha256[:16]] = item.rows
    return {
        "inputs": inputs, "definitions": dict(manifest.definitions), "link_model": manifest.link_model,
        "links": _links(manifest), **_linkage(place, manifest),
    }  # fmt: skip


def _report(kept: Kept, before: Kept | None) -> str:
    return report_of(kept.result, moved_since(kept, before), before.run_at if before else "")


def _links(manifest: Manifest) -> str:
    names = manifest.objects.get("facts/link", ())
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16] if names else ""


def _linkage(place: Path, manifest: Manifest) -> dict[str, float]:
    """Published counts of people and records that linking found."""
    objects = Objects(load_place(place).objects)
    rows = [
        row
        for name in manifest.objects.get("published/linkage", ())
        for row in pq.read_table(objects.path(name)).to_pylist()
    ]
    return {
        row["label"]: row["value"]
        for row in rows
        if row["section"] == "overall" and row["label"] in {"people", "records"} and row["value"] is not None
    }
