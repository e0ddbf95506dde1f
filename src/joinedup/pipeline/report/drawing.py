"""Draw SVG inside a page: escaped texts, axes with round ticks, and pictures with a description."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """One element; `class_` writes class, underscores become hyphens, numbers get at most two decimals."""
    written = "".join(f' {_name(name)}="{_value(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: float, y: float, css: str = "label", anchor: str = "start") -> str:
    """A line of text at a point."""
    return element("text", escape(content), x=x, y=y, class_=css, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def dot(x: float, y: float, css: str, radius: float = 4) -> str:
    """A round mark."""
    return element("circle", cx=x, cy=y, r=radius, class_=css)


def path(points: Iterable[tuple[float, float]], css: str) -> str:
    """Straight pieces through points; nothing for fewer than two."""
    found = [f"{x:.2f},{y:.2f}" for x, y in points]
    return element("path", d="M" + "L".join(found), class_=css) if len(found) > 1 else ""


def picture(width: float, height: float, title: str, description: str, content: Iterable[str]) -> str:
    """A whole picture that a screen reader announces by its title and description."""
    inside = "".join(content)
    key = "c" + hashlib.blake2b(f"{title}{description}{inside}".encode(), digest_size=5).hexdigest()
    head = element("title", escape(title), id=f"{key}t") + element("desc", escape(description), id=f"{key}d")
    return element(
        "svg", head + inside, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_labelledby=f"{key}t {key}d"
    )


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values lie on paper.

    Attributes:
        low, high: values at the two ends.
        start, end: positions of the two ends; end may lie before start, as upwards.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The position of a value, kept on the axis."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """About five round values.

        >>> Axis(-35, 5, 0, 100).ticks
        [-30.0, -20.0, -10.0, 0.0]
        """
        step = _round_step((self.high - self.low) / 5)
        first = math.ceil(self.low / step - 1e-9)
        return [round(i * step, 10) + 0.0 for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def axis_of(values: Iterable[float], start: float, end: float) -> Axis:
    """An axis that holds values with a little air."""
    found = list(values) or [0.0]
    low, high = min(found), max(found)
    air = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return Axis(low - air, high + air, start, end)


def every(count: int, most: int) -> int:
    """Each how manieth label fits."""
    return max(1, math.ceil(count / most))


def shortened(content: str, most: int) -> str:
    """A label cut to fit; the table beside the chart holds it whole."""
    return content if len(content) <= most else content[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _round_step(rough: float) -> float:
    if rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(step for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def _name(name: str) -> str:
    return name if name == "viewBox" else name.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
