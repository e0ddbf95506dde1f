"""Matching the headings of a partner's file to the columns of an extract schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from joinedup.rules.foundation.errors import Severity
from joinedup.rules.foundation.extract import ExtractSchema

#: What a heading may look like when a report repeats it; anything else could be a row of data.
_NAME: Final = re.compile(r"[A-Za-z#_][A-Za-z0-9 _.,:;/()&%£#'-]{0,79}")


@dataclass(frozen=True, slots=True)
class HeadingProblem:
    """One thing wrong with the headings of a file."""

    field: str
    rule: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Which heading, by position, holds which column of the schema."""

    positions: Mapping[str, int]
    problems: tuple[HeadingProblem, ...]


def match(headings: Sequence[str], schema: ExtractSchema, columns: Mapping[str, str]) -> Matched:
    """Find the schema's columns among a file's headings.

    A heading matches by the place's own map, by the schema's name or by an alias; case, spaces and punctuation do not
    count. Where a file has several of these for one column, the map wins over the name and an earlier alias over a
    later one. The same heading twice, and a required column without a heading, are fatal. Further headings are named
    once in a warning and not read.

    Args:
        headings: as the file writes them.
        schema: what is expected.
        columns: the place's map, their heading to the schema's name.
    """
    places: dict[str, list[int]] = {}
    for position, heading in enumerate(headings):
        places.setdefault(_key(heading), []).append(position)
    accepted = _accepted(schema, columns)
    chosen = {name: next((key for key in keys if key in places), None) for name, keys in accepted.items()}
    found = {name: places[key] for name, key in chosen.items() if key is not None}
    if not found:
        return Matched({}, (_no_headings(schema),))
    known = {key for keys in accepted.values() for key in keys}
    unused = [heading for heading in headings if _key(heading) not in known]
    problems = [
        *_unknown_targets(schema, columns),
        *(_duplicated(name, [headings[i] for i in where]) for name, where in found.items() if len(where) > 1),
        *_missing(schema, set(found), unused),
        *_unused(unused),
    ]
    return Matched({name: where[0] for name, where in found.items()}, tuple(problems))


def _accepted(schema: ExtractSchema, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """For each column its accepted headings, best first; a heading that the place maps belongs to that column only."""
    mapped = {_key(theirs): ours for theirs, ours in columns.items()}
    accepted = {}
    for column in schema.columns:
        own = [key for key, ours in mapped.items() if ours == column.name]
        named = [_key(name) for name in (column.name, *column.aliases)]
        accepted[column.name] = own + [key for key in named if key not in mapped]
    return accepted


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9#]", "", heading.lower())


def _no_headings(schema: ExtractSchema) -> HeadingProblem:
    expected = ", ".join(column.name for column in schema.columns[:6])
    return HeadingProblem("", "no_headings", Severity.FATAL, (
        f"the first line holds none of the expected headings ({expected} ...); "
        "put the headings in the first line, or name theirs in the source's `columns`"
    ))  # fmt: skip


def _unknown_targets(schema: ExtractSchema, columns: Mapping[str, str]) -> Iterator[HeadingProblem]:
    known = [column.name for column in schema.columns]
    for theirs, ours in columns.items():
        if ours not in known:
            yield HeadingProblem(ours, "unknown_target", Severity.FATAL, (
                f"place.toml maps {_shown(theirs)} to {ours!r}, which {schema.id} does not have{_closest(ours, known)}"
            ))  # fmt: skip


def _duplicated(name: str, headings: Sequence[str]) -> HeadingProblem:
    return HeadingProblem(name, "duplicated_column", Severity.FATAL, (
        f"{len(headings)} headings hold {name}: {', '.join(_shown(h) for h in headings)}; "
        "keep one, or name the right one in the source's `columns`"
    ))  # fmt: skip


def _missing(schema: ExtractSchema, found: set[str], unused: Sequence[str]) -> Iterator[HeadingProblem]:
    candidates = {_key(heading): heading for heading in unused if _NAME.fullmatch(heading.strip())}
    for column in schema.columns:
        if column.name in found or not (column.required or column.mandatory):
            continue
        accepted = [_key(name) for name in (column.name, *column.aliases)]
        close = [c for name in accepted for c in get_close_matches(name, candidates, n=1, cutoff=0.6)]
        advice = "; ask for the file again with that column"
        if close:
            advice = f"; if {_shown(candidates[close[0]])} is its new name, map it in the source's `columns`"
        yield HeadingProblem(column.name, "missing_column", Severity.FATAL, f"no heading holds {column.name}{advice}")


def _unused(unused: Sequence[str]) -> Iterator[HeadingProblem]:
    if unused:
        shown = ", ".join(_shown(heading) for heading in unused[:8]) + (" ..." if len(unused) > 8 else "")
        yield HeadingProblem("", "unused_column", Severity.WARNING, (
            f"{len(unused)} column(s) are not read: {shown}; leave them out, so that no more is shared than is used"
        ))  # fmt: skip


def _shown(heading: str) -> str:
    return f"'{heading.strip()}'" if _NAME.fullmatch(heading.strip()) else "(a heading that is no name)"


def _closest(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(known)}"
