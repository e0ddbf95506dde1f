"""Rosenbaum bounds: how unequal the chances of two matched people could have been before a finding falls."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

Floats = NDArray[np.float64]

#: Odds beyond this are not looked at: no confounder in this field is so strong.
LARGEST: Final = 100.0


def signed_rank_bound(differences: Floats, odds: float) -> float:
    """The largest p-value that a hidden confounder could have hidden, of Wilcoxon's signed-rank test.

    Args:
        differences: outcome of each person of the scheme less that of their control; (pairs,). Pairs without a
            difference keep their rank and say nothing.
        odds: how many times likelier one of two matched people might have been to be in the scheme, at most.

    Returns:
        One-sided, that the scheme raised the outcome; give `-differences` for the other side.

    Raises:
        NotEvaluable: no pair differs.
        DefinitionError: odds below 1.

    Source: Rosenbaum 2002, section 4.3.
    """
    _require(odds)
    if not np.isfinite(differences).all() or not differences.any():
        raise NotEvaluable("no matched pair differs in the outcome; nothing can be bounded")
    ranks = stats.rankdata(np.abs(differences))[differences != 0]
    positive = ranks[differences[differences != 0] > 0].sum()
    share = odds / (1 + odds)
    spread = math.sqrt(share * (1 - share) * float((ranks**2).sum()))
    return float(stats.norm.sf((positive - share * ranks.sum()) / spread))


def mcnemar_bound(more: int, fewer: int, odds: float) -> float:
    """The largest p-value that a hidden confounder could have hidden, of pairs in which one alone had the event.

    Args:
        more: pairs in which only the person of the scheme had the event (or, for the other side, only the control).
        fewer: pairs in which only the other had it.
        odds: as in `signed_rank_bound`.

    Source: Rosenbaum 2002, section 4.3.2; his example of smoking and lung cancer.

    >>> round(mcnemar_bound(110, 12, 5.0), 4), round(mcnemar_bound(110, 12, 6.0), 2)
    (0.0232, 0.1)
    """
    _require(odds)
    if more + fewer == 0:
        raise NotEvaluable("no matched pair differs in the outcome; nothing can be bounded")
    return float(stats.binom.sf(more - 1, more + fewer, odds / (1 + odds)))


def tipping_odds(bound: Callable[[float], float], level: float = 0.025) -> float:
    """How unequal chances could have been before a finding falls: the largest odds at which its bound stays below.

    Args:
        bound: largest p-value at given odds, rising in them.
        level: one-sided.

    Returns:
        Odds; 1 where the finding does not stand even without a confounder, `LARGEST` where it stands beyond.

    >>> round(tipping_odds(lambda odds: mcnemar_bound(110, 12, odds)), 2)
    5.04
    """
    if bound(1.0) >= level:
        return 1.0
    low, high = 1.0, LARGEST
    if bound(high) < level:
        return LARGEST
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if bound(middle) < level else (low, middle)
    return low


def _require(odds: float) -> None:
    if odds < 1:
        raise DefinitionError(f"odds of {odds} were given; 1 means equal chances, more means a hidden confounder")
