"""Whether an effect would last and travel, as far as a result shows it, and why not where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from joinedup.pipeline.report.figures import amount, cell
from joinedup.pipeline.report.sentences import effect_words, excludes_none, interval_words
from joinedup.pipeline.report.wording import horizon_words, label

View = Mapping[str, Any]
#: What is said of a verdict on persistence.
PERSISTENCE: Final = {
    "sustained": "Yes, so far: it was still seen in months 13 to 24 after the start.",
    "faded": "No: it was seen in the first year, and was smaller or gone in months 13 to 24.",
    "not_shown": "Not shown: no clear effect was still seen in months 13 to 24 after the start.",
    "too_soon": "Too soon to say: fewer than 24 months after the start are in the data.",
}  # fmt: skip


def lasting(view: View) -> list[str]:
    """What is known of time: a verdict on persistence where there is one, else the first and the last period."""
    stated = [text for text in (_persistence(view), _half_life(view)) if text]
    if stated:
        return stated
    rows = after_start(view)
    if len(rows) < 2:
        return ["Not shown: the result has no effects by time since the start."]
    said = [_at(rows[0], "First"), _at(rows[-1], "Last")]
    clear = excludes_none(rows[-1])
    if clear is not None:
        said.append(
            "The effect is still clear of no change in the last period."
            if clear else "In the last period the effect can no longer be told from no change."
        )  # fmt: skip
    return [*said, "What happens after funding ends was not asked."]


def _persistence(view: View) -> str:
    found = _found(view, "persistence")
    verdict = str(found.get("verdict", "")) if isinstance(found, Mapping) else str(found or "")
    return PERSISTENCE.get(verdict, "")


def _half_life(view: View) -> str:
    """After how long half of the effect is gone, where the result could tell."""
    found = _found(view, "half_life")
    if not isinstance(found, Mapping) or not isinstance(found.get("months"), int | float):
        return ""
    low, high = found.get("low"), found.get("high")
    least = "" if low is None else f" (95% interval: {amount(low)} months or more)"
    between = least if high is None else f" (95% interval: {amount(low or 0)} to {amount(high)} months)"
    return f"If it fades on as it did so far, half of it is gone after {amount(found['months'])} months{between}."


def travelling(view: View) -> list[str]:
    """What is known of other places: a verdict on replication or a prediction interval, else that it is unknown."""
    said = _stated(view, ("replication",))
    found = _found(view, "prediction")
    if found is None:
        found = _found(view, "prediction_interval")
    ends = [found.get("low"), found.get("high")] if isinstance(found, Mapping) else found
    if isinstance(ends, Sequence) and not isinstance(ends, str) and len(ends) == 2 and None not in ends:
        scale = view["estimates"][0]["scale"] if view["estimates"] else "difference"
        words = interval_words({"low": ends[0], "high": ends[1], "scale": scale})
        said.append(f"In a new place the effect would lie {words} (95% prediction interval).")
    if said:
        return said
    return ["Not shown: one evaluation cannot tell whether the effect would be the same elsewhere; a synthesis can."]


def after_start(view: View) -> list[View]:
    """Estimates of the primary outcome by time since the start; by calendar period where there are none such."""
    rows = view["estimates"]
    if not rows:
        return []
    own = [row for row in rows if row["outcome"] == rows[0]["outcome"] and row["subgroup"] == "all"]
    events = [row for row in own if str(row["horizon"]).startswith("e=") and not str(row["horizon"]).startswith("e=-")]
    if events:
        return [row for row in events if row["scale"] == events[0]["scale"]]
    first = rows[0]
    return [
        row for row in own
        if row["estimand"] == first["estimand"] and row["scale"] == first["scale"] and _is_period(row["horizon"])
    ]  # fmt: skip


def _is_period(horizon: str) -> bool:
    return horizon != "all" and "=" not in horizon


def _at(row: View, order: str) -> str:
    return f"{order} ({horizon_words(row['horizon'])}): {effect_words(row)}, {interval_words(row)}."


def _found(view: View, name: str) -> Any:
    return view["diagnostics"].get(name, view["sensitivity"].get(name))


def _stated(view: View, names: Sequence[str]) -> list[str]:
    """What the result says in words or single figures under the first of these names that it has."""
    said = []
    for name in names:
        found = _found(view, name)
        if isinstance(found, Mapping):
            parts = [
                f"{label(key).lower()} {cell(value)}"
                for key, value in found.items()
                if _is_single(value) and value is not None
            ]
            said += [f"{label(name)}: {'; '.join(parts)}."] if parts else []
        elif isinstance(found, int | float) and not isinstance(found, bool):
            said.append(f"{label(name)}: {amount(found)}.")
        elif isinstance(found, str):
            said.append(f"{label(found).rstrip('.')}.")
    return said


def _is_single(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)
