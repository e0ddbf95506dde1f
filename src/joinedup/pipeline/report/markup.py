"""Write HTML: everything that came from outside is escaped here, and tables carry their headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

#: A table of so many columns fits a telephone.
_NARROW: Final = 3
NUMERIC: Final = frozenset("0123456789\N{MINUS SIGN}£")


def paragraph(text: str, css: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{_css(css)}>{escape(text)}</p>"


def bullets(items: Iterable[str]) -> str:
    """A list of plain texts."""
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain texts with a caption; the first cell of each row is its header, and a wide one scrolls."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(_row(row) for row in rows)
    inside = f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    if len(heads) <= _NARROW:
        return f"<table>{inside}</table>"
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>{inside}</table></div>'


def section(key: str, heading: str, *parts: str) -> str:
    """A section under its heading; nothing where it would be empty."""
    inside = "".join(parts)
    if not inside:
        return ""
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(heading)}</h2>{inside}</section>'


def figure(picture: str, caption: str) -> str:
    """A picture with what it says."""
    return f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"


def _row(row: Sequence[str]) -> str:
    first, *rest = row
    cells = "".join(f"<td{_css('number' if text[:1] in NUMERIC else '')}>{escape(text)}</td>" for text in rest)
    return f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'


def _css(name: str) -> str:
    return f' class="{name}"' if name else ""
