"""Who can do what: every role with its sentence, its abilities and how many people hold it today."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from joinedup.register.clock import today
from joinedup.register.models import Post
from joinedup.rules.foundation.role import ROLES, Ability, Role


@dataclass(frozen=True, slots=True)
class RoleShown:
    """One role as the page about roles shows it."""

    role: Role
    label: str
    sentence: str
    abilities: tuple[str, ...]
    holders: int


def roles() -> tuple[RoleShown, ...]:
    """Every role in the order of the rule; nothing here is secret."""
    held = _held()
    return tuple(
        RoleShown(
            role,
            sheet.label,
            sheet.sentence,
            tuple(ability.value for ability in Ability if ability in sheet.abilities),
            held.get(role.value, 0),
        )
        for role, sheet in ROLES.items()
    )


def _held() -> dict[str, int]:
    day = today()
    in_force = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    found = Post.objects.filter(in_force, valid_from__lte=day, user__is_active=True).values_list("role")
    return dict(found.annotate(number=Count("user", distinct=True)).order_by("role"))
