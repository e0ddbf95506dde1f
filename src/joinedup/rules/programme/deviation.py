"""How a protocol departs from what was registered, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def deviations(registered: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Every field that was altered, added or taken out since registration, in order of the fields.

    >>> deviations({"design": {"ratio": 1}, "title": "T"}, {"design": {"ratio": 3, "caliper": 0.2}, "title": "T"})
    ('design.caliper was added: 0.2', 'design.ratio was 1 and is 3')
    """
    before, after = dict(_fields(registered)), dict(_fields(now))
    found = []
    for name in sorted({*before, *after}):
        if name not in after:
            found.append(f"{name} was taken out; it was {before[name]}")
        elif name not in before:
            found.append(f"{name} was added: {after[name]}")
        elif before[name] != after[name]:
            found.append(f"{name} was {before[name]} and is {after[name]}")
    return tuple(found)


def _fields(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Each plain value under its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _fields(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(i, Mapping) for i in value):
        for position, item in enumerate(value, 1):
            yield from _fields(item, f"{name}[{position}]")
    else:
        yield name, str(value)
