"""The closed lists of covariates and outcomes that a place can give for people, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from joinedup.evidence.cohorts.happenings import HAPPENINGS

#: Days before the index date, first and last: 1 is the day before.
WINDOWS: Final[Mapping[str, tuple[int, int]]] = {
    "30d": (1, 30),
    "12m": (1, 365),
    "13_24m": (366, 730),
    **{f"q{quarter}": (91 * (quarter - 1) + 1, 91 * quarter) for quarter in range(1, 9)},
}
#: What is summed over windows before, besides events: nights in hospital, and cost of whole months in pence.
STAYS: Final = "bed_days"
COST: Final = "cost"
COST_WINDOWS: Final[Mapping[str, tuple[int, int]]] = {"12m": (1, 12), "13_24m": (13, 24)}
STAY_WINDOWS: Final = ("12m", "13_24m")

#: What a person is on the index date.
TRAITS: Final = (
    "age", "female", "deprivation_fifth", "conditions", "in_care_home", "care_home_days", "social_care",
    "days_since_emergency", "months_registered",
)  # fmt: skip
#: What holds people together: areas, and the calendar month of the index date.
GROUPS: Final = ("practice", "neighbourhood", "council", "place", "care_home", "sex", "age_band", "index_month")
CONDITION: Final = "condition_"

#: Events in the year before and after that no scheme for few people should change much, and the rest of what follows.
EVENTS_AFTER: Final = tuple(HAPPENINGS)
STATES_AFTER: Final = ("died", "died_in_hospital", "died_outside_hospital", "entered_care_home", "experience")
AMOUNTS_AFTER: Final = ("bed_days", "days_at_home")

_UP_TO: Final = re.compile(r"(.+)_upto(\d+)")


@dataclass(frozen=True, slots=True)
class Covariate:
    """One thing known before the index date.

    Attributes:
        name: as the protocol writes it.
        base: the figure it is made from: the name without _uptoN.
        most: the figure counts at most so much; None for any.
    """

    name: str
    base: str
    most: int | None = None


def covariate(name: str) -> Covariate | None:
    """What a covariate's name means; None where there is no such covariate.

    >>> covariate("emergency_admissions_12m_upto3")
    Covariate(name='emergency_admissions_12m_upto3', base='emergency_admissions_12m', most=3)
    >>> covariate("shoe_size") is None
    True
    """
    found = _UP_TO.fullmatch(name)
    base, most = (found[1], int(found[2])) if found else (name, None)
    return Covariate(name, base, most) if base in known_covariates() or base.startswith(CONDITION) else None


def known_covariates() -> tuple[str, ...]:
    """Every covariate but those of single conditions (condition_ and a code of the condition list)."""
    counted = [f"{kind}_{window}" for kind in HAPPENINGS for window in WINDOWS]
    stays = [f"{STAYS}_{window}" for window in STAY_WINDOWS]
    costs = [f"{COST}_{window}" for window in COST_WINDOWS]
    return (*TRAITS, *GROUPS, *counted, *stays, *costs)


def is_cost(name: str) -> bool:
    """Whether an outcome is a cost: cost, or cost_ and who pays."""
    return name == COST or name.startswith(f"{COST}_")


def unknown_covariates(names: Iterable[str]) -> list[str]:
    """Names that no covariate has."""
    return [name for name in names if covariate(name) is None]


def unknown_outcomes(names: Iterable[str]) -> list[str]:
    """Names that no outcome has."""
    known = {*EVENTS_AFTER, *STATES_AFTER, *AMOUNTS_AFTER}
    return [name for name in names if name not in known and not is_cost(name)]
