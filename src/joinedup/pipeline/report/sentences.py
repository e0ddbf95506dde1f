"""Effects in words: how much lower or higher, and between which bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from joinedup.pipeline.report.figures import MISSING, amount, percent, pounds, signed

Row = Mapping[str, Any]
#: So many letters fit beside a mark of a forest.
_BESIDE: Final = 26
_MONEY: Final = "pounds "


def effect_words(row: Row) -> str:
    """The size and direction of an estimate.

    >>> effect_words({"scale": "difference", "value": -19.2})
    '19.2 lower'
    >>> effect_words({"scale": "ratio", "value": 0.93})
    '7% fewer'
    >>> effect_words({"scale": "difference", "value": -0.12, "unit": "a person a year"})
    '0.120 fewer a person a year'
    >>> effect_words({"scale": "difference", "value": 12.0, "unit": "pounds a person"})
    '£12.00 higher a person'
    """
    value = _number(row.get("value"))
    return MISSING if value is None else _sized(value, row)


def interval_words(row: Row) -> str:
    """The 95% interval of an estimate.

    >>> interval_words({"scale": "ratio", "low": 0.89, "high": 0.96})
    'between 4% and 11% fewer'
    >>> interval_words({"scale": "difference", "low": -3.0, "high": 2.0})
    'between 3 lower and 2 higher'
    """
    low, high = _number(row.get("low")), _number(row.get("high"))
    if low is None or high is None:
        return "no interval"
    low, high = (_comparable(end, row) for end in (low, high))
    words, after = _directions(row), _suffix(row)
    if low < 0 < high or (low == 0) != (high == 0):
        ends = (_end(low, row, words), _end(high, row, words))
        return f"between {ends[0]} and {ends[1]}{after}"
    near, far = sorted((low, high), key=abs)
    direction = words[0] if far < 0 else words[1]
    return f"between {_size(near, row)} and {_size(far, row)} {direction}{after}"


def interval_short(row: Row) -> str:
    """The interval as it stands beside a mark: in words where they fit, in signed figures otherwise.

    >>> interval_short({"scale": "ratio", "low": 0.89, "high": 0.96})
    '4% and 11% fewer'
    >>> interval_short({"scale": "difference", "low": -0.3012, "high": 0.0805})
    '−0.301 to 0.0805'
    """
    words = interval_words(row).removeprefix("between ")
    if len(words) <= _BESIDE or _is_relative(row):
        return words
    return f"{signed(float(row['low']))} to {signed(float(row['high']))}"


def excludes_none(row: Row) -> bool | None:
    """Whether the interval is clear of no effect; None where there is no interval."""
    low, high = _number(row.get("low")), _number(row.get("high"))
    if low is None or high is None:
        return None
    low, high = (_comparable(end, row) for end in (low, high))
    return low > 0 or high < 0


def none_of(row: Row) -> float:
    """The value that means no effect on the scale of an estimate: one for ratios, nothing for the rest."""
    return 1.0 if "ratio" in _scale(row) and not _is_log(row) else 0.0


def money_words(pence: float) -> str:
    """A saving: positive is money saved.

    >>> money_words(-250000), money_words(123400)
    ('costs £2,500 more', 'saves £1,234')
    """
    if round(pence) == 0:
        return "neither saves nor costs"
    return f"saves {pounds(pence)}" if pence > 0 else f"costs {pounds(pence)} more"


def _scale(row: Row) -> str:
    return str(row.get("scale") or "difference")


def _is_log(row: Row) -> bool:
    return _scale(row).startswith("log")


def _is_relative(row: Row) -> bool:
    return none_of(row) == 1.0 or _is_log(row)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _comparable(value: float, row: Row) -> float:
    """A value with none at 0: ratios and logarithms of ratios as percentages."""
    if _is_log(row):
        return 100 * (math.exp(min(value, 50.0)) - 1)
    return 100 * (value - 1) if none_of(row) else value


def _sized(value: float, row: Row) -> str:
    return _end(_comparable(value, row), row, _directions(row)) + _suffix(row)


def _end(value: float, row: Row, words: tuple[str, str]) -> str:
    if value == 0:
        return "no change"
    return f"{_size(value, row)} {words[0] if value < 0 else words[1]}"


def _size(value: float, row: Row) -> str:
    if _is_relative(row) or "percent" in _scale(row):
        return percent(value)
    if "pence" in _scale(row):
        return pounds(value)
    return pounds(100 * value) if _unit(row).startswith(_MONEY) else amount(value)


def _directions(row: Row) -> tuple[str, str]:
    """Ratios of rates are of counted things: fewer and more; everything else is lower and higher."""
    kind = f"{row.get('scale')} {row.get('estimand')}"
    if none_of(row) == 1.0 and not any(word in kind for word in ("hazard", "odds", "risk", "mean")):
        return ("fewer", "more")
    is_count = _unit(row).startswith("a person") and "pence" not in _scale(row)
    return ("fewer", "more") if is_count else ("lower", "higher")


def _unit(row: Row) -> str:
    """The unit of a difference."""
    return str(row.get("unit") or "") if _scale(row).startswith("difference") else ""


def _suffix(row: Row) -> str:
    """What a difference is counted by, where its unit or its scale says so: `difference_per_person_year`."""
    if _unit(row):
        return f" {_unit(row).removeprefix(_MONEY)}"
    _, by, unit = _scale(row).partition("_per_")
    return f" per {unit.replace('_', ' ')}" if by else ""
