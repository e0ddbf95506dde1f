"""Power of a scheme before it starts: the smallest fall it could show, set against the fall it promises."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from joinedup.rules.foundation.errors import DefinitionError

#: A chance of 80% to see an effect that is there, of 5% (two-sided) to see one that is not: 2.80 standard errors.
STANDARD_ERRORS: Final = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.80)


@dataclass(frozen=True, slots=True)
class Planned:
    """What is known of a scheme before it starts.

    Attributes:
        people: who will be enrolled; as many are compared with them.
        rate: events a person-year without the scheme.
        dispersion: how many times the variance of events exceeds their mean; about 2 where people are picked for high
            use.
        months: of follow-up.
    """

    people: int
    rate: float
    dispersion: float = 1.0
    months: int = 12

    def __post_init__(self) -> None:
        if not (self.people > 0 and self.rate > 0 and self.dispersion > 0 and self.months > 0):
            raise DefinitionError("people, rate, dispersion and months of follow-up must all be above zero")


def smallest_ratio(planned: Planned) -> float:
    """The largest rate ratio below one that a comparison would show: exp(-(z.975 + z.80) sqrt(2 phi / (n r))).

    Raises:
        DefinitionError: see `Planned`.

    Source: joinedup specification 13.

    >>> [round(smallest_ratio(Planned(n, 1.2)), 3) for n in (500, 2000, 5000)]
    [0.851, 0.922, 0.95]
    >>> round(smallest_ratio(Planned(500, 1.2, dispersion=2)), 3)
    0.796
    """
    events = planned.people * planned.months / 12 * planned.rate
    return math.exp(-STANDARD_ERRORS * math.sqrt(2 * planned.dispersion / events))


def people_needed(fall_percent: float, rate: float, dispersion: float = 1.0, months: int = 12) -> int:
    """How many people a scheme must enrol, and as many be compared with them, to show a fall.

    Raises:
        DefinitionError: the fall is not between 0 and 100%.

    >>> people_needed(5, 1.2)
    4973
    """
    if not 0 < fall_percent < 100:
        raise DefinitionError("a fall lies between 0 and 100 per cent")
    Planned(1, rate, dispersion, months)
    logarithm = math.log(1 - fall_percent / 100)
    return math.ceil(2 * dispersion * (STANDARD_ERRORS / logarithm) ** 2 / (rate * months / 12))


@dataclass(frozen=True, slots=True)
class PowerSaid:
    """What can be said of a scheme's power.

    Attributes:
        ratio: the largest rate ratio that would be shown.
        fall_percent: the same as a fall.
        can_show: whether the promised fall could be shown; None where none is promised.
        needed: people needed to show what is promised; None where none is.
        sentence: all of it in words.
    """

    ratio: float
    fall_percent: float
    can_show: bool | None
    needed: int | None
    sentence: str


def power_of(planned: Planned, promised_percent: float | None = None) -> PowerSaid:
    """Whether a scheme of its size could show the fall that its business case promises.

    Args:
        promised_percent: the promised fall, above 0; None where none is promised.

    >>> power_of(Planned(500, 1.2), 5).sentence
    'With 500 people it can only show a fall of 14.9% or more; the business case promises 5%: it cannot be shown. \
4,973 people would be needed.'
    >>> power_of(Planned(500, 1.2), 35).can_show
    True
    """
    ratio = smallest_ratio(planned)
    fall = 100 * (1 - ratio)
    begin = f"With {planned.people:,} people it can only show a fall of {fall:.1f}% or more"
    if promised_percent is None or promised_percent <= 0:
        return PowerSaid(ratio, fall, None, None, f"{begin}; no fall is promised to set against it.")
    needed = people_needed(promised_percent, planned.rate, planned.dispersion, planned.months)
    can = promised_percent >= fall
    end = "it could be shown." if can else f"it cannot be shown. {needed:,} people would be needed."
    return PowerSaid(ratio, fall, can, needed, f"{begin}; the business case promises {promised_percent:g}%: {end}")
