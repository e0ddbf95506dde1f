"""What waits in the oversight room for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.register.actor import Actor
from joinedup.register.listing import Wanted
from joinedup.register.models import DataFlow
from joinedup.register.models.flow import FlowStatus
from joinedup.register.queries.emergency_review import emergencies
from joinedup.register.queries.flow import source_standings
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits; None where the role has no part in it.

    Attributes:
        emergencies: emergency accesses to review.
        proposals: flows that the one who looks may decide.
        flows: sources whose flow ends soon, has ended, or is missing.
    """

    emergencies: int | None
    proposals: int | None
    flows: int | None


def waiting_for(*, by: Actor) -> Waiting:
    """What waits for somebody in their role."""
    reviews = by.may(Ability.REVIEW_EMERGENCY) or by.may(Ability.SEE_AUDIT)
    proposed = DataFlow.objects.filter(status=FlowStatus.PROPOSED).exclude(proposed_by_id=by.user_id)
    return Waiting(
        emergencies=emergencies(Wanted(), by).total if reviews else None,
        proposals=proposed.count() if by.may(Ability.MANAGE_FLOWS) else None,
        flows=sum(each.standing != "in force" for each in source_standings()),
    )
