"""How numbers are written in a report: thousands, percent, pounds, times, and what is missing."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from joinedup.pipeline.report.wording import named

MINUS: Final = "\N{MINUS SIGN}"
MISSING: Final = "not known"
#: A count or mean that a result leaves out because it would tell of few people.
HIDDEN: Final = "hidden: few people"
_OF_PEOPLE: Final = ("people_", "left_out_", "mean_", "matched_", "unmatched_", "eligible_", "enrol")
#: Under these names a result tells names of figures, or sentences with such names.
_NAMES: Final = frozenset({
    "outcome", "covariate", "rests_on", "because", "why", "not_made", "gain", "perspectives", "reasons", "verdict",
    "name", "covariates", "exact", "earlier_outcome", "position", "direction", "method", "index", "role", "kind",
})  # fmt: skip


def amount(value: float) -> str:
    """A size without its sign, to about three figures, with thousands separators.

    >>> amount(-1234567.8), amount(19.2078), amount(0.03994), amount(34.0), amount(0.0)
    ('1,234,568', '19.2', '0.0399', '34', '0')
    """
    size = abs(float(value))
    size = 0.0 if size < 5e-7 else size
    if size == 0 or (size >= 1 and size == round(size)):
        return f"{size:,.0f}"
    places = max(0, 2 - math.floor(math.log10(size))) if size < 1000 else 0
    return f"{size:,.{min(places, 6)}f}"


def signed(value: float) -> str:
    """A number with its minus sign, as tables and axes show it."""
    written = amount(value)
    return f"{MINUS}{written}" if value < 0 and written.strip("0.") else written


def percent(value: float) -> str:
    """A percentage without its sign: whole from ten up.

    >>> percent(-24.14), percent(4.885), percent(4.0)
    ('24%', '4.9%', '4%')
    """
    size = abs(float(value))
    return f"{size:,.0f}%" if size >= 9.95 else f"{size:.1f}".removesuffix(".0") + "%"


def pounds(pence: float) -> str:
    """Pence as pounds without a sign; millions to one decimal.

    >>> pounds(-123456), pounds(1999), pounds(250_000_000_00)
    ('£1,235', '£19.99', '£250.0m')
    """
    whole = abs(float(pence)) / 100
    if whole >= 1_000_000:
        return f"£{whole / 1_000_000:,.1f}m"
    return f"£{whole:,.0f}" if whole >= 100 else f"£{whole:,.2f}"


def chance(p: float | None) -> str:
    """A p-value as tables show it."""
    if p is None:
        return MISSING
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def moment(text: str) -> str:
    """A time of the record in words, in Coordinated Universal Time; anything else as it is.

    >>> moment("2025-04-20T12:00:00+00:00")
    '20 April 2025, 12:00 UTC'
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    at = found.astimezone(UTC) if found.tzinfo else found
    return f"{at.day} {at:%B %Y, %H:%M}" + (" UTC" if found.tzinfo else "")


def cell(value: Any) -> str:
    """Any single value of a result as a reader sees it."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return signed(value)
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "none"
    return str(value)


def named_cell(name: str, value: Any) -> str:
    """A value whose name tells how to read it: pence become pounds, p-values keep three decimals, times are words."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _named_number(name, value)
    if value is None and name.startswith(_OF_PEOPLE):
        return HIDDEN
    if name in _NAMES and isinstance(value, str | list | tuple):
        return named(cell(value))
    if name in {"time", "run_at", "registered_at"}:
        return moment(str(value))
    return cell(value)


def _named_number(name: str, value: float) -> str:
    if name.endswith("pence"):
        return (MINUS if value < 0 else "") + pounds(value)
    if name == "p" or name.endswith("_p"):
        return chance(value)
    return str(value) if name == "seed" else cell(value)
