"""The verdict of an evaluation, from the closed list, by the interval of the primary effect and the grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from joinedup.rules.foundation.definition import Direction

#: Choice: an interval that rules out an improvement of this share of what would have been rules out what matters;
#: docs/decisions/0019 says why 5%.
WORTHWHILE: Final = 0.05

#: Lowest grade at which an effect counts as shown. Source: joinedup specification 13 (3 = one quasi-experiment).
SHOWN_FROM: Final = 3


def withheld_because(verdict: str, changed: Sequence[str]) -> str:
    """Why a verdict is withheld although an effect, or its absence, seems shown; "" where it is not withheld.

    An outcome that the scheme cannot change and that changed shows that like was not compared with like. Whatever then
    speaks for the scheme, or rules an effect out, may be that difference. Harm stays: a warning is due sooner than
    praise.

    Args:
        changed: outcomes that the scheme cannot change and that differ beyond chance.

    >>> withheld_because("works", ["cataracts"])
    'cataracts, which the scheme cannot change, changed too: those in the scheme differ in ways that were not seen'
    >>> withheld_because("harm", ["cataracts"]), withheld_because("works", [])
    ('', '')
    """
    if not changed or verdict in {"harm", "no conclusive evidence", "not evaluable"}:
        return ""
    return (
        f"{' and '.join(changed)}, which the scheme cannot change, changed too: those in the scheme differ in ways "
        "that were not seen"
    )


@dataclass(frozen=True, slots=True)
class Primary:
    """The effect a verdict rests on.

    Attributes:
        low, high: 95% interval on a scale where `none` is no effect; None where there is no interval.
        none: 0 for differences and percentages, 1 for ratios.
        counterfactual: what would have been, on the scale of a difference; None where unknown or not above zero.
    """

    low: float | None
    high: float | None
    none: float = 0.0
    counterfactual: float | None = None


def verdict_of(primary: Primary, polarity: Direction | None, level: int) -> str:
    """What the evaluation says, in the words of the closed list.

    An interval clear of no effect on the better side is "works" from grade 3, "promising" below, and nothing at grade
    1, where there is no control. On the worse side it is "harm", which needs no grade: a warning is due sooner than a
    praise. An interval that holds no effect says "no conclusive evidence" unless it rules out every improvement of 5%
    of what would have been or more: then "no effect larger than" its better end.

    Args:
        polarity: which way the outcome gets better; lower where it is unsaid or neutral, because most outcomes of
            integration are things to avoid (the result says that this was assumed).
        level: the grade.

    >>> verdict_of(Primary(-8.0, -2.0, counterfactual=100.0), Direction.LOWER, 3)
    'works'
    >>> verdict_of(Primary(-3.0, 2.0, counterfactual=100.0), Direction.LOWER, 3)
    'no effect larger than 3.0%'
    >>> verdict_of(Primary(-30.0, 2.0, counterfactual=100.0), Direction.LOWER, 3)
    'no conclusive evidence'
    """
    if primary.low is None or primary.high is None or level <= 1:
        return "no conclusive evidence"
    higher_is_better = polarity is Direction.HIGHER
    gain = (primary.high if higher_is_better else -primary.low) - (1 if higher_is_better else -1) * primary.none
    loss = (-primary.low if higher_is_better else primary.high) - (-1 if higher_is_better else 1) * primary.none
    if loss < 0:
        return "works" if level >= SHOWN_FROM else "promising"
    if gain < 0:
        return "harm"
    whole = 1.0 if primary.none else primary.counterfactual
    if whole and whole > 0 and gain / whole < WORTHWHILE:
        return f"no effect larger than {100 * gain / whole:.1f}%"
    return "no conclusive evidence"
