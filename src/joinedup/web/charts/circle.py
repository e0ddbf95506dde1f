"""The circle of support: the person in the middle, every service round them, a thicker line for more contacts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from joinedup.web.charts import svg

WIDTH, MARGIN, ROW, ACROSS = 880, 26, 28, 150

#: Lines grow with the logarithm of contacts up to this width.
_WIDEST = 6.0


@dataclass(frozen=True, slots=True)
class Spoke:
    """A service round the person.

    Attributes:
        label: its name.
        contacts: how often in the window.
    """

    label: str
    contacts: int


def circle_chart(centre: str, spokes: Sequence[Spoke], title: str, description: str) -> SafeString:
    """Draw a ring of services; labels stand in two columns, so that none covers another.

    Args:
        centre: what the middle says.
        spokes: services in the order of the ring, clockwise from the top right.
        title: what it shows.
        description: what a reader learns from it.
    """
    right = -(-len(spokes) // 2)
    height = max(right, 3) * ROW + 2 * MARGIN
    middle = (WIDTH / 2, height / 2)
    reach = height / 2 - MARGIN / 2
    places = [(spoke, *_place(at, right, len(spokes), middle, reach)) for at, spoke in enumerate(spokes)]
    parts = [
        *(_line(spoke, x, y, middle) for spoke, x, y in places),
        *(part for spoke, x, y in places for part in _node(spoke, x, y, middle[0])),
        svg.element("circle", cx=middle[0], cy=middle[1], r=34, class_="app-bar app-bar--chosen"),
        svg.text(centre, middle[0], middle[1] + 5, "app-inside", "middle"),
    ]
    return svg.image((WIDTH, height), "app-chart", title, description, parts)


def _place(at: int, right: int, total: int, middle: tuple[float, float], reach: float) -> tuple[float, float]:
    """Where a service stands: evenly spaced down the right half of the ring, then up the left."""
    is_right = at < right
    rows = right if is_right else total - right
    row = at if is_right else total - 1 - at
    y = middle[1] + (row - (rows - 1) / 2) * ROW
    width = ACROSS * math.sqrt(max(0.0, 1 - ((y - middle[1]) / reach) ** 2))
    return middle[0] + (width if is_right else -width), y


def _line(spoke: Spoke, x: float, y: float, middle: tuple[float, float]) -> str:
    width = min(1 + math.log2(max(spoke.contacts, 1)), _WIDEST)
    return svg.element("line", x1=middle[0], y1=middle[1], x2=x, y2=y, class_="app-tie", stroke_width=width)


def _node(spoke: Spoke, x: float, y: float, centre: float) -> Iterator[str]:
    side, anchor = (14, "start") if x >= centre else (-14, "end")
    yield svg.element("circle", cx=x, cy=y, r=6, class_="app-area")
    times = "" if spoke.contacts == 1 else f" ({spoke.contacts})"
    yield svg.text(f"{spoke.label}{times}", x + side, y + 4, "app-row", anchor)
