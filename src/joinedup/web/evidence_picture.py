"""The picture of a cell of the evidence base: effects side by side, brought together only where that is sensible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from django.utils.safestring import SafeString

from joinedup.methods.study import Studies
from joinedup.methods.synthesis import SITES_TO_REPLICATE, synthesise
from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.evidence_base import Cell, Found, family, poolable
from joinedup.rules.programme.evidence_item import Effect
from joinedup.rules.programme.evidence_words import Scale
from joinedup.web.charts.forest import ForestPicture, ForestRow, forest_chart

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Together:
    """What several evaluations say together.

    Attributes:
        effect: pooled by random effects, with an interval for few studies; percent where that is the scale.
        low, high: in which the effect of a further site would lie, 95%.
        is_percent: the scale.
        n: evaluations.
    """

    effect: Effect
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class CellPicture:
    """The picture and what is said beside it.

    Attributes:
        why_not: why the effects are not brought together; "" where they are.
        left_out: findings of the cell that give no figure on this scale.
    """

    drawn: SafeString
    together: Together | None
    why_not: str
    left_out: int


def picture_of(cell: Cell) -> CellPicture | None:
    """The picture of a cell where at least two findings give a figure on one scale; None elsewhere."""
    shown = _on_one_scale(cell)
    if len(shown) < 2:
        return None
    together = _together(cell)
    rows = [ForestRow(each.item.label, *_ends(_effect(each)), _words(_effect(each))) for each in shown]
    if together is not None:
        told = together.effect
        rows.append(ForestRow("Together", *_ends(told), _words(told), is_pooled=True))
    left, right = _ways(cell)
    unit = "%" if family(_effect(shown[0])) == "percent" else ""
    drawn = forest_chart(
        ForestPicture(
            title=f"{cell.outcome.label}: effects side by side",
            description=f"{cell.sentence} {len(shown)} of them give a figure on one scale.",
            unit=unit, rows=rows, left=left, right=right,
        )
    )  # fmt: skip
    return CellPicture(drawn, together, "" if together else _why_not(cell), len(cell.findings) - len(shown))


def _on_one_scale(cell: Cell) -> list[Found]:
    """Findings with a figure on the scale that most of them use."""
    told: dict[str, list[Found]] = {}
    for each in cell.findings:
        if each.told.effect is not None:
            told.setdefault(family(each.told.effect), []).append(each)
    most = max((len(held) for held in told.values()), default=0)
    return next((held for held in told.values() if len(held) == most), [])


def _together(cell: Cell) -> Together | None:
    """Random effects over at least three evaluations of different items; below that an average says nothing of others.

    Choice: three, as for whether an effect travels.
    """
    held = {each.item.id: each for each in reversed(poolable(cell))}
    if len(held) < SITES_TO_REPLICATE:
        return None
    found = [_effect(each) for each in held.values()]
    is_percent = family(found[0]) == "percent"
    ends = [_natural(effect, is_percent=is_percent) for effect in found]
    try:
        studies = Studies(
            tuple(held), np.array([value for value, _ in ends]), np.array([error**2 for _, error in ends])
        )  # fmt: skip
        made = synthesise(studies, hartung_knapp=True)
    except NotEvaluable:
        return None
    if made.prediction is None:
        return None
    values = [made.effect.value, made.effect.low, made.effect.high, *made.prediction]
    shown = [100 * math.expm1(each) if is_percent else each for each in values]
    scale = Scale.PERCENT if is_percent else found[0].scale
    return Together(
        Effect(shown[0], scale, shown[1], shown[2], found[0].unit), shown[3], shown[4], len(held)
    )  # fmt: skip


def _natural(effect: Effect, *, is_percent: bool) -> tuple[float, float]:
    """Value and standard error where intervals are symmetric: on the logarithm for percent and ratios."""
    if effect.low is None or effect.high is None:
        raise ValueError("an effect without an interval cannot be brought together with others")
    value, low, high = effect.value, effect.low, effect.high
    if is_percent:
        value, low, high = (math.log(each if effect.scale is Scale.RATIO else 1 + each / 100)
                            for each in (value, low, high))  # fmt: skip
    return value, (high - low) / (2 * _Z)


def _why_not(cell: Cell) -> str:
    held = {each.item.id for each in poolable(cell)}
    if len(held) < SITES_TO_REPLICATE:
        few = {0: "No evaluation has", 1: "Only one evaluation has"}.get(
            len(held), f"Only {len(held)} evaluations have"
        )
        return f"{few} a published interval on this scale; an average needs at least {SITES_TO_REPLICATE}."
    return "The effects could not be brought together."


def _effect(found: Found) -> Effect:
    if found.told.effect is None:
        raise ValueError(f"{found.item.id} gives no figure")
    return found.told.effect


def _ends(effect: Effect) -> tuple[float, float | None, float | None]:
    def shown(value: float) -> float:
        return 100 * (value - 1) if effect.scale is Scale.RATIO else value

    if effect.low is None or effect.high is None:
        return shown(effect.value), None, None
    return shown(effect.value), shown(effect.low), shown(effect.high)


def _words(effect: Effect) -> str:
    value, low, high = _ends(effect)
    unit = "%" if family(effect) == "percent" else ""
    ends = "no interval" if low is None or high is None else f"{low:.3g} to {high:.3g}"
    return f"{value:+.3g}{unit} ({ends})"


def _ways(cell: Cell) -> tuple[str, str]:
    better = cell.outcome.better
    if better is Direction.NEUTRAL:
        return "lower", "higher"
    return ("better", "worse") if better is Direction.LOWER else ("worse", "better")
