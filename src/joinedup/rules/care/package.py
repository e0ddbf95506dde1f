"""What a care package costs a week, and when an open one ends."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from joinedup.rules.care.client_level import FREQUENCIES
from joinedup.rules.foundation.errors import DefinitionError

#: Share of a cost that falls in one week. One-off costs have none: they are counted as they are.
WEEKLY_FACTORS: Final = {
    "weekly": Fraction(1),
    "fortnightly": Fraction(1, 2),
    "four_weekly": Fraction(1, 4),
    "monthly": Fraction(12, 52),
    "quarterly": Fraction(4, 52),
    "annual": Fraction(1, 52),
}


def weekly_pence(cost_pence: int | None, frequency: str | None) -> int | None:
    """What a package costs a week, from its cost for one period of its frequency.

    Args:
        cost_pence: cost of one period, in pence; None when not known.
        frequency: weekly, fortnightly, four_weekly, monthly, quarterly, annual or one_off.

    Returns:
        Whole pence a week, halves up; None for a one-off cost and where cost or frequency is not known.

    Raises:
        DefinitionError: the frequency is not in the list, or the cost is negative.

    Source: DHSC, client level data dashboard, costs table (week 1, fortnight 1/2, four weeks 1/4, month 12/52,
    quarter 4/52, year 1/52).

    >>> weekly_pence(52000, "monthly"), weekly_pence(100, "quarterly"), weekly_pence(5000, "one_off")
    (12000, 8, None)
    """
    if cost_pence is None or frequency is None or frequency == "one_off":
        return None
    if frequency not in WEEKLY_FACTORS:
        raise DefinitionError(f"frequency {frequency!r} is none of {', '.join(WEEKLY_FACTORS)}, one_off")
    if cost_pence < 0:
        raise DefinitionError("the cost of a package is negative; record a refund as a credit note")
    share = cost_pence * WEEKLY_FACTORS[frequency]
    return int(share + Fraction(1, 2))


def period_cost(
    unit_cost_pence: int | None, cost_frequency: str | None, planned_units: Decimal | None
) -> tuple[int | None, str]:
    """The cost of one period of a package and how often that period comes, from what the council wrote.

    The cost frequency is trusted over the planned units where it names a period; an hourly, daily or per-session
    cost, and one without a frequency, is multiplied by the planned units a week. Signs are dropped, and a cost of
    nothing means that none was recorded: missing, not zero.

    Args:
        unit_cost_pence: "unit cost" of client level data, in pence.
        cost_frequency: "cost frequency (unit type)" of either release.
        planned_units: planned units a week.

    Returns:
        Pence for one period, and its frequency ("weekly" where units were multiplied). The cost is None when it
        was not recorded, or when units are needed and missing.

    Source: DHSC, client level data dashboard, costs table.

    >>> period_cost(2150, "Hourly", Decimal("10.5"))
    (22575, 'weekly')
    >>> period_cost(80000, "4-weekly", Decimal("7")), period_cost(2150, "Hourly", None)
    ((80000, 'four_weekly'), (None, 'weekly'))
    """
    frequency = FREQUENCIES.get((cost_frequency or "").strip().lower())
    if frequency is not None:
        return (abs(unit_cost_pence) if unit_cost_pence else None), frequency
    if not unit_cost_pence or not planned_units:
        return None, "weekly"
    cost = abs(unit_cost_pence) * abs(planned_units)
    return int(cost.quantize(Decimal(1), rounding=ROUND_HALF_UP)), "weekly"


def end_by_death(start: date, end: date | None, death: date | None) -> date | None:
    """The last day of a service, which nobody receives after death.

    Args:
        start: first day.
        end: last day as recorded; None while open.
        death: day of death; None when alive or not known.

    Returns:
        The earlier of the two last days; None while open.

    Raises:
        DefinitionError: death came before the start; such a row is left out by the caller.

    Source: DHSC, client level data main tables, corrected event end dates.

    >>> end_by_death(date(2024, 4, 1), None, date(2024, 5, 3))
    datetime.date(2024, 5, 3)
    """
    if death is None:
        return end
    if death < start:
        raise DefinitionError("a service starts after the death of the person; check the two dates at the source")
    return death if end is None else min(end, death)
