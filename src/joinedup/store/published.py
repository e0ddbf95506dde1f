"""What pages and exports may read of a release: everything here has passed the disclosure gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import Period


@dataclass(frozen=True, slots=True)
class MeasureInfo:
    """A measure as its definition states it."""

    id: str
    label: str
    unit: str  # "per 100,000 people", "%", "£", "days"
    polarity: str  # lower | higher | neutral
    topic: str  # heading that groups measures on the overview
    description: str
    numerator: str  # in words
    denominator: str  # in words
    source: str
    disclosure: str
    cadences: tuple[str, ...]  # month | quarter | financial_year, finest first
    version: str  # hash of the definition
    toml: str  # the definition as it was used
    break_dates: tuple[date, ...]  # never draw one line across these
    plan: float | None = None  # target, in the measure's unit
    plan_source: str = ""
    statistic: str = "rate"  # rate | proportion | mean | count | percentile
    per: float = 1.0  # what numerator over denominator is multiplied by
    verify: bool = False  # something in the definition could not be sourced


@dataclass(frozen=True, slots=True)
class MeasurePoint:
    """One published cell: a measure for an area, a period and a category."""

    id: str  # measure/area_code/period_start/period_end/dimension/category
    measure: str
    area_type: str
    area_code: str
    area_name: str
    period: Period
    dimension: str
    category: str
    numerator: Released[float]
    denominator: Released[float]
    value: Released[float]
    lower: Released[float]
    upper: Released[float]
    strict: Released[float]  # with sure links only
    loose: Released[float]  # with doubtful links too


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release in the history of a place."""

    id: str
    place: str
    built_at: str
    as_of: str
    engine: str
    code_version: str
    is_current: bool
    problems: dict[str, int]  # fatal, set_aside, warning
    inputs: int  # files


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """What arrived from one source, and how good it was."""

    source: str
    label: str
    kind: str
    controller: str
    legal_basis: str
    files: int
    rows: int
    set_aside: int
    warnings: int
    last_received: date | None
    nhs_number_share: Released[float]  # of its person records; None where it has none


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """Problems of one rule in one field of one source; never a value of a record."""

    source: str
    file: str
    field: str
    rule: str
    severity: str
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One row of a quality report: of linkage, or of costs."""

    section: str  # overall | source | organisation | sex | age | ethnicity | deprivation | threshold
    category: str
    label: str  # records | people | nhs_number_coverage | match_rate | precision | recall | unlinkable ...
    value: Released[float]
    unit: str


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a published figure rests on."""

    source: str
    path: str
    sha256: str
    rows: int
    received: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where one published number comes from."""

    point: MeasurePoint
    measure: MeasureInfo
    release: ReleaseInfo
    inputs: tuple[InputFile, ...]
    problems: tuple[ProblemCount, ...]
    steps: tuple[str, ...]  # plain sentences from the files to the figure
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a page of headline findings: a printed figure and what published data give."""

    id: str
    claim: str  # the statement in words, with the printed figure
    printed: str
    found: Released[float]
    found_text: str
    note: str  # a sentence where revised data differ or the series begins too late; "" otherwise
    cells: tuple[str, ...]  # ids of the published cells it is computed from
    source: str
