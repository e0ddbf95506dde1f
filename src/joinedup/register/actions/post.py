"""Posts: the role a user holds at an organisation, given by somebody else, and ended without being removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import Organisation, Post, Team, User
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows


@dataclass(frozen=True, slots=True)
class PostEntry:
    """What is entered of a post.

    Attributes:
        organisation: where the role is held.
        role: which.
        team: the team; needed by a role that opens records, because teams care for people.
        valid_from: its first day.
    """

    organisation: Organisation
    role: Role
    team: Team | None
    valid_from: date


def grant(*, user: User, entry: PostEntry, by: Actor | None) -> Post:
    """Give a user a role at an organisation.

    Raises:
        Refused: it is one's own account.
        Invalid: the role needs a team, the team belongs elsewhere, the organisation has ended, or it is held already.
    """
    if by is not None:
        by.require(Ability.MANAGE_USERS)
        if by.user_id == user.pk:
            raise Refused("You cannot give a role to yourself. Another administrator can.")
    faults = _faults(user, entry)
    if faults:
        raise Invalid(faults)
    try:
        with transaction.atomic():
            post = Post.objects.create(
                user=user,
                organisation=entry.organisation,
                role=entry.role.value,
                team=entry.team,
                valid_from=entry.valid_from,
                granted_by_id=by.user_id if by else None,
            )
            audit(Entry("post.granted", f"post/{post.pk}", detail=_told(post)), by=by)
    except IntegrityError as error:
        raise Invalid({"role": _HELD}) from error
    return post


def end(*, post: Post, version: int, last_day: date, by: Actor) -> None:
    """End a post: it stays in the register, and opens nothing after its last day.

    Raises:
        Refused: it would leave the place without an administrator.
        Invalid: the last day lies before the first.
        Conflict: somebody else changed it meanwhile.
    """
    by.require(Ability.MANAGE_USERS)
    if last_day < post.valid_from:
        raise Invalid({"last_day": "The last day must be on or after the first day"})
    if post.role == Role.ADMINISTRATOR and not _other_administrators(post).exists():
        raise Refused("This is the only administrator. Give the role to somebody else first.")
    with transaction.atomic():
        change(post, version, valid_to=last_day)
        audit(Entry("post.ended", f"post/{post.pk}", detail=_told(post)), by=by)


_HELD = "This role is already held there"


def _faults(user: User, entry: PostEntry) -> dict[str, str]:
    faults: dict[str, str] = {}
    if allows(entry.role, Ability.OPEN_RECORD) and entry.team is None:
        faults["team"] = "Choose a team: a role that opens records opens those of the people its team cares for"
    if entry.team is not None and entry.team.organisation_id != entry.organisation.pk:
        faults["team"] = "Choose a team of the organisation that you chose"
    if entry.organisation.valid_to is not None and entry.organisation.valid_to < entry.valid_from:
        faults["organisation"] = "This organisation has ended by then; choose the one that followed it"
    held = Post.objects.filter(
        user=user, organisation=entry.organisation, role=entry.role.value, team=entry.team, valid_to__isnull=True
    )
    if held.exists():
        faults["role"] = _HELD
    return faults


def _other_administrators(post: Post) -> QuerySet[Post]:
    day = today()
    in_force = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    found = Post.objects.filter(in_force, role=Role.ADMINISTRATOR.value, valid_from__lte=day, user__is_active=True)
    return found.exclude(user_id=post.user_id)


def _told(post: Post) -> dict[str, object]:
    """What the trace keeps of a post."""
    return {
        "user": post.user_id,
        "role": post.role,
        "organisation": post.organisation.code,
        "team": post.team_id,
        "from": post.valid_from.isoformat(),
        "to": post.valid_to.isoformat() if post.valid_to else None,
    }
