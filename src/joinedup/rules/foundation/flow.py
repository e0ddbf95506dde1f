"""A lawful flow of data: on what basis it arrives, for which uses, who answers for it and until when.

Without all four a source is refused by name; after its expiry too. A use that a flow does not name is not
allowed, and each use other than a person's own care may be subject to an opt-out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Use(StrEnum):
    """What data are used for: the closed list of purposes."""

    DIRECT_CARE = "direct_care"
    PLANNING = "planning"
    RISK_STRATIFICATION = "risk_stratification"
    EVALUATION = "evaluation"
    PUBLIC_STATISTICS = "public_statistics"


class OptOut(StrEnum):
    """Which objections of a person reach a flow, for every use other than that person's own care.

    Source: national data opt-out policy: it covers confidential patient information of health and adult social care,
    GP practices included; what names a person but says nothing of their care is not confidential patient information.
    """

    NATIONAL = "national"  # health and adult social care: the national data opt-out reaches it
    TYPE1 = "type1"  # data of GP practices: the objection lodged with the practice reaches it, and the national one too
    NONE = "none"  # neither: police, benefits, children's social care, lists without anything on care, statistics

    @property
    def takes_out(self) -> tuple[str, ...]:
        """What people object to (national, type1, both) when this leaves them out.

        >>> OptOut.NATIONAL.takes_out
        ('national', 'both')
        """
        return _TAKES_OUT[self]


_TAKES_OUT: Final[Mapping[OptOut, tuple[str, ...]]] = {
    OptOut.NONE: (),
    OptOut.NATIONAL: ("national", "both"),
    OptOut.TYPE1: ("national", "type1", "both"),
}


def strictest(found: Iterable[OptOut]) -> OptOut:
    """The one of several that leaves out whoever any of them leaves out; none of none.

    >>> strictest([OptOut.NATIONAL, OptOut.NONE]).value, strictest([]).value
    ('national', 'none')
    """
    return max(found, key=lambda one: len(one.takes_out), default=OptOut.NONE)


REQUIRED: Final = {
    "legal_basis": 'the law that lets the data flow, for example "UK GDPR 6(1)(e) and 9(2)(h)"',
    "purposes": f"one or more of {', '.join(use.value for use in Use)}",
    "controller": "the organisation that answers for the data",
    "expires": "the last day of the agreement, as a date",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """One recorded, lawful flow of an extract.

    Attributes:
        legal_basis: the law it rests on, in words.
        purposes: the uses it allows.
        controller: the organisation that answers for the data.
        expires: the last day on which it may be used.
        opt_out: which objections reach it, for uses other than direct care.
    """

    legal_basis: str
    purposes: frozenset[Use]
    controller: str
    expires: date
    opt_out: OptOut = OptOut.NATIONAL

    def has_expired(self, day: date) -> bool:
        """Whether the flow's last day lies before a day."""
        return day > self.expires

    def is_usable(self, use: Use, day: date) -> bool:
        """Whether data of this flow may be used so on a day.

        >>> flow = Flow("s.251", frozenset({Use.PLANNING}), "Fenwick ICB", date(2025, 3, 31))
        >>> flow.is_usable(Use.PLANNING, date(2025, 3, 31)), flow.is_usable(Use.PLANNING, date(2025, 4, 1))
        (True, False)
        >>> flow.is_usable(Use.RISK_STRATIFICATION, date(2025, 3, 31))
        False
        """
        return use in self.purposes and not self.has_expired(day)

    def respects(self, use: Use) -> OptOut:
        """Which objections take a person out of this use.

        A person's own care is never touched by an objection, and figures of published statistics name nobody.

        Source: national data opt-out policy, NHS Digital 2018, sections 4 to 6.

        >>> Flow("s.251", frozenset(Use), "Fenwick ICB", date(2025, 3, 31)).respects(Use.DIRECT_CARE).value
        'none'
        """
        return OptOut.NONE if use is Use.DIRECT_CARE else self.opt_out


def read_flow(written: Mapping[str, object]) -> Flow | tuple[str, ...]:
    """Turn [sources.<id>.flow] of place.toml into a flow, or into everything that is wrong with it.

    Args:
        written: the table as written; empty when there is none.

    Returns:
        The flow; or one sentence for each missing or impossible part, in the order of the table.

    >>> read_flow({"legal_basis": "consent", "purposes": ["planning"], "controller": "Fenwick ICB"})
    ('expires is missing: the last day of the agreement, as a date',)
    """
    wrong = [f"{part} is missing: {says}" for part, says in REQUIRED.items() if not written.get(part)]
    purposes, unknown = _uses(written.get("purposes") or ())
    expires = written.get("expires")
    if unknown:
        wrong.append(f"purposes names {', '.join(unknown)}: use {REQUIRED['purposes']}")
    if expires and not isinstance(expires, date):
        wrong.append("expires is not a date: write it without quotes, as 2026-03-31")
    opt_out = str(written.get("opt_out", OptOut.NATIONAL.value))
    if opt_out not in set(OptOut):
        wrong.append(f"opt_out is {opt_out!r}: use national, type1 or none")
    if wrong or not isinstance(expires, date):
        return tuple(wrong)
    return Flow(str(written["legal_basis"]), purposes, str(written["controller"]), expires, OptOut(opt_out))


def reasons_to_refuse(written: Mapping[str, object], day: date) -> tuple[str, ...]:
    """Why a source may not be used on a day; empty when its flow is complete and has not expired."""
    flow = read_flow(written)
    if not isinstance(flow, Flow):
        return flow
    return (f"its agreement ended on {flow.expires}",) if flow.has_expired(day) else ()


def _uses(written: object) -> tuple[frozenset[Use], list[str]]:
    names = [written] if isinstance(written, str) else list(written) if isinstance(written, list | tuple) else []
    known = frozenset(Use(name) for name in names if name in set(Use))
    return known, [str(name) for name in names if name not in set(Use)]
