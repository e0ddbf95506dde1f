"""Two schemes in the same places: what each changed alone, and what they changed together beyond the two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joinedup.methods.effect import Effect, Floats, Ints, effect_of
from joinedup.methods.panel import Flags
from joinedup.rules.foundation.errors import NotEvaluable


@dataclass(frozen=True, slots=True)
class Overlap:
    """Effects where two schemes overlap.

    Attributes:
        alone: the scheme's effect where the other is absent.
        other_alone: the other's effect where the scheme is absent.
        together: the triple difference: what both do beyond the sum of the two.
        n_by_group: units with neither, the scheme only, the other only, both.
    """

    alone: Effect
    other_alone: Effect
    together: Effect
    n_by_group: tuple[int, int, int, int]


def triple_difference(change: Floats, treated: Flags, other: Flags, clusters: Ints) -> Overlap:
    """Tell two overlapping schemes apart by the four groups of units that have neither, one or both.

    Change is regressed on the scheme, the other scheme and both together; errors allow units of a cluster to move
    together. The triple difference is (both - other only) - (scheme only - neither). Where a scheme's own effect is
    wanted free of shocks that hit the treated places, let `other` mark the units of a place that could be affected
    (for example people aged 65 and over): the triple difference is then the effect.

    Args:
        change: mean after the start minus mean before; (N,).
        treated: has the scheme; (N,).
        other: has the other scheme, or could be affected; (N,).
        clusters: (N,).

    Raises:
        NotEvaluable: one of the four groups is empty, so that the schemes cannot be told apart.

    Source: Gruber 1994; Olden and Møen 2022.

    >>> change = np.array([1.0, 3, 4, 16])
    >>> found = triple_difference(change, np.array([0, 1, 0, 1]) > 0, np.array([0, 0, 1, 1]) > 0, np.arange(4))
    >>> [round(effect.value, 6) for effect in (found.alone, found.other_alone, found.together)]
    [2.0, 3.0, 10.0]
    """
    groups = (~treated & ~other, treated & ~other, ~treated & other, treated & other)
    counts = (int(groups[0].sum()), int(groups[1].sum()), int(groups[2].sum()), int(groups[3].sum()))
    if not all(counts):
        names = ("neither", "the scheme only", "the other only", "both")
        missing = ", ".join(name for name, count in zip(names, counts, strict=True) if not count)
        raise NotEvaluable(
            f"no unit has {missing}; where schemes always come together their effects cannot be told apart"
        )
    design = np.column_stack([np.ones(len(change)), treated, other, treated & other]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    slope = inverse @ design.T @ change
    errors = _clustered_errors(design, change - design @ slope, inverse, clusters)
    df = len(np.unique(clusters)) - 4
    estimands = ("alone", "other_alone", "together")
    made = [
        effect_of(name, "all", value, error, n, df=df)
        for name, value, error, n in zip(estimands, slope[1:], errors[1:], counts[1:], strict=True)
    ]
    return Overlap(made[0], made[1], made[2], counts)


def _clustered_errors(design: Floats, residual: Floats, inverse: Floats, clusters: Ints) -> Floats:
    _, label = np.unique(clusters, return_inverse=True)
    count = int(label.max()) + 1
    sums = np.zeros((count, design.shape[1]))
    np.add.at(sums, label, design * residual[:, None])
    n, k = design.shape
    if n <= k or count < 2:
        return np.full(k, np.nan)
    correction = count / (count - 1) * (n - 1) / (n - k)
    made: Floats = np.sqrt(correction * np.diag(inverse @ (sums.T @ sums) @ inverse))
    return made
