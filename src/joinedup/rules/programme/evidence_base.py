"""The evidence base put together: what works for whom, on which way through services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from joinedup.rules.programme.evidence_item import (
    HARM,
    NO_LARGER,
    NOT_EVALUABLE,
    OPEN,
    PROMISING,
    WORKS,
    Effect,
    EvidenceItem,
    Reported,
    plain_verdict,
)
from joinedup.rules.programme.evidence_words import Kind, Outcome
from joinedup.rules.programme.initiative import Cohort, Pathway
from joinedup.rules.programme.verdict import SHOWN_FROM

#: In which order verdicts are told.
ORDER: Final = (WORKS, PROMISING, OPEN, NO_LARGER, HARM, NOT_EVALUABLE)

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    WORKS: ("shows that it works", "show that it works"),
    PROMISING: ("looks promising", "look promising"),
    OPEN: ("leaves it open", "leave it open"),
    NO_LARGER: ("rules out a worthwhile effect", "rule out a worthwhile effect"),
    HARM: ("shows harm", "show harm"),
}


class Standing(StrEnum):
    """What the evidence of a cell says, all of it taken together."""

    WORKS = "works"
    PROMISING = "promising"
    MIXED = "mixed"
    NOT_SHOWN = "not_shown"
    HARM = "harm"
    UNTESTED = "untested"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _STANDINGS[self]


_STANDINGS: Final = {
    Standing.WORKS: "Shown to work",
    Standing.PROMISING: "Promising, not shown",
    Standing.MIXED: "Findings differ",
    Standing.NOT_SHOWN: "No effect shown",
    Standing.HARM: "Harm seen, no gain shown",
    Standing.UNTESTED: "Not tested",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding with the item that tells it."""

    item: EvidenceItem
    told: Reported

    @property
    def cohort(self) -> Cohort:
        """The group it is about."""
        return self.told.cohort or self.item.cohort


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything known of one outcome for one group on one pathway.

    Attributes:
        findings: the best grade first, then the newest; nulls and harms stand in their order like all others.
        standing: what they say together.
        sentence: the same in a plain sentence.
    """

    cohort: Cohort
    pathway: Pathway
    outcome: Outcome
    findings: tuple[Found, ...]

    @property
    def tested(self) -> tuple[Found, ...]:
        """Findings that have a grade."""
        return tuple(each for each in self.findings if each.told.grade is not None)

    @property
    def best_grade(self) -> int | None:
        """The best grade there is; None where nothing was evaluated."""
        return max((each.told.grade for each in self.findings if each.told.grade is not None), default=None)

    @property
    def standing(self) -> Standing:
        """What the evidence says together; see `standing_of`."""
        return standing_of([each.told for each in self.findings])

    @property
    def sentence(self) -> str:
        """The cell in a plain sentence; see `sentence_of`."""
        return sentence_of(self)


def cells(items: Iterable[EvidenceItem]) -> tuple[Cell, ...]:
    """The findings of the evidence base by group, pathway and outcome.

    Returns:
        One cell for each combination that any item tells of, in the order of the closed lists. An item with findings
        on several outcomes or groups stands in several cells.
    """
    held: dict[tuple[Cohort, Pathway, Outcome], list[Found]] = {}
    for item in items:
        for told in item.findings:
            found = Found(item, told)
            held.setdefault((found.cohort, item.pathway, told.outcome), []).append(found)
    ranks = {kind: at for at, kind in enumerate((*Cohort, *Pathway, *Outcome))}
    keys = sorted(held, key=lambda key: tuple(ranks[part] for part in key))
    return tuple(Cell(*key, tuple(best_first(held[key]))) for key in keys)


def best_first(findings: Iterable[Found]) -> list[Found]:
    """Findings with the best grade first, then the newest, then by id; what was not evaluated comes last."""
    newest = sorted(findings, key=lambda each: (each.item.published, each.item.id), reverse=True)
    return sorted(newest, key=lambda each: -(each.told.grade or 0))


def standing_of(told: Sequence[Reported]) -> Standing:
    """What several findings on one question say together.

    Votes are not counted: one good evaluation that found nothing is not outvoted by two that found something, nor
    the other way. Findings of grade 3 or better decide where there are any: if all show an improvement it works, if
    none does it is not shown (or harm, where one shows harm and none an improvement), and if they differ that is what
    is said. Weaker findings decide only whether something looks promising. Nothing evaluated, or only without any
    comparison (grade 1), is "not tested".

    Choice: grade 3 is the line, as for one verdict.

    >>> def says(verdict, grade):
    ...     return Reported(Outcome.EMERGENCY_ADMISSIONS, verdict, grade, "a reason" if grade else "")
    >>> standing_of([says("works", 3), says("works", 3), says("no conclusive evidence", 4)]).label
    'Findings differ'
    >>> standing_of([says("promising", 2), says("no conclusive evidence", 3)]).label
    'No effect shown'
    """
    tested = [each for each in told if (each.grade or 0) > 1]
    if not tested:
        return Standing.UNTESTED
    strong = {plain_verdict(each.verdict) for each in tested if (each.grade or 0) >= SHOWN_FROM}
    if strong:
        if strong <= {WORKS}:
            return Standing.WORKS
        if WORKS in strong:
            return Standing.MIXED
        return Standing.HARM if HARM in strong else Standing.NOT_SHOWN
    weak = {plain_verdict(each.verdict) for each in tested}
    if HARM in weak:
        return Standing.MIXED if PROMISING in weak else Standing.HARM
    return Standing.PROMISING if PROMISING in weak else Standing.NOT_SHOWN


def sentence_of(cell: Cell) -> str:
    """What a cell says: how many evaluations, how good the best is, and what each verdict was, nulls included.

    Reviews are counted apart from evaluations, because they often hold some of them.
    """
    tested = cell.tested
    if not tested:
        kinds = sorted({each.item.kind.label.lower() for each in cell.findings})
        return f"Nothing has been evaluated; there is only: {', '.join(kinds)}."
    said = Counter(plain_verdict(each.told.verdict) for each in tested)
    parts = [f"{said[each]} {_WORDS[each][said[each] > 1]}" for each in ORDER if said[each]]
    if not said[WORKS] and not said[PROMISING]:
        parts.append("none shows an improvement")
    return f"{_counted(tested)}, best grade {cell.best_grade}: {', '.join(parts)}.{_ruled_out(tested)}"


def _counted(tested: Sequence[Found]) -> str:
    kinds = {each.item.id: each.item.kind for each in tested}
    reviews = sum(kind is Kind.REVIEW for kind in kinds.values())
    others = len(kinds) - reviews
    told = [f"{others} evaluation{'' if others == 1 else 's'}"] if others else []
    return " and ".join([*told, *([f"{reviews} review{'' if reviews == 1 else 's'}"] if reviews else [])])


def _ruled_out(tested: Sequence[Found]) -> str:
    sizes = {each.told.verdict.removeprefix(NO_LARGER).strip() for each in tested if NO_LARGER in each.told.verdict}
    return f" An effect larger than {' or '.join(sorted(sizes))} is ruled out." if sizes else ""


def poolable(cell: Cell) -> tuple[Found, ...]:
    """Findings of a cell that could be brought together: evaluations with an interval, on the scale most of them use.

    Percent and ratio are one scale. Reviews stay out: they hold the evaluations already.
    """
    by_scale: dict[str, list[Found]] = {}
    for each in cell.findings:
        effect = each.told.effect
        if effect is not None and effect.low is not None and each.item.kind is Kind.EVALUATION:
            by_scale.setdefault(family(effect), []).append(each)
    most = max((len(held) for held in by_scale.values()), default=0)
    return tuple(next((held for held in by_scale.values() if len(held) == most), []))


def family(effect: Effect) -> str:
    """What effects must share to stand in one picture: the scale, and the unit of a difference.

    >>> from joinedup.rules.programme.evidence_words import Scale
    >>> family(Effect(0.9, Scale.RATIO)), family(Effect(2.0, Scale.DIFFERENCE, unit="days"))
    ('percent', 'difference days')
    """
    name = "percent" if effect.scale.value in {"ratio", "percent"} else effect.scale.value
    return f"{name} {effect.unit}".strip()
