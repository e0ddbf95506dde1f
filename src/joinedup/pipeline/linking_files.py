"""Linking any person files: read them, fit a model to them, write who is who and, where it is known, how well."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from joinedup.evidence.identity.blocking import with_block_keys, with_value_weights
from joinedup.evidence.identity.model import Comparison, Level, LinkModel, Thresholds
from joinedup.evidence.identity.normalisation import date_digits, describe, variants_of
from joinedup.evidence.identity.records import record_heads
from joinedup.methods.clustering import Ints
from joinedup.pipeline.linking_arrays import whole_numbers
from joinedup.pipeline.linking_blocks import choose_rules
from joinedup.pipeline.linking_model import name_lists, shipped_model
from joinedup.pipeline.linking_pairs import HEADS, PAIRS, scored_pairs
from joinedup.pipeline.linking_people import People, settle_people
from joinedup.pipeline.linking_records import LinkSettings, Records
from joinedup.pipeline.linking_rows import PersonRows, read_rows
from joinedup.pipeline.linking_scores import Scores, read_truth, score
from joinedup.pipeline.training import fit_model
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.engine import DuckDB

#: Links in files are not secret: this key only makes the linking's inner ids.
FILE_KEY = b"joinedup link"
#: Even odds serve precision and recall alike; a place that decides about people sets the bar higher.
FILE_THRESHOLDS = Thresholds(strict=1000, default=0, loose=-200, apart=-300)
EXTRA_LEVELS = (
    Level("exact", 0.90, 1e-3), Level("close", 0.05, 1e-3), Level("similar", 0.02, 5e-3), Level("differ", 0.03, 0.993),
)  # fmt: skip
COMMON_VALUE = 2


@dataclass(frozen=True, slots=True)
class LinkedFiles:
    """What linking some files gave.

    Attributes:
        links: path of links.csv.
        records, people: how many there are.
        columns: what was compared.
        scores: against the truth, where one was given.
    """

    links: Path
    records: int
    people: int
    columns: tuple[str, ...]
    scores: Scores | None

    def as_dict(self) -> dict[str, Any]:
        """For scores.json and --json."""
        said: dict[str, Any] = {"records": self.records, "people": self.people, "compared": list(self.columns)}
        if self.scores:
            clusters = self.scores.clusters
            said |= {"pairs": self.scores.pairs.as_dict(), "clusters": clusters.as_dict() if clusters else None}
        return said

    def as_text(self) -> str:
        """For a terminal."""
        lines = [f"{self.records:,} records are {self.people:,} people (compared: {', '.join(self.columns)})"]
        if self.scores:
            for name, each in (("pairs", self.scores.pairs), ("clusters", self.scores.clusters)):
                if each:
                    shares = (("precision", each.precision), ("recall", each.recall), ("F1", each.f1))
                    told = ", ".join(f"{label} {'-' if x is None else format(x, '.4f')}" for label, x in shares)
                    lines.append(f"{name}: {told}")
        return "\n".join([*lines, f"Wrote {self.links}"])


def link_files(
    files: Sequence[Path], out: Path, mapping: Mapping[str, str], extra: Sequence[str], truth: Path | None = None
) -> LinkedFiles:
    """Link person files and write `links.csv`, and `scores.json` where the truth is known.

    The model is fitted to the files themselves; the shipped one is its first guess. A record's own source is its
    file's stem unless a column says otherwise. NHS numbers without a status bind as strongly as two numbers that
    nothing confirms can; test numbers count.

    Args:
        files: CSV or Parquet, any subset of the known columns with record_id.
        out: folder to write to; made if absent.
        mapping: their column -> ours.
        extra: further columns to compare, exactly and nearly.
        truth: what is known, to score against.

    Raises:
        UsageError: a file, column or option is wrong; nothing is written.
        PlaceError: the data cannot be linked as they are (empty, two records with one id).
    """
    rows = read_rows(files, mapping, extra)
    keys = rows.keys()
    known = read_truth(truth, keys) if truth else None
    with tempfile.TemporaryDirectory(prefix="joinedup-link-") as scratch, DuckDB(Path(scratch)) as engine:
        people, model = _people(engine, rows)
    person = _numbered(people.default)
    out.mkdir(parents=True, exist_ok=True)
    path = _write_links(out / "links.csv", keys, person, people)
    found = score(person, known) if known else None
    columns = tuple(_name(each, rows) for each in model.comparisons)
    result = LinkedFiles(path, len(keys), int(person.max()), columns, found)
    if found:
        (out / "scores.json").write_text(json.dumps(result.as_dict(), indent=1) + "\n", "utf-8")
    return result


def _name(comparison: Comparison, rows: PersonRows) -> str:
    extra = comparison.id.removeprefix("extra_")
    return rows.extras[int(extra)] if extra != comparison.id else comparison.id


def _people(engine: DuckDB, rows: PersonRows) -> tuple[People, LinkModel]:
    records = _as_identity_records(engine, rows)
    described = engine.cache(describe(records, name_lists(), test_numbers=True, extras=rows.extras))
    variants = engine.cache(variants_of(described, name_lists()))
    start = _start(engine, variants, rows)
    model = fit_model(engine, variants, start, label="Fitted to files", common=COMMON_VALUE, splink=False)
    model = replace(model, thresholds=FILE_THRESHOLDS)
    weighed = engine.cache(with_block_keys(with_value_weights(variants, model), model.blocking))
    heads = engine.fetch(record_heads(described).select(*HEADS).order_by("node"))
    found = scored_pairs(engine, weighed, weighed, model, is_whole=True)
    pairs = engine.fetch(found.select(*PAIRS).order_by("record_l", "record_r"))
    settings = LinkSettings(FILE_KEY, test_numbers=True, today=date.min, extras=rows.extras, lone_numbers_bind=True)
    return settle_people(Records.of(heads, pairs, None), model, (), settings, None), model


def _as_identity_records(engine: DuckDB, rows: PersonRows) -> ir.Table:
    """The rows with a record key (their place in order of source and id) and the columns that linking reads."""
    keyed = rows.table.append_column("record_key", pa.array(np.arange(rows.table.num_rows), pa.int64()))
    t = engine.table(keyed)
    if "dob" in rows.table.column_names:
        t = t.mutate(date_of_birth=date_digits(t.dob))
    return engine.cache(t.mutate(source_order=ibis.literal(0, "int64"), received=ibis.null("date")))


def _start(engine: DuckDB, variants: ir.Table, rows: PersonRows) -> LinkModel:
    """The shipped model with a comparison for each extra column and rules that suit these files."""
    shipped = shipped_model()
    extras = tuple(
        Comparison(f"extra_{i}", "text", f"extra_{i}", EXTRA_LEVELS, frequencies=True) for i in range(len(rows.extras))
    )
    rules = choose_rules(engine, variants, len(rows.extras))
    if not rules:
        raise UsageError(
            "the files have no column to link on; name at least one of nhs_number, forename, surname, dob, postcode, "
            "address with --map theirs=ours, or compare a column of your own with --extra"
        )
    n = variants.count().as_table()
    records = max(int(whole_numbers(engine.fetch(n), n.columns[0])[0]), 2)
    return replace(
        shipped, comparisons=(*shipped.comparisons, *extras), blocking=rules, random_match=1.0 / records,
        thresholds=FILE_THRESHOLDS,
    )  # fmt: skip


def _numbered(person: Ints) -> Ints:
    """People numbered 1, 2, 3 ... by their first record in order of source and id."""
    _, first, where = np.unique(person, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    numbered: Ints = rank[where]
    return numbered


def _write_links(path: Path, keys: Sequence[tuple[str, str]], person: Ints, people: People) -> Path:
    chance = people.link_table()["probability"].to_pylist()
    fresh = path.with_suffix(".new")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["record_id", "source", "person_id", "probability"])
        for (source, record), who, how_sure in zip(keys, person.tolist(), chance, strict=True):
            writer.writerow([record, source, who, "" if how_sure is None else f"{how_sure:.6f}"])
    return fresh.replace(path)
