"""How good the prices behind costs are, and whether costs add up to what sources say: rows that can be published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from joinedup.rules.foundation.disclosure import Policy, Released, release_count, release_derived
from joinedup.store.place import Place

Row = tuple[str, str, str, str, Released[float]]


def cost_quality_rows(shares: pa.Table, compared: pa.Table, place: Place) -> list[dict[str, object]]:
    """Rows of the published table `cost_quality`.

    Sections: `class` (share of the place's cost by class of its price, and events without a price), `setting` (the
    same by setting) and `reconciliation` (costs taken from a source against what the source says itself). Figures
    about fewer than eight events are hidden.

    Args:
        shares: setting, cost_class, pence, events; no class where the price is missing.
        compared: source, events, missing_events, from_source_pence, own_pence, difference_pence.
        place: knows what its sources are called.
    """
    rows = [*_by_class(shares), *_by_setting(shares), *_reconciled(compared, place)]
    return [
        {
            "position": position,
            "section": section,
            "category": category,
            "label": label,
            "unit": unit,
            "value": figure.value,
            "status": figure.status.value,
        }
        for position, (section, category, label, unit, figure) in enumerate(rows)
    ]


def _by_class(shares: pa.Table) -> Iterator[Row]:
    pence: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for row in shares.to_pylist():
        name = row["cost_class"] or ""
        pence[name] += row["pence"] or 0
        events[name] += row["events"]
    for name in sorted(name for name in events if name):
        yield "class", f"Class {name}", "share_of_cost", "%", _share(pence[name], pence.total(), events[name])
    count = release_count(Policy.HES, events[""])
    yield "class", "No price known", "events", "events", release_derived(count.value, count)


def _by_setting(shares: pa.Table) -> Iterator[Row]:
    rows = shares.to_pylist()
    totals: Counter[str] = Counter()
    for row in rows:
        totals[row["setting"]] += row["pence"] or 0
    for row in sorted(rows, key=lambda row: (row["setting"], row["cost_class"] or "")):
        if row["cost_class"]:
            figure = _share(row["pence"] or 0, totals[row["setting"]], row["events"])
            yield "setting", row["setting"], f"class_{row['cost_class']}", "%", figure


def _reconciled(compared: pa.Table, place: Place) -> Iterator[Row]:
    for row in compared.to_pylist():
        source = place.sources.get(row["source"])
        name = source.label if source else row["source"]
        priced = row["events"] - row["missing_events"]
        yield "reconciliation", name, "events_priced", "%", _share(priced, row["events"], row["events"])
        if row["own_pence"]:
            figure = _share(row["difference_pence"], row["own_pence"], row["events"])
            yield "reconciliation", name, "difference_from_own_total", "%", figure


def _share(part: int, whole: int, events: int) -> Released[float]:
    return release_derived(100 * part / whole if whole else None, release_count(Policy.HES, events))
