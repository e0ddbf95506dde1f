"""Notices: tell the teams that care for a person what was done with that person's record; a team marks them seen."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from joinedup.register.access import Subject, in_force
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now
from joinedup.register.models import CareRelationship, Notice
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability


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


def mark_seen(*, notice_id: int, by: Actor) -> Notice:
    """Say that the actor's team has read a notice; one that was seen before stays as it is.

    Raises:
        Refused: it is another team's.
    """
    by.require(Ability.OPEN_RECORD)
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id, team_id=by.team_id or 0).first()
        if notice is None:
            raise Refused("That notice is not one of your team's.")
        if notice.seen_at is None:
            notice.seen_by_id, notice.seen_at = by.user_id, now()
            notice.save(update_fields=("seen_by", "seen_at"))
            audit(Entry("notice.seen", subject=f"notice/{notice.pk}", people=(notice.person_id,)), by=by)
    return notice
