"""The flow chart: from all in the data to those compared, and who was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from joinedup.pipeline.report.charts import flow_chart
from joinedup.pipeline.report.figures import cell
from joinedup.pipeline.report.listing import listing
from joinedup.pipeline.report.markup import figure, section
from joinedup.pipeline.report.wording import label

_LOST: Final = (
    "excluded",
    "lost",
    "loss",
    "left_out",
    "unmatched",
    "dropped",
    "missing",
    "before_the_data_begin",
    "without",
    "incomplete",
)
_COMPARED: Final = ("treated", "controls", "matched_treated", "matched_controls", "matched")
_BOTH: Final = "eligible_in_the_scheme_/_not_in_it"
_NO_STEP: Final = ("clusters", "waves", "periods")


def flow(view: Mapping[str, Any]) -> str:
    """Flow chart and its table; nothing where the result has no flow."""
    found = view["diagnostics"].get("flow") or {}
    if not found:
        return ""
    steps, asides, ends = parted(found)
    drawn = flow_chart(steps, asides, ends) if steps or ends else ""
    says = "From all in the data to those compared; who was lost on the way stands to the right."
    return section("flow", "Who was compared", figure(drawn, says) if drawn else "", listing("Flow", found))


Boxes = list[tuple[str, str]]


def parted(found: Mapping[str, Any]) -> tuple[Boxes, Boxes, Boxes]:
    """Steps, losses and those compared, by the names of a flow; what is no count is left to the table.

    >>> parted({"units_in_data": 39, "excluded_by_protocol": ["Hawaii"], "treated": 1, "controls": 38, "waves": 1})
    ([('Units in the data', '39')], [('Left out by the protocol', '1: Hawaii')], [('Treated', '1'), ('Controls', '38')])
    """
    steps, asides, ends = [], [], []
    found = _joined(found)
    matched = any(name.startswith("matched_") for name in found)
    for name, value in found.items():
        if isinstance(value, list | tuple):
            box = (label(name), f"{len(value)}: {cell(value)}" if value else "0")
        elif name == _BOTH:
            box = (label(name), str(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            box = (label(name), cell(value))
        else:
            continue
        if any(word in name for word in _LOST):
            asides += [box] if box[1] != "0" else []
        elif name in _COMPARED and not (matched and name in {"treated", "controls"}):
            ends.append(box)
        elif not name.startswith(_NO_STEP):
            steps.append(box)
    return steps, asides, ends


def _joined(found: Mapping[str, Any]) -> dict[str, Any]:
    """Those eligible in the scheme and outside it stand side by side, not one below the other."""
    sides = [found.get(name) for name in ("eligible_treated", "eligible_controls")]
    if not all(isinstance(value, int) for value in sides):
        return {**found}
    made: dict[str, Any] = {}
    for name, value in found.items():
        if name == "eligible_treated":
            made[_BOTH] = " / ".join(cell(side) for side in sides)
        elif name != "eligible_controls":
            made[name] = value
    return made
