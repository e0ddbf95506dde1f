"""Other record systems that may open a person here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.actions.launch import in_force
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import LaunchKey
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class LaunchKeyShown:
    """One system, trusted or not any more."""

    id: int
    label: str
    issuer: str
    valid_from: date
    valid_to: date | None
    is_in_force: bool


def launch_keys(*, by: Actor) -> tuple[LaunchKeyShown, ...]:
    """Every system by name."""
    by.require(Ability.MANAGE_USERS)
    day = today()
    return tuple(
        LaunchKeyShown(key.pk, key.label, key.issuer, key.valid_from, key.valid_to, in_force(key, day))
        for key in LaunchKey.objects.order_by("label")
    )
