"""Anything a result holds under a name, as tables: single figures together, each list of rows apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from joinedup.pipeline.report.figures import named_cell
from joinedup.pipeline.report.forest import Mark, forest
from joinedup.pipeline.report.markup import figure, table
from joinedup.pipeline.report.sentences import effect_words, interval_short, interval_words, none_of
from joinedup.pipeline.report.wording import label

View = Mapping[str, Any]
Rows = Sequence[View]


def listing(caption: str, found: View, scale: str = "difference") -> str:
    """Single figures in one table, then every list of rows, drawn as a forest where its rows have values."""
    singles, lists = [], []
    for name, value in _flat(found, ""):
        key = name.rsplit(": ", 1)[-1]
        if is_rows(value):
            lists.append((name, value))
        elif value != "":
            singles.append((_named(name), named_cell(key, value)))
    top = table(caption, ("What", "Found"), singles) if singles else ""
    return top + "".join(rows_of(_named(name), rows, scale) for name, rows in lists)


def rows_of(caption: str, rows: Rows, scale: str = "difference") -> str:
    """A list of rows as a table, with a forest above where each has a name and a value."""
    heads = list(dict.fromkeys(key for row in rows for key, value in row.items() if value != ""))
    cells = [[_cell(key, row.get(key)) for key in heads] for row in rows]
    return drawn(caption, rows, scale) + table(caption, [label(key) for key in heads], cells)


def drawn(caption: str, rows: Rows, scale: str) -> str:
    """A forest of rows that have a name first and a value; nothing for others."""
    heads = list(rows[0])
    own = [row for row in rows if _is_number(row.get("value"))]
    if not own or heads[0] in {"value", "low", "high"} or len(own) > 60:
        return ""
    marks = [_mark(row, heads[0], scale) for row in own]
    none = none_of({"scale": scale})
    says = f"{len(marks)} values, each with its 95% interval where it has one; the upright line is no effect."
    return figure(forest(caption, says, marks, none), f"{caption}. The upright line is no effect.")


def _cell(name: str, value: Any) -> str:
    """A value in a row; an effect within it in words."""
    if not isinstance(value, Mapping):
        return "" if value == "" else named_cell(name, value)
    if "value" in value:
        return f"{effect_words(value)} ({interval_words(value)})"
    return "; ".join(f"{label(key)}: {_cell(key, item)}" for key, item in value.items())


def is_rows(value: Any) -> bool:
    """Whether a value is a list of rows."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) and item for item in value)


def _mark(row: View, name: str, scale: str) -> Mark:
    read = {**row, "scale": row.get("scale", scale)}
    low, high = (row.get(end) if _is_number(row.get(end)) else None for end in ("low", "high"))
    before = f"{label(name).lower()}: " if name == "without" else ""
    return Mark(f"{before}{row[name]}", float(row["value"]), low, high, _words(read, low is not None))


def _words(row: View, has_interval: bool) -> str:
    return interval_short(row) if has_interval else effect_words(row)


def _flat(found: View, before: str) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}: ")
        else:
            yield f"{before}{name}", value


def _named(name: str) -> str:
    first, *others = name.split(": ")
    return ": ".join([label(first), *(label(part)[:1].lower() + label(part)[1:] for part in others)])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
