"""Cost and effect together: what a scheme saved each payer, what it cost, and whether it was worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from joinedup.methods.effect import Effect
from joinedup.methods.outcome import Comparison
from joinedup.methods.regression import Family, fit
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Resamples: enough for the ends of a 95% interval.
DRAWS: Final = 2000
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Costs:
    """What care of each person cost each payer, and what the scheme itself cost.

    Attributes:
        payers: names; Q.
        care: pence of care within the follow-up, the scheme's own cost not among it; (N, Q).
        programme_pence: what the scheme cost for each person in it.
        payment_pence: performance payments made for each person in it.
        cashable_share: the part of a saving in care that is money, from `rules.programme.cashable`, by payer; Q.
    """

    payers: tuple[str, ...]
    care: Floats
    programme_pence: float
    payment_pence: float
    cashable_share: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.care.shape[1] != len(self.payers) or len(self.cashable_share) != len(self.payers):
            raise DefinitionError("each payer needs a column of cost and a cashable share")
        if not all(0 <= share <= 1 for share in self.cashable_share):
            raise DefinitionError("a cashable share is a fraction from 0 to 1")
        if self.programme_pence < 0 or self.payment_pence < 0:
            raise DefinitionError("what a scheme cost and was paid must be zero or more")


@dataclass(frozen=True, slots=True)
class CostEffect:
    """What a scheme saved and achieved for each person in it, with 95% intervals; money in pence.

    Attributes:
        by_payer: gross saving of each payer; positive is money saved.
        gross: saving in care over all payers.
        net_of_programme: gross less what the scheme cost.
        net: that less performance payments too.
        cashable: the part of gross that is money, less programme and performance payments.
        effect: the outcome's gain.
        draws: resampled net cost (pence, positive is dearer) and gain, one a row; (B, 2).
    """

    by_payer: tuple[tuple[str, Effect], ...]
    gross: Effect
    net_of_programme: Effect
    net: Effect
    cashable: Effect
    effect: Effect
    draws: Floats

    @property
    def net_cost(self) -> float:
        """What a person in the scheme cost more than one outside it, all counted; pence."""
        return -self.net.value

    @property
    def icer(self) -> float | None:
        """Pence for each unit gained; None where the scheme costs more and gains nothing, or saves and gains.

        A ratio of two numbers of one sign means opposite things on either side; where the scheme saves and gains
        (dominant) or neither (dominated), no ratio is told. Read `position`.
        """
        if self.position not in {"dearer and better", "cheaper and worse"}:
            return None
        return self.net_cost / self.effect.value

    @property
    def position(self) -> str:
        """Which quarter of the plane: cheaper or dearer, better or worse."""
        return f"{'cheaper' if self.net_cost <= 0 else 'dearer'} and {'better' if self.effect.value > 0 else 'worse'}"

    def net_benefit(self, pence_for_a_unit: float) -> Effect:
        """What a person in the scheme gained, if a unit of the outcome is worth so much, less what it cost; pence."""
        drawn = self.draws[:, 1] * pence_for_a_unit - self.draws[:, 0]
        value = self.effect.value * pence_for_a_unit - self.net_cost
        return _resampled(value, drawn, self.effect.n)

    def acceptability(self, pence_for_a_unit: Sequence[float]) -> tuple[tuple[float, float], ...]:
        """How likely the scheme is worth its cost, for each value of a unit of the outcome.

        Source: van Hout and others 1994 (acceptability curve).
        """
        return tuple(
            (worth, float((self.draws[:, 1] * worth - self.draws[:, 0] > 0).mean())) for worth in pence_for_a_unit
        )


def cost_effect(compared: Comparison, costs: Costs, gain: Floats, *, seed: int, draws: int = DRAWS) -> CostEffect:
    """What a scheme saved each payer and achieved, resampling matched sets whole so that cost and effect stay paired.

    Where the comparison adjusts for covariates, what is resampled is how far each person, or cluster, moves the
    coefficients of cost and of effect in linear models; otherwise the people themselves.

    Args:
        compared: who; clusters in one column (the matched set, or the area).
        costs: of each row.
        gain: the outcome, more is better (turn admissions into admissions avoided); (N,).
        seed: the same seed gives the same intervals.
        draws: resamples.

    Returns:
        Means for each person in the scheme. Intervals are percentiles of the resamples; p-values twice the smaller
        share of resamples beyond nothing.

    Raises:
        NotEvaluable: missing costs or gains, or fewer than ten clusters with people of the scheme.

    Source: Efron and Tibshirani 1993; Gomes and others 2012 (resampling clusters of cost and effect together).
    """
    if not (np.isfinite(costs.care).all() and np.isfinite(gain).all()):
        raise NotEvaluable("a cost or an outcome is missing; a gap is not a zero: complete it or leave the person out")
    if compared.clusters.ndim > 1:
        raise DefinitionError("cost and effect are resampled by one grouping; give the matched set or the area")
    both = np.column_stack([costs.care, gain])
    value, drawn = (_modelled if compared.adjust.size else _averaged)(compared, both, seed, draws)
    fixed = costs.programme_pence + costs.payment_pence
    shares = np.array(costs.cashable_share)
    saved, saved_drawn = -value[:-1], -drawn[:, :-1]
    made = [_resampled(float(one), many, compared.n) for one, many in zip(saved, saved_drawn.T, strict=True)]
    gross = _resampled(float(saved.sum()), saved_drawn.sum(axis=1), compared.n)
    run, net = (
        _resampled(float(saved.sum()) - spent, saved_drawn.sum(axis=1) - spent, compared.n)
        for spent in (costs.programme_pence, fixed)
    )
    cash = _resampled(float(_money(saved, shares)) - fixed, _money(saved_drawn, shares) - fixed, compared.n)
    pairs = np.column_stack([fixed - saved_drawn.sum(axis=1), drawn[:, -1]])
    effect = _resampled(float(value[-1]), drawn[:, -1], compared.n)
    return CostEffect(tuple(zip(costs.payers, made, strict=True)), gross, run, net, cash, effect, pairs)


def _money(saved: Floats, shares: Floats) -> Floats:
    """The cashable part of savings: a payer's saving counts by its share, a payer's loss counts whole."""
    money: Floats = np.where(saved > 0, saved * shares, saved).sum(axis=-1)
    return money


def _sums(compared: Comparison, values: Floats) -> Floats:
    """For each cluster: weight and weighted values of the treated, then of the others; (C, 2 (1 + V))."""
    used = compared.weights > 0
    _, label = np.unique(compared.clusters[used], return_inverse=True)
    weighted = compared.weights[used, None] * np.column_stack([np.ones(used.sum()), values[used]])
    own = compared.treated[used, None]
    table = np.hstack([np.where(own, weighted, 0), np.where(own, 0, weighted)])
    made = np.column_stack([np.bincount(label, weights=column).astype(np.float64) for column in table.T])
    _require_clusters(int((made[:, 0] > 0).sum()))
    return made


def _averaged(compared: Comparison, values: Floats, seed: int, draws: int) -> tuple[Floats, Floats]:
    """Differences of means, and those of resampled clusters."""
    sums = _sums(compared, values)
    return _differences(sums.sum(axis=0)[None])[0], _differences(_draw(sums, sums[:, 0] > 0, seed, draws))


def _modelled(compared: Comparison, values: Floats, seed: int, draws: int) -> tuple[Floats, Floats]:
    """Coefficients of the scheme, and those of resampled clusters to the first order."""
    found = [fit(compared.columns, column, Family.LINEAR, weights=compared.weights) for column in values.T]
    moves = np.column_stack([one.jackknife[:, 1] for one in found])
    used = compared.weights > 0
    _, label = np.unique(compared.clusters[used], return_inverse=True)
    by_cluster = np.column_stack([np.bincount(label, column).astype(np.float64) for column in moves[used].T])
    holds = np.bincount(label, compared.treated[used]) > 0
    _require_clusters(int(holds.sum()))
    value = np.array([one.coefficients[1] for one in found])
    return value, value - by_cluster.sum(axis=0) + _draw(by_cluster, holds, seed, draws)


def _require_clusters(count: int) -> None:
    if count < 10:
        raise NotEvaluable("fewer than ten clusters hold people of the scheme; resampling them says too little")


def _differences(totals: Floats) -> Floats:
    """Mean of treated less mean of others from totals; (R, V)."""
    half = totals.shape[1] // 2
    own, others = totals[:, :half], totals[:, half:]
    made: Floats = own[:, 1:] / own[:, [0]] - others[:, 1:] / others[:, [0]]
    return made


def _draw(sums: Floats, holds: Flags, seed: int, draws: int) -> Floats:
    """Totals of resampled clusters; clusters with people of the scheme and clusters without are drawn apart."""
    rng = np.random.default_rng(seed)
    made = []
    for start in range(0, draws, _AT_ONCE):
        many = min(_AT_ONCE, draws - start)
        totals = np.zeros((many, sums.shape[1]))
        for rows in (np.flatnonzero(holds), np.flatnonzero(~holds)):
            if len(rows):
                totals += rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), many) @ sums[rows]
        made.append(totals)
    drawn: Floats = np.concatenate(made)
    return drawn


def _resampled(value: float, drawn: Floats, n: int) -> Effect:
    low, high = np.quantile(drawn, [0.025, 0.975])
    beyond = min((drawn <= 0).mean(), (drawn >= 0).mean())
    p = min(1.0, 2 * (float(beyond) * len(drawn) + 1) / (len(drawn) + 1))
    return Effect("att", "all", value, "difference", float(drawn.std(ddof=1)), float(low), float(high), p, n)
