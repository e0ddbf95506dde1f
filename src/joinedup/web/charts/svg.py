"""Write SVG elements: attributes and text are always escaped, and nothing carries a style attribute."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """One element; `class_` writes class, underscores become hyphens, numbers get at most two decimals."""
    written = "".join(f' {_name(name)}="{_value(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: float, y: float, css: str, anchor: str = "start") -> str:
    """A line of text at a point."""
    return element("text", escape(content), x=x, y=y, class_=css, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def path(points: Iterable[tuple[float, float]], css: str) -> str:
    """Straight pieces through points; nothing for fewer than two."""
    found = [f"{x:.2f},{y:.2f}" for x, y in points]
    return element("path", d="M" + "L".join(found), class_=css) if len(found) > 1 else ""


def image(size: tuple[float, float], css: str, title: str, description: str, content: Iterable[str]) -> SafeString:
    """A whole picture that a screen reader announces by its title and description.

    Args:
        size: width and height of the drawing's own grid; the page scales it.
        css: class of the picture.
        title: what it shows, in a few words.
        description: what a reader of the picture learns from it, in a sentence or two.
        content: its elements, already written by this module.
    """
    inside = "".join(content)
    key = "c" + hashlib.blake2b(f"{title}{description}{inside}".encode(), digest_size=5).hexdigest()
    head = element("title", escape(title), id=f"{key}t") + element("desc", escape(description), id=f"{key}d")
    drawn = element(
        "svg",
        head + inside,
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{key}t {key}d",
        class_=css,
    )
    return mark_safe(drawn)  # noqa: S308 - every text and attribute was escaped when it was written


def _name(name: str) -> str:
    return name if name == "viewBox" else name.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
