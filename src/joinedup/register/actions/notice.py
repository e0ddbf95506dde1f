"""Tell the teams that care for a person what was done with that person's record, within the transaction that did it."""

from __future__ import annotations

from collections.abc import Iterable

from joinedup.register.access import Subject, in_force
from joinedup.register.clock import now
from joinedup.register.models import CareRelationship, Notice


def tell_teams(subject: Subject, text: str, *, but: Iterable[int] = ()) -> tuple[int, ...]:
    """Leave a notice with every team that has a relationship with a person today.

    It is part of an action and writes no trace of its own.

    Args:
        subject: the person it is about.
        text: what was done; no name, number or address of the person.
        but: teams that know already.

    Returns:
        The teams that were told.
    """
    caring = in_force(CareRelationship.objects.filter(person_id__in=subject.aliases))
    teams = sorted(set(caring.values_list("team_id", flat=True)) - set(but))
    tell(teams, subject, text)
    return tuple(teams)


def tell(teams: Iterable[int], subject: Subject, text: str) -> None:
    """Leave a notice about a person with some teams."""
    Notice.objects.bulk_create(
        Notice(team_id=team, person_id=subject.person_id, text=text[:500], at=now()) for team in teams
    )
