"""How a released figure is written: separators, units, pounds in millions, and words where there is no figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from joinedup.rules.foundation.disclosure import Policy, Released, Status
from joinedup.rules.foundation.errors import DisclosureError

T = TypeVar("T", int, float)

MILLION = 1_000_000
MINUS = "\N{MINUS SIGN}"

#: What each policy does to figures, in sentences.
DISCLOSURE = {
    "hes": "Counts of 1 to 7 people are hidden, all others are rounded to the nearest 5. "
    "Rates and intervals are computed from the rounded counts.",
    "small5": "Counts below 5 people are hidden. Rates and intervals are computed from the published counts.",
    "cost": "Amounts about fewer than 8 people, or of which two people make up more than 90%, are hidden; "
    "all others are rounded to the nearest £100.",
    "exact": "The source is a published statistic, so figures are shown as they are.",
}

_HIDDEN = {
    Policy.HES: "hidden: fewer than 8 people",
    Policy.SMALL5: "hidden: fewer than 5 people",
    Policy.COST: "hidden: fewer than 8 people, or two make up almost all of it",
    Policy.EXACT: "hidden",
}
_ABSENT = {
    Status.NOT_REPORTED: "not reported",
    Status.INCOMPLETE: "incomplete",
    Status.NOT_EVALUABLE: "cannot be worked out",
}


def released_value(figure: Released[T]) -> T | None:
    """The number inside a released figure, for a chart or a sum of released figures.

    Args:
        figure: what the disclosure gate returned.

    Returns:
        The number, or None when it is hidden or was never reported.

    Raises:
        DisclosureError: the figure did not pass the gate.
    """
    if not isinstance(figure, Released):
        raise DisclosureError(
            f"a page was about to show a raw {type(figure).__name__}; pass every figure through the disclosure gate"
        )
    return figure.value if figure.status is Status.PUBLISHED else None


def figure_text(figure: Released[T], unit: str = "", disclosure: str = Policy.EXACT) -> str:
    """A released figure in the words and digits a reader expects.

    Args:
        figure: what the disclosure gate returned.
        unit: the measure's unit; "%" and "£" are written with the number, any other stands beside it.
        disclosure: the policy that hid the figure, which decides how hiding is explained.

    Returns:
        The figure as text; the reason in words where there is none.

    Raises:
        DisclosureError: the figure did not pass the gate.
    """
    value = released_value(figure)
    if value is not None:
        return number_text(value, unit)
    if figure.status is Status.SUPPRESSED:
        return _HIDDEN[Policy(disclosure)]
    return _ABSENT.get(figure.status, "not known")


def number_text(value: float, unit: str = "", places: int | None = None) -> str:
    """A number with separators and no more digits than it deserves.

    Args:
        value: the number.
        unit: "%" and "£" are written with the number.
        places: decimals, where several numbers stand together; chosen by size when None.

    >>> [number_text(v) for v in (1234567, 1234.56, 82.345, 0.127, -3)]
    ['1,234,567', '1,235', '82.3', '0.13', '−3']
    >>> number_text(5_300_000_000, "£"), number_text(1234.4, "£"), number_text(82.72, "%")
    ('£5,300.0m', '£1,234', '82.7%')
    """
    size = _size_text(abs(value), unit, places)
    return f"{MINUS}{size}" if value < 0 and _has_digit_above_zero(size) else size


def tick_texts(ticks: Sequence[float], unit: str = "") -> list[str]:
    """Numbers along an axis, all with the same decimals: as many as their distance needs.

    >>> tick_texts([4.8, 5.0, 5.2]), tick_texts([0, 50, 100], "%"), tick_texts([0, 1_500_000], "£")
    (['4.8', '5.0', '5.2'], ['0%', '50%', '100%'], ['£0', '£1.5m'])
    """
    places = next((n for n in range(6) if all(abs(round(tick, n) - tick) < 1e-9 for tick in ticks)), 6)
    return [number_text(tick, unit, places) for tick in ticks]


def unit_words(unit: str) -> str:
    """What stands beside a figure of a unit: nothing for "%" and "£", which are written with it.

    >>> unit_words("%"), unit_words("£ per person"), unit_words("days")
    ('', 'per person', 'days')
    """
    return unit.lstrip("%£").strip()


def signed_text(value: float, unit: str = "") -> str:
    """A change with its direction by sign: plus, minus, or none for no change.

    >>> signed_text(3.2, "%"), signed_text(-3.2, "%"), signed_text(0)
    ('+3.2%', '−3.2%', '0')
    """
    text = number_text(value, unit)
    return f"+{text}" if value > 0 and _has_digit_above_zero(text) else text


def interval_text(lower: Released[float], upper: Released[float], unit: str = "") -> str:
    """A confidence interval in words, or nothing where there is none."""
    low, high = released_value(lower), released_value(upper)
    if low is None or high is None:
        return ""
    places = 1 if unit.startswith("%") else min(_decimals(abs(low)), _decimals(abs(high)))
    return f"between {number_text(low, unit, places)} and {number_text(high, unit, places)}"


def _size_text(size: float, unit: str, places: int | None) -> str:
    if unit.startswith("£"):
        return _pounds(size, places)
    if unit.startswith("%"):
        return f"{size:,.{1 if places is None else places}f}%"
    if places is None:
        places = 0 if float(size).is_integer() else _decimals(size)
    return f"{size:,.{places}f}"


def _has_digit_above_zero(text: str) -> bool:
    return any(character in "123456789" for character in text)


def _pounds(size: float, places: int | None) -> str:
    if size >= MILLION:
        return f"£{size / MILLION:,.1f}m"
    if places is None:
        places = 0 if float(size).is_integer() or size >= 1_000 else 2
    return f"£{size:,.{places}f}"


def _decimals(size: float) -> int:
    """Decimals that a number of this size deserves."""
    if size >= 1_000:
        return 0
    return 1 if size >= 10 else 2
