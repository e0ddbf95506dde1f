"""Scopes: what a token may be used for, and the ability of its post that each one needs.

A token never lets a program do more than the person whose post it acts in, and does less unless its scopes say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from joinedup.register.actor import Actor
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability


class Scope(StrEnum):
    """One kind of call that a token may make."""

    PEOPLE_SEARCH = "people:search"
    PEOPLE_READ = "people:read"
    TASKS_READ = "tasks:read"
    TASKS_WRITE = "tasks:write"
    RELATIONSHIPS_READ = "relationships:read"
    AUDIT_READ = "audit:read"
    SCHEMES_READ = "schemes:read"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"


@dataclass(frozen=True, slots=True)
class ScopeSheet:
    """What a scope lets a program do, in words, and what its post must be able to do for it.

    Attributes:
        text: in words.
        ability: what the role of the post must allow.
        shows_people: it reaches records of people or the trace of them; nobody makes such a token for somebody else,
            because whoever makes a token sees it and could use it.
    """

    text: str
    ability: Ability
    shows_people: bool = True


SCOPES: Final = {
    Scope.PEOPLE_SEARCH: ScopeSheet("Find people by name or number", Ability.FIND_PEOPLE),
    Scope.PEOPLE_READ: ScopeSheet("Open records of people its team cares for", Ability.OPEN_RECORD),
    Scope.TASKS_READ: ScopeSheet("See the tasks of its team", Ability.WORK_TASKS),
    Scope.TASKS_WRITE: ScopeSheet("Add and close tasks of its team", Ability.WORK_TASKS),
    Scope.RELATIONSHIPS_READ: ScopeSheet("See whom its team cares for", Ability.OPEN_RECORD),
    Scope.AUDIT_READ: ScopeSheet("See who did what", Ability.SEE_AUDIT),
    Scope.SCHEMES_READ: ScopeSheet("See schemes and claims", Ability.SEE_SCHEMES, shows_people=False),
    Scope.JOBS_READ: ScopeSheet("See what runs in the background", Ability.RUN_BUILDS, shows_people=False),
    Scope.JOBS_WRITE: ScopeSheet("Start and cancel builds", Ability.RUN_BUILDS, shows_people=False),
}


def offered(holder: Actor, *, by: Actor) -> tuple[Scope, ...]:
    """The scopes that somebody can give a token of a post.

    For their own post all that its role allows; for somebody else's only those that show no people.
    """
    is_own = holder.user_id == by.user_id
    return tuple(
        scope for scope, sheet in SCOPES.items() if holder.may(sheet.ability) and (is_own or not sheet.shows_people)
    )


def require(scope: Scope, *, by: Actor) -> None:
    """Go on only if the token has a scope and its post still allows what it is for.

    Raises:
        Refused: it does not.
    """
    if by.scopes is not None and scope.value not in by.scopes:
        raise Refused(f"This token does not have the scope {scope.value}.")
    by.require(SCOPES[scope].ability)
