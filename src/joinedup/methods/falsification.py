"""Falsification: outcomes that a scheme cannot have changed, and deaths, which show whether like was compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.effect import Effect
from joinedup.methods.outcome import Comparison, count_effects
from joinedup.rules.foundation.errors import NotEvaluable

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Falsification:
    """One thing that should not have changed.

    Attributes:
        outcome: its name.
        effect: what was found; None where it could not be estimated.
        p: corrected for how many were looked at (Holm); None where there is none.
        has_passed: no difference beyond chance; None where it could not be estimated.
        why: the reason, where it could not.
    """

    outcome: str
    effect: Effect | None
    p: float | None
    has_passed: bool | None
    why: str = ""


def negative_controls(found: Mapping[str, Effect], level: float = 0.05) -> tuple[Falsification, ...]:
    """Judge outcomes that the scheme cannot have changed; a difference means that like was not compared with like.

    Args:
        found: effect by name of outcome; each with a p-value.
        level: for all of them together.

    Returns:
        In the order given; p-values corrected by Holm's method.

    Source: Lipsitch, Tchetgen Tchetgen and Cohen 2010; Holm 1979.

    >>> fine, off = Effect("att", "all", 1.0, p=0.4), Effect("att", "all", 2.0, p=0.01)
    >>> [(check.outcome, check.has_passed) for check in negative_controls({"cataract": fine, "burns": off})]
    [('cataract', True), ('burns', False)]
    """
    names = [name for name, effect in found.items() if effect.p is not None]
    order = sorted(names, key=lambda name: (found[name].p or 0.0, name))
    corrected: dict[str, float] = {}
    highest = 0.0
    for at, name in enumerate(order):
        highest = max(highest, min(1.0, (found[name].p or 0.0) * (len(order) - at)))
        corrected[name] = highest
    return tuple(
        Falsification(name, effect, corrected[name], corrected[name] >= level)
        if name in corrected
        else Falsification(name, effect, None, None, "the effect has no p-value")
        for name, effect in found.items()
    )


def mortality(compared: Comparison, died: Floats, follow_up: Floats) -> Falsification:
    """Compare deaths: a scheme of this field rarely changes them, so a difference points to hidden frailty.

    It also shows whether fewer admissions are only fewer people alive to be admitted.

    Args:
        died: 0 or 1; (N,).
        follow_up: years until death or the end; (N,).
    """
    try:
        effect = count_effects(compared, died, follow_up)[0]
    except NotEvaluable as reason:
        return Falsification("mortality", None, None, None, str(reason))
    return Falsification("mortality", effect, effect.p, effect.p is None or effect.p >= 0.05)
