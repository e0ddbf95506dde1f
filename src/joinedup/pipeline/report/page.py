"""The whole page of a report, and writing it beside result.json."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from joinedup.pipeline.report import sections
from joinedup.pipeline.report.answers import answers, headline
from joinedup.pipeline.report.flow import flow
from joinedup.pipeline.report.markup import paragraph
from joinedup.pipeline.report.moved import moved_section
from joinedup.pipeline.report.stylesheet import STYLE
from joinedup.rules.programme.movement import Movement
from joinedup.rules.programme.result import Result
from joinedup.store.objects import write_atomically

_PAGE: Final = Template(
    '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>$title: did it work?</title><style>$style</style></head>\n<body><header><h1>$title</h1>$question</header>\n"
    '<main><section id="answers" aria-label="The answer on one page">$front</section>\n$sections</main>\n'
    "<footer><p>Written by joinedup $version from result.json beside this file. Intervals hold the true effect in 95 "
    "of 100 such evaluations where the design's assumptions hold.</p></footer></body></html>\n"
)

#: In the order in which a doubtful reader asks.
_SECTIONS: Final = (
    sections.outcomes, sections.over_the_time, sections.events, sections.subgroups, sections.balance, flow,
    sections.placebos, sections.donors, sections.sensitivity, sections.power, sections.cost, sections.all_estimates,
    sections.diagnostics, sections.provenance,
)  # fmt: skip


def write_report(result: Result, out: Path) -> Path:
    """Write report.html into a folder: one file that needs no other, holds no script and asks no address.

    Args:
        result: of any design.
        out: an existing folder, where result.json lies.

    Returns:
        Where the report lies.
    """
    path = out / "report.html"
    write_atomically(path, report_of(result.as_dict()))
    return path


def report_of(view: Mapping[str, Any], moved: Movement | None = None, since: str = "") -> str:
    """The page of what result.json holds.

    Args:
        view: the result.
        moved: what moved since the version before; None where there is none.
        since: when the version before was run.
    """
    question = view["provenance"].get("question") or ""
    return _PAGE.substitute(
        title=escape(view["title"]),
        question=paragraph(question, "question") if question else "",
        style=STYLE,
        front=front_of(view),
        sections=sections_of(view, moved, since),
        version=escape(str(view["provenance"].get("code_version", ""))),
    )


def front_of(view: Mapping[str, Any]) -> str:
    """What page one says, as HTML: verdict, departures from the promise, and the answers."""
    return headline(view) + answers(view)


def sections_of(view: Mapping[str, Any], moved: Movement | None = None, since: str = "") -> str:
    """Every section after page one that the result has something for, as HTML."""
    return "\n".join(filter(None, (moved_section(moved, since), *(made(view) for made in _SECTIONS))))
