"""The disclosure gate: the one way a figure about people leaves the restricted side, and the type that proves it.

A `Released` value can only be made here. Pages and exports take `Released` and nothing else, so a raw figure
that reaches one is a type error before it runs and a `DisclosureError` if it does run. A `Confided` value is
personal and shown to one person with a recorded reason; only an audited action can make it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar, final

from joinedup.rules.foundation.errors import DefinitionError, DisclosureError

T_co = TypeVar("T_co", covariant=True)

_GATE: Final = object()


class Policy(StrEnum):
    """How figures from one kind of data are protected (a policy per dataset).

    Source: NHS Digital, change to disclosure control methodology for HES and ECDS, September 2018 (`hes`);
    community and mental health publications (`small5`); cost tables by joinedup's choice (`cost`).
    """

    HES = "hes"  # 1-7 hidden, other counts to the nearest 5, zero stays
    SMALL5 = "small5"  # 1-4 hidden, other counts as they are
    COST = "cost"  # at least 8 people, nearest £100, no two contributors above 90%
    EXACT = "exact"  # already public statistics


class Status(StrEnum):
    """Why a published cell shows a figure or does not."""

    PUBLISHED = "published"
    SUPPRESSED = "suppressed"
    NOT_REPORTED = "not_reported"
    INCOMPLETE = "incomplete"
    NOT_EVALUABLE = "not_evaluable"


@final
@dataclass(frozen=True, slots=True, init=False)
class Released(Generic[T_co]):
    """A figure that has passed the gate; `value` is None when it is hidden or was never reported.

    Raises:
        DisclosureError: anything but the gate tried to make one.
    """

    value: T_co | None
    status: Status

    def __init__(self, value: T_co | None, status: Status, *, gate: object) -> None:
        if gate is not _GATE:
            raise DisclosureError("a figure was marked released without passing the disclosure gate; call the gate")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "status", status)

    def __str__(self) -> str:
        return "*" if self.status is Status.SUPPRESSED else "" if self.value is None else str(self.value)


def release_count(policy: Policy, count: int) -> Released[int]:
    """Pass a count of people or of their events through the policy of its dataset.

    Args:
        policy: the dataset's policy.
        count: how many, zero or more.

    Returns:
        The published count, or a suppressed one. Zero stays zero.

    Raises:
        DefinitionError: the count is negative.

    Source: NHS Digital, HES and ECDS disclosure control, September 2018 (hes).

    >>> [str(release_count(Policy.HES, n)) for n in (0, 3, 7, 8, 12, 13, 1048, 1091)]
    ['0', '*', '*', '10', '10', '15', '1050', '1090']
    >>> [str(release_count(Policy.SMALL5, n)) for n in (0, 4, 5, 13)]
    ['0', '*', '5', '13']
    """
    if count < 0:
        raise DefinitionError(f"a count cannot be negative: {count}; check the definition that produced it")
    if policy is Policy.EXACT or count == 0:
        return Released(count, Status.PUBLISHED, gate=_GATE)
    if policy is Policy.SMALL5:
        return _hidden() if count < 5 else Released(count, Status.PUBLISHED, gate=_GATE)
    if count < 8:
        return _hidden()
    return Released(count if policy is Policy.COST else 5 * ((count + 2) // 5), Status.PUBLISHED, gate=_GATE)


def release_cost(pence: int, people: int, top_two_pence: int) -> Released[int]:
    """Pass an amount of money about people through the cost policy, in whole pence rounded to £100.

    Args:
        pence: the total.
        people: how many people it is about.
        top_two_pence: what the two largest of them make up.

    Returns:
        The total to the nearest £100, or suppressed below eight people or when two make up more than 90%.

    >>> str(release_cost(1_234_567, 20, 200_000))
    '1230000'
    >>> str(release_cost(1_234_567, 7, 200_000))
    '*'
    >>> str(release_cost(1_000_000, 20, 950_000))
    '*'
    """
    if people == 0:
        return Released(0, Status.PUBLISHED, gate=_GATE)
    if people < 8 or top_two_pence * 10 > pence * 9:
        return _hidden()
    return Released((pence + 5_000) // 10_000 * 10_000, Status.PUBLISHED, gate=_GATE)


def release_derived(value: float | None, *inputs: Released[int] | Released[float]) -> Released[float]:
    """Pass a rate, interval or share that was computed *from published counts* only.

    It is hidden if any count behind it is hidden.

    Args:
        value: what was computed from the inputs' published values; None where it is not defined.
        inputs: the released counts it was computed from; at least one.

    Raises:
        DisclosureError: no released input was named, so nothing shows where the value comes from.
    """
    if not inputs:
        raise DisclosureError("a derived figure names no released count behind it; compute it from published counts")
    worst = next((item.status for item in inputs if item.status is not Status.PUBLISHED), Status.PUBLISHED)
    if worst is not Status.PUBLISHED:
        return Released(None, worst, gate=_GATE)
    return Released(value, Status.PUBLISHED if value is not None else Status.NOT_EVALUABLE, gate=_GATE)


def release_public(value: float | None, status: Status = Status.PUBLISHED) -> Released[float]:
    """Pass a figure that is not about people in the records: a published statistic, a definition, a process count.

    Args:
        value: the figure; None with a status that says why.
        status: anything but published when there is no figure.
    """
    return Released(value, status, gate=_GATE)


def restore(value: float | None, status: str) -> Released[float]:
    """Read back a figure that the gate let into a release earlier; for readers of the published half only.

    Args:
        value: the figure as published.
        status: its published status.

    Raises:
        DisclosureError: the row says it is hidden and yet carries a figure: the release was tampered with.
    """
    kept = Status(status)
    if value is not None and kept is Status.SUPPRESSED:
        raise DisclosureError("a published row is marked hidden but holds a figure; build the release again")
    return Released(value, Status.NOT_EVALUABLE if value is None and kept is Status.PUBLISHED else kept, gate=_GATE)


def _hidden() -> Released[int]:
    return Released(None, Status.SUPPRESSED, gate=_GATE)


@final
@dataclass(frozen=True, slots=True, init=False)
class Confided(Generic[T_co]):
    """Something personal, shown to one named user for one recorded purpose."""

    value: T_co
    audit_id: str

    def __init__(self, value: T_co, *, audit_id: str) -> None:
        if not audit_id:
            raise DisclosureError("something personal was about to be shown without a row in the access log")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "audit_id", audit_id)
