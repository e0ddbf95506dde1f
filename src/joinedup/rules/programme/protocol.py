"""The protocol of an evaluation: what is asked, of whom and how it is judged, agreed before outcomes are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.programme.protocol_fields import Moment
from joinedup.rules.programme.protocol_panel import Exposure, Freed, Probe, Scale
from joinedup.rules.programme.protocol_place import PlaceData
from joinedup.rules.programme.protocol_synthesis import PooledScale


class PanelMethod(StrEnum):
    """Designs for areas or units over time."""

    DIFFERENCES = "difference_in_differences"
    STAGGERED = "staggered_did"
    SYNTHETIC = "synthetic_control"
    AUGMENTED = "augmented_synthetic_control"
    DEMEANED = "demeaned_synthetic_control"
    GENERALISED = "generalised_synthetic_control"
    SYNTHETIC_DIFFERENCES = "synthetic_did"
    INTERRUPTED = "interrupted_time_series"
    BEFORE_AFTER = "before_after"


class PeopleMethod(StrEnum):
    """Designs for people."""

    MATCHED = "matched_cohort"
    WEIGHTING = "weighting"
    REGRESSION = "regression"
    RANDOMISED = "randomised"


class SynthesisMethod(StrEnum):
    """Designs over several sites or studies."""

    META_ANALYSIS = "meta_analysis"


Method = PanelMethod | PeopleMethod | SynthesisMethod


class ControlGroup(StrEnum):
    """With whom waves are compared."""

    NEVER = "never_treated"
    NOT_YET = "not_yet_treated"


class Likeness(StrEnum):
    """What people are matched on."""

    PROPENSITY = "propensity"
    PROGNOSTIC = "prognostic"
    MAHALANOBIS = "mahalanobis"
    BOTH = "both"


class OutcomeKind(StrEnum):
    """What kind of number an outcome is."""

    CONTINUOUS = "continuous"
    COUNT = "count"
    BINARY = "binary"
    COST = "cost"
    TIME_TO_EVENT = "time_to_event"


class Role(StrEnum):
    """What an outcome is for."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    NEGATIVE_CONTROL = "negative_control"  # the scheme cannot change it: a change shows hidden differences
    SAFETY = "safety"
    EXPERIENCE = "experience"


class Heterogeneity(StrEnum):
    """How the variance between studies is estimated."""

    REML = "reml"
    PAULE_MANDEL = "pm"
    DERSIMONIAN_LAIRD = "dl"
    MAXIMUM_LIKELIHOOD = "ml"
    HEDGES = "he"
    SIDIK_JONKMAN = "sj"
    FIXED = "fixed"


class Measure(StrEnum):
    """What is pooled when studies give counts."""

    LOG_RR = "log_rr"
    LOG_OR = "log_or"
    RISK_DIFFERENCE = "rd"


@dataclass(frozen=True, slots=True)
class SpecialPredictor:
    """A column, which may be the outcome, averaged over some times only."""

    column: str
    at: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """Units that start together."""

    start: Moment
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PanelData:
    """Which columns say what in a table of units by time.

    Attributes:
        treated: 0/1 by unit and period; "" where starts are given otherwise.
        first_treated: start of each unit; 0 or empty is never.
        exposure: people or days at risk, for an interrupted series of counts; "" for none.
        group: 0/1: has an overlapping scheme, or could be affected at all; "" for none.
        polarity: which way the outcome gets better; None when the protocol does not say.
        exclude: units left out.
        scale: on which the outcome is compared.
    """

    unit: str
    time: str
    outcome: str
    treated: str
    first_treated: str
    predictors: tuple[str, ...]
    kind: OutcomeKind
    polarity: Direction | None
    exposure: str
    group: str
    exclude: tuple[str, ...]
    scale: Scale = Scale.LEVEL


@dataclass(frozen=True, slots=True)
class PanelDesign:
    """How areas are compared.

    Attributes:
        pre: first and last period used before the start; None for all.
        cluster: column of units that decided together; "" for each unit alone.
        anticipation: periods before the start in which an effect may show.
        season: periods in a year for an interrupted series; None to take it from the dates.
        min_pre_trend_p: the design is refused when the test of parallel trends gives less; 0 never refuses.
        max_pre_fit: the design is refused when the misfit before the start is more than this share of the treated
            unit's own standard deviation; None never refuses.
    """

    method: PanelMethod
    pre: tuple[Moment, Moment] | None
    cluster: str
    controls: ControlGroup
    special_predictors: tuple[SpecialPredictor, ...]
    anticipation: int
    season: int | None
    seed: int
    min_pre_trend_p: float
    max_pre_fit: float | None


@dataclass(frozen=True, slots=True)
class PeopleData:
    """Which columns say what in a table of people.

    Attributes:
        follow_up: how long each person was seen; "" for equally long.
        cluster: column of people treated together, such as a practice; "" for each person alone.
        earlier_outcome: the outcome in the period before the index date, from which a prognosis is learned; "" for
            none.
        person: column of whose row it is, where people stand at several index dates; "" where each stands once.
        period: column of the index date, where people stand at several; controls are chosen in the order of time.
    """

    unit: str
    treated: str
    covariates: tuple[str, ...]
    exact: tuple[str, ...]
    follow_up: str
    cluster: str
    earlier_outcome: str = ""
    person: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class PeopleDesign:
    """How people are compared.

    Attributes:
        caliper: in standard deviations of the distance; None for none.
        max_smd, min_matched: when the design is accepted.
        search: where the design asked for is not accepted, take the best of the usual ones, by balance alone.
    """

    method: PeopleMethod
    distance: Likeness
    ratio: int
    caliper: float | None
    replace: bool
    max_smd: float
    min_matched: float
    seed: int
    search: bool = False


@dataclass(frozen=True, slots=True)
class SynthesisData:
    """Which columns say what in a table of studies: an estimate with its variance, or counts.

    Attributes:
        counts: columns ai, bi, ci, di, or ai, n1, ci, n2; empty where estimates are given.
        has_totals: the counts are cases and totals rather than cases and non-cases.
        scale: of the estimates; of a ratio the column holds the natural logarithm.
        grade: column of the grade of each study, 1 to 5; "" where the table has none.
    """

    study: str
    estimate: str
    variance: str
    counts: tuple[str, ...]
    has_totals: bool
    measure: Measure
    scale: PooledScale = PooledScale.DIFFERENCE
    grade: str = ""


@dataclass(frozen=True, slots=True)
class SynthesisDesign:
    """How studies are put together."""

    method: SynthesisMethod
    tau2: Heterogeneity
    hartung_knapp: bool
    moderators: tuple[str, ...]
    polarity: Direction | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome and how it is judged.

    Attributes:
        name: its column; 0 or 1 for binary and for time to event, pounds for cost.
        time: column of the time until the event or the end; "" for the follow-up of the data.
        positive_from: of a score of experience, the answer from which on it is positive (up to which, where lower is
            better); None tells no share.
    """

    name: str
    kind: OutcomeKind
    role: Role
    polarity: Direction | None
    time: str = ""
    positive_from: float | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """What the scheme cost and how savings are counted; pounds of one price year.

    Attributes:
        programme_pence: cost of running the scheme; None when unknown.
        performance_pence: payments for performance.
        cashable_share: part of a saving that can be taken out of a budget; 0 unless stated.
        unit_pence: what one unit of a panel's outcome costs; None where the protocol does not say.
        freed: how capacity set free could become money; None where the protocol does not say.
    """

    perspectives: tuple[str, ...]
    programme_pence: int | None
    performance_pence: int
    cashable_share: float
    price_year: str
    unit_pence: int | None = None
    freed: Freed | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol, checked.

    Attributes:
        data, design: of one kind: panel, people or synthesis.
        outcomes: of people; for panels those beside the primary outcome, which is a column of the data.
        checks: sensitivity analyses promised.
        subgroups: columns by which effects are promised.
        waves: who starts when, where the data do not say.
        statements: what the protocol says in words of population, exposure and estimand, for the report.
        place: what is asked of a place's release; None for a table of one's own.
        exposure: what else is known of who had what, in panels.
        probes: the same question with one thing changed, in panels.
    """

    title: str
    question: str
    data: PanelData | PeopleData | SynthesisData
    design: PanelDesign | PeopleDesign | SynthesisDesign
    outcomes: tuple[Outcome, ...]
    checks: tuple[str, ...]
    subgroups: tuple[str, ...]
    costs: Costs | None
    waves: tuple[Wave, ...]
    disclosure: Policy
    statements: Mapping[str, str]
    place: PlaceData | None = None
    exposure: Exposure = field(default_factory=Exposure)
    probes: tuple[Probe, ...] = ()
