"""Gaps in the evidence base: money that is spent where nobody has looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from joinedup.rules.programme.evidence_base import Cell, Standing
from joinedup.rules.programme.evidence_words import Outcome
from joinedup.rules.programme.initiative import Aim, Cohort, Pathway

#: What a scheme aims at, as an outcome of the evidence base.
AIMED_AT: Final[Mapping[Aim, Outcome]] = {
    Aim.FEWER_ADMISSIONS: Outcome.EMERGENCY_ADMISSIONS,
    Aim.FEWER_ATTENDANCES: Outcome.AE_ATTENDANCES,
    Aim.FEWER_DELAYS: Outcome.DELAYED_DAYS,
    Aim.AT_HOME: Outcome.AT_HOME,
    Aim.FEWER_CARE_HOME: Outcome.CARE_HOME_ADMISSIONS,
    Aim.HEALTH: Outcome.HEALTH,
    Aim.EXPERIENCE: Outcome.EXPERIENCE,
    Aim.WORK: Outcome.EMPLOYMENT,
    Aim.REOFFENDING: Outcome.REOFFENDING,
    Aim.LOWER_COST: Outcome.COST,
}


@dataclass(frozen=True, slots=True)
class Spending:
    """A scheme of this place as gaps need it.

    Attributes:
        outcome: what it aims at.
        pence: what it costs a year; None where nobody said.
        is_evaluated: an evaluation of it is planned, or has a result.
    """

    id: int
    name: str
    cohort: Cohort
    pathway: Pathway
    outcome: Outcome
    pence: int | None
    is_evaluated: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A scheme that money goes to, and what is known of its kind.

    Attributes:
        cells: what is known of its group and pathway, its own aim first; none where nobody has looked.
        nearby: what is known of the same outcome for the same group on other pathways.
    """

    scheme: Spending
    cells: tuple[Cell, ...]
    nearby: tuple[Cell, ...] = ()

    @property
    def on_aim(self) -> Cell | None:
        """What is known of the outcome that it aims at, its own group before everybody."""
        return next((each for each in self.cells if each.outcome is self.scheme.outcome), None)

    @property
    def standing(self) -> Standing:
        """What is known of its aim."""
        return self.on_aim.standing if self.on_aim else Standing.UNTESTED

    @property
    def is_blind(self) -> bool:
        """Whether it spends with no evaluation planned and nothing evaluated that would speak for it."""
        return not self.scheme.is_evaluated and self.standing is Standing.UNTESTED


def gaps(schemes: Iterable[Spending], known: Iterable[Cell]) -> tuple[Gap, ...]:
    """Schemes beside what is known of their kind: those that spend blindly first, then by what is known, then by cost.

    A scheme's kind is its group and pathway; what is known of everybody on the same pathway speaks for it too.
    """
    held = tuple(known)
    found = [Gap(each, _of_kind(each, held), _nearby(each, held)) for each in schemes]
    worst = {standing: at for at, standing in enumerate((
        Standing.UNTESTED, Standing.HARM, Standing.NOT_SHOWN, Standing.MIXED, Standing.PROMISING, Standing.WORKS,
    ))}  # fmt: skip
    return tuple(
        sorted(
            found,
            key=lambda gap: (not gap.is_blind, worst[gap.standing], -(gap.scheme.pence or 0), gap.scheme.name),
        )
    )


def _of_kind(scheme: Spending, known: Sequence[Cell]) -> tuple[Cell, ...]:
    kin = [
        each for each in known
        if each.pathway is scheme.pathway and each.cohort in {scheme.cohort, Cohort.EVERYBODY}
    ]  # fmt: skip
    return tuple(sorted(kin, key=lambda each: (each.outcome is not scheme.outcome, each.cohort is not scheme.cohort)))


def _nearby(scheme: Spending, known: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(
        each for each in known
        if (each.cohort, each.outcome) == (scheme.cohort, scheme.outcome) and each.pathway is not scheme.pathway
    )  # fmt: skip


def untested_pairs(known: Iterable[Cell]) -> tuple[tuple[Cohort, Pathway], ...]:
    """Groups and pathways that the evidence base speaks of, but where nothing was evaluated."""
    tested: dict[tuple[Cohort, Pathway], bool] = {}
    for each in known:
        key = each.cohort, each.pathway
        tested[key] = tested.get(key, False) or each.best_grade is not None
    return tuple(key for key, is_tested in tested.items() if not is_tested)
