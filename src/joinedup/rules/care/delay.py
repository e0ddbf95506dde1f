"""Days in a hospital bed after a person was ready to leave it, in the two eras that England has counted them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Period, month_of


class Era(StrEnum):
    """Which collection a delay belongs to; the two count different things."""

    DTOC = "dtoc"  # delayed transfers of care, last published for February 2020
    DRD = "drd"  # discharge-ready date


@dataclass(frozen=True, slots=True)
class DelayRule:
    """What a place holds to be a delay, as data.

    Attributes:
        dtoc_until: first day after the delayed transfers of care collection; later ready dates are discharge-ready.
        not_delayed: discharge destinations that discharge-ready counts leave out (died, transferred).
    """

    dtoc_until: date
    not_delayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DelayReason:
    """One reason for delay and who may be held responsible for it.

    Attributes:
        code: as reported, for example ``Dii``.
        responsible: the bodies the reason may be attributed to: nhs, social_care, both.
        valid_from: first day of use.
        valid_to: first day it is no longer used; None while in use.
    """

    code: str
    responsible: tuple[str, ...]
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the reason could be given on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


def era_of(ready: date, rule: DelayRule) -> Era:
    """Which era a delay belongs to, by the day the person was ready.

    >>> era_of(date(2019, 6, 1), DelayRule(date(2020, 3, 1), ("79",))).value
    'dtoc'
    """
    return Era.DTOC if ready < rule.dtoc_until else Era.DRD


def delay_days(ready: date, discharge: date, period: Period) -> int:
    """Days of delay inside a period: the midnights on which a ready person was still in the bed.

    The ready day counts if the person is in the bed at that midnight; the day of discharge does not.

    Args:
        ready: first day the person was ready to leave.
        discharge: day the person left.
        period: the days to count in.

    Returns:
        Whole days; 0 when the delay lies outside the period or the person left on the ready day.

    Raises:
        DefinitionError: discharge before ready: the record is wrong and may not be clipped silently.

    Source: Monthly Delayed Transfers of Care SitRep definitions v1.09 (D5); joinedup specification 2.1.

    >>> delay_days(date(2016, 1, 28), date(2016, 2, 3), month_of(date(2016, 1, 1)))
    4
    """
    if discharge < ready:
        raise DefinitionError("a discharge lies before the day the person was ready; correct one of the two dates")
    return period.overlap_days(ready, discharge)


def days_by_month(ready: date, discharge: date) -> dict[date, int]:
    """Days of delay in each calendar month, keyed by the first of the month; their sum is the whole delay.

    >>> {f"{k:%Y-%m}": v for k, v in days_by_month(date(2016, 1, 28), date(2016, 2, 3)).items()}
    {'2016-01': 4, '2016-02': 2}
    """
    months: dict[date, int] = {}
    day = ready
    while day < discharge:
        month = month_of(day)
        months[month.start] = delay_days(ready, discharge, month)
        day = month.end
    return months


@dataclass(frozen=True, slots=True)
class DelayRate:
    """Delayed days of an area in a period, in the three forms that are published.

    Attributes:
        per_100k: delayed days per 100,000 adults.
        beds: beds lost, delayed days over days in the period.
        per_100k_per_day: average number of people delayed per 100,000 adults on a day (ASCOF 2C).
    """

    per_100k: Decimal
    beds: Decimal
    per_100k_per_day: Decimal


def delay_rate(days: int, adults: int, days_in_period: int) -> DelayRate:
    """Express delayed days per 100,000 people aged 18 and over, as beds, and per day.

    Raises:
        DefinitionError: negative days, no adults, or an empty period.

    Source: LG Inform metric 3632; NHS Digital ASCOF 2C; joinedup specification 2.1.

    >>> rate = delay_rate(1240, 250_000, 31)
    >>> rate.per_100k, rate.beds, rate.per_100k_per_day
    (Decimal('496'), Decimal('40'), Decimal('16'))
    """
    if days < 0 or adults <= 0 or days_in_period <= 0:
        raise DefinitionError("a delay rate needs days of 0 or more, adults above 0 and a period of 1 day or more")
    per_100k = Decimal(days) * 100_000 / adults
    return DelayRate(per_100k, Decimal(days) / days_in_period, per_100k / days_in_period)


@dataclass(frozen=True, slots=True)
class DischargeReady:
    """How promptly people left once ready, for discharges with a discharge-ready date.

    Attributes:
        on_day: share who left on the day they were ready.
        mean_late: mean delay in days of those who did not; None when everyone left on the day.
        mean_all: mean delay in days over everyone, the product of the two before.
        late_7: share who waited 7 days or more.
    """

    on_day: Decimal
    mean_late: Decimal | None
    mean_all: Decimal
    late_7: Decimal


def discharge_ready(delays: Mapping[int, int]) -> DischargeReady:
    """Summarise discharges by their delay in days.

    Args:
        delays: delay in days -> number of discharges; discharges without a ready date are left out beforehand.

    Raises:
        DefinitionError: no discharges, a negative delay or a negative count.

    Source: NHS England, discharge-ready date (2023); joinedup specification 2.2.

    >>> r = discharge_ready({0: 70, 1: 8, 2: 6, 3: 5, 5: 4, 7: 3, 14: 3, 30: 1})
    >>> r.on_day, round(r.mean_late, 3), r.mean_all, r.late_7
    (Decimal('0.7'), Decimal('4.933'), Decimal('1.48'), Decimal('0.07'))
    """
    total = sum(delays.values())
    if total <= 0 or min(delays) < 0 or min(delays.values()) < 0:
        raise DefinitionError("discharges by delay need at least one discharge and no negative delay or count")
    late = total - delays.get(0, 0)
    days = sum(delay * count for delay, count in delays.items())
    week = sum(count for delay, count in delays.items() if delay >= 7)
    mean_late = Decimal(days) / late if late else None
    return DischargeReady(Decimal(total - late) / total, mean_late, Decimal(days) / total, Decimal(week) / total)


def broken_rules(
    reason: str | None,
    responsible: str | None,
    ready: date,
    discharge: date | None,
    reasons: Sequence[DelayReason],
) -> tuple[str, ...]:
    """Which rules of the collection one reported delay breaks, by id; () when none.

    Missing reason or responsible body is not a broken rule: it is missing, and counted as such.

    Args:
        reason: reason code, None when not given.
        responsible: nhs, social_care or both, None when not given.
        ready: day the person was ready.
        discharge: day the person left, None while still waiting.
        reasons: the dated list of reasons.

    Source: Monthly Delayed Transfers of Care SitRep definitions v1.09 (D5); the attribution column is marked verify.

    >>> c = DelayReason("C", ("nhs",), date(2006, 1, 1))
    >>> broken_rules("C", "social_care", date(2016, 1, 1), date(2016, 1, 5), [c])
    ('attribution_not_allowed',)
    """
    found: list[str] = []
    if discharge is not None and discharge < ready:
        found.append("ready_after_discharge")
    known = [r for r in reasons if r.code == reason and r.holds_on(ready)]
    if reason is not None and not known:
        found.append("unknown_reason")
    if known and responsible is not None and responsible not in known[0].responsible:
        found.append("attribution_not_allowed")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class DelaySpan:
    """A stretch of delay under one reason, from `start` up to but not on `end`."""

    start: date
    end: date | None
    reason: str | None


def split_by_reason(changes: Sequence[tuple[date, str | None]], discharge: date | None) -> tuple[DelaySpan, ...]:
    """Split one wait into spans of one reason each: a change of reason ends a span and begins the next.

    Args:
        changes: (first day, reason) in any order; of two on one day the later in the list holds.
        discharge: day the person left, None while still waiting.

    >>> [s.end.day for s in split_by_reason([(date(2016, 1, 5), "E"), (date(2016, 1, 1), "A")], date(2016, 1, 9))]
    [5, 9]
    """
    by_day = dict(sorted(changes, key=lambda change: change[0]))
    days = [day for day in by_day if discharge is None or day <= discharge]
    ends: list[date | None] = [*days[1:], discharge]
    return tuple(DelaySpan(day, end, by_day[day]) for day, end in zip(days, ends, strict=True))


def check_one_series(eras: Sequence[Era | str], break_marked: bool = False) -> None:
    """Refuse to put delays of both eras in one line unless the break between them is marked.

    Raises:
        DefinitionError: two eras and no break.

    Source: NHS England, "Discharge delays": the two collections are not comparable (amendment 8).

    >>> check_one_series([Era.DTOC], break_marked=False)
    """
    if len({str(era) for era in eras}) > 1 and not break_marked:
        raise DefinitionError(
            "delayed transfers of care and discharge-ready dates are different measures and cannot be one series; "
            "ask for one era, or mark the break between them"
        )
