"""How good the links are: coverage, match rates, estimated precision and recall, and whom they fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from joinedup.evidence.identity.blocking import self_weights
from joinedup.evidence.identity.model import LinkModel
from joinedup.evidence.identity.quality import record_facts, record_groups
from joinedup.pipeline.linking_arrays import flags, table_of, whole_numbers
from joinedup.pipeline.linking_records import Decision, standing
from joinedup.store.engine import DuckDB

Row = tuple[str, str, str, float | None, int | None, int | None, str]

REPORT = ibis.schema(
    {
        "section": "string",
        "category": "string",
        "label": "string",
        "value": "float64",
        "numerator": "int64",
        "denominator": "int64",
        "unit": "string",
    }
).to_pyarrow()


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """What the report reads: versions of records, their distinct descriptions, the links and the pairs behind them."""

    engine: DuckDB
    described: ir.Table
    variants: ir.Table
    link: pa.Table
    pairs: pa.Table
    model: LinkModel


def linkage_report(inputs: ReportInputs, decisions: Sequence[Decision], deprivation: ir.Table | None) -> pa.Table:
    """The quality report of one linking, raw: pass its counts through the disclosure gate before anyone sees them.

    Sections: `overall`, `source`, `organisation`, `sex`, `age`, `ethnicity`, `deprivation` (match rate, share with
    an NHS number, share unlinkable), `threshold` (people at the three thresholds), `estimate` (precision and recall
    from the model's own probabilities) and `clerical` (from people's decisions).

    Args:
        inputs: what it reads.
        decisions: people's decisions on uncertain pairs.
        deprivation: `lsoa`, `imd_decile`; None leaves deprivation not known.

    Returns:
        One row a figure: section, category, label, value, numerator, denominator, unit. Shares are in percent and
        carry both counts.
    """
    linked = inputs.engine.table(inputs.link)
    lonely = linked.filter(linked.weight.isnull())
    alone = self_weights(inputs.variants.semi_join(lonely, "record_key"), inputs.model)
    facts = inputs.engine.cache(record_facts(inputs.described, linked, alone, inputs.model, deprivation))
    rows: list[Row] = []
    for section, groups in record_groups(facts).items():
        for row in inputs.engine.fetch(groups).to_pylist():
            rows += _group_rows(section, row)
    rows += _thresholds(inputs.link) + _estimates(inputs.pairs, inputs.link) + _clerical(inputs.link, decisions)
    order = sorted(rows, key=lambda row: (SECTIONS.index(row[0]), row[1], row[2]))
    return table_of({name: [row[i] for row in order] for i, name in enumerate(REPORT.names)}, REPORT)


SECTIONS = (
    "overall", "threshold", "estimate", "clerical", "source", "organisation", "sex", "age", "ethnicity", "deprivation",
)  # fmt: skip


def _group_rows(section: str, row: dict[str, object]) -> list[Row]:
    category, n = str(row["category"]), int(str(row["records"]))

    def share(label: str, column: str) -> Row:
        count = int(str(row[column] or 0))
        return (section, category, label, 100 * count / n if n else None, count, n, "%")

    return [
        (section, category, "records", float(n), n, None, "records"),
        (section, category, "people", float(str(row["people"])), int(str(row["people"])), None, "people"),
        share("nhs_number_coverage", "with_number"), share("match_rate", "matched"),
        share("match_rate_other_source", "matched_elsewhere"), share("unlinkable", "unlinkable"),
        share("uncertain", "uncertain"),
    ]  # fmt: skip


def _thresholds(link: pa.Table) -> list[Row]:
    found: list[Row] = []
    for name, column in (("strict", "person_id_strict"), ("default", "person_id"), ("loose", "person_id_loose")):
        count = len(link[column].unique())
        found.append(("threshold", name, "people", float(count), count, None, "people"))
    return found


def _estimates(pairs: pa.Table, link: pa.Table) -> list[Row]:
    """Expected precision and recall over the pairs that were compared, from their probabilities."""
    weight = whole_numbers(pairs, "weight")
    sure = flags(pairs, "is_sure")
    chance = np.where(sure, 1.0, 1.0 / (1.0 + np.exp2(-np.clip(weight, -10_000, 10_000) / 100.0)))
    key, person = whole_numbers(link, "record_key"), whole_numbers(link, "person_id")
    left = person[np.searchsorted(key, whole_numbers(pairs, "record_l"))]
    joined = left == person[np.searchsorted(key, whole_numbers(pairs, "record_r"))]
    expected, accepted = float(chance.sum()), float(chance[joined].sum())
    precision = 100 * accepted / int(joined.sum()) if joined.any() else None
    recall = 100 * accepted / expected if expected else None
    note = "model probabilities"
    return [
        ("estimate", note, "precision", precision, None, None, "%"),
        ("estimate", note, "recall", recall, None, None, "%"),
        ("estimate", note, "pairs_joined", float(joined.sum()), int(joined.sum()), None, "pairs"),
        ("estimate", note, "pairs_compared", float(len(weight)), len(weight), None, "pairs"),
    ]


def _clerical(link: pa.Table, decisions: Sequence[Decision]) -> list[Row]:
    """How many uncertain pairs people looked at, and how many they found to be one person."""
    here = set(link["record_key"].to_pylist()) if decisions else set()
    stands = [each for each in standing(decisions) if set(each.pair) <= here]
    if not stands:
        return []
    same = sum(each.is_same for each in stands)
    return [
        ("clerical", "decisions", "pairs_decided", float(len(stands)), len(stands), None, "pairs"),
        ("clerical", "decisions", "decided_same", 100 * same / len(stands), same, len(stands), "%"),
    ]
