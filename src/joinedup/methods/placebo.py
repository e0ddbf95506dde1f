"""Placebos: how large an effect would the same method find where there was no scheme?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from joinedup.methods.counterfactual import (
    Case,
    Counterfactual,
    Estimator,
    Recipe,
    case_of,
    cases_of,
    joint_effect,
)
from joinedup.methods.effect import TINY, Floats
from joinedup.methods.panel import Panel
from joinedup.rules.foundation.errors import NotEvaluable


@dataclass(frozen=True, slots=True)
class Placebos:
    """The effect beside those of placebos.

    Attributes:
        rank: place of the treated unit by the ratio of gaps after the start to gaps before, 1 the largest.
        count: treated and placebos.
        effects: of the placebos; (P,).
        gaps: of the placebos, one row each; (P, T); empty when units are treated in several waves.
        fits: root mean squared gap before the start; (P,).
    """

    rank: int
    count: int
    effects: Floats
    gaps: Floats
    fits: Floats

    @property
    def p(self) -> float:
        """Rank by count: how often a placebo looks as unusual."""
        return self.rank / self.count


def placebos(
    panel: Panel,
    estimator: Estimator,
    found: Sequence[Counterfactual],
    recipe: Recipe,
    *,
    draws: int = 199,
    seed: int = 1,
) -> Placebos:
    """Pretend that donors had been treated, with the treated left out, and compare.

    With one treated unit every donor takes a turn. With several, sets of donors as many as each wave are drawn, and
    the effect averages over the waves as the real one does.

    Args:
        found: the counterfactuals of the treated, one for each wave.
        draws: sets drawn, where several units are treated.
        seed: of the draws.

    Raises:
        NotEvaluable: fewer than three donors.

    Source: Abadie, Diamond and Hainmueller 2010; p = rank / (J + 1).
    """
    cases = cases_of(panel, recipe)
    donors = np.flatnonzero(~panel.is_treated)
    sizes = [case.size for case in cases]
    if len(donors) < sum(sizes) + 2:
        raise NotEvaluable(
            "too few units never start to try the method on them; placebos need more donors than treated"
        )
    if sum(sizes) == 1:
        sets = [[np.array([donor])] for donor in donors]
    else:
        rng = np.random.default_rng(seed)
        sets = [np.split(rng.permutation(donors)[: sum(sizes)], np.cumsum(sizes)[:-1]) for _ in range(draws)]
    effects, gaps, fits, ratios = [], [], [], []
    for drawn in sets:
        left = donors[~np.isin(donors, np.concatenate(drawn))]
        tried = [case_of(panel, units, left, start, recipe) for units, start in zip(drawn, panel.cohorts, strict=True)]
        paths = [estimator(case) for case in tried]
        effects.append(joint_effect(paths, tried))
        fits.append(_joint(paths, tried, "fit"))
        ratios.append(_joint(paths, tried, "ratio"))
        gaps.append(paths[0].gap if len(paths) == 1 else np.empty(0))
    own = _joint(found, cases, "ratio")
    rank = 1 + int(sum(ratio >= own for ratio in ratios))
    return Placebos(rank, len(sets) + 1, np.array(effects), np.array(gaps), np.array(fits))


def scaled_interval(value: float, fit: float, values: Floats, fits: Floats) -> tuple[float, float] | None:
    """The 95% interval of an effect that the placebos do not reject.

    Each effect counts as a multiple of its own misfit before the start, so that donors the method cannot match do not
    hide an effect; a misfit below the median counts as the median, because a path fitted exactly by chance says
    nothing. An effect tau is kept while |value - tau| / misfit is not among the largest 5%.

    Args:
        value, fit: of the treated: an effect, and the root mean squared gap before the start.
        values, fits: of the placebos; (P,).

    Returns:
        None with fewer than 19 placebos, which cannot reject anything at 5%, or with placebos that show no error.

    Source: inversion of the placebo test; Firpo and Possebom 2018.

    >>> low, high = scaled_interval(-10.0, 1.0, np.arange(1.0, 40.0), np.full(39, 4.0))
    >>> round(low, 2), round(high, 2)
    (-48.0, 28.0)
    """
    allowed = int(0.05 * (len(values) + 1)) - 1
    if allowed < 0:
        return None
    scale = _misfits(fit, fits)
    reach = float(scale[0]) * float(np.sort(np.abs(values) / scale[1:])[::-1][allowed])
    if reach <= TINY * (1 + abs(value)):
        return None
    return value - reach, value + reach


def scaled_p(value: float, fit: float, values: Floats, fits: Floats) -> float:
    """How often a placebo's effect is as large a multiple of its misfit; the treated counts among them."""
    scale = _misfits(fit, fits)
    return float((1 + (np.abs(values) / scale[1:] >= abs(value) / scale[0]).sum()) / (len(values) + 1))


def _misfits(fit: float, fits: Floats) -> Floats:
    """The treated unit's misfit and the placebos', none below the median of all."""
    every = np.append(fit, fits)
    made: Floats = np.maximum(every, max(float(np.median(every)), 1e-12))
    return made


def _joint(found: Sequence[Counterfactual], cases: Sequence[Case], name: str) -> float:
    return float(np.average([getattr(item, name) for item in found], weights=[case.size for case in cases]))


def leave_one_out(
    panel: Panel, estimator: Estimator, found: Sequence[Counterfactual], recipe: Recipe
) -> tuple[tuple[str, float], ...]:
    """The effect without each donor that carries weight, by the donor's name; an effect that hangs on one shows here.

    Returns:
        Empty where the method has no donor weights.
    """
    donors = np.flatnonzero(~panel.is_treated)
    if any(not len(item.weights) for item in found) or len(donors) < 4:
        return ()
    carrying = np.max([np.abs(item.weights) for item in found], axis=0) > 0.01
    made = []
    for donor in donors[carrying]:
        rest = panel.only(np.arange(len(panel.units)) != donor)
        cases = cases_of(rest, recipe)
        made.append((panel.units[donor], joint_effect([estimator(case) for case in cases], cases)))
    return tuple(made)
