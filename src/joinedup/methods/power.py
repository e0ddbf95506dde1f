"""Power: how small a change a scheme of a given size could show, said before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize, stats

from joinedup.rules.foundation.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a comparison.

    Attributes:
        power: the chance of seeing an effect that is there.
        level: the chance of seeing one that is not, two-sided.
    """

    power: float = 0.80
    level: float = 0.05

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and self.level < self.power < 1):
            raise DefinitionError("power and level are fractions such as 0.8 and 0.05")

    @property
    def deviations(self) -> float:
        """How many standard errors an effect must measure to be seen; 2.80 at 80% and 5%."""
        return float(stats.norm.ppf(1 - self.level / 2) + stats.norm.ppf(self.power))

    def reached(self, standard_errors: float) -> float:
        """The power at an effect of so many standard errors."""
        return float(stats.norm.cdf(abs(standard_errors) - stats.norm.ppf(1 - self.level / 2)))


USUAL = Ask()


def detectable_rate_ratio(
    treated_years: float, rate: float, *, dispersion: float = 1.0, control_years: float | None = None,
    design_effect: float = 1.0, ask: Ask = USUAL,
) -> float:  # fmt: skip
    """The largest rate ratio below one that a comparison would show: RR = exp(-(z + z) sqrt(phi (1/e1 + 1/e0))).

    With equal groups this is exp(-(z.975 + z.80) sqrt(2 phi / (n r))).

    Args:
        treated_years: person-years followed up in the scheme.
        rate: events a person-year without the scheme.
        dispersion: how many times the variance of counts exceeds their mean, phi; about 2 for admissions of people
            picked for high use.
        control_years: as many as the treated unless given.
        design_effect: see `design_effect`, where people were treated in clusters.

    Raises:
        DefinitionError: a number that is not above zero.

    Source: joinedup specification 13.

    >>> [round(detectable_rate_ratio(n, 1.2), 3) for n in (500, 2000, 5000)]
    [0.851, 0.922, 0.95]
    >>> round(detectable_rate_ratio(500, 1.2, dispersion=2), 3)
    0.796
    """
    others = treated_years if control_years is None else control_years
    _require_positive(treated_years=treated_years, rate=rate, dispersion=dispersion, control_years=others)
    variance = dispersion * design_effect * (1 / (treated_years * rate) + 1 / (others * rate))
    return math.exp(-ask.deviations * math.sqrt(variance))


def years_needed(ratio: float, rate: float, *, dispersion: float = 1.0, design_effect: float = 1.0,
                 ask: Ask = USUAL) -> int:  # fmt: skip
    """Person-years needed in each of two equal groups to show a rate ratio.

    >>> years_needed(0.95, 1.2)
    4973
    """
    _require_positive(ratio=ratio, rate=rate, dispersion=dispersion)
    if ratio == 1:
        raise DefinitionError("a ratio of 1 is no change; no number of people can show it")
    return math.ceil(2 * dispersion * design_effect / rate * (ask.deviations / math.log(ratio)) ** 2)


def power_of_rate_ratio(
    ratio: float, treated_years: float, rate: float, *, dispersion: float = 1.0, control_years: float | None = None,
    design_effect: float = 1.0, ask: Ask = USUAL,
) -> float:  # fmt: skip
    """The chance that a comparison would show a rate ratio.

    >>> round(power_of_rate_ratio(0.851, 500, 1.2), 2)
    0.8
    """
    others = treated_years if control_years is None else control_years
    _require_positive(ratio=ratio, treated_years=treated_years, rate=rate, control_years=others)
    variance = dispersion * design_effect * (1 / (treated_years * rate) + 1 / (others * rate))
    return ask.reached(math.log(ratio) / math.sqrt(variance))


def detectable_proportion(
    share: float, treated: float, controls: float, *, design_effect: float = 1.0, ask: Ask = USUAL
) -> float:
    """The largest share below a given one that a comparison of two proportions would show.

    Args:
        share: of people with the outcome without the scheme, 0 to 1.
        treated, controls: people in each group.

    Returns:
        The share with the scheme; 0 where not even nobody would be enough.

    Source: Fleiss 1981, unpooled variance.

    >>> round(detectable_proportion(0.30, 500, 500), 3)
    0.222
    """
    if not 0 < share < 1:
        raise DefinitionError(f"a share of {share} was given; use a fraction between 0 and 1, such as 0.3")
    _require_positive(treated=treated, controls=controls)

    def lacks(low: float) -> float:
        error = math.sqrt(design_effect * (low * (1 - low) / treated + share * (1 - share) / controls))
        return share - low - ask.deviations * error

    if lacks(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(lacks, 0.0, share))


def detectable_difference(
    deviation: float, treated: float, controls: float, *, explained: float = 0.0, design_effect: float = 1.0,
    ask: Ask = USUAL,
) -> float:  # fmt: skip
    """The smallest difference of means that a comparison would show, in the outcome's unit.

    Args:
        deviation: standard deviation of the outcome between people.
        explained: part of its variance that covariates explain (0 to 1).

    >>> round(detectable_difference(1.0, 63, 63), 2)
    0.5
    """
    _require_positive(deviation=deviation, treated=treated, controls=controls)
    return ask.deviations * deviation * math.sqrt((1 - explained) * design_effect * (1 / treated + 1 / controls))


def design_effect(people_per_cluster: float, correlation: float) -> float:
    """By how much treating people in clusters (practices, areas) multiplies the variance: 1 + (m - 1) rho.

    Source: Kish 1965.

    >>> design_effect(200, 0.01)
    2.99
    """
    if not 0 <= correlation <= 1 or people_per_cluster < 1:
        raise DefinitionError("a design effect needs a correlation from 0 to 1 and clusters of at least one person")
    return 1 + (people_per_cluster - 1) * correlation


def detectable_between_clusters(
    deviation: float, clusters: tuple[int, int], people_per_cluster: float, correlation: float, *, ask: Ask = USUAL
) -> float:
    """The smallest difference of means that clusters treated whole would show; Student's t, for they are few.

    Args:
        deviation: standard deviation of the outcome between people, of either kind together.
        clusters: treated, and compared with.
        correlation: of two people of one cluster.

    Raises:
        DefinitionError: fewer than two clusters on a side.

    Source: Hayes and Moulton 2017.
    """
    if min(clusters) < 2:
        raise DefinitionError("a comparison of clusters needs at least two on each side")
    df = sum(clusters) - 2
    deviations = float(stats.t.ppf(1 - ask.level / 2, df) + stats.t.ppf(ask.power, df))
    inflation = design_effect(people_per_cluster, correlation) / people_per_cluster
    return deviations * deviation * math.sqrt(inflation * (1 / clusters[0] + 1 / clusters[1]))


def _require_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise DefinitionError(f"{name} must be above zero, not {value}; check what the protocol says")
