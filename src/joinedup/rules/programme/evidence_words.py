"""The closed lists of the evidence base: kinds of evidence, outcomes, scales, and what is known of time and place."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from joinedup.rules.foundation.definition import Direction


class Kind(StrEnum):
    """What sort of evidence an item is."""

    EVALUATION = "evaluation"
    REVIEW = "review"
    SURVEY = "survey"
    CASE_STUDY = "case_study"
    MODEL = "model"
    CLAIM = "claim"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _KINDS[self]


_KINDS: Final = {
    Kind.EVALUATION: "Evaluation",
    Kind.REVIEW: "Review of evaluations",
    Kind.SURVEY: "Survey of opinions",
    Kind.CASE_STUDY: "Case study",
    Kind.MODEL: "Model, nothing observed",
    Kind.CLAIM: "Claim or plan",
}


class Outcome(StrEnum):
    """What changed, or was meant to. Choice: the list, from the outcomes that the cited evaluations report."""

    EMERGENCY_ADMISSIONS = "emergency_admissions"
    AVOIDABLE_ADMISSIONS = "avoidable_admissions"
    AE_ATTENDANCES = "ae_attendances"
    PLANNED_ADMISSIONS = "planned_admissions"
    OUTPATIENT = "outpatient"
    BED_DAYS = "bed_days"
    HOSPITAL_USE = "hospital_use"
    DELAYED_DAYS = "delayed_days"
    CARE_HOME_ADMISSIONS = "care_home_admissions"
    AT_HOME = "at_home"
    DEATHS = "deaths"
    DEATH_AT_HOME = "death_at_home"
    HEALTH = "health"
    QUALITY_OF_LIFE = "quality_of_life"
    CONTROL = "control"
    EXPERIENCE = "experience"
    COST = "cost"
    QUALITY = "quality"
    JOINT_WORKING = "joint_working"
    EMPLOYMENT = "employment"
    REOFFENDING = "reoffending"
    OTHER = "other"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _OUTCOMES[self][0]

    @property
    def better(self) -> Direction:
        """Which way it gets better; neutral where more is neither good nor bad in itself."""
        return _OUTCOMES[self][1]


_UP, _DOWN, _EITHER = Direction.HIGHER, Direction.LOWER, Direction.NEUTRAL
_OUTCOMES: Final[Mapping[Outcome, tuple[str, Direction]]] = {
    Outcome.EMERGENCY_ADMISSIONS: ("Emergency admissions", _DOWN),
    Outcome.AVOIDABLE_ADMISSIONS: ("Potentially avoidable emergency admissions", _DOWN),
    Outcome.AE_ATTENDANCES: ("A&E attendances", _DOWN),
    Outcome.PLANNED_ADMISSIONS: ("Planned admissions", _EITHER),
    Outcome.OUTPATIENT: ("Outpatient attendances", _EITHER),
    Outcome.BED_DAYS: ("Nights in hospital", _DOWN),
    Outcome.HOSPITAL_USE: ("Use of hospitals altogether", _DOWN),
    Outcome.DELAYED_DAYS: ("Days of delay in leaving hospital", _DOWN),
    Outcome.CARE_HOME_ADMISSIONS: ("Permanent moves into care homes", _DOWN),
    Outcome.AT_HOME: ("At home on day 91 after hospital", _UP),
    Outcome.DEATHS: ("Deaths", _DOWN),
    Outcome.DEATH_AT_HOME: ("Deaths at home rather than in hospital", _UP),
    Outcome.HEALTH: ("Health", _UP),
    Outcome.QUALITY_OF_LIFE: ("Quality of life and wellbeing", _UP),
    Outcome.CONTROL: ("Control over daily life", _UP),
    Outcome.EXPERIENCE: ("Experience and satisfaction", _UP),
    Outcome.COST: ("Cost and savings", _DOWN),
    Outcome.QUALITY: ("Quality of the service", _UP),
    Outcome.JOINT_WORKING: ("How well organisations work together", _UP),
    Outcome.EMPLOYMENT: ("Work found and kept", _UP),
    Outcome.REOFFENDING: ("Reoffending", _DOWN),
    Outcome.OTHER: ("Something else", _EITHER),
}


class Scale(StrEnum):
    """On which scale an effect is given."""

    PERCENT = "percent"
    RATIO = "ratio"
    DIFFERENCE = "difference"
    POINTS = "points"
    STANDARDISED = "standardised"

    @property
    def none(self) -> float:
        """The value that means no effect."""
        return 1.0 if self is Scale.RATIO else 0.0

    @property
    def label(self) -> str:
        """What pages call it."""
        return _SCALES[self]


_SCALES: Final = {
    Scale.PERCENT: "percent of what would have been",
    Scale.RATIO: "ratio to what would have been",
    Scale.DIFFERENCE: "difference",
    Scale.POINTS: "percentage points",
    Scale.STANDARDISED: "standard deviations",
}


class Persistence(StrEnum):
    """Whether an effect lasted."""

    UNKNOWN = "unknown"
    LASTED = "lasted"
    FADED = "faded"
    GREW = "grew"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            Persistence.UNKNOWN: "Not known", Persistence.LASTED: "It lasted",
            Persistence.FADED: "It faded", Persistence.GREW: "It came late, and grew",
        }[self]  # fmt: skip


class Replication(StrEnum):
    """Whether an effect travelled to other sites."""

    UNKNOWN = "unknown"
    SEEN = "seen"
    MIXED = "mixed"
    NOT_SEEN = "not_seen"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            Replication.UNKNOWN: "Not known", Replication.SEEN: "Seen at several sites",
            Replication.MIXED: "Seen at some sites, not at others", Replication.NOT_SEEN: "Not seen elsewhere",
        }[self]  # fmt: skip


class Cash(StrEnum):
    """Whether a saving is money that somebody can spend elsewhere."""

    UNKNOWN = "unknown"
    CASHABLE = "cashable"
    PARTLY = "partly"
    NOT_CASHABLE = "not_cashable"
    NONE = "none"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            Cash.UNKNOWN: "Not known", Cash.CASHABLE: "Cashable", Cash.PARTLY: "Partly cashable",
            Cash.NOT_CASHABLE: "Not cashable", Cash.NONE: "No saving was found",
        }[self]  # fmt: skip
