"""What a board should hear of its schemes, and what waits for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.queries.claim import ReductionShown, reductions_to_decide
from joinedup.register.queries.scheme import SchemeShown, all_schemes
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.claim import Unit
from joinedup.rules.programme.oversight import Alert, LineFacts, SchemeFacts, TargetFacts, alerts_of, coverage


@dataclass(frozen=True, slots=True)
class AlertsShown:
    """Everything wrong with the schemes of a place today.

    Attributes:
        alerts: kind by kind.
        names: scheme's id -> its name.
        reported, running: running schemes whose report is not late, of how many.
    """

    alerts: tuple[Alert, ...]
    names: dict[str, str]
    reported: int
    running: int


def alerts(*, by: Actor) -> AlertsShown:
    """What a board should hear of its schemes today.

    Raises:
        Refused: the role sees no schemes.
    """
    found = all_schemes(by=by)
    facts = [_facts(each) for each in found]
    reported, running = coverage(facts, today())
    return AlertsShown(alerts_of(facts, today()), {each.slug: each.name for each in found}, reported, running)


@dataclass(frozen=True, slots=True)
class WaitingInSchemes:
    """What waits in this room for whoever looks.

    Attributes:
        reductions: budgets that are said to have fallen and that they may confirm.
        alerts: things wrong with schemes; None where their role sees none.
    """

    reductions: tuple[ReductionShown, ...]
    alerts: int | None


def waiting_in_schemes(*, by: Actor) -> WaitingInSchemes:
    """What waits for somebody in their role."""
    sees = by.may(Ability.SEE_SCHEMES)
    return WaitingInSchemes(
        reductions=reductions_to_decide(by=by) if by.may(Ability.MANAGE_SCHEMES) else (),
        alerts=len(alerts(by=by).alerts) if sees else None,
    )


def _facts(found: SchemeShown) -> SchemeFacts:
    targets = tuple(
        TargetFacts(claim.measure, claim.unit.value, claim.due, claim.now.planned / 100)
        for claim in found.claims
        if claim.unit in {Unit.PERCENT, Unit.POINTS} and not claim.now.is_cancelled
    )
    return SchemeFacts(
        slug=found.slug, name=found.name, kind=found.type.integration.value, is_running=found.stage == "running",
        spends=bool(found.spent_pence or found.yearly_cost_pence), is_evaluated=found.is_evaluated,
        key=(found.cohort, found.aim), areas=frozenset(found.areas),
        lines=tuple(
            LineFacts(line.board, line.cadence_days, line.began, line.reported)
            for line in found.lines
            if line.ended is None
        ),
        targets=targets, unbacked_pence=sum(each.unbacked_pence for each in found.claims),
    )  # fmt: skip
