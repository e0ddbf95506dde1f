"""Emergency access (break-glass): what has to be said, how far and how long it reaches, and who may not review it.

Source: joinedup specification 12.4; NHS Care Record Guarantee 2011, commitment on emergency access.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

#: A reason shorter than this says nothing that a reviewer could judge.
LEAST_REASON: Final = 20
USUAL_HOURS: Final = 2
MOST_HOURS: Final = 12


class Scope(StrEnum):
    """How far emergency access reaches."""

    ESSENTIALS = "essentials"  # who they are, alerts, conditions, what is open, who helps
    RECORD = "record"  # the whole record


SCOPES: Final = {
    Scope.ESSENTIALS: "What is needed at once: who they are, alerts, conditions, open care and who helps",
    Scope.RECORD: "The whole record, with everything that happened in every service",
}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of emergency access, as a reviewer meets it.

    Attributes:
        user_id: who used it.
        team_id: the team they acted in; None where the post has none.
        granted_by: who gave them the post; None where nobody is recorded.
    """

    user_id: int
    team_id: int | None = None
    granted_by: int | None = None


def faults_of_request(reason: str, scope: str, hours: int) -> Mapping[str, str]:
    """What is wrong with a request, by field; nothing when it may be granted.

    >>> sorted(faults_of_request("short", "record", 13))
    ['hours', 'reason']
    >>> faults_of_request("Found unconscious at home, no carer present", "record", 2)
    {}
    """
    faults = {}
    if len(reason.strip()) < LEAST_REASON:
        faults["reason"] = f"Say in at least {LEAST_REASON} characters why you must see this record now"
    if scope not in set(Scope):
        faults["scope"] = "Choose how much of the record you need"
    if not 1 <= hours <= MOST_HOURS:
        faults["hours"] = f"Choose between 1 and {MOST_HOURS} hours"
    return faults


def lasts(hours: int) -> timedelta:
    """How long access of so many hours lasts."""
    return timedelta(hours=hours)


def why_not_reviewer(use: Use, reviewer_id: int, reviewer_teams: frozenset[int]) -> str:
    """Why somebody may not review a use; "" when they may.

    The user who used it may not, nor may anyone of the same team (they answer for each other's work), nor whoever gave
    the post that allowed it (they would judge their own choice).

    Args:
        use: what is reviewed.
        reviewer_id: the reviewer's account.
        reviewer_teams: every team in which the reviewer holds a post.

    >>> why_not_reviewer(Use(1, team_id=7), 1, frozenset())
    'You used this emergency access yourself; somebody else reviews it.'
    >>> why_not_reviewer(Use(1, team_id=7), 2, frozenset({7}))
    'You work in the team that used this emergency access; somebody outside it reviews it.'
    >>> why_not_reviewer(Use(1, team_id=7, granted_by=2), 2, frozenset())
    'You gave the post that allowed this emergency access; somebody else reviews it.'
    >>> why_not_reviewer(Use(1, team_id=7), 3, frozenset({8}))
    ''
    """
    if reviewer_id == use.user_id:
        return "You used this emergency access yourself; somebody else reviews it."
    if use.team_id is not None and use.team_id in reviewer_teams:
        return "You work in the team that used this emergency access; somebody outside it reviews it."
    if use.granted_by is not None and reviewer_id == use.granted_by:
        return "You gave the post that allowed this emergency access; somebody else reviews it."
    return ""
