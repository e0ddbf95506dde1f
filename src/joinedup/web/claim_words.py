"""Amounts of claims in words: pounds, per cent, or events, from whole hundredths."""

from __future__ import annotations

from typing import Final

from joinedup.rules.programme.benefit import Status
from joinedup.rules.programme.claim import Standing, Unit

STANDING_TAGS: Final = {
    Standing.NOT_TESTED: "govuk-tag--yellow",
    Standing.SUPPORTED: "govuk-tag--green",
    Standing.CONTRADICTED: "govuk-tag--red",
    Standing.UNDECIDED: "govuk-tag--grey",
}
STATUS_TAGS: Final = {
    Status.PLANNED: "govuk-tag--blue",
    Status.ON_TRACK: "govuk-tag--turquoise",
    Status.AT_RISK: "govuk-tag--orange",
    Status.REALISED: "govuk-tag--green",
    Status.LOST: "govuk-tag--red",
    Status.CANCELLED: "govuk-tag--grey",
}
_NOUNS: Final = {
    Unit.POINTS: "points",
    Unit.ADMISSIONS: "admissions",
    Unit.BED_DAYS: "bed days",
    Unit.DAYS_DELAYED: "days delayed",
    Unit.PEOPLE: "people",
}
_MILLION: Final = 100_000_000
_BILLION: Final = 1000 * _MILLION


def amount_text(hundredths: int | None, unit: Unit) -> str:
    """An amount as pages say it; "not said" where there is none, which is not zero.

    >>> amount_text(532_000_000_00, Unit.POUNDS), amount_text(-35_00, Unit.PERCENT), amount_text(None, Unit.POUNDS)
    ('£532m', '-35%', 'not said')
    >>> amount_text(-120_00, Unit.ADMISSIONS)
    '-120 admissions'
    """
    if hundredths is None:
        return "not said"
    if unit is Unit.POUNDS:
        return pounds_text(hundredths)
    number = f"{hundredths / 100:+,.10g}" if unit in {Unit.PERCENT, Unit.POINTS} else f"{hundredths / 100:,.10g}"
    return f"{number}%" if unit is Unit.PERCENT else f"{number} {_NOUNS[unit]}"


def pounds_text(pence: int | None) -> str:
    """Money: whole pounds below a million, then millions and billions to as many digits as they have.

    >>> pounds_text(100_000_000_000), pounds_text(-1_250_000_00), pounds_text(640_000_00)
    ('£1bn', '-£1.25m', '£640,000')
    """
    if pence is None:
        return "not said"
    sign, size = ("-" if pence < 0 else ""), abs(pence)
    if size >= _MILLION and size % 100_000 == 0:
        return _short(sign, size)
    return f"{sign}£{size / 100:,.0f}" if size % 100 == 0 else f"{sign}£{size / 100:,.2f}"


def _short(sign: str, size: int) -> str:
    is_billion = size >= _BILLION
    return f"{sign}£{size / (_BILLION if is_billion else _MILLION):,.10g}{'bn' if is_billion else 'm'}"
