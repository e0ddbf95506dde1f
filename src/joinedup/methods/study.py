"""Studies to be brought together: one effect and its variance each, given or worked out from counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Measure

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Studies:
    """Effects of the same question in several places.

    Attributes:
        names: all different; K.
        effect: logarithm of a ratio, or a difference; (K,).
        variance: of each effect; (K,).

    Raises:
        NotEvaluable: fewer than two, names twice, values that are not numbers, or a variance that is not above zero.
    """

    names: tuple[str, ...]
    effect: Floats
    variance: Floats

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise NotEvaluable("one study alone cannot be brought together with others; at least two are needed")
        if len(set(self.names)) < len(self.names):
            raise NotEvaluable("a study occurs twice; give each its own name")
        if not (np.isfinite(self.effect).all() and np.isfinite(self.variance).all()):
            raise NotEvaluable("a study's effect or variance is missing; leave the study out or complete it")
        if (self.variance <= 0).any():
            raise NotEvaluable("a study's variance is not above zero; check what produced it")

    def leaving_out(self, at: int) -> Studies:
        """All studies but one."""
        keep = np.arange(len(self.names)) != at
        names = tuple(name for i, name in enumerate(self.names) if i != at)
        return Studies(names, self.effect[keep], self.variance[keep])


def studies_from_counts(
    names: tuple[str, ...], treated: tuple[Floats, Floats], control: tuple[Floats, Floats], measure: Measure
) -> Studies:
    """Effects from two-by-two counts.

    Half a case is added to every cell of a study that has an empty one (Gart and Zweifel 1967).

    Args:
        treated: with and without the event; (K,) each.
        control: with and without the event; (K,) each.
        measure: what to work out.

    Raises:
        NotEvaluable: a negative count, or a group of nobody.

    >>> made = studies_from_counts(
    ...     ("a", "b"), (np.array([10.0, 5]), np.array([90.0, 5])), (np.array([20.0, 5]), np.array([80.0, 5])),
    ...     Measure.LOG_RR)
    >>> np.exp(made.effect).round(3).tolist()
    [0.5, 1.0]
    """
    cells = np.array([*treated, *control], float)
    if not np.isfinite(cells).all() or (cells < 0).any():
        raise NotEvaluable("a count is missing or negative; check what produced it")
    if ((cells[0] + cells[1] == 0) | (cells[2] + cells[3] == 0)).any():
        raise NotEvaluable("a study has a group of nobody; leave it out")
    a, b, c, d = cells + 0.5 * (cells == 0).any(axis=0)
    n, m = a + b, c + d
    if measure is Measure.LOG_RR:
        return Studies(names, np.log(a / n / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m)
    if measure is Measure.LOG_OR:
        return Studies(names, np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)
    return Studies(names, a / n - c / m, a * b / n**3 + c * d / m**3)
