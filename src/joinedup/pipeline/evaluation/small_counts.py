"""Small numbers of people in the tables of an evaluation: hidden, and not to be found by taking away."""

from __future__ import annotations

from collections.abc import Mapping

from joinedup.rules.foundation.disclosure import Policy

_LEAST = {Policy.HES: 8, Policy.COST: 8, Policy.SMALL5: 5, Policy.EXACT: 0}


def least_shown(policy: Policy) -> int:
    """The smallest count of people that a policy shows."""
    return _LEAST[policy]


def hidden(count: int, policy: Policy) -> bool:
    """Whether a count of people is too small to be shown; zero is shown.

    >>> hidden(7, Policy.HES), hidden(8, Policy.HES), hidden(0, Policy.HES)
    (True, False, False)
    """
    return 0 < count < _LEAST[policy]


def shown(count: int, policy: Policy) -> int | None:
    """A count, or None where it is too small to be shown."""
    return None if hidden(count, policy) else count


def shown_counts(counts: Mapping[str, int], policy: Policy) -> dict[str, int | None]:
    """Counts of one table: where one is hidden, all others are rounded to 5 so that it cannot be worked out.

    >>> shown_counts({"all": 104, "lost": 3, "kept": 101}, Policy.HES)
    {'all': 105, 'lost': None, 'kept': 100}
    """
    if not any(hidden(count, policy) for count in counts.values()):
        return dict(counts)
    return {name: None if hidden(count, policy) else 5 * round(count / 5) for name, count in counts.items()}
