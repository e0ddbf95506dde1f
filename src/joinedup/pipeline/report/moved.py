"""What moved since the version before, and why: the section a reader of a second version looks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinedup.pipeline.report.figures import MISSING, cell, moment
from joinedup.pipeline.report.markup import bullets, paragraph, section, table
from joinedup.pipeline.report.sentences import effect_words, interval_words
from joinedup.pipeline.report.wording import label, plain
from joinedup.rules.programme.movement import Moved, Movement

_WHAT = {
    "verdict": "Verdict",
    "reason": "Why it is not evaluable",
    "grade": "Grade of the evidence",
    "matched_treated": "People of the scheme compared",
    "matched_controls": "Controls compared",
    "treated": "In the scheme",
    "controls": "Controls",
}


def moved_section(movement: Movement | None, since: str) -> str:
    """The section; nothing for a first version.

    Args:
        movement: None where there is no version before.
        since: when the version before was run.
    """
    if movement is None:
        return ""
    when = f"The version before was run on {moment(since)}." if since else ""
    rows = [[moved_what(item), *moved_words(item)] for item in movement.moved]
    found = (
        table("What moved", ("What", "Before", "Now"), rows)
        if rows
        else paragraph("Nothing moved: verdict, grade, main estimates and the people compared are as they were.")
    )
    because = (
        paragraph("What was new between the two versions:") + bullets(map(_sentence, movement.because))
        if movement.because
        else paragraph("Data, definitions, identities, code and protocol are the same.")
    )
    return section(
        "moved", "What moved since the last version, and why", paragraph(when) if when else "", found, because
    )


def moved_what(item: Moved) -> str:
    """The thing that moved, as a reader names it."""
    if item.what == "estimate":
        scale = (item.after or item.before or {}).get("scale", "")
        return f"{label(plain(item.outcome))}{' (ratio)' if 'ratio' in scale else ''}"
    return _WHAT.get(item.what, label(item.what))


def moved_words(item: Moved) -> tuple[str, str]:
    """How it was and how it is, in words."""
    if item.what == "estimate":
        return _estimate(item.before), _estimate(item.after)
    if item.what == "grade":
        return _grade(item.before), _grade(item.after)
    return _plain(item.before), _plain(item.after)


def _estimate(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not estimated"
    interval = interval_words(row)
    return f"{effect_words(row)} ({interval})" if interval else effect_words(row)


def _grade(level: int | None) -> str:
    return "none" if level is None else f"{level} of 5"


def _plain(value: Any) -> str:
    return "none" if value is None else cell(value) or MISSING


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
