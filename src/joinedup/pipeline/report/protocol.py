"""A registered protocol as tables: every field as it was promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from joinedup.pipeline.report.figures import cell
from joinedup.pipeline.report.markup import table
from joinedup.pipeline.report.wording import label, plain


def content_of(content: Mapping[str, Any]) -> str:
    """Tables of a protocol's content: the words at the top first, then each part."""
    top = {key: value for key, value in content.items() if not _is_part(value)}
    parts = [table("In words", ("Field", "Promised"), [[label(key), cell(value)] for key, value in top.items()])]
    for key, value in content.items():
        if isinstance(value, Mapping):
            parts.append(table(label(key), ("Field", "Promised"), list(_rows(value))))
        elif _is_part(value):
            parts += [
                table(f"{label(key)}: {i}", ("Field", "Promised"), list(_rows(v))) for i, v in enumerate(value, 1)
            ]
    return "".join(parts)


def _rows(part: Mapping[str, Any], before: str = "") -> Iterator[list[str]]:
    for key, value in part.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{before}{plain(key)}: ")
        elif _is_part(value):
            for number, item in enumerate(value, 1):
                yield from _rows(item, f"{before}{plain(key)} {number}: ")
        else:
            yield [f"{before}{plain(key)}", cell(value)]


def _is_part(value: Any) -> bool:
    """Whether a value holds fields of its own."""
    is_list = isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) or is_list
