"""The report of an evaluation as parts of a page: the same words and pictures, styled by the app's own style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from joinedup.pipeline.report.moved import moved_what, moved_words
from joinedup.pipeline.report.page import front_of, sections_of
from joinedup.pipeline.report.protocol import content_of
from joinedup.register.queries.evaluation import VersionShown
from joinedup.rules.programme.movement import Movement


def front(found: VersionShown) -> SafeString:
    """What page one says."""
    return mark_safe(front_of(found.kept.result))  # noqa: S308 - the report escapes everything it was given


def sections(found: VersionShown) -> SafeString:
    """Every section after page one."""
    return mark_safe(sections_of(found.kept.result, found.moved, found.since))  # noqa: S308 - escaped by the report


def promised(content: Mapping[str, Any]) -> SafeString:
    """A registered protocol, field by field."""
    return mark_safe(content_of(content))  # noqa: S308 - escaped by the report


def moved_lines(moved: Movement | None) -> list[str]:
    """What moved, one sentence each."""
    return [f"{moved_what(item)}: {' → '.join(moved_words(item))}" for item in moved.moved] if moved else []
