"""How likely a scheme is worth its cost, for each value that a unit of its gain might have, as one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from joinedup.pipeline.report.drawing import Axis, dot, line, path, picture, text
from joinedup.pipeline.report.forest import WIDTH

Rows = Sequence[Mapping[str, Any]]


def acceptability_curve(rows: Rows, gain: str) -> str:
    """The chance that a scheme is worth its cost against pounds for a unit of what it gains.

    Values are drawn at equal steps, because they grow tenfold.

    Args:
        rows: of pounds_for_a_unit and chance, at least two.
        gain: what a unit is, in words.

    Source: van Hout and others 1994.
    """
    across, up = Axis(0, max(len(rows) - 1, 1), 60, WIDTH - 24), Axis(0.0, 1.0, 190, 20)
    content = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = up.at(share)
        content += [line(60, y, WIDTH - 24, y, "grid"), text(f"{100 * share:.0f}%", 52, y + 4, anchor="end")]
    points = [(across.at(i), up.at(float(row["chance"]))) for i, row in enumerate(rows)]
    content += [path(points, "seen"), *(dot(x, y, "mark") for x, y in points)]
    content += [
        text(f"£{row['pounds_for_a_unit']:,.0f}", across.at(i), 208, anchor="middle") for i, row in enumerate(rows)
    ]
    first, last = (f"{100 * float(row['chance']):.0f}%" for row in (rows[0], rows[-1]))
    says = f"From {first} at £{rows[0]['pounds_for_a_unit']:,.0f} to {last} at £{rows[-1]['pounds_for_a_unit']:,.0f}"
    return picture(WIDTH, 220, "How likely the scheme is worth its cost", f"{says} for each unit of {gain}.", content)
