"""Sensitivity: how strong something nobody measured would have to be to explain an effect away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from joinedup.methods.effect import Effect
from joinedup.rules.foundation.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class EValue:
    """How strongly an unmeasured confounder would have to be tied to both scheme and outcome, as risk ratios.

    Attributes:
        value: to explain the estimate away entirely.
        limit: to move the interval to include no effect; 1 where it does already.
    """

    value: float
    limit: float


def e_value(ratio: float, low: float, high: float) -> EValue:
    """The E-value of a risk, rate or hazard ratio.

    For odds and hazards of common outcomes give the square root of the ratio, as its authors advise.

    Raises:
        DefinitionError: a ratio that is not above zero, or an interval that does not hold it.

    Source: VanderWeele and Ding 2017.

    >>> made = e_value(3.9, 1.8, 8.7)
    >>> round(made.value, 2), round(made.limit, 2)
    (7.26, 3.0)
    """
    if not 0 < low <= ratio <= high:
        raise DefinitionError(f"a ratio of {ratio} with the interval {low} to {high} is impossible; check the effect")
    if low <= 1 <= high:
        return EValue(_e(ratio), 1.0)
    return EValue(_e(ratio), _e(low if ratio > 1 else high))


def _e(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


@dataclass(frozen=True, slots=True)
class Robustness:
    """How much of what is left of scheme and outcome an unmeasured confounder would have to explain.

    Attributes:
        value: share of both to bring the estimate to nothing (0 to 1).
        limit: share of both to make the interval include nothing.
        partial: share of what is left of the outcome that the scheme explains.
    """

    value: float
    limit: float
    partial: float


def robustness(estimate: float, se: float, df: float) -> Robustness:
    """The robustness value of a regression's effect.

    Args:
        estimate, se: of a difference (or a logarithm of a ratio, approximately).
        df: degrees of freedom of the regression.

    Raises:
        DefinitionError: an error that is not above zero, or fewer than two degrees of freedom.

    Source: Cinelli and Hazlett 2020.

    >>> made = robustness(0.0973, 0.0233, 783)  # their example: harm in Darfur and attitudes to peace
    >>> round(made.value, 3), round(made.limit, 3), round(made.partial, 3)
    (0.139, 0.076, 0.022)
    """
    if not se > 0 or df < 2:
        raise DefinitionError("a robustness value needs a standard error above zero and at least 2 degrees of freedom")
    t = abs(estimate / se)
    strength = t / math.sqrt(df)
    critical = float(stats.t.ppf(0.975, df - 1)) / math.sqrt(df - 1)
    return Robustness(_share(strength), _share(max(strength - critical, 0.0)), t**2 / (t**2 + df))


def _share(strength: float) -> float:
    return (math.sqrt(strength**4 + 4 * strength**2) - strength**2) / 2


@dataclass(frozen=True, slots=True)
class Confounder:
    """Something nobody measured: yes or no for each person.

    Attributes:
        in_scheme, elsewhere: how common among people of the scheme, and among those compared with (0 to 1).
        ratio: how much it multiplies the risk of the outcome.
    """

    in_scheme: float
    elsewhere: float
    ratio: float

    def __post_init__(self) -> None:
        if not (0 <= self.in_scheme <= 1 and 0 <= self.elsewhere <= 1 and self.ratio > 0):
            raise DefinitionError("a simulated confounder needs shares from 0 to 1 and a ratio above zero")

    @property
    def bias(self) -> float:
        """By what it alone would multiply the ratio between the two groups.

        >>> Confounder(0.5, 0.0, 3.0).bias
        2.0
        """
        return (1 + self.in_scheme * (self.ratio - 1)) / (1 + self.elsewhere * (self.ratio - 1))


def without(effect: Effect, confounder: Confounder) -> Effect:
    """What a ratio would have been without a confounder.

    Raises:
        DefinitionError: an effect that is not a ratio.

    Source: Bross 1966; Lin, Psaty and Kronmal 1998.
    """
    if effect.scale != "ratio":
        raise DefinitionError("a simulated confounder corrects ratios; give the rate or risk ratio")
    value, low, high = (None if x is None else x / confounder.bias for x in (effect.value, effect.low, effect.high))
    return Effect(effect.estimand, effect.horizon, value or 0.0, "ratio", effect.se, low, high, None, effect.n)


def confounder_table(effect: Effect, shares: Sequence[float], ratios: Sequence[float]) -> tuple[
    tuple[Confounder, Effect], ...
]:  # fmt: skip
    """A ratio corrected for confounders that hide an effect's absence: more common on the side that flatters it.

    Args:
        shares: how common the confounder is on the one side; it is absent on the other.
        ratios: how much it multiplies the risk, each above 1.

    Returns:
        Each confounder, and what would be left of the effect. An effect below one is flattered by a risk that is
        more common elsewhere, one above by a risk more common in the scheme.
    """
    made = []
    for share in shares:
        for ratio in ratios:
            here = Confounder(0.0, share, ratio) if effect.value < 1 else Confounder(share, 0.0, ratio)
            made.append((here, without(effect, here)))
    return tuple(made)
