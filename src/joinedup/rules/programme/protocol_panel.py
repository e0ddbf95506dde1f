"""What a protocol of areas says beyond its waves: places partly covered, other schemes there, and promised probes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from joinedup.rules.programme.protocol_fields import Moment


class Scale(StrEnum):
    """On which scale an outcome is compared."""

    LEVEL = "level"  # in its own unit: the effect is a difference
    LOG = "log"  # its logarithm: the effect is a ratio, the same for small and large areas


@dataclass(frozen=True, slots=True)
class Covered:
    """Units that something reached from a time on.

    Attributes:
        start: first day, or number, of the first period in which it did.
        units: empty for every unit.
        name: of another scheme; "" for the scheme itself.
    """

    start: Moment
    units: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What else is known of who had what.

    Attributes:
        partly: units the scheme covered in part; they are left out, as treated and as controls, unless a probe brings
            them in.
        aside: units that can be neither treated nor controls, such as those of an earlier wave; `name` says why.
        others: other schemes that began there.
        funded_until: the last period in which the scheme was paid for; None where unknown or not ended.
    """

    partly: tuple[Covered, ...] = ()
    aside: tuple[Covered, ...] = ()
    others: tuple[Covered, ...] = ()
    funded_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """The same question asked once more with one thing changed, promised before outcomes were seen.

    Attributes:
        name: for people.
        check: the promised check that it makes: other_pool, lead_in_excluded or ""; for the report.
        why: why it is asked.
        exclude: units left out besides those of the protocol.
        controls: units that alone may be controls; empty for all.
        only: units that alone are used, treated or not; empty for all.
        partly: bring in, as treated, the units that were covered in part.
        lead_in: periods from each start that are left out.
        first, last: other ends of the time looked at; None keeps them.
        outcome, method, scale: "" or None keeps that of the protocol.
    """

    name: str
    check: str = ""
    why: str = ""
    exclude: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    partly: bool = False
    lead_in: int = 0
    first: Moment | None = None
    last: Moment | None = None
    outcome: str = ""
    method: str = ""
    scale: Scale | None = None


@dataclass(frozen=True, slots=True)
class Freed:
    """How capacity set free could become money; see `cashable`.

    Attributes:
        mean_stay_days: nights for each unit of the outcome; 1 where the outcome counts days.
        variable_share, consumables_cut, beds_per_unit, occupancy, unit_saving_pence, closure_decided, refilled_share:
            as in `cashable.Capacity`.
    """

    mean_stay_days: float
    variable_share: float
    consumables_cut: bool
    beds_per_unit: int
    occupancy: float
    unit_saving_pence: int
    closure_decided: bool
    refilled_share: float
