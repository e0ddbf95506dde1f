"""The further pictures of a report: love plot, trajectories with their gap, ranks of placebos, flow of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from joinedup.pipeline.report.drawing import Axis, axis_of, dot, element, every, line, path, picture, shortened, text
from joinedup.pipeline.report.figures import signed
from joinedup.pipeline.report.forest import WIDTH
from joinedup.pipeline.report.wording import label

#: Beyond this standardised difference groups are not alike. Source: Austin 2009.
ALIKE: Final = 0.1

Rows = Sequence[Mapping[str, Any]]


def love_plot(rows: Rows) -> str:
    """Standardised differences before (hollow) and after (full), between lines at a tenth of a deviation."""
    found = [(row, row.get("smd_before"), row.get("smd_after")) for row in rows]
    known = [value for _, *values in found for value in values if isinstance(value, int | float)]
    axis, bottom = axis_of([*known, -ALIKE, ALIKE], 240, WIDTH - 12), 34 + 22 * len(rows)
    content = [dot(246, 10, "hollow"), text("before", 256, 14), dot(326, 10, "mark"), text("after", 336, 14)]
    content += [
        line(axis.at(x), 22, axis.at(x), bottom, css) for x, css in ((0, "zero"), (-ALIKE, "start"), (ALIKE, "start"))
    ]
    content.append(line(axis.start, bottom, axis.end, bottom, "axis"))
    content += [text(signed(tick), axis.at(tick), bottom + 16, anchor="middle") for tick in axis.ticks]
    for i, (row, before, after) in enumerate(found):
        y = 22 + 22 * (i + 0.5)
        content.append(text(shortened(label(str(row.get("covariate", ""))), 34), 0, y + 4))
        content += [
            dot(axis.at(x), y, css) for x, css in ((before, "hollow"), (after, "mark")) if isinstance(x, int | float)
        ]
    outside = sum(isinstance(after, int | float) and abs(after) > ALIKE for _, _, after in found)
    says = f"{len(rows) - outside} of {len(rows)} within {ALIKE:g} of a standard deviation after."
    return picture(WIDTH, bottom + 24, "Likeness before and after", says, content)


def trajectories(rows: Rows, start: int | None) -> str:
    """What was seen (full line) against what would have been (dashed), and the gap below."""
    across = Axis(0, max(len(rows) - 1, 1), 60, WIDTH - 12)
    both = [_points(rows, key) for key in ("observed", "counterfactual", "gap")]
    upper = axis_of([y for points in both[:2] for _, y in points], 210, 30)
    lower = axis_of([0.0, *(y for _, y in both[2])], 350, 250)
    content = [line(66, 12, 96, 12, "seen"), text("seen", 102, 16), line(160, 12, 190, 12, "would")]
    content += [text("would have been without the scheme", 196, 16), text("gap between the two", 66, 244, "small")]
    for axis in (upper, lower):
        for tick in axis.ticks:
            y = axis.at(tick)
            content += [line(56, y, WIDTH - 12, y, "grid"), text(signed(tick), 50, y + 4, anchor="end")]
    content.append(line(56, lower.at(0), WIDTH - 12, lower.at(0), "zero"))
    if start is not None:
        x = across.at(start - 0.5)
        content += [line(x, 26, x, 350, "start"), text("start", x + 4, 36, "small")]
    drawn = ((both[0], upper, "seen"), (both[1], upper, "would"), (both[2], lower, "seen"))
    content += [path([(across.at(i), axis.at(y)) for i, y in points], css) for points, axis, css in drawn]
    content += [
        text(shortened(str(rows[i].get("time", "")), 10), across.at(i), 370, anchor="middle")
        for i in range(0, len(rows), every(len(rows), 11))
    ]
    says = "The upper lines are the outcome seen and the one expected without the scheme; the lower line is their gap."
    return picture(WIDTH, 378, "Seen against expected", says, content)


def placebo_ranks(rank: int, count: int) -> str:
    """A row of all units tried, with the place of the treated among them."""
    wide = min(16.0, (WIDTH - 40) / max(count, 1))
    content = [text("largest effect for its misfit before", 20, 16, "small")]
    for i in range(1, count + 1):
        content.append(dot(20 + wide * (i - 0.5), 34, "mark" if i == rank else "hollow", min(wide / 2.6, 6)))
    x = 20 + wide * (rank - 0.5)
    content += [line(x, 44, x, 56, "axis"), text(f"the treated: rank {rank} of {count}", min(x, 500), 72)]
    return picture(WIDTH, 82, "Rank among placebos", f"The treated rank {rank} of {count} by their effect.", content)


def flow_chart(
    steps: Sequence[tuple[str, str]], asides: Sequence[tuple[str, str]], ends: Sequence[tuple[str, str]]
) -> str:
    """Boxes from all in the data down to those compared; who was lost on the way stands to the right."""
    content, y = [], 4.0
    lines = max(len(steps), len(asides), 1)
    for i in range(lines):
        if i < len(steps):
            content += [*_box(180, y, steps[i]), line(180, y + 44, 180, y + 64, "axis")]
        else:
            content.append(line(180, y - 1, 180, y + 64, "axis"))
        if i < len(asides):
            content += [line(300 if i < len(steps) else 180, y + 22, 420, y + 22, "axis"), *_box(540, y, asides[i])]
        y += 64
    wide = WIDTH / max(len(ends), 1)
    places = [wide * (i + 0.5) for i in range(len(ends))]
    if ends:
        content.append(line(min(180, places[0]), y, max(180, places[-1]), y, "axis"))
    for x, end in zip(places, ends, strict=True):
        content += [line(x, y, x, y + 14, "axis"), *_box(x, y + 14, end, min(240, wide - 12))]
    says = "; ".join(f"{name}: {value}" for name, value in (*steps, *asides, *ends))
    return picture(WIDTH, y + (62 if ends else 4), "Who was compared", says, content)


def _points(rows: Rows, key: str) -> list[tuple[int, float]]:
    return [(i, float(row[key])) for i, row in enumerate(rows) if isinstance(row.get(key), int | float)]


def _box(x: float, y: float, step: tuple[str, str], width: float = 240) -> list[str]:
    name, value = step
    fits = int(width / 6.6)
    return [
        element("rect", x=x - width / 2, y=y, width=width, height=44, class_="box"),
        text(shortened(name, fits), x, y + 18, anchor="middle"),
        text(shortened(value, fits), x, y + 36, "strong", anchor="middle"),
    ]
