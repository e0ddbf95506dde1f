"""How well a linking did where the answer is known: over pairs of records and over whole people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from joinedup.methods.clustering import Ints, components
from joinedup.rules.foundation.errors import UsageError

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean, with the counts behind them."""

    found: int
    said: int
    true: int

    @property
    def precision(self) -> float | None:
        """Of what was said, the share that is true; None when nothing was said."""
        return self.found / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Of what is true, the share that was said; None when nothing is true."""
        return self.found / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return 2 * self.found / (self.said + self.true) if self.said + self.true else None

    def as_dict(self) -> dict[str, float | int | None]:
        """For scores.json."""
        return {
            "precision": self.precision, "recall": self.recall, "f1": self.f1,
            "correct": self.found, "linked": self.said, "true": self.true,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over pairs, and over whole clusters where the truth names every person."""

    pairs: Score
    clusters: Score | None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known: a person for every record, or labelled pairs of positions.

    Attributes:
        person: a code for each record; None when the truth is pairs with a match column.
        left, right, is_match: labelled pairs; None when the truth is persons.
    """

    person: Ints | None
    left: Ints
    right: Ints
    is_match: np.ndarray[tuple[int], np.dtype[np.bool_]]


def score_persons(said: Ints, true: Ints) -> Scores:
    """Scores of people found against people as they are.

    Pairs: every two records of one person. Clusters: a person counts as found when exactly their records, no more and
    no fewer, are together.
    """
    together = Counter(zip(said.tolist(), true.tolist(), strict=True))
    pairs = Score(_pairs(together), _pairs(Counter(said.tolist())), _pairs(Counter(true.tolist())))
    size_said, size_true = Counter(said.tolist()), Counter(true.tolist())
    exact = sum(
        n == size_said[a] == size_true[b]
        for (a, b), n in Counter(zip(said.tolist(), true.tolist(), strict=True)).items()
    )
    return Scores(pairs, Score(exact, len(size_said), len(size_true)))


def _pairs(sizes: Counter[int] | Counter[tuple[int, int]]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())


def score_labels(said: Ints, truth: Truth) -> Scores:
    """Scores over labelled pairs only: what no label speaks of counts neither way."""
    together = said[truth.left] == said[truth.right]
    found = int((together & truth.is_match).sum())
    return Scores(Score(found, int(together.sum()), int(truth.is_match.sum())), None)


def score(said: Ints, truth: Truth) -> Scores:
    """Scores against whichever truth there is."""
    return score_labels(said, truth) if truth.person is None else score_persons(said, truth.person)


def read_truth(path: Path, keys: Sequence[Key]) -> Truth:
    """Read a truth file: `record_id[,source],person_id`, or pairs `record_id_l,record_id_r[,match]`.

    Args:
        path: CSV or Parquet; pairs may have `source_l` and `source_r`.
        keys: source and record id of every record, in order.

    Raises:
        UsageError: columns are missing, a record has no person, or an id without source means several records.
    """
    rows = _read(path)
    position = _Positions(keys, path.name)
    if {"record_id", "person_id"} <= set(rows.column_names):
        return _persons(rows, position, len(keys), path.name)
    if {"record_id_l", "record_id_r"} <= set(rows.column_names):
        return _labels(rows, position, len(keys))
    raise UsageError(
        f"{path.name} has columns {', '.join(rows.column_names)}; a truth has record_id[,source],person_id or "
        "record_id_l,record_id_r[,match]"
    )


def _read(path: Path) -> pa.Table:
    if not path.is_file():
        raise UsageError(f"{path} is not a file; --truth names a CSV or Parquet file")
    table = pq.read_table(path) if path.suffix.lower() == ".parquet" else arrow_csv.read_csv(path)
    text: dict[str, Any] = {name.strip(): table[name].cast(pa.string()) for name in table.column_names}
    return pa.table(text)


class _Positions:
    """Where each record is, by source and id, or by id alone where that is enough."""

    def __init__(self, keys: Sequence[Key], name: str) -> None:
        self.full = {key: i for i, key in enumerate(keys)}
        self.alone: dict[str, list[int]] = {}
        for i, (_, record) in enumerate(keys):
            self.alone.setdefault(record, []).append(i)
        self.name = name

    def of(self, record: str, source: str | None) -> int | None:
        if source is not None:
            return self.full.get((source.strip(), record))
        found = self.alone.get(record, [])
        if len(found) > 1:
            raise UsageError(f"{self.name}: a record id belongs to several sources; add a source column")
        return found[0] if found else None


def _column(rows: pa.Table, name: str) -> list[str | None]:
    return rows[name].to_pylist() if name in rows.column_names else [None] * rows.num_rows


def _persons(rows: pa.Table, position: _Positions, n: int, name: str) -> Truth:
    person = np.full(n, -1, np.int64)
    codes: dict[str, int] = {}
    columns = (_column(rows, each) for each in ("record_id", "source", "person_id"))
    for record, source, who in zip(*columns, strict=True):
        at = position.of((record or "").strip(), source)
        if at is not None and who is not None:
            person[at] = codes.setdefault(who, len(codes))
    if (person < 0).any():
        missing = int((person < 0).sum())
        raise UsageError(f"{name}: {missing} of {n} records have no person_id in the truth; complete it")
    none = np.empty(0, np.int64)
    return Truth(person, none, none, np.empty(0, bool))


def _labels(rows: pa.Table, position: _Positions, n: int) -> Truth:
    columns = [_column(rows, each) for each in ("record_id_l", "source_l", "record_id_r", "source_r", "match")]
    found = []
    for left, source_l, right, source_r, match in zip(*columns, strict=True):
        a, b = position.of((left or "").strip(), source_l), position.of((right or "").strip(), source_r)
        if a is not None and b is not None:
            found.append((a, b, match is None or _is_yes(match)))
    lefts, rights = (np.array([row[i] for row in found], np.int64) for i in (0, 1))
    yes = np.array([row[2] for row in found], bool)
    if "match" in rows.column_names:
        return Truth(None, lefts, rights, yes)
    return Truth(components(n, lefts, rights), lefts, rights, yes)


def _is_yes(text: str) -> bool:
    try:
        return float(text) >= 0.5
    except ValueError:
        return text.strip().lower() in {"true", "yes", "y", "t", "match"}
