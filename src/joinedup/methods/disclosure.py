"""The disclosure gate for whole columns: the table twin of the one-figure rule, with the same type guarantee.

A `ReleasedColumn` can only be made here, and the published half of a release is written from such columns only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import DefinitionError, DisclosureError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_GATE: Final = object()


@final
@dataclass(frozen=True, slots=True, init=False)
class ReleasedColumn:
    """A column of figures that have passed the gate; NaN where hidden or not known.

    Attributes:
        values: the published figures.
        hidden: which cells are suppressed.
    """

    values: Floats
    hidden: Flags

    def __init__(self, values: Floats, hidden: Flags, *, gate: object) -> None:
        if gate is not _GATE:
            raise DisclosureError("a column was marked released without passing the disclosure gate; call the gate")
        object.__setattr__(self, "values", np.where(hidden, np.nan, values))
        object.__setattr__(self, "hidden", hidden)


def release_counts(policy: Policy, counts: Floats, persons: Floats, hidden: Flags | None = None) -> ReleasedColumn:
    """Pass a column of counts through a dataset's policy.

    A cell is hidden when its count, or the people behind it, is small; zero stays zero. What remains is rounded as
    the policy says.

    Args:
        policy: the dataset's policy; for money use `release_costs`.
        counts: events or people, zero or more; NaN where not known.
        persons: people behind each count; NaN where the count is of people itself.
        hidden: cells to hide besides (secondary suppression).

    Raises:
        DefinitionError: a count is negative.

    Source: NHS Digital, HES and ECDS disclosure control, September 2018 (hes).
    """
    if np.any(counts < 0):
        raise DefinitionError("a count is negative; check the definition that produced it")
    small = is_small(policy, counts) | is_small(policy, persons)
    extra = np.zeros(counts.shape, dtype=bool) if hidden is None else hidden
    rounded = 5.0 * np.floor((counts + 2.0) / 5.0) if policy is Policy.HES else counts
    return ReleasedColumn(rounded, small | extra, gate=_GATE)


def is_small(policy: Policy, counts: Floats) -> Flags:
    """Which counts of people or events the policy hides; zero and unknown counts are not small."""
    bound = {Policy.HES: 8.0, Policy.SMALL5: 5.0, Policy.COST: 8.0, Policy.EXACT: 0.0}[policy]
    return (counts > 0) & (counts < bound)


def release_costs(pence: Floats, persons: Floats, hidden: Flags | None = None) -> ReleasedColumn:
    """Pass a column of money through the cost policy: eight people or more, to the nearest £100.

    Args:
        pence: totals; NaN where not known.
        persons: people behind each total.
        hidden: cells to hide besides: dominance, secondary suppression.
    """
    extra = np.zeros(pence.shape, dtype=bool) if hidden is None else hidden
    return ReleasedColumn(np.round(pence / 10_000.0) * 10_000.0, is_small(Policy.COST, persons) | extra, gate=_GATE)


def derive(values: Floats, *inputs: ReleasedColumn) -> ReleasedColumn:
    """Pass a column computed from published columns only; a cell is hidden where any of those is.

    Raises:
        DisclosureError: no released column is named.
    """
    if not inputs:
        raise DisclosureError("a derived column names no released column behind it; compute it from published counts")
    hidden = np.logical_or.reduce([column.hidden for column in inputs])
    return ReleasedColumn(values, hidden, gate=_GATE)


def secondary(groups: NDArray[np.int64], counts: Floats, hidden: Flags) -> Flags:
    """Which further cells to hide so that no hidden one can be worked out from its group's total.

    Where exactly one cell of a group is hidden, the smallest shown cell above zero of the group is hidden too.

    Args:
        groups: the group of each cell; cells of a group add up to a published total. Negative: in no group.
        counts: the counts before the gate.
        hidden: cells hidden already.

    Returns:
        All cells to hide, those given included.
    """
    result = hidden.copy()
    inside = groups >= 0
    if not inside.any():
        return result
    lone = np.bincount(groups[inside], weights=hidden[inside]) == 1
    candidate = inside & ~hidden & (counts > 0)
    candidate[inside] &= lone[groups[inside]]
    index = np.flatnonzero(candidate)
    order = index[np.lexsort((index, counts[index], groups[index]))]
    first = np.ones(order.shape, dtype=bool)
    first[1:] = groups[order[1:]] != groups[order[:-1]]
    result[order[first]] = True
    return result


def joined(parts: Sequence[tuple[NDArray[np.int64], ReleasedColumn]], size: int) -> ReleasedColumn:
    """One column from released parts, each with the rows it belongs to; rows without a part are empty."""
    values, hidden = np.full(size, np.nan), np.zeros(size, dtype=bool)
    for rows, part in parts:
        values[rows], hidden[rows] = part.values, part.hidden
    return ReleasedColumn(values, hidden, gate=_GATE)
