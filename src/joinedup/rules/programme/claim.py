"""Claims: what somebody says a scheme saves or changes, and how each stands against what evaluations found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from joinedup.rules.programme.evaluated import Change, Evaluated
from joinedup.rules.programme.verdict import SHOWN_FROM


class ClaimKind(StrEnum):
    """What is claimed."""

    SAVING = "saving"
    EFFECT = "effect"

    @property
    def label(self) -> str:
        """What pages call it."""
        return "Money saved" if self is ClaimKind.SAVING else "Something changed"


class Unit(StrEnum):
    """What a claim is counted in; amounts are whole hundredths of it, for pounds that is pence."""

    POUNDS = "pounds"
    PERCENT = "percent"
    POINTS = "points"
    ADMISSIONS = "admissions"
    BED_DAYS = "bed_days"
    DAYS_DELAYED = "days_delayed"
    PEOPLE = "people"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            Unit.POUNDS: "Pounds a year", Unit.PERCENT: "Per cent change", Unit.POINTS: "Percentage points",
            Unit.ADMISSIONS: "Admissions a year", Unit.BED_DAYS: "Bed days a year",
            Unit.DAYS_DELAYED: "Days delayed a year", Unit.PEOPLE: "People a year",
        }[self]  # fmt: skip


class Standing(StrEnum):
    """How a claim stands."""

    NOT_TESTED = "claimed, not tested"
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "tested, not decided"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is claimed, as far as an evaluation can speak to it.

    Attributes:
        amount: hundredths of the unit; below zero is a fall.
        outcome: the outcome's name in protocols; "" where the claim names none.
        baseline: hundredths of the unit without the scheme; turns a claim in numbers into one in per cent.
        people_years: person-years in the scheme in a year; turns a saving a year into one a person.
        months: of follow-up over which an evaluation counts savings.
    """

    kind: ClaimKind
    unit: Unit
    amount: int
    outcome: str = ""
    baseline: int | None = None
    people_years: int | None = None
    months: int = 12
    is_cashable: bool = False

    @property
    def percent(self) -> float | None:
        """The claimed change in per cent of what would have been; None where it cannot be told.

        >>> Claimed(ClaimKind.EFFECT, Unit.ADMISSIONS, -30_00, baseline=600_00).percent
        -5.0
        """
        if self.unit is Unit.PERCENT:
            return self.amount / 100
        if self.kind is ClaimKind.SAVING or self.unit is Unit.POINTS or not self.baseline:
            return None
        return 100 * self.amount / self.baseline

    @property
    def pounds_each(self) -> float | None:
        """The claimed saving in pounds for each person over the follow-up; None where it cannot be told."""
        if self.kind is not ClaimKind.SAVING or not self.people_years:
            return None
        return self.amount / 100 / self.people_years * self.months / 12


@dataclass(frozen=True, slots=True)
class Judged:
    """How a claim stands, by which evaluation, and why in words."""

    standing: Standing
    because: str
    by: str = ""


def standing_of(claimed: Claimed, evaluations: Sequence[Evaluated]) -> Judged:
    """How a claim stands: the evaluation with the best grade that looked at it decides, the last of several alike.

    An evaluation tests a claim if it has a control group (grade 2 or more) and looked at the claim's outcome. It
    decides only from grade 3: then the claim is supported where the interval excludes no change and does not lie
    wholly short of what is claimed, contradicted where it lies wholly short of it (a smaller effect than claimed
    contradicts the claim), and not decided where it holds both. Clear harm contradicts at grade 2 already.

    Args:
        claimed: what is claimed now.
        evaluations: of the scheme, in the order in which they were planned.

    >>> standing_of(Claimed(ClaimKind.EFFECT, Unit.PERCENT, -35_00, "admissions"), []).standing.value
    'claimed, not tested'
    >>> wide = Evaluated("team", "no conclusive evidence", 4, "admissions", {"admissions": (-4.0, -15.0, 8.0)}, {})
    >>> standing_of(Claimed(ClaimKind.EFFECT, Unit.PERCENT, -35_00, "admissions"), [wide]).standing.value
    'contradicted'
    >>> standing_of(Claimed(ClaimKind.EFFECT, Unit.PERCENT, -5_00, "admissions"), [wide]).standing.value
    'tested, not decided'
    """
    if not evaluations:
        return Judged(Standing.NOT_TESTED, "No evaluation of the scheme has a result.")
    judged = [(each.level or 0, judge(claimed, each)) for each in evaluations]
    tested = [pair for pair in judged if pair[1].standing is not Standing.NOT_TESTED]
    if not tested:
        return judged[-1][1]
    best = max(level for level, _ in tested)
    return [found for level, found in tested if level == best][-1]


def judge(claimed: Claimed, found: Evaluated) -> Judged:
    """What one evaluation says of one claim."""
    why_not = _untested(claimed, found)
    if why_not:
        return Judged(Standing.NOT_TESTED, why_not, found.name)
    if claimed.kind is ClaimKind.SAVING:
        return _judge_saving(claimed, found)
    outcome = claimed.outcome or found.primary
    promised = claimed.percent
    if promised is None:
        return Judged(Standing.UNDECIDED, "The claim states no baseline, so it cannot be compared.", found.name)
    judged = _compare(promised, found.changes[outcome], found, _change, is_of_money=False)
    if judged.standing is Standing.SUPPORTED and found.verdict == "harm":
        return replace(judged, because=f"{judged.because} But the verdict is harm: something else got worse.")
    return judged


def _untested(claimed: Claimed, found: Evaluated) -> str:
    if found.level is None or found.verdict == "not evaluable":
        return "Its evaluation could not be made, so nothing tests the claim."
    if found.level <= 1:
        return "It was only compared with the time before, without a control group: that tests nothing."
    outcome = claimed.outcome or found.primary
    if claimed.kind is ClaimKind.EFFECT and outcome not in found.changes:
        return f"No evaluation looked at {outcome.replace('_', ' ') or 'what is claimed'}."
    return ""


def _judge_saving(claimed: Claimed, found: Evaluated) -> Judged:
    name = "cashable" if claimed.is_cashable else "gross"
    each = claimed.pounds_each
    if name in found.savings and each is not None:
        return _compare(each, found.savings[name], found, _money, is_of_money=True)
    if found.verdict == "harm":
        return Judged(Standing.CONTRADICTED, "The evaluation found harm: there is no effect to save by.", found.name)
    if name in found.savings:
        why = "The claim does not say for how many people, so it cannot be compared with the saving found."
    elif found.verdict == "works":
        why = "The evaluation found an effect, but what it saves was not evaluated."
    else:
        why = f"The verdict is {found.verdict}, and what the scheme saves was not evaluated."
    return Judged(Standing.UNDECIDED, why, found.name)


def _compare(
    promised: float,
    interval: Change,
    found: Evaluated,
    say: Callable[[float], str],
    *,
    is_of_money: bool,
) -> Judged:
    value, low, high = interval
    if low is None or high is None:
        return Judged(Standing.UNDECIDED, f"The evaluation found {say(value)} without saying how sure.", found.name)
    sign = -1 if promised < 0 else 1
    worst, best = sorted((sign * low, sign * high))
    asked = sign * promised
    told = f"Claimed is {say(promised)}; the evaluation found {say(value)} ({_range(low, high, say)})"
    is_decisive = (found.level or 0) >= SHOWN_FROM
    if best < 0:
        return Judged(Standing.CONTRADICTED, f"{told}: it went the other way.", found.name)
    if not is_decisive:
        return Judged(Standing.UNDECIDED, f"{told}, but its grade of {found.level} is too low to decide.", found.name)
    if best < asked:
        smaller = "there is an effect, but a smaller one" if worst > 0 else "as much as claimed is ruled out"
        return Judged(Standing.CONTRADICTED, f"{told}: {smaller}.", found.name)
    if worst > 0:
        return Judged(Standing.SUPPORTED, f"{told}.", found.name)
    return Judged(Standing.UNDECIDED, f"{told}: neither the claim nor no effect at all is ruled out.", found.name)


def _change(percent: float) -> str:
    if percent == 0:
        return "no change"
    size = abs(percent)
    return f"a {'fall' if percent < 0 else 'rise'} of {f'{size:.0f}' if size >= 9.95 else f'{size:.2g}'}%"


def _money(pounds: float) -> str:
    return f"{'a saving' if pounds >= 0 else 'an extra cost'} of £{abs(pounds):,.0f} a person"


def _range(low: float, high: float, say: Callable[[float], str]) -> str:
    return f"95% interval: {say(low)} to {say(high)}"
