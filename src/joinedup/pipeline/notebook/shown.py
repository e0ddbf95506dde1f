"""How a notebook shows protocols, designs and results: parts of the report, styled apart from the notebook's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from joinedup.pipeline.report import sections
from joinedup.pipeline.report.answers import answers, headline
from joinedup.pipeline.report.figures import moment
from joinedup.pipeline.report.flow import flow
from joinedup.pipeline.report.listing import listing
from joinedup.pipeline.report.markup import bullets, paragraph
from joinedup.pipeline.report.moved import moved_section
from joinedup.pipeline.report.stylesheet import STYLE
from joinedup.pipeline.report.wording import design_words
from joinedup.rules.programme.movement import Movement
from joinedup.store.protocols import ProtocolFile, Registration

View = Mapping[str, Any]


def shown(content: str) -> str:
    """Content under the report's style, which touches nothing else of the page it is put into."""
    return f'<style>.joinedup-shown{{{_own_style()}}}</style><div class="joinedup-shown">{content}</div>'


def _own_style() -> str:
    """The report's style without what is for a whole page of paper."""
    screen = STYLE.split("@page", 1)[0]
    return screen.replace("body{", "&{", 1).strip()


def shown_protocol(file: ProtocolFile, known: Sequence[Registration]) -> str:
    """Title, question, design, and whether and when it was registered."""
    said = [f"<h2>{escape(file.protocol.title)}</h2>"]
    if file.protocol.question:
        said.append(paragraph(file.protocol.question, "question"))
    said.append(paragraph(f"Design: {design_words(str(file.protocol.design.method))}."))
    if not known:
        said.append(paragraph("Not registered yet: register it before an outcome is seen."))
    else:
        again = "" if known[0].hash == file.hash else " It was altered since; the report will say how."
        said.append(paragraph(f"Registered on {moment(known[0].time)}.{again}"))
    return "".join(said)


def shown_design(title: str, method: str, reasons: Sequence[str], view: View) -> str:
    """Accepted or why not, power first, then flow and balance."""
    if reasons:
        verdict = paragraph("The design is refused.", "said") + bullets(reasons)
    else:
        verdict = paragraph("The design is accepted.", "said") + paragraph("No outcome after the start was read.")
    like = {"diagnostics": view, "estimates": (), "sensitivity": {}}
    parts = [
        f"<h2>{escape(title)}: {escape(design_words(method))}</h2>", f'<div class="verdict">{verdict}</div>',
        sections.power(like), flow(like), sections.balance(like), _overlap(view),
    ]  # fmt: skip
    return "".join(parts)


def _overlap(view: View) -> str:
    overlap = view.get("overlap")
    return "" if overlap is None else listing("Overlap", {"overlap": overlap})


def shown_result(view: View) -> str:
    """Page one of the report."""
    return f"<h2>{escape(view['title'])}</h2>{headline(view)}{answers(view)}"


def shown_update(view: View, movement: Movement, since: str) -> str:
    """What moved, then page one of the later report."""
    return f"{moved_section(movement, since)}{shown_result(view)}"
