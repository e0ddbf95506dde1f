"""Synthesis: what several sites or studies say together, how far they differ, and whether an effect travels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from joinedup.methods.heterogeneity import between_variance, projection, typical_variance
from joinedup.methods.study import Studies
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import Heterogeneity

Floats = NDArray[np.float64]

#: Fewer sites cannot show that an effect travels.
SITES_TO_REPLICATE: Final = 3
#: Choice: less is what rounding leaves of studies that say the same; their own errors are taken instead.
_NO_SPREAD: Final = 1e-20


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient of a synthesis: the pooled effect, or how it moves with a moderator.

    Attributes:
        name: `effect`, or the moderator.
        value, se, low, high, p: with a 95% interval.
    """

    name: str
    value: float
    se: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What studies say together.

    Attributes:
        coefficients: the pooled effect first; with moderators, the effect where all of them are zero.
        tau2: variance of true effects between studies, not explained by moderators.
        i2: the part of the variation between studies that is not chance, in percent.
        q, q_p: Cochran's test that all studies have one true effect, and its p-value.
        prediction: within which the true effect of a new site lies, 95%; None with moderators.
        weights: of each study, in percent; K.
        n: studies.
    """

    coefficients: tuple[Coefficient, ...]
    tau2: float
    i2: float
    q: float
    q_p: float
    prediction: tuple[float, float] | None
    weights: tuple[float, ...]
    n: int

    @property
    def effect(self) -> Coefficient:
        """The pooled effect."""
        return self.coefficients[0]


def synthesise(
    studies: Studies, method: Heterogeneity = Heterogeneity.REML, *, hartung_knapp: bool = False,
    moderators: Sequence[tuple[str, Floats]] = (),
) -> Synthesis:  # fmt: skip
    """Bring studies together by random effects (one true effect with `FIXED`).

    Args:
        method: how the variance between studies is estimated.
        hartung_knapp: intervals from Student's t with the spread seen, which hold what they say with few studies.
        moderators: name and value of each study, (K,): how the effect moves with them.

    Raises:
        NotEvaluable: not more studies than coefficients, or moderators that are missing, the same for all studies or
            repeat each other.

    Source: as in metafor (Viechtbauer 2010): Hartung and Knapp 2001; prediction interval from the same distribution
    as the pooled effect.
    """
    x = np.column_stack([np.ones(len(studies.names)), *(values for _, values in moderators)])
    k, p = x.shape
    if not np.isfinite(x).all():
        raise NotEvaluable("a moderator is missing for a study; complete it, or leave out the study or the moderator")
    if k <= p:
        raise NotEvaluable(f"{k} studies cannot carry {p} coefficients; name fewer moderators")
    if np.linalg.matrix_rank(x) < p:
        raise NotEvaluable("a moderator is the same for all studies, or repeats another; leave it out")
    tau2 = between_variance(studies.effect, studies.variance, x, method)
    weights = 1 / (studies.variance + tau2)
    spread = np.linalg.inv((x * weights[:, None]).T @ x)
    values = spread @ (x.T @ (weights * studies.effect))
    if hartung_knapp:
        seen = float(studies.effect @ projection(weights, x) @ studies.effect)
        spread = spread * (seen / (k - p) if seen > _NO_SPREAD else 1.0)  # alike to the last digit: no spread to go by
    df = float(k - p) if hartung_knapp else math.inf
    names = ("effect", *(name for name, _ in moderators))
    coefficients = tuple(_coefficient(*each, df) for each in zip(names, values, np.sqrt(np.diag(spread)), strict=True))
    q = float(studies.effect @ projection(1 / studies.variance, x) @ studies.effect)
    i2 = 100 * tau2 / (tau2 + typical_variance(studies.variance, x))
    return Synthesis(
        coefficients, tau2, i2, q, float(stats.chi2.sf(q, k - p)),
        None if moderators else _prediction(coefficients[0], tau2, df),
        tuple((100 * weights / weights.sum()).tolist()), k,
    )  # fmt: skip


def _coefficient(name: str, value: float, se: float, df: float) -> Coefficient:
    half = float(stats.t.ppf(0.975, df)) * float(se)
    p = 2 * float(stats.t.sf(abs(value) / se, df))
    return Coefficient(name, float(value), float(se), float(value) - half, float(value) + half, p)


def _prediction(effect: Coefficient, tau2: float, df: float) -> tuple[float, float]:
    half = float(stats.t.ppf(0.975, df)) * math.sqrt(tau2 + effect.se**2)
    return effect.value - half, effect.value + half


def leave_one_out(
    studies: Studies, method: Heterogeneity = Heterogeneity.REML, *, hartung_knapp: bool = False
) -> tuple[tuple[str, Synthesis], ...]:
    """What the others say without each study in turn.

    Raises:
        NotEvaluable: fewer than three studies.
    """
    if len(studies.names) < 3:
        raise NotEvaluable("leaving one study out needs at least three")
    return tuple(
        (name, synthesise(studies.leaving_out(at), method, hartung_knapp=hartung_knapp))
        for at, name in enumerate(studies.names)
    )


class Replication(StrEnum):
    """Whether an effect travels to other sites."""

    REPLICABLE = "replicable"  # a new site's effect lies on the same side of nothing, with 95% confidence
    MIXED = "mixed"  # the sites together show an effect, but a new site may see none or the opposite
    NOT_SHOWN = "not_shown"  # the sites together show no effect
    TOO_FEW = "too_few_sites"


def replication(studies: Studies) -> tuple[Replication, Synthesis]:
    """Whether an effect travels: the prediction interval over at least three sites excludes no effect.

    Always by REML with Hartung and Knapp's intervals, whatever the protocol pools with: with few sites other
    intervals are too narrow, and so would be the claim.

    Source: joinedup specification 13; IntHout, Ioannidis and Borm 2014.
    """
    found = synthesise(studies, Heterogeneity.REML, hartung_knapp=True)
    if len(studies.names) < SITES_TO_REPLICATE:
        return Replication.TOO_FEW, found
    if found.prediction is not None and not found.prediction[0] <= 0 <= found.prediction[1]:
        return Replication.REPLICABLE, found
    mixed = not found.effect.low <= 0 <= found.effect.high
    return (Replication.MIXED if mixed else Replication.NOT_SHOWN), found
