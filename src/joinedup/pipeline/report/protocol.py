"""A registered protocol as tables: every field as it was promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from joinedup.pipeline.report.figures import cell, named_cell
from joinedup.pipeline.report.markup import table
from joinedup.pipeline.report.wording import label


def content_of(content: Mapping[str, Any]) -> str:
    """Tables of a protocol's content: the words at the top first, then each part."""
    top = {key: value for key, value in content.items() if not _is_part(value)}
    parts = [table("In words", ("Field", "Promised"), [[label(key), cell(value)] for key, value in top.items()])]
    for key, value in content.items():
        if isinstance(value, Mapping):
            parts.append(table(label(key), ("Field", "Promised"), list(_rows(value))))
        elif _is_part(value):
            parts += [table(_title(key, i, v), ("Field", "Promised"), list(_rows(v))) for i, v in enumerate(value, 1)]
    return "".join(parts)


def _rows(part: Mapping[str, Any], before: str = "") -> Iterator[list[str]]:
    for key, value in part.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{before}{label(key)}: ")
        elif _is_part(value):
            for number, item in enumerate(value, 1):
                yield from _rows(item, f"{before}{label(key)} {number}: ")
        else:
            yield [_field(f"{before}{label(key)}"), named_cell(key, value)]


def _field(path: str) -> str:
    """Keys within keys, each after the first in small letters."""
    first, *others = path.split(": ")
    return ": ".join(
        [first, *(part if part[1:2].isupper() or part[1:2] == "&" else part[:1].lower() + part[1:] for part in others)]
    )


def _title(key: str, number: int, part: Mapping[str, Any]) -> str:
    """An outcome by its name; anything else by its number."""
    name = part.get("name")
    return f"{label(key)}: {label(name) if name else number}"


def _is_part(value: Any) -> bool:
    """Whether a value holds fields of its own."""
    is_list = isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) or is_list
