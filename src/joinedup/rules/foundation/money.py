"""Whole pence: one rounding when a cost is born, and splits whose parts add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from joinedup.rules.foundation.errors import DefinitionError


def pence(pounds: Decimal | str | int) -> int:
    """Turn pounds into whole pence, rounding halves away from zero once.

    Args:
        pounds: an exact amount; floats are refused by type because they are not exact.

    Returns:
        Whole pence.

    Raises:
        DefinitionError: the amount is not a finite number.

    Source: rules.md amendment 1.

    >>> pence("12.345")
    1235
    >>> pence("-12.345")
    -1235
    """
    try:
        amount = Decimal(pounds)
    except ArithmeticError as exc:
        raise DefinitionError("an amount of money is not a number; write pounds as 1234.56") from exc
    if not amount.is_finite():
        raise DefinitionError("an amount of money is not finite; write pounds as 1234.56")
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def pounds(amount_pence: int) -> str:
    """Write pence as pounds with two decimals, the form used in every file.

    >>> pounds(-1235)
    '-12.35'
    """
    sign = "-" if amount_pence < 0 else ""
    whole, part = divmod(abs(amount_pence), 100)
    return f"{sign}{whole}.{part:02d}"


def apportion(total_pence: int, weights: Sequence[Decimal | int]) -> tuple[int, ...]:
    """Split an amount by weights so that the parts add up to it exactly (largest remainder).

    Leftover pence go to the largest remainders; ties go to the earlier part, so the stated order decides.

    Args:
        total_pence: the whole, which may be negative (a refund splits like a payment).
        weights: one non-negative weight a part; at least one above zero.

    Returns:
        Whole pence for each part, in the order of the weights.

    Raises:
        DefinitionError: no weights, a negative weight, or all zero.

    Source: rules.md amendment 1 and section 0.2.

    >>> apportion(100, [1, 1, 1])
    (34, 33, 33)
    """
    shares = [Fraction(w) for w in weights]  # exact, so that equal remainders are equal
    whole = sum(shares, Fraction(0))
    if not shares or min(shares) < 0 or whole <= 0:
        raise DefinitionError("an amount cannot be split: give at least one weight, none negative, not all zero")
    sign = -1 if total_pence < 0 else 1
    exact = [abs(total_pence) * share / whole for share in shares]
    parts = [int(value) for value in exact]
    left = abs(total_pence) - sum(parts)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:left]:
        parts[i] += 1
    return tuple(sign * part for part in parts)
