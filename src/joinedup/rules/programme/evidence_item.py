"""One item of the evidence base: who asked what of which initiative, what was found, and how far it can be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import Cohort, InitiativeType, Pathway
from joinedup.rules.programme.result import VERDICTS
from joinedup.rules.programme.verdict import SHOWN_FROM

WORKS, PROMISING, OPEN, NO_LARGER, HARM, NOT_EVALUABLE = VERDICTS

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,79}")
_DAY: Final = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Effect:
    """How large an effect was.

    Attributes:
        value: on its scale; above or below `scale.none`.
        low, high: 95% interval; None where none was published.
        unit: of a difference: admissions per person in 6 months, pounds a week.
        people: people or units in the scheme that it rests on; None where it was not told.

    Raises:
        DefinitionError: half an interval, one that does not hold the value, or a ratio that is not above zero.
    """

    value: float
    scale: Scale
    low: float | None = None
    high: float | None = None
    unit: str = ""
    people: int | None = None

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise DefinitionError("an interval has two ends; leave both out where none was published")
        if self.low is not None and self.high is not None and not self.low <= self.value <= self.high:
            raise DefinitionError(f"the effect {self.value:g} lies outside its interval")
        if self.scale is Scale.RATIO and min(self.value, self.value if self.low is None else self.low) <= 0:
            raise DefinitionError("a ratio is above zero; give a change in percent on the scale percent")
        if self.scale is Scale.PERCENT and min(self.value, self.value if self.low is None else self.low) <= -100:
            raise DefinitionError("nothing can fall by 100% or more of itself")

    @property
    def words(self) -> str:
        """The effect as people say it.

        >>> Effect(-23, Scale.PERCENT, -39, -3).words
        '23% lower (95% interval 39% to 3% lower)'
        >>> Effect(0.26, Scale.STANDARDISED, 0.16, 0.36).words
        '0.26 standard deviations higher (95% interval 0.16 to 0.36 higher)'
        """
        if self.low is None or self.high is None:
            return f"{_amount(self, self.value)} {_way(self, self.value)}"
        ends = f"{_plain(self, self.low)} {_way(self, self.low)} to {_plain(self, self.high)} {_way(self, self.high)}"
        if _way(self, self.low) == _way(self, self.high):
            ends = f"{_plain(self, self.low)} to {_plain(self, self.high)} {_way(self, self.high)}"
        return f"{_amount(self, self.value)} {_way(self, self.value)} (95% interval {ends})"


def _change(effect: Effect, value: float) -> float:
    return 100 * (value - 1) if effect.scale is Scale.RATIO else value


def _plain(effect: Effect, value: float) -> str:
    size = abs(_change(effect, value))
    digits = f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
    if effect.scale in {Scale.RATIO, Scale.PERCENT}:
        return f"{digits}%"
    return f"£{digits}" if effect.unit.startswith("pounds") else digits


def _amount(effect: Effect, value: float) -> str:
    if effect.scale is Scale.POINTS:
        return f"{_plain(effect, value)} percentage points"
    if effect.scale is Scale.STANDARDISED:
        return f"{_plain(effect, value)} standard deviations"
    return f"{_plain(effect, value)} {effect.unit.removeprefix('pounds').strip()}".strip()


def _way(effect: Effect, value: float) -> str:
    return "lower" if value < effect.scale.none else "higher"


@dataclass(frozen=True, slots=True)
class Reported:
    """What an item found of one outcome.

    Attributes:
        outcome: of the closed list.
        verdict: of the closed list of evaluations; "no effect larger than" is followed by the effect.
        grade: 1 to 5 on the Maryland scale; None where nothing was evaluated.
        because: why this grade, in our words.
        effect: None where no figure was published.
        cohort: the group it is about, where it is not the item's.
        note: what was found, in a sentence.

    Raises:
        DefinitionError: a verdict that is not of the list, or that its grade does not carry.
    """

    outcome: Outcome
    verdict: str
    grade: int | None
    because: str
    effect: Effect | None = None
    cohort: Cohort | None = None
    note: str = ""

    def __post_init__(self) -> None:
        check_verdict(self.verdict, self.grade)
        if self.grade is not None and not self.because:
            raise DefinitionError("a grade says why")


def check_verdict(verdict: str, grade: int | None) -> None:
    """Make sure that a verdict is one of the closed list, and that its grade carries it.

    Raises:
        DefinitionError: it is not, or does not; the message says what is allowed.

    >>> check_verdict("works", 2)
    Traceback (most recent call last):
    joinedup.rules.foundation.errors.DefinitionError: "works" needs grade 3 or better; with grade 2 say "promising"
    """
    if not is_verdict(verdict):
        raise DefinitionError(f"{verdict!r} is no verdict; use one of {', '.join(VERDICTS)}")
    if (verdict == NOT_EVALUABLE) != (grade is None):
        raise DefinitionError("what was evaluated has a grade from 1 to 5, and what was not has none")
    if grade is None:
        return
    if not 1 <= grade <= 5:
        raise DefinitionError(f"a grade is 1 to 5, not {grade}")
    if verdict == WORKS and grade < SHOWN_FROM:
        raise DefinitionError(f'"works" needs grade {SHOWN_FROM} or better; with grade {grade} say "promising"')
    if grade == 1 and verdict not in {OPEN, HARM}:
        raise DefinitionError(
            f'without anything to compare with (grade 1) the verdict is "{OPEN}", or a warning of harm'
        )


def is_verdict(verdict: str) -> bool:
    """Whether a text is a verdict of the closed list.

    >>> is_verdict("no effect larger than 5%"), is_verdict("no effect larger than"), is_verdict("works well")
    (True, False, False)
    """
    if verdict.startswith(NO_LARGER):
        return bool(verdict.removeprefix(NO_LARGER).strip())
    return verdict in VERDICTS


def plain_verdict(verdict: str) -> str:
    """A verdict without the effect that it rules out, as filters and counts use it."""
    return NO_LARGER if verdict.startswith(NO_LARGER) else verdict


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is told.

    Attributes:
        citation: author, title, publisher, date.
        where: page or paragraph.
        link: https address; "" for none.

    Raises:
        DefinitionError: no citation, or a link that is no https address.
    """

    citation: str
    where: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        if not self.citation.strip():
            raise DefinitionError("an item of evidence says where it is told")
        if self.link and not self.link.startswith("https://"):
            raise DefinitionError(f"a link begins with https://, not {self.link!r}")


@dataclass(frozen=True, slots=True)
class ClaimVersion:
    """What was claimed at one time: the amount in pounds, who said it, and when (year, month or day)."""

    date: str
    pounds: int
    by: str


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One item of the evidence base.

    Attributes:
        id: stable name.
        label: the initiative and its evaluation, in a few words.
        question: what was asked, as a question.
        kind: evaluation, review, survey, case study, model or claim.
        type: what sort of integration it is about.
        cohort: for whom; `pathway`: where in services.
        sites: how many places, and which.
        context: what somebody elsewhere must know: country, law, what else went on.
        findings: what was found, the main outcome first.
        cost: what it cost and saved, in words; "" where it was not told.
        cash: whether a saving could be spent.
        persistence, replication: whether it lasted and travelled.
        published: year, month or day.
        sources: where it is told, the main one first.
        claims: of a claim, what was claimed when.
        is_unchecked: a figure could not be held against its source.
        origin: shipped with joinedup, a definition of this place, or this place's register.
        evaluation: name and version of the evaluation of this place it was made from; "" for none.

    Raises:
        DefinitionError: it lacks what makes it evidence; the message says what.
    """

    id: str
    label: str
    question: str
    kind: Kind
    type: InitiativeType
    cohort: Cohort
    pathway: Pathway
    sites: str
    context: str
    findings: tuple[Reported, ...]
    published: str
    sources: tuple[Source, ...]
    cost: str = ""
    cash: Cash = Cash.UNKNOWN
    persistence: Persistence = Persistence.UNKNOWN
    replication: Replication = Replication.UNKNOWN
    claims: tuple[ClaimVersion, ...] = ()
    is_unchecked: bool = False
    origin: str = "shipped"
    evaluation: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise DefinitionError(f"{self.id!r} is no id: use small letters, digits and _")
        if not self.question.endswith("?"):
            raise DefinitionError(f"{self.id}: the question ends with a question mark")
        if not self.findings or not self.sources:
            raise DefinitionError(f"{self.id}: an item has at least one finding and one source")
        if not _DAY.fullmatch(self.published):
            raise DefinitionError(f"{self.id}: published is a year, a month or a day (2012, 2012-03), as text")
        if self.kind in {Kind.CLAIM, Kind.MODEL} and any(each.grade is not None for each in self.findings):
            raise DefinitionError(f"{self.id}: a claim or a model has no grade: nothing was observed")

    @property
    def main(self) -> Reported:
        """The finding of the main outcome."""
        return self.findings[0]

    @property
    def grade(self) -> int | None:
        """The best grade of its findings."""
        return max((each.grade for each in self.findings if each.grade is not None), default=None)
