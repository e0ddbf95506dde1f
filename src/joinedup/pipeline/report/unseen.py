"""What a difference that nobody recorded could have done to a finding, in plain words, where no lots were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinedup.pipeline.report.wording import inside

View = Mapping[str, Any]

_WITHOUT = frozenset({"randomised", "meta_analysis"})
_NO_CONTROL = frozenset({"before_after", "interrupted_time_series"})


def unseen(view: View, *, clear: bool) -> list[str]:
    """How strong a hidden difference must be to explain a finding, or that it could hide an effect.

    Args:
        clear: whether the interval of the primary effect is clear of no effect.
    """
    if str(view["design"]) in _WITHOUT:
        return []
    hidden = view["diagnostics"].get("hidden_difference")
    return _of_people(hidden, clear) if isinstance(hidden, Mapping) else [_of_areas(view, clear)]


def _of_people(hidden: View, clear: bool) -> list[str]:
    first = "Nobody drew lots for who was in the scheme, so a difference nobody recorded could lie behind this."
    if not clear:
        first = "Nobody drew lots for who was in the scheme, so a difference nobody recorded could hide an effect."
    said, limit = [first], hidden.get("limit")
    if clear and isinstance(limit, int | float) and limit > 1:
        said.append(
            "To explain the finding away it would have to make both being in the scheme and the outcome at least "
            f"{limit:.1f} times as likely."
        )
    if hidden.get("strongest"):
        said.append(_beside_known(hidden, clear))
    return [" ".join(said)]


def _beside_known(hidden: View, clear: bool) -> str:
    """The strongest thing known as a yardstick for what is not."""
    name, times = str(hidden["strongest"]), hidden.get("times_needed")
    first = f"The strongest thing known here is {inside(name)}{_own(hidden)}."
    if not clear:
        share = float(hidden["could_shift"])
        return f"{first} Something hidden as strong as that could hide a difference of {share:.3g}."
    if hidden.get("is_enough"):
        return f"{first} Something hidden as strong as that could explain the finding."
    if isinstance(times, int | float):
        return f"{first} Something hidden would have to be {times:.1f} times as strong to explain the finding."
    return f"{first} Nothing up to ten times as strong would explain the finding."


def _own(hidden: View) -> str:
    with_scheme, with_outcome = hidden.get("ratio_scheme"), hidden.get("ratio_outcome")
    if not isinstance(with_scheme, int | float) or not isinstance(with_outcome, int | float):
        return ""
    return f" (its own ratios: {with_scheme:.1f} with the scheme, {with_outcome:.1f} with the outcome)"


def _of_areas(view: View, clear: bool) -> str:
    """Of areas: trends that would have parted, as a multiple of how they parted before the start."""
    does = "explain this" if clear else "hide an effect"
    if str(view["design"]) in _NO_CONTROL:
        return f"Nobody else is compared: anything else that changed at the same time could {does}."
    first = f"Nobody drew lots for which areas began: something else that changed only there could {does}."
    breakdown = ((view["sensitivity"] or {}).get("honest_did") or {}).get("breakdown")
    if not clear or not isinstance(breakdown, int | float):
        return first
    if breakdown <= 0:
        return f"{first} Trends that part as little as they did before the start would be enough."
    return f"{first} Trends would have to part {breakdown:.1f} times as far as they ever did before the start."
