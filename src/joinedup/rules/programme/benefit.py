"""Benefits realised: the status of a claim, what counts as realised, totals with their history, and double counting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.money import apportion


class Status(StrEnum):
    """Where a benefit stands.

    Source: joinedup specification 12.2 (G7).
    """

    PLANNED = "planned"
    ON_TRACK = "on track"
    AT_RISK = "at risk"
    REALISED = "realised"
    LOST = "lost"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a claim says at one time; hundredths of its unit, pence for money, below zero for falls.

    Attributes:
        planned: to be there in full by the due day.
        forecast: what is now expected by then; None where nobody said.
        realised: what is said to be there; None where nobody said.
    """

    planned: int
    forecast: int | None = None
    realised: int | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The rest of what decides a benefit's status.

    Attributes:
        begins: first day on which some of it can be there.
        due: day by which all of it is to be there.
        is_cashable: it is claimed as money that somebody can spend.
        reduced_pence: budgets that fell because of it, or approved dated re-allocations, confirmed by a second person.
    """

    begins: date
    due: date
    is_cashable: bool = False
    reduced_pence: int = 0


def counted(amounts: Amounts, profile: Profile) -> int | None:
    """What counts as realised: of money that somebody can spend, only as much as budgets fell by.

    Source: joinedup specification 12.2 ("a cashable benefit is realised only when a budget line has been reduced or a
    dated re-allocation is approved").

    >>> ward = Profile(date(2024, 4, 1), date(2025, 3, 31), is_cashable=True, reduced_pence=60_000_00)
    >>> counted(Amounts(planned=100_000_00, realised=90_000_00), ward)
    6000000
    """
    if amounts.realised is None or not profile.is_cashable:
        return amounts.realised
    return min(amounts.realised, profile.reduced_pence)


def unbacked(amounts: Amounts, profile: Profile) -> int:
    """Money said to be realised for which no budget fell; 0 where there is none.

    >>> unbacked(Amounts(planned=100, realised=90), Profile(date(2024, 4, 1), date(2025, 3, 31), True, 60))
    30
    """
    told = counted(amounts, profile)
    return (amounts.realised or 0) - (told or 0)


def status_of(amounts: Amounts, profile: Profile, day: date) -> Status:
    """Where a benefit stands on a day.

    Cancelled where its owner said so; realised once as much counts as was planned; lost where nothing is expected any
    more, or the due day passed and nothing is said to be there; at risk where less is forecast than planned, the due
    day passed (also where nobody said what is there: missing is not zero), or money is called realised for which no
    budget fell; planned before it begins; else on track. Choice: any shortfall is at risk, because a threshold would
    hide the first step of a slide.

    >>> profile = Profile(date(2024, 4, 1), date(2025, 3, 31))
    >>> status_of(Amounts(100, forecast=80), profile, date(2024, 6, 1)).value
    'at risk'
    """
    direction = -1 if amounts.planned < 0 else 1
    there = direction * (counted(amounts, profile) or 0)
    is_over, expected = day > profile.due, None if amounts.forecast is None else direction * amounts.forecast
    if amounts.is_cancelled:
        return Status.CANCELLED
    if amounts.planned and there >= abs(amounts.planned):
        return Status.REALISED
    is_nothing = amounts.realised is not None and direction * amounts.realised <= 0
    if (is_over and is_nothing) or (there <= 0 and expected is not None and expected <= 0):
        return Status.LOST
    if is_over or (expected is not None and expected < abs(amounts.planned)) or unbacked(amounts, profile):
        return Status.AT_RISK
    return Status.PLANNED if day < profile.begins else Status.ON_TRACK


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over claims; missing is not zero, so each says how many claims it rests on.

    Attributes:
        planned: of all claims that were not cancelled.
        forecast, realised: of those that say one; None where none does.
        n: claims, cancelled ones left out.
        n_forecast, n_realised: those that say one.
    """

    planned: int
    forecast: int | None
    realised: int | None
    n: int
    n_forecast: int
    n_realised: int

    @property
    def share(self) -> float | None:
        """Realised as a share of planned; None where nothing is planned or nobody said what is realised."""
        return self.realised / self.planned if self.planned and self.realised is not None else None


def totals_of(claims: Sequence[tuple[Amounts, Profile]]) -> Totals:
    """What is planned, forecast and realised over several claims of one unit.

    >>> profile = Profile(date(2024, 4, 1), date(2025, 3, 31))
    >>> totals_of([(Amounts(100, 80, 20), profile), (Amounts(100), profile)])
    Totals(planned=200, forecast=80, realised=20, n=2, n_forecast=1, n_realised=1)
    """
    live = [(amounts, profile) for amounts, profile in claims if not amounts.is_cancelled]
    forecast = [each.forecast for each, _ in live if each.forecast is not None]
    realised = [told for told in (counted(*pair) for pair in live) if told is not None]
    return Totals(
        planned=sum(each.planned for each, _ in live),
        forecast=sum(forecast) if forecast else None,
        realised=sum(realised) if realised else None,
        n=len(live), n_forecast=len(forecast), n_realised=len(realised),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AreaClaim:
    """How many events of one measure in one area a claim says it takes away.

    Attributes:
        claim: its id.
        scheme: whose claim it is.
        area: code.
        measure: what is counted.
        amount: events a year that it takes away, 0 or more.
        cohort: for whom; two schemes for one cohort could claim the same event.
    """

    claim: int
    scheme: str
    area: str
    measure: str
    amount: int
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is left of the claims on one measure in one area.

    Attributes:
        total: events there are; None where nobody said.
        claimed: what the claims add up to.
        allowed: claim -> what it may count, pro rata where together they claim more than there is.
        schemes: who claims, where more than one scheme does.
        shares_cohort: two of them are for the same cohort, so that one event may be claimed twice.
    """

    area: str
    measure: str
    total: int | None
    claimed: int
    allowed: Mapping[int, int]
    schemes: tuple[str, ...]
    shares_cohort: bool

    @property
    def is_over(self) -> bool:
        """More is claimed than there is."""
        return self.total is not None and self.claimed > self.total


def count_once(claims: Sequence[AreaClaim], totals: Mapping[tuple[str, str], int]) -> tuple[Counted, ...]:
    """Claims on one measure in one area set beside each other, pro rata where they claim more than there is.

    Args:
        claims: in any order.
        totals: (area, measure) -> events a year.

    Returns:
        One for each area and measure, in their order; only those that several schemes claim or that claim too much.

    Raises:
        DefinitionError: a claim below zero.

    Source: joinedup specification 10.4 (two initiatives that claim one admission).

    >>> claims = [AreaClaim(1, "team", "F", "admissions", 80), AreaClaim(2, "homes", "F", "admissions", 40)]
    >>> found = count_once(claims, {("F", "admissions"): 90})[0]
    >>> found.allowed, found.is_over
    ({1: 60, 2: 30}, True)
    """
    if any(each.amount < 0 for each in claims):
        raise DefinitionError("a claim takes away zero events or more")
    found = []
    for key in sorted({(each.area, each.measure) for each in claims}):
        mine = sorted((each for each in claims if (each.area, each.measure) == key), key=lambda each: each.claim)
        made = _counted(key, mine, totals.get(key))
        if made.is_over or len(made.schemes) > 1:
            found.append(made)
    return tuple(found)


def _counted(key: tuple[str, str], claims: Sequence[AreaClaim], total: int | None) -> Counted:
    claimed = sum(each.amount for each in claims)
    amounts = [each.amount for each in claims]
    if total is not None and claimed > total:
        amounts = list(apportion(total, amounts))
    schemes = tuple(sorted({each.scheme for each in claims}))
    cohorts = sorted({(each.scheme, each.cohort) for each in claims if each.cohort})
    shares = len({cohort for _, cohort in cohorts}) < len(cohorts)
    allowed = {each.claim: amount for each, amount in zip(claims, amounts, strict=True)}
    return Counted(key[0], key[1], total, claimed, allowed, schemes, shares)
